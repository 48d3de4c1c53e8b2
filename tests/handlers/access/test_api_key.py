"""API keys: how they look, what is kept of them, and when they open anything."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.access.api_key import Grant, bearer_key, key_hash, new_key

KEY = "rdp_" + "A" * 43


def test_every_new_key_is_another_and_fits_its_own_form() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert {bearer_key(f"Bearer {key}") for key in keys} == keys


def test_a_hash_is_the_sha_256_of_the_key() -> None:
    assert key_hash("rdp_") == "1d1b7577ff66504c10f26edd0acd50ba50c8aa7adbdc2c5927509d0485402675"


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER  {KEY} "])
def test_a_key_is_read_from_a_bearer_header(header: str) -> None:
    assert bearer_key(header) == KEY


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
def test_what_is_no_key_is_not_looked_up(header: str) -> None:
    assert bearer_key(header) is None


@given(st.text())
def test_no_header_is_too_odd(header: str) -> None:
    assert bearer_key(f"Bearer {header}") is None or bearer_key(f"Bearer {header}") == header.strip()


def grant(*, expires_at: datetime | None = None, disabled: bool = False) -> Grant:
    return Grant(tenant_id="acme", expires_at=expires_at, disabled=disabled)


def test_a_key_is_live_until_it_expires_or_is_revoked() -> None:
    now = datetime.now(UTC)

    assert grant().is_live()
    assert grant(expires_at=now + timedelta(minutes=1)).is_live()
    assert not grant(expires_at=now - timedelta(seconds=1)).is_live()
    assert not grant(disabled=True).is_live()
    assert not grant(disabled=True, expires_at=now + timedelta(minutes=1)).is_live()


def test_an_expiry_counts_in_whatever_zone_it_is_written() -> None:
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).astimezone(timezone(timedelta(hours=14)))

    assert not grant(expires_at=an_hour_ago).is_live()
