"""Side by side: the same work on several items at once, within one time limit."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Item], Result], items: Iterable[Item], *, timeout_seconds: float
) -> list[Future[Result]]:
    """Work on all items at once; return their futures in the items' order, once all are done or time is up.

    A future that is not done belongs to an item whose work hangs. Its thread is left behind, and, unlike that
    of an executor, keeps no process from ending.
    """
    futures: list[Future[Result]] = []
    for item in items:
        future: Future[Result] = Future()
        threading.Thread(target=_fulfil, args=(future, work, item), daemon=True).start()
        futures.append(future)
    wait(futures, timeout=timeout_seconds)
    return futures


def _fulfil(future: Future[Result], work: Callable[[Item], Result], item: Item) -> None:
    try:
        future.set_result(work(item))
    except BaseException as error:  # noqa: BLE001 - whatever it was, whoever asks the future gets it
        future.set_exception(error)
