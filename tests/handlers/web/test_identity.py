"""Identity: whose request it is, by what the gateway vouches for and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.web.identity import credential_tenant
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request
from tests.support.aws_fixtures import event_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["lambda", "jwt", "claims", "tenant_id", "tenant"]), inner)
    ),
)


def request_with(authorizer: object) -> Request:
    event: dict[str, Any] = event_of("http_api_json")
    event["requestContext"]["authorizer"] = authorizer
    return Request.from_event(event)


def tenant_of(authorizer: object, auth: Any) -> str | None:
    return credential_tenant(request_with(authorizer), auth=auth, tenant_claim="tenant")


def test_without_authentication_nobody_is_vouched_for() -> None:
    assert tenant_of({"lambda": {"tenant_id": "acme"}}, "none") is None


def test_an_api_key_stands_for_the_tenant_that_the_authorizer_names() -> None:
    assert tenant_of({"lambda": {"tenant_id": "acme"}}, "api-key") == "acme"


def test_a_token_stands_for_the_tenant_in_its_claim() -> None:
    request = Request.from_event(event_of("http_api_jwt"))

    assert credential_tenant(request, auth="jwt", tenant_claim="tenant") == "acme"


@pytest.mark.parametrize(
    ("authorizer", "auth"),
    [
        (None, "api-key"),
        ({}, "api-key"),
        ({"lambda": None}, "api-key"),
        ({"lambda": {}}, "api-key"),
        ({"lambda": {"tenant_id": ""}}, "api-key"),
        ({"lambda": {"tenant_id": "a b"}}, "api-key"),
        ({"lambda": {"tenant_id": "acme\n"}}, "api-key"),
        ({"lambda": {"tenant_id": ["acme"]}}, "api-key"),
        ({"lambda": "acme"}, "api-key"),
        ({"jwt": {"claims": {"tenant": "acme"}}}, "api-key"),
        ({"lambda": {"tenant_id": "acme"}}, "jwt"),
        ({"jwt": {"claims": {"tenant_id": "acme"}}}, "jwt"),
        ({"jwt": {"claims": {"tenant": "acme beta"}}}, "jwt"),
        ({"jwt": {"claims": None}}, "jwt"),
        ("acme", "jwt"),
    ],
)
def test_a_request_that_nobody_vouches_for_is_refused_in_the_same_words(authorizer: object, auth: str) -> None:
    with pytest.raises(Refused) as refused:
        tenant_of(authorizer, auth)

    assert refused.value.refusal.code is Code.UNAUTHENTICATED
    assert refused.value.refusal.headers == {"www-authenticate": "Bearer"}
    assert refused.value.refusal.detail == "Send Authorization: Bearer with a credential that is valid here."


@given(json_values, st.sampled_from(["api-key", "jwt"]))
def test_whatever_an_authorizer_says_it_is_a_tenant_or_a_refusal(authorizer: object, auth: str) -> None:
    try:
        tenant_id = tenant_of(authorizer, auth)
    except Refused as refused:
        assert refused.refusal.code is Code.UNAUTHENTICATED
    else:
        assert f"'{tenant_id}'" in str(authorizer)
