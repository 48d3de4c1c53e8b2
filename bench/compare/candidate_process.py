"""The process of a candidate: builds the implementation, then answers one request per line until its input ends."""

from __future__ import annotations

import importlib
import json
import os
import sys

from bench.compare.cpu_speed import loop_seconds


def main(target: str, arguments: str) -> None:
    """Answer requests with what `module:factory` returns; the first line names a missing package, or is null."""
    # Libraries print what they like; only answers may go to the pipe.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module, _, factory = target.partition(":")
    try:
        act = getattr(importlib.import_module(module), factory)(**json.loads(arguments))
    except ModuleNotFoundError as error:
        print(json.dumps(f"{error.name} is not installed"), file=answers, flush=True)
        return
    print(json.dumps(None), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        before = loop_seconds()
        answer = act(**request)
        print(json.dumps([answer, (before + loop_seconds()) / 2]), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
