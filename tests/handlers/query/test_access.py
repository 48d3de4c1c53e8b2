"""The query function: who may read, what every read leaves in the log, and that no request gets a bare 500."""

import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.query import handler
from handlers.web.page_request import PARAMETERS
from tests.support.aws_fixtures import Aws, Context, event_of
from tests.support.query_client import answer, get_log, get_page
from tests.support.stored_logs import store


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
    assert caplog.records[-1].cause.startswith("RuntimeError in test_access.py:")


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
