"""Watching: what happens in the embedded cloud, read from the functions' own event logs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.cloud import Cloud

POLL_SECONDS = 0.5
PAUSE_PER_LOOK = 9  # so watching takes at most a tenth of the emulator's time
# Several functions write at once, so a line may appear shortly after one with a later time.
OVERLAP_MILLISECONDS = 5_000
_LOGGER = "rdp"
_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happened to logs; never their text."""

    time: str
    event: str
    code: str
    tenant_id: str
    log_id: str
    message_id: str
    logs: int


class DeadLetterWatch:
    """Notices messages that SQS itself has moved to the dead-letter queue; no function reports those.

    It looks without receiving, because that would raise the messages' receive counts for everybody else.

    Args:
        cloud: where.
        queue_url: the dead-letter queue's.
    """

    def __init__(self, cloud: Cloud, queue_url: str) -> None:
        self._cloud = cloud
        self._queue_url = queue_url
        self._counts: Mapping[str, str] = {}
        self._seen: set[str] = set()

    def new_happenings(self) -> list[Happening]:
        """Return what is in the queue that was not there when its number of messages last changed."""
        counts = self._cloud.client("sqs").get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=_COUNTS)[
            "Attributes"
        ]
        if counts == self._counts:
            return []
        self._counts = counts
        letters = self._cloud.peek(self._queue_url)
        new = [letter for letter in letters if letter["MessageId"] not in self._seen]
        self._seen = {letter["MessageId"] for letter in letters}
        return [_moved(letter) for letter in new if not letter["MessageAttributes"]]


class Watch:
    """Reads the functions' log groups, each line once.

    Args:
        cloud: where.
        log_groups: of which functions.
    """

    def __init__(self, cloud: Cloud, log_groups: list[str]) -> None:
        self._logs = cloud.client("logs")
        self._log_groups = log_groups
        self._since = 0
        self._seen: set[tuple[str, int, str]] = set()

    def new_happenings(self) -> list[Happening]:
        """Return what happened since the last call, in order."""
        lines = [line for group in self._log_groups for line in self._lines_of(group)]
        new = [line for line in lines if line not in self._seen]
        self._seen = set(lines)
        if lines:
            self._since = max(timestamp for _, timestamp, _ in lines) - OVERLAP_MILLISECONDS
        happenings = [_happening(message) for _, _, message in new]
        return sorted(filter(None, happenings), key=lambda happening: happening.time)

    def _lines_of(self, group: str) -> list[tuple[str, int, str]]:
        events = self._logs.filter_log_events(logGroupName=group, startTime=self._since)["events"]
        return [(event["logStreamName"], event["timestamp"], event["message"]) for event in events]


def follow(*watches: Watch | DeadLetterWatch) -> Iterator[Happening | None]:
    """Yield what happens, for ever; None after each look."""
    while True:
        began = time.monotonic()
        for watch in watches:
            yield from watch.new_happenings()
        took = time.monotonic() - began
        yield None
        # MiniStack keeps a stream per invocation, so a look takes longer the longer it runs: look less often then.
        time.sleep(max(POLL_SECONDS, PAUSE_PER_LOOK * took))


def _moved(letter: Mapping[str, Any]) -> Happening:
    try:
        envelope = json.loads(letter["Body"])
        tenant_id, log_id = envelope["tenant_id"], envelope["log_id"]
    except (ValueError, TypeError, KeyError):
        tenant_id, log_id = "-", "-"  # somebody else's message, not an envelope
    return Happening(
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        event="dead_lettered",
        code="failed_every_time",
        tenant_id=tenant_id,
        log_id=log_id,
        message_id=letter["MessageId"],
        logs=1,
    )


def _happening(line: str) -> Happening | None:
    if not line.startswith("{"):
        return None
    try:
        entry: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None  # something else that a function wrote; it stays readable in the log group
    if entry.get("logger") != _LOGGER:
        return None
    texts = {name: entry.get(name) or "-" for name in ("code", "tenant_id", "log_id", "message_id")}
    return Happening(time=entry["timestamp"], event=entry["message"], logs=entry.get("logs", 1), **texts)
