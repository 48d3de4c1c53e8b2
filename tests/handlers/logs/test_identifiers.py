"""Identifiers: what is a tenant, what is a log id, and how one is made."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.identifiers import (
    LOG_ID_PATTERN,
    QUEUED_LOG_ID_PATTERN,
    TENANT_ID_PATTERN,
    dead_letter_id,
    new_log_id,
)


@pytest.mark.parametrize("tenant_id", ["a", "acme", "beta_inc", "A.b-c_9", "9", "a" * 64])
def test_a_tenant_id_may_be(tenant_id: str) -> None:
    assert re.fullmatch(TENANT_ID_PATTERN, tenant_id)


@pytest.mark.parametrize("tenant_id", ["", "_a", ".a", "-a", "a" * 65, "a b", "a/b", "ä", "a\n"])
def test_a_tenant_id_may_not_be(tenant_id: str) -> None:
    assert not re.fullmatch(TENANT_ID_PATTERN, tenant_id)


@pytest.mark.parametrize("log_id", ["1", "~", "!", "a.b:c@d", "x" * 256, "...", ".a", "..a", "-", "." * 256])
def test_a_log_id_may_be(log_id: str) -> None:
    assert re.fullmatch(LOG_ID_PATTERN, log_id)


@pytest.mark.parametrize("log_id", ["", "a#1", "a/1", "a b", "é", "\x7f", "x" * 257, "a\n", ".", ".."])
def test_a_log_id_may_not_be(log_id: str) -> None:
    assert not re.fullmatch(LOG_ID_PATTERN, log_id)


def test_a_new_log_id_is_a_uuid_of_version_7_and_unique() -> None:
    made = [new_log_id() for _ in range(1000)]

    assert {(uuid.UUID(log_id).version, uuid.UUID(log_id).variant) for log_id in made} == {(7, uuid.RFC_4122)}
    assert len(set(made)) == 1000
    assert [log_id[:13] for log_id in made] == sorted(log_id[:13] for log_id in made)


def test_a_dead_letter_and_its_copy_have_one_id_and_no_other_has_it() -> None:
    of_one = dead_letter_id(message_id="m1", body="x")

    assert of_one == dead_letter_id(message_id="m1", body="x")
    assert len({of_one, dead_letter_id(message_id="m2", body="x"), dead_letter_id(message_id="m1", body="y")}) == 3
    assert uuid.UUID(of_one).version == 8


@given(st.text("!#/.-~a %\n\x7fé", max_size=6))
def test_a_request_may_name_every_id_that_can_wait_in_a_queue_but_two(log_id: str) -> None:
    queued = re.fullmatch(QUEUED_LOG_ID_PATTERN, log_id) is not None

    assert (re.fullmatch(LOG_ID_PATTERN, log_id) is not None) == (queued and log_id not in {".", ".."})
