"""The child process of `handlers.processing.isolation`: reads a text, writes what became of it."""

import json
import resource
import sys

from handlers.processing.simulation import ProcessingOptions, processing_of

# A child takes 12 MB with the longest text of a message. Ten that take all they may fit beside their parent into the
# worker's 512 MB; otherwise Lambda would stop everything, the neighbours too.
MAX_DATA_BYTES = 32 * 1024 * 1024


def main() -> int:
    """Process the text and write the result, or the error's name where it raises; return 0 in either case."""
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))
    try:
        order = json.load(sys.stdin)
        options = order["options"]
        processing = processing_of(ProcessingOptions(**options | {"kinds": tuple(options["kinds"])}))
        redacted = processing.process(order["text"])
        answer = json.dumps({"text": redacted.text, "counts": dict(redacted.counts)})
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent learns its name
        answer = json.dumps({"error": type(error).__name__})
    sys.stdout.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
