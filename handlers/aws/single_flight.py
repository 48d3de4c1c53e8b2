"""Single flight: threads that need the same answer at the same time share one call for it."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class SingleFlight(Generic[Key, Answer]):
    """Makes one call for each key at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flying: dict[Key, Future[Answer]] = {}

    def call(self, key: Key, function: Callable[[], Answer]) -> Answer:
        """Return the function's answer, or that of a call for the same key that is under way; raise what it raises."""
        with self._lock:
            flying = self._flying.get(key)
            if flying is None:
                answer = self._flying[key] = Future()
        return flying.result() if flying is not None else self._make(key, function, answer)

    def _make(self, key: Key, function: Callable[[], Answer], answer: "Future[Answer]") -> Answer:
        try:
            answer.set_result(function())
        except BaseException as error:
            answer.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._flying[key]
        return answer.result()
