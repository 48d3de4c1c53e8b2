"""The HEC door: bodies of which part or all can never be accepted, and what costs much to read."""

import gzip
import json
import time

import pytest

from tests.support.fake_sqs import FakeSqs
from tests.support.hec_client import CPU_SECONDS, EVENT, JSON, RAW, TENANT, said, send


@pytest.mark.parametrize("body", ["", " \n", "[]", " [ ] "])
@pytest.mark.parametrize("is_text", [True, False])
def test_an_empty_body_has_no_data(ingest: FakeSqs, body: str, *, is_text: bool) -> None:
    assert said(send(body if is_text else body.encode(), content_type=JSON if is_text else None)) == (400, 5)
    assert ingest.sent == []


ALONE = {
    "{}": 12,
    '{"event": null}': 12,
    '{"event": ""}': 13,
    '{"event": "\\ud800"}': 6,
    '{"event": NaN}': 6,
    '{"event": "x", "fields": {"a": -Infinity}}': 6,
    '{"event": "x", "fields": {"a": 1e999}}': 6,
    '{"event": "x", "fields": {"a": ' + "1" * 5000 + "}}": 6,
    '{"event": "x", "host": ' + "1" * 5000 + "}": 6,
    '{"event": "x", "fields": 1}': 15,
    '{"event": "x", "fields": []}': 15,
    '{"event": "x", "fields": "x"}': 15,
    '{"event": "x", "fields": {"a": ' + "[" * 70 + "]" * 70 + "}}": 6,
    '{"event": "x", "fields": {"a": "' + "b" * 40_000 + '"}}': 6,
    '{"event": "x", "time": "soon"}': 6,
    '{"event": "x", "time": true}': 6,
    '{"event": "x", "time": [1]}': 6,
    '{"event": "x", "time": 1e999}': 6,
    '{"event": "x", "time": ' + "1" * 5000 + "}": 6,
    '{"event": "x", "index": "beta"}': 7,
    '{"event": "x", "index": 7}': 7,
    '{"event": "x", "index": ["acme"]}': 7,
    "1": 6,
    '"x"': 6,
    "null": 6,
    "NaN": 6,
}


@pytest.mark.parametrize("event", ALONE, ids=range(len(ALONE)))
@pytest.mark.parametrize("is_array", [True, False])
def test_an_event_that_can_never_be_accepted_is_named_and_the_others_are_kept(
    ingest: FakeSqs, event: str, *, is_array: bool
) -> None:
    events = ['{"event": "before"}', event, '{"event": "after"}']

    answer = send(f"[{','.join(events)}]" if is_array else " ".join(events))

    assert said(answer) == (400, ALONE[event])
    body = json.loads(answer["body"])
    assert body["invalid-event-number"] == 1
    assert "1 of 3 logs cannot be accepted, the others were. Number 1: " in body["detail"]
    assert sorted(ingest.texts()) == ["after", "before"]


DEEP = "[" * 100_000 + "]" * 100_000
MALFORMED = [
    "x",
    "{",
    '{"event"',
    '{"event": "x"',
    '{"event": "x",',
    '{"event": "x",}',
    '{"event" "x"}',
    '{"a\tb": 1, "event": "x"}',
    '{"a\\xb": 1, "event": "x"}',
    '{event: "x"}',
    '{"event": "x"}}',
    '{"event": "x"},{"event": "y"}',
    '{"event": x}',
    '{"event": 01}',
    '["x"',
    '[{"event": "x"},]',
    '[{"event": "x"}',
    '[{"event": "x"}]{"event": "x"}',
    '[{"event": "x"} {"event": "x"}]',
    "[,]",
    "[" * 100_000,
    f'{{"event": {DEEP}}}',
    f'{{"event": "x", "fields": {DEEP}}}',
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_of_a_body_that_cannot_be_read_to_its_end_nothing_is_accepted(ingest: FakeSqs, body: str) -> None:
    for whole in [body] if body.startswith("[") else [body, '{"event": "x"}' + body]:
        answer = send(whole)

        assert said(answer) == (400, 6)
        assert "invalid-event-number" not in json.loads(answer["body"])
    assert ingest.sent == []


MANY_MEMBERS = ",".join(['"a":1'] * 990_000)
TOO_MUCH = {
    "a million empty objects": "{}" * 1_000_000,
    "a million empty objects in an array": f"[{','.join(['{}'] * 1_000_000)}]",
    "16 million characters of empty objects": "{}" * 8_000_000,
    "a million members": f'{{"event": "x", {MANY_MEMBERS}}}',
    "millions of values": '{"event": [' + "[]," * 2_000_000 + "0]}",
    "fields of 5 MB": ('{"event": "x", "fields": {"a": "' + "b" * 30_000 + '"}}') * 600,
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_would_take_too_long_is_refused_in_time(ingest: FakeSqs, body: str) -> None:
    packed = gzip.compress(body.encode(), 1)
    started = time.process_time()

    answer = send(packed, content_type=None, headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer) == (413, 6)
    assert time.process_time() - started < CPU_SECONDS
    assert ingest.sent == []


def test_millions_of_blank_lines_are_skipped_in_time(ingest: FakeSqs) -> None:
    packed = gzip.compress(b"\n" * 16_000_000 + b"x")
    started = time.process_time()

    answer = send(packed, RAW, None, headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer) == (200, 0)
    assert time.process_time() - started < CPU_SECONDS
    assert ingest.texts() == ["x"]


@pytest.mark.parametrize("body", ['{"event": "x"}' * 10_001, "x\n" * 10_001])
def test_more_events_than_a_request_may_carry_are_too_large(ingest: FakeSqs, body: str) -> None:
    path = RAW if body.startswith("x") else EVENT

    assert said(send(body, path)) == (413, 6)
    assert ingest.sent == []
