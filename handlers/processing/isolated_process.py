"""The child process of `handlers.processing.isolation`: reads work and a text, writes what became of it."""

import json
import resource
import sys

from handlers.processing.simulation import Work

# A child takes 12 MB with the longest text of a message. Ten that take all they may fit beside their parent into the
# worker's 512 MB; else Lambda would stop everything, the neighbours too.
MAX_DATA_BYTES = 32 * 1024 * 1024


def main() -> int:
    """Do the work and write the result, or the error's name where it raises; return 0 in either case."""
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))
    try:
        order = json.load(sys.stdin)
        redacted = Work.from_json(order["work"]).on(order["text"])
        answer = json.dumps({"text": redacted.text, "counts": dict(redacted.counts)})
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent hears its name
        answer = json.dumps({"error": type(error).__name__})
    sys.stdout.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
