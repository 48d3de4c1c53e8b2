"""A program that logs through a real client to a stack, while the functions of the stack may be killed."""

import contextlib
import logging
import re
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from requests.exceptions import HTTPError

from bench.chaos.processes import FunctionProcesses
from tests.support.detour import Detour
from tests.support.http_gateway import served
from tests.support.real_clients import Client
from tests.support.stack import Stack, wait_until

_NUMBER = re.compile(r"number-(\d+)\b")


class Program:
    """A program that logs through a client to a stack; what the client raises into it is not its affair.

    Attributes:
        client: the kind of client.
        detour: what the client sends to.
    """

    def __init__(self, client: Client, stack: Stack) -> None:
        self.client = client
        self.detour = Detour(stack.outputs["api_gateway_url"])
        self._stack = stack
        self._tenant_id = f"client-{uuid.uuid4().hex}"
        self._logger = logging.getLogger(self._tenant_id)
        self._logger.propagate = False

    @contextlib.contextmanager
    def running(self) -> Iterator[Any]:
        """Have a client for as long as the block lasts, and yield its handler."""
        assert not self.client.missing, self.client.missing
        with served(self.detour) as url:
            handler = self.client.handler(url, self._stack.make_key(self._tenant_id))
            self._logger.addHandler(handler)
            try:
                yield handler
            finally:
                self._logger.removeHandler(handler)
                handler.close()

    def log(self, numbers: range, *, padding: str = "") -> None:
        """Log these numbers, beside something personal, and wait until each was sent at least once."""
        for start in range(0, len(numbers), self.client.at_once):
            part = numbers[start : start + self.client.at_once]
            for number in part:
                with contextlib.suppress(HTTPError):
                    # Formatted already: splunk-hec-handler does not do it.
                    self._logger.warning(f"number-{number} of alice@example.com{padding}")  # noqa: G004
            wait_until(lambda part=part: self.detour.seen() >= set(part), seconds=60 + self.client.pause_seconds)

    def wait_until_stored(self) -> list[dict[str, Any]]:
        """Wait until what was accepted is stored, make sure that it is stored once, and return the records."""
        wait_until(lambda: set(self.stored()) >= self.detour.accepted(), seconds=120)
        stored = self.stored()
        # A function may be killed after it has sent the logs, and before it can say so.
        assert stored == sorted(set(stored) & self.detour.seen())
        return self._stack.records_of(self._tenant_id)

    def stored(self) -> list[int]:
        """Return the numbers of the stored logs, in order, after making sure that each is redacted."""
        texts = self._stack.texts_of(self._tenant_id)
        assert all("alice" not in text and "[REDACTED]" in text for text in texts)
        return sorted(int(number) for text in texts for number in _NUMBER.findall(text))


@contextlib.contextmanager
def kills(stack: Stack, times: dict[str, int]) -> Iterator[None]:
    """Kill the functions' processes this often while the block lasts; fail if none was there to be killed."""
    over = threading.Event()
    processes = FunctionProcesses(stack.emulator.port)
    killed: list[int] = []

    def kill() -> None:
        left = dict(times)
        while any(left.values()) and not over.wait(0.3):
            for function in times:
                running = processes.of(function, connected_to=stack.emulator.port)
                if running and left[function] and processes.kill(running[0]):
                    left[function] -= 1
                    killed.append(running[0])

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert killed
