"""The origin: whose logs a request carries, whoever names the tenant."""

from typing import Any

import pytest

from handlers.web.doors.origin import Origin, tenant_of
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request
from tests.support.aws_fixtures import event_of


def request_with(**headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request.from_event(event_of("http_api_json") | {"headers": named})


@pytest.mark.parametrize(
    ("credential", "header", "otherwise"),
    [
        ("acme", None, ()),
        ("acme", "acme", ()),
        ("acme", None, ("acme",)),
        (None, "acme", ()),
        (None, None, ("acme",)),
        (None, "acme", ("acme", None, "")),
    ],
)
def test_a_tenant_is_named_once_or_several_times_alike(credential: Any, header: Any, otherwise: Any) -> None:
    assert tenant_of(request_with(x_tenant_id=header), credential, *otherwise) == "acme"


@pytest.mark.parametrize(
    ("credential", "header", "otherwise", "code"),
    [
        ("acme", "beta", (), Code.WRONG_TENANT),
        ("acme", None, ("beta",), Code.WRONG_TENANT),
        (None, None, (), Code.MISSING_TENANT),
        (None, None, (None, ""), Code.MISSING_TENANT),
        (None, "acme", ("beta",), Code.TENANT_MISMATCH),
        (None, "a b", (), Code.INVALID_REQUEST),
        (None, None, ("a/b",), Code.INVALID_REQUEST),
    ],
)
def test_no_tenant_and_two_tenants_are_refused(credential: Any, header: Any, otherwise: Any, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        tenant_of(request_with(x_tenant_id=header), credential, *otherwise)

    assert refused.value.refusal.code == code


def test_an_idempotency_key_names_the_request() -> None:
    request = request_with(idempotency_key="nightly")

    assert Origin.of(request, source="otlp", tenant_id="acme", content=b"x").request_key == "nightly"
    assert Origin.of(request_with(), source="otlp", tenant_id="acme", content=b"x").request_key is None


def test_an_idempotency_key_that_breaks_its_rule_is_refused() -> None:
    with pytest.raises(Refused, match="Idempotency-Key"):
        Origin.of(request_with(idempotency_key="é"), source="otlp", tenant_id="acme", content=b"x")
