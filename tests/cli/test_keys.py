"""`python -m cli keys`: created, shown only once, listed and revoked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from handlers.access.api_key import key_hash
from handlers.access.scopes import Scope
from handlers.aws.key_table import KeyTable

if TYPE_CHECKING:
    from handlers.access.api_key import Grant
    from tests.support.cli_fixtures import Operator


def grant_of(operator: Operator, key: str) -> Grant:
    grant = KeyTable(operator.aws.dynamodb, "keys").grant_of(key_hash(key))
    assert grant is not None
    return grant


def put(operator: Operator, key_hash: str, **attributes: dict[str, object]) -> None:
    item: dict[str, object] = {"key_hash": {"S": key_hash}, "tenant_id": {"S": "acme"}, **attributes}
    operator.aws.dynamodb.put_item(TableName="keys", Item=item)


def test_a_new_key_is_valid_for_its_tenant_and_can_only_write(operator: Operator) -> None:
    key = operator.run("keys", "create", "acme").stdout.strip()

    grant = grant_of(operator, key)
    assert (grant.tenant_id, grant.is_live(), grant.expires_at) == ("acme", True, None)
    assert grant.scopes == {Scope.WRITE}


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--scope", "write"), None),
        (("--scope", "read"), 90),
        (("--scope", "write,read-original"), 90),
        (("--scope", "write, read", "--expires-in-days", "7"), 7),
        (("--scope", "read", "--never-expires"), None),
    ],
)
def test_a_key_that_can_read_expires_by_default(operator: Operator, options: tuple[str, ...], days: int | None) -> None:
    created = operator.json("keys", "create", "acme", *options)

    grant = grant_of(operator, created["key"])
    assert sorted(grant.scopes) == created["scopes"] == sorted(options[1].replace(" ", "").split(","))
    if days is None or grant.expires_at is None:
        assert (days, grant.expires_at) == (None, None)
    else:
        assert abs(grant.expires_at - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scope", "admin"), "write, read, read-original"),
        (("--scope", ""), "write, read, read-original"),
        (("--scope", "read,read"), "write, read, read-original"),
        (("--never-expires", "--expires-in-days", "5"), "only one"),
    ],
)
def test_invalid_options_are_wrong_usage_and_create_no_key(
    operator: Operator, options: tuple[str, ...], said: str
) -> None:
    result = operator.run("keys", "create", "acme", *options)

    assert result.exit_code == 2
    assert said in result.stderr
    assert list(operator.aws.dynamodb.scan(TableName="keys")["Items"]) == []


def test_a_list_shows_what_each_key_allows_and_when_it_was_last_used(operator: Operator) -> None:
    created = operator.json("keys", "create", "acme", "--scope", "read,write")
    usage = {"key_hash": {"S": created["key_hash"]}, "last_used": {"S": "2026-01-31"}}
    operator.aws.dynamodb.put_item(TableName="key-usage", Item=usage)
    operator.json("keys", "create", "beta")

    acme, beta = operator.json("keys", "list")
    table = operator.run("keys", "list", "acme").stdout

    assert (acme["scopes"], acme["last_used"]) == (["read", "write"], "2026-01-31")
    assert (beta["scopes"], beta["last_used"]) == (["write"], None)
    assert "2026-01-31" in table


def test_a_list_can_show_only_live_keys_that_expire_soon(operator: Operator) -> None:
    soon = operator.json("keys", "create", "acme", "--expires-in-days", "10")
    operator.json("keys", "create", "acme", "--expires-in-days", "20")
    operator.json("keys", "create", "acme")
    put(operator, "e" * 64, expires_at={"S": "2020-01-02T00:00:00+00:00"})

    listed = operator.json("keys", "list", "--expiring-in-days", "14")
    none = operator.run("keys", "list", "--expiring-in-days", "5")

    assert [key["id"] for key in listed] == [soon["id"]]
    assert (none.exit_code, none.stderr.splitlines()[-1]) == (
        1,
        "There are no live keys that expire within 5 days.",
    )


@pytest.mark.parametrize(
    "damage",
    [
        {"disabled": {"S": "true"}},
        {"tenant_id": {"N": "5"}},
        {"expires_at": {"S": "2099-01-31T22:47:57"}},
        {"scopes": {"S": "write"}},
        {"created_at": {"NULL": True}, "tenant_id": {"M": {}}},
    ],
)
def test_a_damaged_row_does_not_affect_the_others(operator: Operator, damage: dict[str, dict[str, object]]) -> None:
    put(operator, "d" * 64, **damage)
    good = operator.json("keys", "create", "acme")

    listed = {key["id"]: key["status"] for key in operator.json("keys", "list")}
    table = operator.run("keys", "list")

    assert listed == {"d" * 12: "damaged", good["id"]: "live"}
    assert (table.exit_code, "damaged" in table.stdout) == (0, True)
    assert operator.run("keys", "revoke", "d" * 12).exit_code == 0


def test_a_stack_without_a_table_of_use_still_lists_its_keys(operator: Operator) -> None:
    outputs = {name: value for name, value in operator.target.outputs.items() if name != "key_usage_table_name"}
    operator.target = dataclasses.replace(operator.target, outputs=outputs)
    operator.json("keys", "create", "acme")

    assert [key["last_used"] for key in operator.json("keys", "list")] == [None]


def test_only_the_hash_of_a_key_is_stored(operator: Operator) -> None:
    key = operator.run("keys", "create", "acme").stdout.strip()

    [item] = operator.aws.dynamodb.scan(TableName="keys")["Items"]
    assert item["key_hash"] == {"S": hashlib.sha256(key.encode()).hexdigest()}
    assert item["disabled"] == {"BOOL": False}
    assert key.removeprefix("rdp_") not in json.dumps(item)


def test_only_the_key_goes_to_standard_output(operator: Operator) -> None:
    result = operator.run("keys", "create", "acme")

    assert result.stdout.startswith("rdp_")
    assert len(result.stdout.splitlines()) == 1
    assert result.stdout.strip() not in result.stderr


def test_a_key_expires_after_the_given_days(operator: Operator) -> None:
    key = operator.json("keys", "create", "acme", "--expires-in-days", "30")["key"]

    expires_at = grant_of(operator, key).expires_at
    assert expires_at is not None
    assert abs(expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


def test_a_list_shows_the_status_of_each_key_of_the_tenant_and_no_key(operator: Operator) -> None:
    live, revoked = (operator.json("keys", "create", "acme") for _ in range(2))
    operator.json("keys", "create", "beta")
    operator.run("keys", "revoke", revoked["id"])
    put(operator, "f" * 64, expires_at={"S": "2020-01-02T00:00:00+00:00"})

    listed = operator.run("keys", "list", "acme")
    statuses = {key["id"]: key["status"] for key in operator.json("keys", "list", "acme")}

    assert statuses == {live["id"]: "live", revoked["id"]: "revoked", "f" * 12: "expired"}
    assert "rdp_" not in listed.output
    assert live["id"] in listed.stdout
    assert "beta" not in listed.stdout


def test_an_empty_list_is_nothing_found(operator: Operator) -> None:
    result = operator.run("keys", "list", "acme", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "keys create acme" in result.stderr


def test_a_revoked_key_is_not_valid_and_can_be_revoked_again(operator: Operator) -> None:
    created = operator.json("keys", "create", "acme")

    first, second = (operator.run("keys", "revoke", created["id"][:6].upper()) for _ in range(2))

    assert not grant_of(operator, created["key"]).is_live()
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("Revoked")
    assert "already" in second.stdout


def test_a_key_itself_is_revoked_from_standard_input(operator: Operator) -> None:
    created = operator.json("keys", "create", "acme")

    revoked = operator.json("keys", "revoke", "-", stdin=created["key"] + "\n")

    assert (revoked["id"], revoked["status"]) == (created["id"], "revoked")


def test_a_key_on_the_command_line_is_refused_and_not_repeated(operator: Operator) -> None:
    created = operator.json("keys", "create", "acme")

    result = operator.run("keys", "revoke", created["key"])

    assert result.exit_code == 2
    assert created["key"] not in result.output
    assert operator.json("keys", "list")[0]["status"] == "live"


def test_an_id_that_matches_two_keys_revokes_none(operator: Operator) -> None:
    for last in "ab":
        item = {"key_hash": {"S": "0" * 63 + last}, "tenant_id": {"S": "acme"}}
        operator.aws.dynamodb.put_item(TableName="keys", Item=item)

    result = operator.run("keys", "revoke", "000000")

    assert result.exit_code == 1
    assert "matches" in result.stderr
    assert {key["status"] for key in operator.json("keys", "list")} == {"live"}


@pytest.mark.parametrize(("id_", "code"), [("abc", 2), ("xyzxyz", 2), ("abcdef", 1)])
def test_an_invalid_id_is_wrong_usage_and_an_unknown_one_is_nothing_found(
    operator: Operator, id_: str, code: int
) -> None:
    result = operator.run("keys", "revoke", id_)

    assert result.exit_code == code
    assert "keys list" in result.stderr


@pytest.mark.parametrize("tenant_id", ["", "a/b", "ä", "-x", "a" * 65])
def test_an_invalid_tenant_is_wrong_usage(operator: Operator, tenant_id: str) -> None:
    result = operator.run("keys", "create", "--", tenant_id)

    assert result.exit_code == 2
    assert "1 to 64 letters" in result.stderr


def test_a_stack_without_keys_says_how_to_get_them(operator: Operator) -> None:
    outputs = {"auth": "none", "queue_url": operator.aws.queue_url}
    operator.target = dataclasses.replace(operator.target, outputs=outputs)

    result = operator.run("keys", "list")

    assert result.exit_code == 1
    assert "auth is api-key, but it is none; run: pulumi config set auth api-key" in result.stderr
