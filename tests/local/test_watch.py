"""Watching the functions' event logs: each line once, and nothing that is not an event."""

import json
from typing import TYPE_CHECKING, Any, cast

from local.watch import OVERLAP_MILLISECONDS, Watch

if TYPE_CHECKING:
    from local.cloud import Cloud

GROUP = "logs-worker"


class FakeLogs:
    """Log groups that answer as CloudWatch Logs does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked_from: list[int] = []

    def client(self, _service: str) -> "FakeLogs":
        return self

    def write(self, timestamp: int, message: str, *, stream: str = "one") -> None:
        self.events.append({"logStreamName": stream, "timestamp": timestamp, "message": message})

    def filter_log_events(self, *, logGroupName: str, startTime: int) -> dict[str, Any]:
        assert logGroupName == GROUP
        self.asked_from.append(startTime)
        return {"events": [event for event in self.events if event["timestamp"] >= startTime]}


def an_event(log_id: str, *, logger: str = "rdp") -> str:
    entry = {"timestamp": "2026-01-31T22:47:57Z", "level": "INFO", "message": "stored", "logger": logger}
    return json.dumps(entry | {"tenant_id": "acme", "log_id": log_id, "message_id": "m", "code": "stored"})


def watch_of(logs: FakeLogs) -> Watch:
    return Watch(cast("Cloud", logs), [GROUP])


def test_each_event_is_seen_once() -> None:
    logs = FakeLogs()
    watch = watch_of(logs)
    logs.write(1_000_000, an_event("first"))

    looks = [watch.new_happenings()]
    logs.write(1_000_001, an_event("second"))
    looks += [watch.new_happenings(), watch.new_happenings()]

    assert [[happening.log_id for happening in look] for look in looks] == [["first"], ["second"], []]


def test_a_line_that_appears_after_one_with_a_later_time_is_still_seen() -> None:
    logs = FakeLogs()
    watch = watch_of(logs)
    logs.write(1_000_000, an_event("quick"))
    watch.new_happenings()

    logs.write(1_000_000 - OVERLAP_MILLISECONDS, an_event("slow"), stream="another")

    assert [happening.log_id for happening in watch.new_happenings()] == ["slow"]


def test_old_lines_are_not_requested_again() -> None:
    logs = FakeLogs()
    watch = watch_of(logs)
    logs.write(1_000_000, an_event("first"))
    watch.new_happenings()

    watch.new_happenings()

    assert logs.asked_from == [0, 1_000_000 - OVERLAP_MILLISECONDS]


def test_lines_that_are_not_events_are_left_out() -> None:
    logs = FakeLogs()
    for line in ("START RequestId: 1", "{not JSON", an_event("of-another", logger="botocore"), an_event("ours")):
        logs.write(1_000_000, line)

    happenings = watch_of(logs).new_happenings()

    assert [happening.log_id for happening in happenings] == ["ours"]
