"""The query function: shows a tenant one log of its own."""

import json

import pytest

from handlers.query import handler
from tests.support.aws_fixtures import Aws, Context, detailed_envelope_of, event_of
from tests.support.query_client import answer, body_of, get_log, get_page
from tests.support.stored_logs import damage, put, store


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


def test_a_path_is_not_decoded_again_behind_an_http_api(stack: Aws) -> None:
    store(stack, "x", log_id="page-1")
    store(stack, "y", log_id="50%2D")

    assert answer(get_log("page%2D1")) == (404, "not_found")
    assert body_of(get_log("50%2D"))["log_id"] == "50%2D"


def test_a_log_of_another_tenant_is_not_found(stack: Aws) -> None:
    store(stack, "x", tenant_id="beta")

    assert answer(get_log()) == (404, "not_found")


@pytest.mark.parametrize("log_id", ["", " ", "a b", "a/b", "123#00001", "é", "x" * 257, "\x00", "\ud800"])
def test_an_invalid_log_id_is_refused(stack: Aws, log_id: str) -> None:
    store(stack, "x", part=1, parts=2)

    assert answer(get_log(log_id)) == (400, "invalid_request")


@pytest.mark.parametrize(("unit", "parts"), [("x", 17), ("\\", 5), ('"', 5), ("\x00", 3)])
def test_an_answer_too_large_for_lambda_is_refused_with_the_fix(stack: Aws, unit: str, parts: int) -> None:
    # Six million bytes of text, or of what JSON twice over makes of it.
    for part in range(1, parts + 1):
        store(stack, unit * 190_000, part=part, parts=parts)

    response = get_log()

    assert answer(response) == (413, "payload_too_large")
    assert "?prefix=" in json.loads(response["body"])["detail"]


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
