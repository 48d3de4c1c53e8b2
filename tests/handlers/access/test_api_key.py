"""API keys: how they look, what is kept of them, and when they open anything."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.access.api_key import Grant, key_hash, new_key, offered_key

KEY = "rdp_" + "A" * 43


def test_every_new_key_is_unique_and_well_formed() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert {offered_key(f"Bearer {key}") for key in keys} == keys


def test_a_hash_is_the_sha_256_of_the_key() -> None:
    assert key_hash("rdp_") == "1d1b7577ff66504c10f26edd0acd50ba50c8aa7adbdc2c5927509d0485402675"


def basic(credentials: str | bytes) -> str:
    content = credentials.encode() if isinstance(credentials, str) else credentials
    return f"Basic {base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {KEY}",
        f"bearer {KEY}",
        f"BEARER  {KEY} ",
        f"Splunk {KEY}",
        f"splunk {KEY}",
        basic(f"acme:{KEY}"),
        basic(f":{KEY}"),
        basic(f"ä:{KEY}").replace("Basic", "basic"),
    ],
)
def test_a_key_is_read_from_each_form_that_shippers_send(header: str) -> None:
    assert offered_key(header) == KEY


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ====",
        "Basic \ud800",
        basic(KEY),
        basic(f"{KEY}:"),
        basic(f"acme:x:{KEY}"),
        basic(f"acme:{KEY} "),
        basic(b"\xff:" + KEY.encode()),
        f"Splunk {KEY} x",
        f"Digest {KEY}",
    ],
)
def test_nothing_else_in_those_forms_is_a_key(header: str) -> None:
    assert offered_key(header) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        KEY,
        f"Basic {KEY}",
        f"Bearer{KEY}",
        f"Bearer {KEY}A",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY}, Bearer {KEY}",
        f"Bearer {KEY}\nX",
        f"Bearer {KEY[:-1]}é",
        f"Bearer {KEY[:-1]}٣",
        "Bearer RDP_" + "A" * 43,
        f"Bearer {KEY[:-1]}=",
    ],
)
def test_a_malformed_key_is_not_looked_up(header: str) -> None:
    assert offered_key(header) is None


@given(st.text())
def test_any_header_gives_its_key_or_none(header: str) -> None:
    assert offered_key(f"Bearer {header}") is None or offered_key(f"Bearer {header}") == header.strip()


def grant(*, expires_at: datetime | None = None, disabled: bool = False) -> Grant:
    return Grant(tenant_id="acme", expires_at=expires_at, disabled=disabled)


def test_a_key_is_live_until_it_expires_or_is_revoked() -> None:
    now = datetime.now(UTC)

    assert grant().is_live()
    assert grant(expires_at=now + timedelta(minutes=1)).is_live()
    assert not grant(expires_at=now - timedelta(seconds=1)).is_live()
    assert not grant(disabled=True).is_live()
    assert not grant(disabled=True, expires_at=now + timedelta(minutes=1)).is_live()


def test_an_expiry_may_be_in_any_time_zone() -> None:
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).astimezone(timezone(timedelta(hours=14)))

    assert not grant(expires_at=an_hour_ago).is_live()
