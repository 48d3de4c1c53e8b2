"""A fork server whose children do what a text says, and what no processing should do."""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from handlers.processing.fork_server import options_from, serve
from handlers.processing.frames import frame_of
from handlers.processing.simulation import Attributes, Processing
from handlers.redaction import Redacted

CONNECTION = 3


def write_and_exit(content: bytes, exit_code: int = 0) -> NoReturn:
    os.write(CONNECTION, content)
    os._exit(exit_code)


def flood() -> NoReturn:
    os.write(CONNECTION, (10 << 20).to_bytes(4, "big"))
    while True:
        os.write(CONNECTION, bytes(1 << 16))


def hang() -> NoReturn:
    while True:
        time.sleep(3600)


def hang_whatever_the_signal() -> NoReturn:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    hang()


def close_and_hang() -> NoReturn:
    os.close(CONNECTION)
    hang()


def leave_a_grandchild() -> NoReturn:
    if os.fork() == 0:
        hang()
    os._exit(7)


def fork_without_end() -> NoReturn:
    for _ in range(50):
        if os.fork() == 0:
            hang()
    hang()


def kill_the_server() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def state_of_the_child() -> dict[str, object]:
    return {
        "environment": dict(os.environ),
        "files": sorted(int(each.name) for each in Path("/proc/self/fd").iterdir()),
        "group": [os.getpid(), os.getpgid(0)],
        "processes": resource.getrlimit(resource.RLIMIT_NPROC),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "memory": resource.getrlimit(resource.RLIMIT_DATA)[0],
    }


ACTS = {
    "garbage": lambda: write_and_exit(b"\0\0\0\5hello"),
    "another answer": lambda: write_and_exit(frame_of({"text": 1})),
    "a sentence for a name": lambda: write_and_exit(frame_of({"error": "call 555-0199"})),
    "half an answer": lambda: write_and_exit(frame_of({"text": "call 555-0199", "counts": {}})[:20], 137),
    "less than nothing": lambda: write_and_exit(b"\xff\xff\xff\xff"),
    "flood": flood,
    "exit without an answer": lambda: os._exit(0),
    "segmentation fault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "hang": hang,
    "hang whatever the signal": hang_whatever_the_signal,
    "close and hang": close_and_hang,
    "leave a grandchild": leave_a_grandchild,
    "fork without end": fork_without_end,
    "kill the server": kill_the_server,
    "print": lambda: (os.write(1, b"call 555-0199"), os.write(2, b"call 555-0199")),
}


class Misbehaving(Processing):
    def process(self, text: str, attributes: Attributes | None = None) -> Redacted:
        if text == "state":
            return Redacted(json.dumps(state_of_the_child()), {})
        if text in ACTS:
            ACTS[text]()
        return super().process(text, attributes)


if __name__ == "__main__":
    descriptor, written, memory_bytes = sys.argv[1:]
    options = options_from(written)
    processing = Misbehaving(seconds_per_char=options.seconds_per_char, kinds=options.kinds)
    serve(processing, kinds=options.kinds, requests=descriptor, child_memory_bytes=memory_bytes)
