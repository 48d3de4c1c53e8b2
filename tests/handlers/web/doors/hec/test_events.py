"""The HEC door: what becomes of events and raw lines, in every form in which clients send them."""

import gzip
import json

import pytest

from tests.support.fake_sqs import FakeSqs
from tests.support.hec_client import EVENT, JSON, PATHS, RAW, SUCCESS, TENANT, TIME, one, said, send


def test_an_event_keeps_its_time_fields_and_level(ingest: FakeSqs) -> None:
    answer = send(
        f'{{"time": {TIME}, "host": "web1", "source": "app", "sourcetype": "_json", "index": "acme", "event": "hello",'
        ' "fields": {"level": "warn", "phone": 4155550199}, "own": [1.5], "empty": null}',
        headers={},
    )

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, SUCCESS)
    envelope = one(ingest)
    assert {name: envelope[name] for name in ("version", "tenant_id", "source", "text", "timestamp", "severity")} == {
        "version": 2,
        "tenant_id": "acme",
        "source": "hec",
        "text": "hello",
        "timestamp": "2026-01-31T22:47:57.559836123+00:00",
        "severity": {"number": 13, "text": "warn"},
    }
    assert envelope["attributes"] == {
        "host": "web1",
        "source": "app",
        "sourcetype": "_json",
        "index": "acme",
        "own": [1.5],
        "fields": {"level": "warn", "phone": 4155550199},
    }


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ('"a \\u00e9"', "a é"),
        ('{"b": 1.50, "a": [1e400, 12345678901234567890.1]}', '{"b": 1.50, "a": [1e400, 12345678901234567890.1]}'),
        ("[ ]", "[ ]"),
        ("0", "0"),
        ("-1.0", "-1.0"),
        ("false", "false"),
        ('"0"', "0"),
        ("1" * 5000, "1" * 5000),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
    ],
)
def test_an_event_that_is_no_text_is_kept_exactly_as_it_was_written(ingest: FakeSqs, event: str, text: str) -> None:
    assert said(send(f'{{"event" : {event} }}')) == (200, 0)

    assert "".join(ingest.texts_in_order()) == text


@pytest.mark.parametrize(
    ("written", "timestamp"),
    [
        (TIME, "2026-01-31T22:47:57.559836123+00:00"),
        (f'"{TIME}"', "2026-01-31T22:47:57.559836123+00:00"),
        ("1769899677", "2026-01-31T22:47:57.000000000+00:00"),
        ('"1769899677.5"', "2026-01-31T22:47:57.500000000+00:00"),
        ("1.769899677559E9", "2026-01-31T22:47:57.559000000+00:00"),
        (f"{TIME}999", "2026-01-31T22:47:57.559836123+00:00"),
        ("0", "1970-01-01T00:00:00.000000000+00:00"),
        ("-1", None),
        ("99999999999999", None),
        ("null", None),
        ('""', None),
    ],
)
def test_a_time_is_seconds_in_digits_and_keeps_its_nanoseconds(
    ingest: FakeSqs, written: str, timestamp: str | None
) -> None:
    assert said(send(f'{{"event": "x", "time": {written}}}')) == (200, 0)

    assert one(ingest).get("timestamp") == timestamp


@pytest.mark.parametrize("path", PATHS)
def test_every_path_takes_logs_with_and_without_a_version(ingest: FakeSqs, path: str) -> None:
    assert said(send('{"event": "x"}', path)) == (200, 0)

    assert ingest.texts() == (['{"event": "x"}'] if "raw" in path else ["x"])


@pytest.mark.parametrize(
    "body",
    [
        '{"event": "a"}{"event": "b"}',
        ' {"event":"a"} \r\n\t{"event":"b"}\n',
        '[{"event": "a"}, {"event": "b"}]',
        ' [ {"event": "a"},{"event": "b"} ] ',
    ],
)
@pytest.mark.parametrize("content_type", [JSON, "text/plain", "application/x-www-form-urlencoded", None])
def test_events_follow_each_other_or_are_an_array_under_any_content_type(
    ingest: FakeSqs, body: str, content_type: str | None
) -> None:
    is_text = content_type in {JSON, "text/plain"}

    assert said(send(body if is_text else body.encode(), content_type=content_type)) == (200, 0)

    assert sorted(ingest.texts()) == ["a", "b"]


