"""Cursors: mean something to the tenant and the parameters they were made for, and to nothing else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.identifiers import LOG_ID_PATTERN, TENANT_ID_PATTERN
from handlers.logs.time_range import TimeRange
from handlers.web.cursor import Cursor
from handlers.web.refusals import Code, Refused

tenants = st.from_regex(TENANT_ID_PATTERN, fullmatch=True).map(str.strip)
log_ids = st.from_regex(LOG_ID_PATTERN, fullmatch=True).map(str.strip)
parameters = st.dictionaries(st.sampled_from(["since", "severity", "prefix"]), st.text())
times = st.none() | st.builds(
    lambda since, more: TimeRange(since, since + more), st.integers(0, 2**47), st.integers(1, 2**46)
)


def decoded(cursor: str) -> str:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()


def spelled(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@given(tenants, parameters, log_ids, st.sampled_from(["", "#00001", "#12345"]), times)
def test_a_cursor_is_read_back_and_fits_into_a_query_string(
    tenant_id: str, asked: dict[str, str], log_id: str, part: str, selected: TimeRange | None
) -> None:
    made = Cursor(log_id + part, selected)

    written = made.spelled(tenant_id=tenant_id, parameters=asked)

    assert Cursor.read(written, tenant_id=tenant_id, parameters=asked) == made
    assert written.replace("-", "").replace("_", "").isalnum()


@given(tenants, tenants, parameters, parameters, log_ids)
def test_a_cursor_of_another_tenant_or_with_other_parameters_is_refused(
    tenant_id: str, other_tenant: str, asked: dict[str, str], other: dict[str, str], log_id: str
) -> None:
    written = Cursor(log_id).spelled(tenant_id=tenant_id, parameters=asked)

    if (tenant_id, asked) != (other_tenant, other):
        with pytest.raises(Refused, match="Only limit may change"):
            Cursor.read(written, tenant_id=other_tenant, parameters=other)


@pytest.mark.parametrize(
    "end", ["", "/", "a/", "1-/a", "2-1/a", "1-1/a", "1-999999999999999/a", "/a b", "/é", "/" + "x" * 263]
)
def test_a_cursor_that_no_page_returned_is_refused(end: str) -> None:
    right = decoded(Cursor("k").spelled(tenant_id="acme", parameters={}))
    made_for = right.removesuffix("/k").removesuffix("/")

    assert Cursor.read(spelled(f"{made_for}//k"), tenant_id="acme", parameters={}) == Cursor("k")
    with pytest.raises(Refused) as refused:
        Cursor.read(spelled(f"{made_for}/{end}"), tenant_id="acme", parameters={})

    assert refused.value.refusal.code is Code.INVALID_REQUEST


@given(st.text() | st.sampled_from(["x", "%%%", "é", "=", "a===", base64.urlsafe_b64encode(b"acme/\xff").decode()]))
def test_any_cursor_is_read_or_refused(cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        Cursor.read(cursor, tenant_id="acme", parameters={})

    assert refused.value.refusal.code is Code.INVALID_REQUEST
