"""The Firehose door: records and CloudWatch's events become logs, under ids that a repeat has again."""

import gzip
import time

import pytest

from tests.support.fake_sqs import FakeSqs
from tests.support.firehose_client import (
    EVENT_ID,
    NOW_MS,
    REQUEST_ID,
    common,
    deliver,
    log_event,
    message,
    packed,
    records,
    said,
)


def test_a_record_is_one_log_with_the_common_attributes(ingest: FakeSqs) -> None:
    answer = deliver(records('{"level": "info"}\n', "two\nlines\r\n"), common(tenant_id="acme", stage="live"))

    assert answer["statusCode"] == 200
    assert said(answer).keys() == {"requestId", "timestamp"}
    assert said(answer)["requestId"] == REQUEST_ID
    assert abs(said(answer)["timestamp"] - time.time() * 1000) < 60_000
    first, second = ingest.envelopes()
    assert {name: first[name] for name in ("version", "tenant_id", "source", "text", "attributes")} == {
        "version": 2,
        "tenant_id": "acme",
        "source": "firehose",
        "text": '{"level": "info"}',
        "attributes": {"commonAttributes": {"stage": "live"}},
    }
    assert second["text"] == "two\nlines"


@pytest.mark.parametrize("is_packed", [True, False])
def test_the_events_of_cloudwatch_are_logs_under_their_own_ids_and_times(ingest: FakeSqs, *, is_packed: bool) -> None:
    content = message(log_event(), log_event("second", EVENT_ID[:-1] + "9", NOW_MS + 1))

    answer = deliver(
        records(content if is_packed else gzip.decompress(content)), common(tenant_id="acme", stage="live")
    )

    assert answer["statusCode"] == 200
    first, second = ingest.envelopes()
    assert {name: first[name] for name in ("log_id", "text", "timestamp", "attributes")} == {
        "log_id": EVENT_ID,
        "text": "call 555-0199",
        "timestamp": "2026-01-31T22:47:57.559000000+00:00",
        "attributes": {
            "commonAttributes": {"stage": "live"},
            "owner": "123456789012",
            "logGroup": "/aws/lambda/pay",
            "logStream": "2026/01/31/[1]0f",
        },
    }
    assert (second["log_id"], second["text"]) == (EVENT_ID[:-1] + "9", "second")


@pytest.mark.parametrize(
    "content",
    [
        message(log_event("CWL CONTROL MESSAGE: Checking health of destination."), kind="CONTROL_MESSAGE"),
        message(),
        message(log_event("")),
        "",
        "\n",
        "\r\n",
        packed(b""),
    ],
)
def test_what_holds_no_log_is_taken_and_nothing_is_stored(ingest: FakeSqs, content: bytes | str) -> None:
    assert deliver(records(content))["statusCode"] == 200
    assert deliver(records(content, "x"))["statusCode"] == 200

    assert ingest.texts() == ["x"]


@pytest.mark.parametrize(
    "content",
    [
        '{"messageType": "DATA_MESSAGE", "logEvents": {}}',
        '{"messageType": ["DATA_MESSAGE"], "logEvents": []}',
        '{"messageType": "OTHER", "logEvents": []}',
        '{"messageType": "DATA_MESSAGE", "logEvents": [',
        '{"messageType": "DATA_MESSAGE", "logEvents": [], "n": NaN}',
        f'{{"messageType": "DATA_MESSAGE", "logEvents": [{"1" * 5000}]}}',
        f'{{"messageType": "DATA_MESSAGE", "logEvents": {"[" * 100_000}{"]" * 100_000}}}',
        '[{"messageType": "DATA_MESSAGE", "logEvents": []}]',
    ],
)
def test_what_only_looks_like_cloudwatchs_is_a_log_as_it_stands(ingest: FakeSqs, content: str) -> None:
    assert deliver(records(content))["statusCode"] == 200

    parts = sorted(ingest.envelopes(), key=lambda envelope: envelope["part"])
    assert "".join(part["text"] for part in parts) == content


def test_a_packed_record_of_anybody_else_is_unpacked(ingest: FakeSqs) -> None:
    assert deliver(records(packed(b"call 555-0199\n")))["statusCode"] == 200

    assert ingest.texts() == ["call 555-0199"]


@pytest.mark.parametrize("event_id", [None, 7, "", "a b", "x" * 300, "."])
def test_an_event_without_a_usable_id_gets_one_of_the_request(ingest: FakeSqs, event_id: object) -> None:
    for _ in range(2):
        assert deliver(records(message(log_event(event_id=event_id))))["statusCode"] == 200

    first, second = ingest.envelopes()
    assert first["log_id"] == second["log_id"] != event_id


@pytest.mark.parametrize("at", [None, "x", 1.5, True, -1, 10**18, 10**30, [], {}])
def test_an_event_without_a_usable_time_has_none(ingest: FakeSqs, at: object) -> None:
    assert deliver(records(message(log_event(at=at))))["statusCode"] == 200

    assert "timestamp" not in ingest.envelopes()[0]


def test_what_is_no_unicode_is_replaced_and_the_rest_is_kept(ingest: FakeSqs) -> None:
    body = records(b"caf\xe9 555-0199", message(log_event("half \ud83d"), logGroup="g\udc00"))

    assert deliver(body)["statusCode"] == 200

    first, second = ingest.envelopes()
    assert (first["text"], second["text"]) == ("caf\ufffd 555-0199", "half \ufffd")
    assert second["attributes"]["logGroup"] == "g\ufffd"


def test_a_repeated_request_has_the_same_ids(ingest: FakeSqs) -> None:
    for _ in range(2):
        deliver(records("a", "a", message(log_event())))

    ids = [envelope["log_id"] for envelope in ingest.envelopes()]
    assert sorted(ids[:3]) == sorted(ids[3:])
    assert len(set(ids)) == 3


def test_equal_records_of_two_requests_are_two_logs(ingest: FakeSqs) -> None:
    for request_id in ("first", "second"):
        deliver(records("a", request_id=request_id), request_id=request_id)

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 2