def test_raw_lines_are_one_log_each_and_the_query_describes_them(ingest: FakeSqs) -> None:
    body = "first\r\n\n   \n\tindented\nlast \u00e9"

    answer = send(body, RAW, "text/plain", host="web1", sourcetype="access", channel="c-1", time=TIME)

    assert said(answer) == (200, 0)
    assert sorted(ingest.texts()) == ["\tindented", "first", "last \u00e9"]
    for envelope in ingest.envelopes():
        assert envelope["attributes"] == {"host": "web1", "sourcetype": "access"}
        assert envelope["timestamp"] == "2026-01-31T22:47:57.559836123+00:00"


def test_the_query_says_what_an_event_does_not_say_itself(ingest: FakeSqs) -> None:
    send('{"event": "x", "host": "web2"}', host="web1", source="app")

    assert one(ingest)["attributes"] == {"host": "web2", "source": "app"}


@pytest.mark.parametrize(
    ("query", "code"),
    [({"token": "x"}, 16), ({"colour": "x"}, 6), ({"time": "soon"}, 6)],
)
@pytest.mark.parametrize("path", [EVENT, RAW])
def test_a_query_that_cannot_be_taken_is_refused(ingest: FakeSqs, path: str, query: dict[str, str], code: int) -> None:
    assert said(send('{"event": "x"}', path, **query)) == (400, code)
    assert ingest.sent == []


def test_a_body_that_is_no_utf_8_is_kept_as_far_as_it_can_be(ingest: FakeSqs) -> None:
    assert said(send(b"caf\xe9 555-0199", RAW, None)) == (200, 0)
    assert said(send(b'{"event": "caf\xe9"}', content_type=None)) == (200, 0)

    assert ingest.texts() == ["caf\ufffd 555-0199", "caf\ufffd"]


@pytest.mark.parametrize("path", [EVENT, RAW])
def test_gzip_arrives_whole_without_a_content_type(ingest: FakeSqs, path: str) -> None:
    headers = TENANT | {"content-encoding": "gzip"}

    assert said(send(gzip.compress(b'{"event": "x"}'), path, None, headers=headers)) == (200, 0)

    assert len(ingest.sent) == 1


@pytest.mark.parametrize("path", [EVENT, RAW])
def test_gzip_that_the_gateway_destroys_is_refused_with_the_setting_that_helps(ingest: FakeSqs, path: str) -> None:
    destroyed = gzip.compress(b'{"event": "x"}').decode(errors="replace")

    answer = send(destroyed, path, headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer) == (400, 6)
    for setting in ('compression = "none"', "gzip_compression false", "disable_compression: true", "`compress gzip`"):
        assert setting in json.loads(answer["body"])["detail"]
    assert ingest.sent == []


@pytest.mark.parametrize("is_packed", [True, False])
def test_what_dockers_driver_sends_is_taken_packed_or_not(ingest: FakeSqs, *, is_packed: bool) -> None:
    """Its shape is that of moby's sources: no content type, times with six digits, objects without separators."""
    line = '{"event":{"line":"%s","source":"stdout","tag":"4f5e"},"time":"1769899677.559836","host":"node1"}'
    body = (line % "call 555-0199" + line % "").encode()
    headers = {"authorization": "Splunk key", **({"content-encoding": "gzip"} if is_packed else {})} | TENANT

    answer = send(gzip.compress(body) if is_packed else body, f"{EVENT}/1.0", None, headers=headers)

    assert said(answer) == (200, 0)
    assert sorted(ingest.texts()) == [
        '{"line":"","source":"stdout","tag":"4f5e"}',
        '{"line":"call 555-0199","source":"stdout","tag":"4f5e"}',
    ]
    assert {envelope["timestamp"] for envelope in ingest.envelopes()} == {"2026-01-31T22:47:57.559836000+00:00"}


@pytest.mark.parametrize("name", [r"\u0065vent", r"ev\u0065nt", "event"])
def test_a_name_may_be_written_with_escapes(ingest: FakeSqs, name: str) -> None:
    assert said(send(f'{{"{name}": "x", "a\\"b": 1}}')) == (200, 0)

    assert one(ingest)["text"] == "x"
    assert one(ingest)["attributes"] == {'a"b': 1}


def test_each_event_of_a_large_batch_is_a_log(ingest: FakeSqs) -> None:
    assert said(send('{"event": "x"}' * 10_000)) == (200, 0)

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 10_000
