"""Frames: JSON values over a socket, each with its length before it, so that half a value is recognised."""

import json
import socket
import struct
from typing import Any

_NUMBER = struct.Struct("!i")
_CHUNK_BYTES = 1 << 16

MAX_LOGS_BYTES = 1 << 20
"""All logs together that a processor makes of one; the worker holds those of ten children at once."""


def frame_of(value: Any) -> bytes:
    """Return the frame of a JSON value."""
    content = json.dumps(value).encode()
    return _NUMBER.pack(len(content)) + content


def value_in(frame: bytes | bytearray) -> Any:
    """Return the value of a whole frame.

    Raises:
        ValueError: it holds no JSON.
    """
    return json.loads(frame[_NUMBER.size :])


def length_of(received: bytes | bytearray) -> int | None:
    """Return how long the whole frame is whose beginning was received; None while that is not known."""
    if len(received) < _NUMBER.size:
        return None
    content_bytes: int = _NUMBER.unpack_from(received)[0]
    return _NUMBER.size + content_bytes


def read_frame(connection: socket.socket) -> bytearray:
    """Return the next frame, however long it takes.

    Raises:
        EOFError: the other end closed the connection before the frame was whole.
    """
    received = bytearray()
    while (length := length_of(received)) is None or len(received) < length:
        chunk = connection.recv(_CHUNK_BYTES)
        if not chunk:
            raise EOFError
        received += chunk
    return received


def send_number(connection: socket.socket, number: int) -> None:
    """Send a process id or an exit code."""
    connection.sendall(_NUMBER.pack(number))


def read_number(connection: socket.socket) -> int | None:
    """Return the next number; None if the other end has closed the connection.

    Raises:
        TimeoutError: the connection has a timeout, and it is over.
    """
    received = connection.recv(_NUMBER.size, socket.MSG_WAITALL)
    return _NUMBER.unpack(received)[0] if len(received) == _NUMBER.size else None
