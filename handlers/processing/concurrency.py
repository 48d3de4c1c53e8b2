"""Concurrency: calls a function with several items at once, within one time limit."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_concurrently(
    function: Callable[[Item], Result], items: Iterable[Item], *, timeout_seconds: float
) -> list[Future[Result]]:
    """Call the function with every item at once; return the futures in order when all are done or time is up.

    A future that is not done belongs to a call that hangs. Its thread is left behind; unlike a thread of an executor,
    it does not stop the process from ending.
    """
    futures: list[Future[Result]] = []
    for item in items:
        future: Future[Result] = Future()
        threading.Thread(target=_call, args=(future, function, item), daemon=True).start()
        futures.append(future)
    wait(futures, timeout=timeout_seconds)
    return futures


def _call(future: Future[Result], function: Callable[[Item], Result], item: Item) -> None:
    try:
        future.set_result(function(item))
    except BaseException as error:  # noqa: BLE001 - whatever it was, the future hands it to whoever asks
        future.set_exception(error)
