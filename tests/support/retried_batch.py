"""A fresh worker that handles one retried batch, and writes how it ended; AWS answers just before the socket."""

import json
import os
import sys
import time

from bench.accuracy.log_lines import log_text
from bench.compare.ingest_handlers import stub_http
from bench.compare.worker_batches import ENVIRONMENT, HANDLERS, event_of

MESSAGES = 10
TEXT_CHARS = 2800
# A fiftieth of the default. What the messages cost beyond it is the same, and so is the time that there is for that.
SECONDS_PER_CHAR = 0.001
WORK_SECONDS = TEXT_CHARS * SECONDS_PER_CHAR
# With the defaults an invocation has 150 s. The longest text takes 140 of them, and the worker keeps 5 for reporting: 5
# are left for all else. Of a short invocation the worker keeps a fifth.
INVOCATION_SECONDS = (WORK_SECONDS + 5) / 0.8


class Invocation:
    """The context of an invocation that begins now."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + INVOCATION_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """Return how long it may still take, in milliseconds."""
        return int(1000 * (self._ends - time.monotonic()))


def main() -> None:
    """Handle a batch of full-size logs that came back, and write how many come back again and how long it took."""
    os.environ |= ENVIRONMENT | {
        "PROCESSING_SECONDS_PER_CHAR": str(SECONDS_PER_CHAR),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    }
    handler = HANDLERS["ours"]()
    _stub_sqs()
    texts = [log_text(size=TEXT_CHARS, seed=number, personal_share=1.0) for number in range(MESSAGES)]
    event, invocation = event_of(texts, receives=2), Invocation()

    started = time.monotonic()
    answer = handler(event, invocation)

    came_back = len(answer["batchItemFailures"])
    json.dump({"came_back": came_back, "seconds": time.monotonic() - started}, sys.stdout)


def _stub_sqs() -> None:
    from handlers.aws.clients import client

    stub_http(client("sqs"), b"{}")


if __name__ == "__main__":
    main()
