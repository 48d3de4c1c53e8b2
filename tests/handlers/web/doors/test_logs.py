"""From entries to logs: ids that make a repeat harmless, and one entry that breaks a rule is refused alone."""

import itertools
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.envelope import Envelope
from handlers.logs.plain_log import PlainLog
from handlers.web.doors.entry import Entry, Severity, severity_of, written_time
from handlers.web.doors.logs import (
    MAX_ATTRIBUTES_BYTES,
    MAX_DEPTH,
    logs_of,
)
from handlers.web.doors.origin import Origin
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.submission import MAX_LOGS

ORIGIN = Origin(tenant_id="acme", source="otlp", body_digest="d" * 64)
NOW_NS = time.time_ns()
DAY_NS = 86_400 * 10**9


def one(entry: Entry, origin: Origin = ORIGIN) -> Envelope:
    [log] = logs_of([entry], origin).values()
    assert isinstance(log, PlainLog)
    return log.envelope()


def refusal_of(entry: Entry) -> Refusal:
    [refusal] = logs_of([entry], ORIGIN).values()
    assert isinstance(refusal, Refusal)
    return refusal


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_everything_an_entry_says_is_in_its_envelope() -> None:
    envelope = one(Entry("x", 1_770_000_000_123_456_789, severity_of(17, "ERROR"), {"a": [1]}, "id-1"))

    assert envelope.model_dump(exclude={"received_at"}, exclude_none=True) == {
        "version": 2,
        "tenant_id": "acme",
        "log_id": "id-1",
        "source": "otlp",
        "text": "x",
        "part": 1,
        "parts": 1,
        "timestamp": "2026-02-02T02:40:00.123456789+00:00",
        "severity": {"number": 17, "text": "ERROR"},
        "attributes": {"a": [1]},
    }


@pytest.mark.parametrize(
    ("origin", "entry", "same"),
    [
        (ORIGIN, Entry("x", NOW_NS), True),
        (ORIGIN, Entry("x", NOW_NS - 30 * DAY_NS), True),
        (ORIGIN, Entry("x", log_id="id-1"), True),
        (ORIGIN._replace(request_key="r"), Entry("x"), True),
        (ORIGIN, Entry("x"), False),
    ],
    ids=["own time", "old time", "own id", "request key", "nothing"],
)
def test_a_repeated_request_has_the_same_ids_if_anything_allows_that(
    origin: Origin, entry: Entry, *, same: bool
) -> None:
    assert (one(entry, origin).log_id == one(entry, origin).log_id) is same


@pytest.mark.parametrize(
    "change",
    [{"tenant_id": "beta"}, {"body_digest": "e" * 64}, {"request_key": "r"}],
    ids=lambda change: next(iter(change)),
)
def test_other_requests_have_other_ids(change: dict[str, str]) -> None:
    assert one(Entry("x", NOW_NS)).log_id != one(Entry("x", NOW_NS), ORIGIN._replace(**change)).log_id


def test_two_equal_logs_of_one_request_are_two_logs() -> None:
    for entry in (Entry("x"), Entry("x", NOW_NS)):
        logs = logs_of([entry, entry], ORIGIN)
        assert len({log.log_id for log in logs.values()}) == 2


