"""MiniStack's HTTP APIs hand `OPTIONS` to the function behind `$default`, as AWS does without a CORS configuration."""

import asyncio
from typing import Any

import pytest
from ministack.services import apigateway

from local.gaps.iam import MiniStackChangedError
from local.gaps.preflights import route_preflights

NAMES = ("_handle_execute_in_scope", "_match_route", "_invoke_lambda_proxy")
CORS = {"allowOrigins": ["https://example.com"]}


@pytest.fixture(autouse=True)
def invoked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the methods of the events that a function gets; MiniStack is as it was after each test."""
    methods: list[str] = []

    async def invoke(*arguments: Any, **_named: Any) -> Any:
        methods.append(arguments[4])
        return 200, {}, b""

    monkeypatch.setattr(apigateway, "_invoke_lambda_proxy", invoke)
    for name in NAMES:
        monkeypatch.setattr(apigateway, name, getattr(apigateway, name))
    monkeypatch.setattr(apigateway, "_routes", {"api": {"r": {"routeKey": "$default", "target": "integrations/i"}}})
    monkeypatch.setattr(apigateway, "_integrations", {"api": {"i": {"integrationType": "AWS_PROXY"}}})
    monkeypatch.setattr(apigateway, "_apis", {"api": {"apiId": "api"}})
    return methods


def status_of(method: str) -> int:
    answer = apigateway._handle_execute_in_scope("api", "$default", "/x", method, {}, b"", {}, "", "")
    return asyncio.run(answer)[0]


def test_options_reaches_the_function(invoked: list[str]) -> None:
    route_preflights()

    assert [status_of(method) for method in ("OPTIONS", "POST")] == [200, 200]
    assert invoked == ["OPTIONS", "POST"]


def test_an_api_with_a_cors_configuration_answers_by_itself(
    invoked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apigateway, "_apis", {"api": {"corsConfiguration": CORS}})
    route_preflights()

    assert status_of("OPTIONS") == 403
    assert invoked == []


def test_another_ministack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(apigateway, "_match_route")

    with pytest.raises(MiniStackChangedError, match="_match_route"):
        route_preflights()
