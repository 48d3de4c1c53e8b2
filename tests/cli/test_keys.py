"""`python -m cli keys`: created, shown only once, listed and revoked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from handlers.aws.key_table import KeyTable

if TYPE_CHECKING:
    from handlers.web.api_key import Grant
    from tests.support.cli_fixtures import Operator


def grant_of(operator: Operator, key: str) -> Grant:
    grant = KeyTable(operator.aws.dynamodb, "keys").grant_of(key)
    assert grant is not None
    return grant


def test_a_new_key_is_valid_for_its_tenant(operator: Operator) -> None:
    key = operator.run("keys", "create", "acme").stdout.strip()

    grant = grant_of(operator, key)
    assert (grant.tenant_id, grant.is_live(), grant.expires_at) == ("acme", True, None)


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
    item = {"key_hash": "f" * 64, "tenant_id": "acme", "expires_at": "2020-01-02T00:00:00+00:00"}
    operator.aws.dynamodb.put_item(TableName="keys", Item={name: {"S": value} for name, value in item.items()})

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


def test_a_revoked_key_is_not_valid_and_revoking_it_again_is_no_failure(operator: Operator) -> None:
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
