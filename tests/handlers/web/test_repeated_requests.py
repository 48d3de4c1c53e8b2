"""A request sent again stores a log that carries its own time once, and keeps logs that only look alike apart."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fake_sqs import Entry, FakeSqs
from tests.support.posting import NDJSON, body_of, lines, post

TIMES = ["timestamp", "time", "@timestamp", "date"]


def seconds_ago(seconds: float) -> float:
    return datetime.now(UTC).timestamp() - seconds


def log_ids(ingest: FakeSqs) -> list[str]:
    return [envelope["log_id"] for envelope in ingest.envelopes()]


def test_a_repeat_after_a_207_gives_every_log_its_id_again(ingest: FakeSqs) -> None:
    def refuse_the_second(entry: Entry, _tries: int) -> str | None:
        return "InternalError" if '\\"n\\": 1' in entry["MessageBody"] else None

    chunk = lines(*({"date": seconds_ago(60), "n": number} for number in range(3)))
    ingest.refuse = refuse_the_second
    first = post(chunk, x_tenant_id="acme")
    ingest.refuse = lambda _entry, _tries: None

    second = post(chunk, x_tenant_id="acme")

    assert (first["statusCode"], second["statusCode"]) == (207, 202)
    named = [[result["log_id"] for result in body_of(answer)["results"]] for answer in (first, second)]
    assert named[0] == named[1]
    assert len(ingest.sent) == 5
    assert len({(envelope["log_id"], envelope["text"]) for envelope in ingest.envelopes()}) == 3


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("form", ["lines", "array", "object", "gzip"])
def test_a_log_with_a_time_of_its_own_has_one_id_in_every_repeat(ingest: FakeSqs, name: str, form: str) -> None:
    log = json.dumps({name: seconds_ago(60), "message": "x"})
    bodies: dict[str, tuple[str | bytes, str]] = {
        "lines": (log, NDJSON),
        "array": (f"[{log}]", "application/json"),
        "object": (f"{log}\n", "application/json"),
        "gzip": (gzip.compress(log.encode(), mtime=1), "application/gzip"),
    }
    body, media_type = bodies[form]

    post(body, media_type, x_tenant_id="acme")
    post(gzip.compress(log.encode(), mtime=2) if form == "gzip" else body, media_type, x_tenant_id="acme")

    first, second = log_ids(ingest)
    assert first == second
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7.*", first)


def test_ids_of_logs_with_a_time_sort_by_it(ingest: FakeSqs) -> None:
    later, earlier = ({"time": (datetime.now(UTC) - timedelta(hours=hours)).isoformat()} for hours in (1, 2))

    post(lines(later, earlier), x_tenant_id="acme")

    of_later, of_earlier = log_ids(ingest)
    assert of_earlier < of_later


def test_a_log_of_last_week_has_one_id_too(ingest: FakeSqs) -> None:
    chunk = lines({"time": seconds_ago(7 * 24 * 3600)})

    post(chunk, x_tenant_id="acme")
    post(chunk, x_tenant_id="acme")

    first, second = log_ids(ingest)
    assert first == second
    assert first[14] == "7"


def test_two_equal_lines_a_minute_apart_are_two_logs(ingest: FakeSqs) -> None:
    post(lines({"time": seconds_ago(61), "message": "still alive"}), x_tenant_id="acme")
    post(lines({"time": seconds_ago(1), "message": "still alive"}), x_tenant_id="acme")

    assert len(set(log_ids(ingest))) == 2


def test_two_equal_lines_of_one_request_are_two_logs(ingest: FakeSqs) -> None:
    line = {"time": seconds_ago(1), "message": "still alive"}

    post(lines(line, line), x_tenant_id="acme")

    assert len(set(log_ids(ingest))) == 2


@pytest.mark.parametrize("own", [{}, {"time": "yesterday"}, {"time": None, "date": "2026-01-31"}, {"at_timestamp": 1}])
def test_without_a_readable_time_a_repeat_makes_new_ids(ingest: FakeSqs, own: dict[str, object]) -> None:
    chunk = lines({"message": "x"} | own)

    post(chunk, x_tenant_id="acme")
    post(chunk, x_tenant_id="acme")

    assert len(set(log_ids(ingest))) == 2


def test_an_idempotency_key_or_a_log_id_takes_precedence_over_the_time(ingest: FakeSqs) -> None:
    now = seconds_ago(1)

    for time in (now, now - 1):
        post(lines({"time": time}, {"time": time, "log_id": "1"}), x_tenant_id="acme", idempotency_key="k")

    first, own_id, again, own_id_again = log_ids(ingest)
    assert (first, own_id) == (again, own_id_again)
    assert (first[14], own_id) == ("8", "1")


@pytest.mark.parametrize("time", ["9" * 2000, "1e400", "-1", '"' + "9" * 2000 + '"', "{}", "true", "1e300"])
def test_an_invalid_time_is_not_an_error(ingest: FakeSqs, time: str) -> None:
    response = post(f'{{"time": {time}}}\n{{}}', x_tenant_id="acme")

    assert response["statusCode"] == 202
    assert len(ingest.sent) == 2


def test_a_single_object_without_text_is_kept_whole(ingest: FakeSqs) -> None:
    response = post('\n{"level":  "warn"} ', "application/json", x_tenant_id="acme", x_log_id="7")

    assert (response["statusCode"], body_of(response)["log_id"]) == (202, "7")
    assert ingest.texts() == ['{"level":  "warn"}']


def test_a_single_object_without_text_needs_a_tenant_from_header_or_credential(ingest: FakeSqs) -> None:
    response = post('{"tenant_id": "acme", "level": "warn"}', "application/json")

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_request")
    assert ingest.calls == []


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("{now}", None),
        (1_769_899_677_559_836_123, "2026-01-31T22:47:57.559836123+00:00"),
        (1_769_899_677.5, "2026-01-31T22:47:57.500000000+00:00"),
        ("2026-01-31T22:47:57.559836123Z", "2026-01-31T22:47:57.559836123Z"),
    ],
)
def test_a_log_with_a_text_may_carry_its_own_time_too(
    ingest: FakeSqs, name: str, time: object, written: str | None
) -> None:
    time = seconds_ago(60) if written is None else time
    body = lines({"tenant_id": "acme", "text": "x", name: time})

    post(body)
    post(body)

    first, second = ingest.envelopes()
    assert first["log_id"] == second["log_id"]
    assert (first["version"], first["text"]) == (2, "x")
    assert written is None or first["timestamp"] == written


@pytest.mark.parametrize("time", ["yesterday", "2026-01-31T22:47:57", True, [1], {}, -1, 1e30, ""])
def test_a_time_beside_a_text_that_cannot_be_read_is_refused_and_not_dropped(ingest: FakeSqs, time: object) -> None:
    answer = post(json.dumps({"tenant_id": "acme", "text": "x", "timestamp": time}), "application/json")

    assert (answer["statusCode"], body_of(answer)["code"]) == (400, "invalid_request")
    assert "ISO 8601" in body_of(answer)["detail"]
    assert ingest.envelopes() == []
