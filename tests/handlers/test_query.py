"""The query function: shows a tenant its own logs, and gives a reason for everything else."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.environment import QueryEnvironment
from handlers.logs.envelope import Envelope, Severity
from handlers.logs.identifiers import new_log_id
from handlers.query import handler
from handlers.web.page_request import PARAMETERS
from tests.support.aws_fixtures import Aws, Context, detailed_envelope_of, event_of
from tests.support.posting import lines, post_as
from tests.support.stored_logs import put, store


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AUTH", "api-key")
    QueryEnvironment.read.cache_clear()
    return aws


def credential(tenant_id: object, scopes: str) -> dict[str, Any]:
    return {"lambda": {"tenant_id": tenant_id, "scopes": scopes, "key_id": "0a1b2c3d4e5f"}}


def get_log(
    log_id: str = "123",
    *,
    tenant_id: str = "acme",
    credential_of: object = "acme",
    scopes: str = "read-original",
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    event = event_of("http_api_read_log") | {"pathParameters": {"tenant_id": tenant_id, "log_id": log_id}}
    event["queryStringParameters"] = query
    event["requestContext"]["authorizer"] = credential(credential_of, scopes)
    return handler(event, Context())


def get_page(
    *, tenant_id: str = "acme", credential_of: object = "acme", scopes: str = "read-original", **query: str
) -> dict[str, Any]:
    event = event_of("http_api_read_page") | {"pathParameters": {"tenant_id": tenant_id}}
    event["queryStringParameters"] = query
    event["requestContext"]["authorizer"] = credential(credential_of, scopes)
    return handler(event, Context())


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    body = json.loads(response["body"])
    return response["statusCode"], body.get("code")


def body_of(response: dict[str, Any]) -> dict[str, Any]:
    assert response["statusCode"] == 200
    return json.loads(response["body"])


def test_a_log_is_shown_to_its_tenant(stack: Aws) -> None:
    store(stack, "call 555-0199")

    shown = body_of(handler(event_of("http_api_read_log"), Context()))

    assert shown["path"] == "tenants/acme/processed_logs/123"
    assert (shown["original_text"], shown["modified_data"]) == ("call 555-0199", "call [REDACTED]")


def test_a_log_in_parts_is_shown_whole(stack: Aws) -> None:
    for part in (1, 2, 3):
        store(stack, f"part {part} ", part=part, parts=3)

    shown = body_of(get_log())

    assert (shown["modified_data"], shown["parts"], shown["log_id"]) == ("part 1 part 2 part 3 ", 3, "123")


def test_a_log_with_a_missing_part_is_not_shown(stack: Aws) -> None:
    store(stack, "part 2", part=2, parts=3)

    response = get_log()

    assert answer(response) == (404, "not_found")
    assert "1 of 3 parts" in json.loads(response["body"])["detail"]


@pytest.mark.parametrize("credential_of", ["", None, "a b", 5])
def test_reading_needs_a_credential(stack: Aws, credential_of: object) -> None:
    store(stack, "x")

    for response in (get_log(credential_of=credential_of), get_page(credential_of=credential_of)):
        assert answer(response) == (401, "unauthenticated")
        assert response["headers"]["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("tenant_id", ["beta", "", "ACME", "acme ", "acme/beta"])
def test_a_credential_opens_its_own_tenants_logs_only(stack: Aws, tenant_id: str) -> None:
    store(stack, "x", tenant_id="beta")

    assert answer(get_log(tenant_id=tenant_id)) == (403, "wrong_tenant")
    assert answer(get_page(tenant_id=tenant_id)) == (403, "wrong_tenant")


@pytest.mark.parametrize("get", [get_log, get_page])
@pytest.mark.parametrize("scopes", ["write", "", "unknown"])
def test_a_key_that_can_only_write_reads_nothing(stack: Aws, get: Any, scopes: str) -> None:
    store(stack, "x")

    assert answer(get(scopes=scopes)) == (403, "insufficient_scope")


@pytest.mark.parametrize(("scopes", "shown"), [("read", False), ("read,write", False), ("read-original", True)])
def test_the_original_text_needs_a_scope_of_its_own(stack: Aws, *, scopes: str, shown: bool) -> None:
    store(stack, "call 555-0199")

    log, page = body_of(get_log(scopes=scopes)), body_of(get_page(scopes=scopes))

    for record in (log, page["records"][0]):
        assert record["modified_data"] == "call [REDACTED]"
        assert ("original_text" in record) is shown


@pytest.mark.parametrize(("scopes", "shown"), [("read", False), ("read-original", True)])
def test_attributes_are_shown_redacted_and_with_the_scope_for_it_in_the_original(
    stack: Aws, *, scopes: str, shown: bool
) -> None:
    put(stack, detailed_envelope_of("x"))

    log, page = body_of(get_log(scopes=scopes)), body_of(get_page(scopes=scopes))

    for record in (log, page["records"][0]):
        assert record["timestamp"] == "2026-01-31T22:47:57.123456789+00:00"
        assert record["severity"] == {"number": 17, "text": "ERROR"}
        assert record["attributes"] == {"user": {"phone": "[REDACTED]"}, "[REDACTED]": True}
        assert ("original_attributes" in record) is shown
        assert ("4155552671" in json.dumps(record)) is shown


def test_every_read_is_an_event_with_tenant_and_key(stack: Aws, caplog: pytest.LogCaptureFixture) -> None:
    store(stack, "x", log_id="log-1")
    store(stack, "x", log_id="log-2")

    with caplog.at_level(logging.INFO):
        get_log("log-1")
        get_page()
        get_log("unknown")

    read = [record for record in caplog.records if record.message == "read"]
    assert [(each.tenant_id, each.key_id, each.log_id, each.logs) for each in read] == [
        ("acme", "0a1b2c3d4e5f", "log-1", 1),
        ("acme", "0a1b2c3d4e5f", None, 2),
    ]


def test_a_path_is_not_decoded_again_behind_an_http_api(stack: Aws) -> None:
    store(stack, "x", log_id="page-1")
    store(stack, "y", log_id="50%2D")

    assert answer(get_log("page%2D1")) == (404, "not_found")
    assert body_of(get_log("50%2D"))["log_id"] == "50%2D"


@pytest.mark.parametrize(
    ("response", "detail"),
    [
        (
            lambda: get_page(limt="5"),
            "This route takes since, until, order, severity, prefix, limit, cursor; it got 'limt'.",
        ),
        (lambda: get_log(query={"limit": "5"}), "This route takes no query parameters; it got 'limit'."),
        (
            lambda: get_page(**{"é" * 99: ""}),
            f"This route takes since, until, order, severity, prefix, limit, cursor; it got '{chr(92)}xe9",
        ),
    ],
)
def test_an_unknown_query_parameter_is_refused(stack: Aws, response: Any, detail: str) -> None:
    store(stack, "x")

    refused = response()

    assert answer(refused) == (400, "invalid_request")
    assert json.loads(refused["body"])["detail"].startswith(detail)


def test_a_log_of_another_tenant_is_not_found(stack: Aws) -> None:
    store(stack, "x", tenant_id="beta")

    assert answer(get_log()) == (404, "not_found")


@pytest.mark.parametrize("log_id", ["", " ", "a b", "a/b", "123#00001", "é", "x" * 257, "\x00", "\ud800"])
def test_an_invalid_log_id_is_refused(stack: Aws, log_id: str) -> None:
    store(stack, "x", part=1, parts=2)

    assert answer(get_log(log_id)) == (400, "invalid_request")


@pytest.mark.parametrize("limit", ["", "0", "-1", "101", "1000", "1.5", "x", "1,2", " 1", "٣", "1e1"])
def test_a_limit_that_breaks_its_rule_is_refused(stack: Aws, limit: str) -> None:
    store(stack, "x")

    assert answer(get_page(limit=limit)) == (400, "invalid_request")


@pytest.mark.parametrize("prefix", ["x" * 263, "é", "a b", "\ud800", "\x00"])
def test_an_invalid_prefix_is_refused(stack: Aws, prefix: str) -> None:
    store(stack, "x")

    assert answer(get_page(prefix=prefix)) == (400, "invalid_request")


def test_pages_show_every_log_once_while_others_are_stored(stack: Aws) -> None:
    for number in range(7):
        store(stack, "x", log_id=f"log-{number}")
    first = body_of(get_page(limit="3"))
    store(stack, "x", log_id="log-00")

    seen, cursor = list(first["records"]), first["cursor"]
    while cursor:
        page = body_of(get_page(limit="3", cursor=cursor))
        seen += page["records"]
        cursor = page["cursor"]

    assert [record["log_id"] for record in seen] == [f"log-{number}" for number in range(7)]


def test_a_page_has_twenty_records_by_default(stack: Aws) -> None:
    for number in range(25):
        store(stack, "x", log_id=f"log-{number:02d}")

    page = body_of(get_page())

    assert len(page["records"]) == 20
    assert page["cursor"]
    assert len(body_of(get_page(limit="100"))["records"]) == 25


def test_a_cursor_works_neither_for_another_tenant_nor_with_another_prefix(stack: Aws) -> None:
    for number in range(3):
        store(stack, "x", log_id=f"log-{number}")
    cursor = body_of(get_page(limit="1"))["cursor"]

    assert answer(get_page(cursor=cursor, tenant_id="beta", credential_of="beta")) == (400, "invalid_request")
    assert answer(get_page(cursor=cursor, prefix="other")) == (400, "invalid_request")
    assert answer(get_page(cursor="x")) == (400, "invalid_request")


def test_the_parts_of_a_log_may_be_read_one_by_one(stack: Aws) -> None:
    for part in (1, 2):
        store(stack, f"part {part}", part=part, parts=2)

    page = body_of(get_page(prefix="123#"))

    assert [(record["log_id"], record["part"]) for record in page["records"]] == [("123", 1), ("123", 2)]


@pytest.mark.parametrize(("unit", "parts"), [("x", 17), ("\\", 5), ('"', 5), ("\x00", 3)])
def test_an_answer_too_large_for_lambda_is_refused_with_the_fix(stack: Aws, unit: str, parts: int) -> None:
    # Six million bytes of text, or of what JSON twice over makes of it.
    for part in range(1, parts + 1):
        store(stack, unit * 190_000, part=part, parts=parts)

    response = get_log()

    assert answer(response) == (413, "payload_too_large")
    assert "?prefix=" in json.loads(response["body"])["detail"]


def test_a_page_too_large_for_lambda_asks_for_a_smaller_limit(stack: Aws) -> None:
    for number in range(5):
        store(stack, "\x00" * 99_000, log_id=f"log-{number}")

    response = get_page()

    assert answer(response) == (413, "payload_too_large")
    assert "smaller limit" in json.loads(response["body"])["detail"]
    assert len(body_of(get_page(limit="2"))["records"]) == 2


def test_a_refusal_of_the_table_is_reported_as_retryable(stack: Aws, caplog: pytest.LogCaptureFixture) -> None:
    stack.dynamodb.delete_table(TableName=stack.table_name)

    with caplog.at_level(logging.INFO):
        responses = [get_log(), get_page()]

    assert [answer(response) for response in responses] == [(500, "table_unavailable")] * 2
    assert json.loads(responses[0]["body"])["retryable"] is True
    assert caplog.records[-1].cause == "ResourceNotFoundException"


@pytest.mark.usefixtures("stack")
def test_a_failure_that_nobody_foresaw_is_answered_in_the_same_form(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the text of a log")

    monkeypatch.setattr("handlers.query.log_table", fail)

    assert answer(get_log()) == (500, "internal_error")
    assert caplog.records[-1].cause.startswith("RuntimeError in test_query.py:")


oddities = st.none() | st.integers() | st.lists(st.text()) | st.text(st.characters())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.dictionaries(st.sampled_from(["tenant_id", "log_id"]), oddities) | oddities,
    query=st.dictionaries(st.sampled_from(PARAMETERS), oddities | st.just("YWNtZS9h")) | oddities,
)
def test_no_request_gets_a_server_error(stack: Aws, path: object, query: object) -> None:
    parameters = {"tenant_id": "acme"} | path if isinstance(path, dict) else path
    event = event_of("http_api_read_page") | {"pathParameters": parameters, "queryStringParameters": query}

    assert handler(event, Context())["statusCode"] < 500
    assert stack.table_name == "logs"


def ids_of(page: dict[str, Any]) -> list[str]:
    return [record["log_id"] for record in page["records"]]


def test_late_logs_are_listed_by_the_time_at_which_they_happened(stack: Aws) -> None:
    now = datetime.now(UTC)
    times = {"now": now, "late": now - timedelta(days=3), "ahead": now + timedelta(hours=3)}
    logs = [{"text": text, "timestamp": time.isoformat()} for text, time in times.items()]
    post_as("acme", lines(*logs, {"text": "without a time"}))
    for message in stack.waiting():
        put(stack, Envelope.from_message(message["Body"]))

    def texts(**query: str) -> list[str]:
        return [record["modified_data"] for record in body_of(get_page(**query))["records"]]

    assert texts(since="4d", until="2d") == ["late"]
    assert set(texts(since="2d", until="0s")) | {"without a time"} == {"now", "without a time"}
    assert texts(order="newest")[0] == "ahead"
    assert texts(order="oldest")[:2] == ["late", "now"]
    assert len(texts(order="oldest")) == len(texts()) == 4


@pytest.mark.parametrize(
    ("severity", "shown"), [("trace", "1234"), ("info", "234"), ("warn", "34"), ("error", "4"), ("fatal", "")]
)
def test_a_severity_shows_logs_that_are_so_severe_or_worse(stack: Aws, severity: str, shown: str) -> None:
    levels = [Severity(number=1), Severity(number=12), Severity(text="WARNING"), Severity(number=17, text="oops"), None]
    for number, level in enumerate(levels, start=1):
        put(stack, detailed_envelope_of("x", log_id=str(number), severity=level))

    assert ids_of(body_of(get_page(severity=severity))) == list(shown)
    assert len(ids_of(body_of(get_page()))) == 5


def test_the_parts_of_a_log_and_the_pieces_of_a_split_one_are_listed_by_time(stack: Aws) -> None:
    log_id = new_log_id()
    for part in (1, 2):
        store(stack, f"part {part}", part=part, parts=2, log_id=log_id)
    store(stack, "a piece", log_id=f"{log_id}.1")
    store(stack, "of a client", log_id="123")

    oldest, newest = body_of(get_page(since="1m", order="oldest")), body_of(get_page(since="1m"))

    assert [(record["log_id"], record["part"]) for record in oldest["records"]] == [
        (log_id, 1),
        (log_id, 2),
        (f"{log_id}.1", 1),
    ]
    assert newest["records"] == oldest["records"][::-1]


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"order": "up"}, {"severity": "bad"}, {"until": "15m,2h"}])
def test_a_wrong_way_to_list_by_time_is_refused(stack: Aws, query: dict[str, str]) -> None:
    store(stack, "x")

    assert answer(get_page(**query)) == (400, "invalid_request")


def test_a_damaged_row_is_left_out_of_its_page_and_named(stack: Aws, caplog: pytest.LogCaptureFixture) -> None:
    for log_id in ("a", "b", "c"):
        store(stack, "x", log_id=log_id)
    damage(stack, "b")

    with caplog.at_level(logging.INFO):
        page = body_of(get_page())

    assert [record["log_id"] for record in page["records"]] == ["a", "c"]
    assert page["damaged"] == ["b"]
    assert [event.log_id for event in caplog.records if event.message == "damaged"] == ["b"]


def test_a_page_without_damaged_rows_mentions_none(stack: Aws) -> None:
    store(stack, "x")

    assert body_of(get_page()).keys() == {"records", "cursor"}


def test_a_log_with_a_damaged_row_is_not_reported_as_missing(stack: Aws) -> None:
    store(stack, "x")
    damage(stack, "123")

    assert answer(get_log()) == (500, "record_damaged")
    assert "retryable" not in json.loads(get_log()["body"])


def test_no_fingerprint_is_shown(stack: Aws) -> None:
    store(stack, "x")
    for part in (1, 2):
        store(stack, f"{part}", part=part, parts=2, log_id="long")

    assert len(stack.records()) == 4
    for response in (get_log(), get_log("long"), get_page()):
        assert "key-1:" not in response["body"]
        assert not {"fingerprint", "sha256"} & set(response["body"].split('"'))


def test_the_claim_of_a_log_in_parts_appears_in_no_page(stack: Aws) -> None:
    store(stack, "part 1", part=1, parts=2)

    assert [record["part"] for record in body_of(get_page())["records"]] == [1]
    assert body_of(get_page(prefix="123", limit="1"))["records"] != []


def damage(stack: Aws, log_id: str) -> None:
    row = {"tenant_id": {"S": "acme"}, "log_id": {"S": log_id}, "modified_data": {"N": "1"}}
    stack.dynamodb.put_item(TableName=stack.table_name, Item=row)
