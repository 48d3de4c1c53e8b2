"""A detour: what stands between a client and a stack, passes requests on, and sometimes answers by itself."""

import gzip
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import cramjam
import requests
from werkzeug.wrappers import Request, Response

# The gateway's own answers have no Retry-After; ours has.
_ANSWERS = {
    429: ({}, {"message": "Too Many Requests"}),
    500: ({}, {"message": "Internal Server Error"}),
    503: ({"Retry-After": "1"}, {"text": "Server is busy", "code": 9}),
}
_OF_THE_CONNECTION = {"host", "connection", "content-length", "transfer-encoding"}
_NUMBER = re.compile(rb"number-(\d+)\b")


class Detour:
    """A WSGI application in front of a stack; logs are known by the `number-…` in their texts.

    Attributes:
        answers: the status of each answer, and the numbers of the logs in its request.
    """

    def __init__(self, url: str) -> None:
        self.answers: list[tuple[int, list[int]]] = []
        self._url = url
        self._own: list[int] = []
        self._lock = threading.Lock()

    def answer(self, *statuses: int) -> None:
        """Answer the next requests with these statuses instead of passing them on."""
        self._own += statuses

    def accepted(self) -> set[int]:
        """Return the numbers of the logs that a client was told are accepted."""
        return {number for status, numbers in self.answers if status < 300 for number in numbers}

    def statuses(self) -> Counter[int]:
        """Return how often each status was answered."""
        return Counter(status for status, _ in self.answers)

    def seen(self) -> set[int]:
        """Return the numbers of all logs that were sent."""
        return {number for _, numbers in self.answers for number in numbers}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        body = request.get_data()
        with self._lock:
            own = self._own.pop(0) if self._own else None
        response = self._forward(request, body) if own is None else _own_answer(own)
        numbers = [int(number) for number in _NUMBER.findall(_unpacked(request, body))]
        self.answers.append((response.status_code, numbers))
        return response(environ, start_response)

    def _forward(self, request: Request, body: bytes) -> Response:
        answer = requests.request(
            request.method, self._url + request.full_path, data=body, headers=_end_to_end(request.headers), timeout=60
        )
        # Where a function is killed, the emulator's gateway answers 502, and an HTTP API of AWS 500.
        status = 500 if answer.status_code == 502 else answer.status_code
        return Response(answer.content, status, _end_to_end(answer.headers))


def _unpacked(request: Request, body: bytes) -> bytes:
    # Loki's clients pack protobuf with snappy, and not all of them say so.
    if request.path == "/loki/api/v1/push" and request.mimetype == "application/x-protobuf":
        return bytes(cramjam.snappy.decompress_raw(body))
    return gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body


def _own_answer(status: int) -> Response:
    headers, body = _ANSWERS[status]
    return Response(json.dumps(body), status, headers, content_type="application/json")


def _end_to_end(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_CONNECTION}
