"""Identity: whose request it is, by what the gateway vouches for and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.access.scopes import ALL_SCOPES, READING, WRITING, Scope
from handlers.web.identity import Caller, caller_of
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
    return caller_with(authorizer, auth).tenant_id


def caller_with(authorizer: object, auth: Any, *, scope_claim: str = "") -> Caller:
    return caller_of(request_with(authorizer), auth=auth, tenant_claim="tenant", scope_claim=scope_claim)


def test_without_authentication_there_is_no_identity() -> None:
    assert tenant_of({"lambda": {"tenant_id": "acme"}}, "none") is None


def test_an_api_key_has_the_tenant_that_the_authorizer_names() -> None:
    assert tenant_of({"lambda": {"tenant_id": "acme"}}, "api-key") == "acme"


def test_a_token_has_the_tenant_in_its_claim() -> None:
    request = Request.from_event(event_of("http_api_jwt"))

    assert caller_of(request, auth="jwt", tenant_claim="tenant", scope_claim="").tenant_id == "acme"


def test_the_authorizer_passes_on_the_scopes_and_the_id_of_a_key() -> None:
    caller = caller_with({"lambda": {"tenant_id": "acme", "scopes": "write,read", "key_id": "0a1b"}}, "api-key")

    assert caller == Caller("acme", frozenset({Scope.WRITE, Scope.READ}), "0a1b")


@pytest.mark.parametrize(
    ("context", "scopes"),
    [({}, ALL_SCOPES), ({"scopes": ""}, set()), ({"scopes": None}, ALL_SCOPES), ({"scopes": ["read"]}, set())],
)
def test_only_an_authorizer_of_an_earlier_version_may_leave_out_scopes(
    context: dict[str, object], scopes: set[Scope]
) -> None:
    assert caller_with({"lambda": {"tenant_id": "acme"} | context}, "api-key").scopes == scopes


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scp": "read"}, {Scope.READ}),
        ({"scp": "openid write read"}, {Scope.READ, Scope.WRITE}),
        ({"scp": "[write read-original]"}, {Scope.WRITE, Scope.READ_ORIGINAL}),
        ({"scp": "reader, unread"}, set()),
        ({"scp": ["read"]}, set()),
        ({}, set()),
    ],
)
def test_a_token_allows_what_its_scope_claim_names(claims: dict[str, object], scopes: set[Scope]) -> None:
    authorizer = {"jwt": {"claims": {"tenant": "acme"} | claims}}

    assert caller_with(authorizer, "jwt", scope_claim="scp").scopes == scopes
    assert caller_with(authorizer, "jwt").scopes == ALL_SCOPES


def test_a_missing_scope_is_named_in_the_refusal() -> None:
    caller = Caller("acme", frozenset({Scope.WRITE}))

    caller.require_any(WRITING)
    with pytest.raises(Refused) as refused:
        caller.require_any(READING)

    assert refused.value.refusal.code is Code.INSUFFICIENT_SCOPE
    assert refused.value.refusal.detail == "This needs a credential with the scope read or read-original."


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
def test_every_request_without_a_valid_identity_gets_the_same_refusal(authorizer: object, auth: str) -> None:
    with pytest.raises(Refused) as refused:
        tenant_of(authorizer, auth)

    assert refused.value.refusal.code is Code.UNAUTHENTICATED
    assert refused.value.refusal.headers == {"www-authenticate": "Bearer"}
    assert refused.value.refusal.detail == "Send Authorization: Bearer with a credential that is valid here."


@given(json_values, st.sampled_from(["api-key", "jwt"]))
def test_any_answer_of_an_authorizer_is_a_tenant_or_a_refusal(authorizer: object, auth: str) -> None:
    try:
        tenant_id = tenant_of(authorizer, auth)
    except Refused as refused:
        assert refused.refusal.code is Code.UNAUTHENTICATED
    else:
        assert f"'{tenant_id}'" in str(authorizer)


def test_while_the_authorizer_cannot_read_keys_the_client_is_to_send_again() -> None:
    with pytest.raises(Refused) as refused:
        caller_with({"lambda": {"tenant_id": "", "scopes": "", "key_id": "", "is_known": "no"}}, "api-key")

    assert refused.value.refusal.code == Code.TABLE_UNAVAILABLE