def test_ids_of_logs_with_a_time_are_sorted_by_it() -> None:
    times = [NOW_NS - seconds * 10**9 for seconds in (0, 5, 60, 3600)]

    assert sorted(times) == sorted(times, key=lambda time_ns: one(Entry("x", time_ns)).log_id)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry(""), Code.INVALID_REQUEST),
        (Entry("\ud800"), Code.INVALID_REQUEST),
        (Entry("x", log_id="a#b"), Code.INVALID_REQUEST),
        (Entry("x", log_id=".."), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": float("nan")}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": float("inf")}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": "\ud800"}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"\udfff": 1}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": 10**5000}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": nested(MAX_DEPTH)}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": nested(100_000)}), Code.INVALID_REQUEST),
        (Entry("x", attributes={"a": "é" * (MAX_ATTRIBUTES_BYTES // 2)}), Code.PAYLOAD_TOO_LARGE),
        (Entry("x", severity={"text": "x" * MAX_ATTRIBUTES_BYTES}), Code.PAYLOAD_TOO_LARGE),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_alone(entry: Entry, code: Code) -> None:
    logs = logs_of([Entry("before"), entry, Entry("after")], ORIGIN)

    assert [getattr(log, "text", None) for log in logs.values()] == ["before", None, "after"]
    assert refusal_of(entry).code == code


def test_attributes_as_deep_and_as_large_as_allowed_survive_the_queue() -> None:
    deep, large = {"a": nested(MAX_DEPTH - 1)}, {"a": "é" * (MAX_ATTRIBUTES_BYTES // 2 - 20)}

    for attributes in (deep, large):
        assert one(Entry("x", attributes=attributes)).attributes == attributes


def test_a_door_may_refuse_one_entry_by_itself() -> None:
    refusal = Refusal(Code.INVALID_REQUEST, "no")

    assert logs_of([refusal, Entry("x")], ORIGIN)[0] is refusal


def test_an_endless_request_is_not_read_to_its_end() -> None:
    with pytest.raises(Refused) as refused:
        logs_of(itertools.repeat(Entry("x")), ORIGIN)

    assert refused.value.refusal.code == Code.PAYLOAD_TOO_LARGE
    assert f"{MAX_LOGS:,}" in refused.value.refusal.detail


def test_attributes_that_many_logs_share_are_counted_for_each() -> None:
    entries = iter([Entry("x", attributes={"resource": "x" * 30_000})] * MAX_LOGS)

    with pytest.raises(Refused, match="payload_too_large"):
        logs_of(entries, ORIGIN)

    assert len(list(entries)) > MAX_LOGS - 1000


def test_the_texts_of_all_logs_are_bounded_together() -> None:
    entries = iter([Entry("x" * 1_000_000)] * 100)

    with pytest.raises(Refused, match="payload_too_large"):
        logs_of(entries, ORIGIN)

    assert len(list(entries)) > 80


def test_logs_that_take_too_much_work_are_not_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.web.doors.logs.MAX_CPU_SECONDS", 0.005)
    entries = iter([Entry("x", attributes={"a": ["x"] * 1000})] * 1000)

    with pytest.raises(Refused, match="takes too much work"):
        logs_of(entries, ORIGIN)

    assert list(entries)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.builds(
        Entry,
        text=st.text(st.characters(), min_size=1),
        time_ns=st.none() | st.integers(0, 2**64),
        severity=st.builds(severity_of, st.integers(0, 25), st.text(max_size=100)),
        attributes=st.dictionaries(st.text(), _json),
    )
)
def test_what_is_not_refused_is_an_envelope_that_the_worker_can_read(entry: Entry) -> None:
    for log in logs_of([entry], ORIGIN).values():
        if isinstance(log, Refusal):
            continue
        envelope = Envelope.from_message(log.to_message())
        assert (envelope.tenant_id, envelope.log_id, envelope.text) == (log.tenant_id, log.log_id, log.text)
        assert (envelope.text, envelope.attributes or {}) == (entry.text, entry.attributes)
        assert envelope.timestamp == (None if entry.time_ns is None else written_time(entry.time_ns))
        assert log.to_message().isascii()
        assert isinstance(log, PlainLog)
        assert log.envelope() == envelope


@pytest.mark.parametrize(
    ("time_ns", "written"),
    [
        (0, "1970-01-01T00:00:00.000000000+00:00"),
        (1, "1970-01-01T00:00:00.000000001+00:00"),
        (2**64 - 1, "2554-07-21T23:34:33.709551615+00:00"),
        (-1, None),
        (10**30, None),
        (-(10**30), None),
    ],
)
def test_a_time_keeps_its_nanoseconds(time_ns: int, written: str | None) -> None:
    assert written_time(time_ns) == written


@given(st.integers(-(2**70), 2**70))
def test_any_time_has_an_envelope(time_ns: int) -> None:
    assert one(Entry("x", time_ns)).timestamp == written_time(time_ns)


@pytest.mark.parametrize(
    ("number", "text", "severity"),
    [
        (9, "INFO", {"number": 9, "text": "INFO"}),
        (None, "notice", {"text": "notice"}),
        (24, "", {"number": 24}),
        (0, "", None),
        (25, None, None),
        (-1, "x", {"text": "x"}),
    ],
)
def test_a_severity_is_what_opentelemetry_calls_one(
    number: int | None, text: str | None, severity: Severity | None
) -> None:
    assert severity_of(number, text) == severity
