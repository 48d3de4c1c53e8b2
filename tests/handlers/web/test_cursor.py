"""Cursors: mean something to the tenant and the prefix they were made for, and to nobody else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.identifiers import LOG_ID_PATTERN, TENANT_ID_PATTERN
from handlers.web.cursor import cursor_after, log_id_of
from handlers.web.refusals import Code, Refused

tenants = st.from_regex(TENANT_ID_PATTERN, fullmatch=True).map(str.strip)
log_ids = st.from_regex(LOG_ID_PATTERN, fullmatch=True).map(str.strip)


def spelled(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@given(tenants, log_ids, st.sampled_from(["", "#00001", "#12345"]))
def test_a_cursor_gives_its_key_back_and_fits_into_a_query_string(tenant_id: str, log_id: str, part: str) -> None:
    cursor = cursor_after(log_id + part, tenant_id=tenant_id)

    assert log_id_of(cursor, tenant_id=tenant_id, prefix=log_id[:3]) == log_id + part
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(tenants, tenants, log_ids)
def test_a_cursor_of_another_tenant_is_refused(made_for: str, used_by: str, log_id: str) -> None:
    cursor = cursor_after(log_id, tenant_id=made_for)

    if made_for != used_by:
        with pytest.raises(Refused):
            log_id_of(cursor, tenant_id=used_by, prefix="")


def test_a_cursor_of_another_prefix_is_refused_because_dynamodb_would() -> None:
    cursor = cursor_after("2-a", tenant_id="acme")

    with pytest.raises(Refused, match="same prefix"):
        log_id_of(cursor, tenant_id="acme", prefix="1")


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "é", "=", "a===", spelled("acme"), spelled("acme/"), spelled("acme/a/b"), spelled("acme/a b"),
     spelled("acme/" + "x" * 263), spelled("acme/é"), base64.urlsafe_b64encode(b"acme/\xff").decode()],
)  # fmt: skip
def test_a_cursor_that_no_page_returned_is_refused(cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        log_id_of(cursor, tenant_id="acme", prefix="")

    assert refused.value.refusal.code is Code.INVALID_REQUEST


@given(st.text())
def test_any_cursor_is_read_or_refused(cursor: str) -> None:
    try:
        log_id_of(cursor, tenant_id="acme", prefix="")
    except Refused as refused:
        assert refused.refusal.code is Code.INVALID_REQUEST
