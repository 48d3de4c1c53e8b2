"""`python -m cli keys`: made once, shown once, revoked for good."""

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from handlers.aws.key_table import KeyTable
from tests.support.cli_fixtures import Operator, operator_of

operator = pytest.fixture(operator_of)


def grant_of(operator: Operator, key: str):  # noqa: ANN201 - Grant or None
    return KeyTable(operator.aws.dynamodb, "keys").grant_of(key)


def test_a_new_key_opens_the_gate_for_its_tenant(operator: Operator) -> None:
    key = operator.run("keys", "create", "acme").stdout.strip()

    grant = grant_of(operator, key)
    assert grant is not None
    assert (grant.tenant_id, grant.is_live(), grant.expires_at) == ("acme", True, None)


def test_a_key_is_stored_as_its_hash_only(operator: Operator) -> None:
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


def test_a_key_expires_when_it_is_told_to(operator: Operator) -> None:
    key = operator.json("keys", "create", "acme", "--expires-in-days", "30")["key"]

    grant = grant_of(operator, key)
    assert grant is not None
    assert grant.expires_at is not None
    assert abs(grant.expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


def test_a_list_shows_no_key_and_says_which_are_live(operator: Operator) -> None:
    kept, revoked = (operator.json("keys", "create", "acme") for _ in range(2))
    operator.json("keys", "create", "beta")
    operator.run("keys", "revoke", revoked["id"])
    operator.aws.dynamodb.put_item(
        TableName="keys",
        Item={
            "key_hash": {"S": "f" * 64},
            "tenant_id": {"S": "acme"},
            "created_at": {"S": "2020-01-01T00:00:00+00:00"},
            "expires_at": {"S": "2020-01-02T00:00:00+00:00"},
        },
    )

    listed = operator.run("keys", "list", "acme")
    statuses = {key["id"]: key["status"] for key in operator.json("keys", "list", "acme")}

    assert statuses == {kept["id"]: "live", revoked["id"]: "revoked", "f" * 12: "expired"}
    assert "rdp_" not in listed.output
    assert kept["id"] in listed.stdout
    assert "beta" not in listed.stdout


def test_an_empty_list_is_nothing_found(operator: Operator) -> None:
    result = operator.run("keys", "list", "acme", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "keys create acme" in result.stderr


def test_a_revoked_key_opens_nothing(operator: Operator) -> None:
    made = operator.json("keys", "create", "acme")

    result = operator.run("keys", "revoke", made["id"][:6].upper())

    grant = grant_of(operator, made["key"])
    assert result.exit_code == 0
    assert grant is not None
    assert not grant.is_live()


def test_revoking_twice_says_so_and_is_no_failure(operator: Operator) -> None:
    made = operator.json("keys", "create", "acme")

    first, second = (operator.run("keys", "revoke", made["id"]) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("Revoked")
    assert "before" in second.stdout


def test_a_key_itself_is_revoked_from_standard_input(operator: Operator) -> None:
    made = operator.json("keys", "create", "acme")

    revoked = operator.json("keys", "revoke", "-", stdin=made["key"] + "\n")

    assert (revoked["id"], revoked["status"]) == (made["id"], "revoked")


def test_a_key_on_the_command_line_is_refused_and_not_repeated(operator: Operator) -> None:
    made = operator.json("keys", "create", "acme")

    result = operator.run("keys", "revoke", made["key"])

    assert result.exit_code == 2
    assert made["key"] not in result.output
    assert operator.json("keys", "list")[0]["status"] == "live"


def test_an_id_that_fits_two_keys_revokes_none(operator: Operator) -> None:
    for last in "ab":
        item = {"key_hash": {"S": "0" * 63 + last}, "tenant_id": {"S": "acme"}}
        operator.aws.dynamodb.put_item(TableName="keys", Item=item)

    result = operator.run("keys", "revoke", "000000")

    assert result.exit_code == 1
    assert "fits" in result.stderr
    assert {key["status"] for key in operator.json("keys", "list")} == {"live"}


@pytest.mark.parametrize(("id_", "code"), [("abc", 2), ("xyzxyz", 2), ("abcdef", 1)])
def test_an_id_of_no_key_is_told_apart_from_no_id(operator: Operator, id_: str, code: int) -> None:
    result = operator.run("keys", "revoke", id_)

    assert result.exit_code == code
    assert "keys list" in result.stderr


@pytest.mark.parametrize("tenant_id", ["", "a/b", "ä", "-x", "a" * 65])
def test_a_tenant_that_cannot_be_is_wrong_usage(operator: Operator, tenant_id: str) -> None:
    result = operator.run("keys", "create", "--", tenant_id)

    assert result.exit_code == 2
    assert "1 to 64 letters" in result.stderr


def test_a_stack_without_keys_says_how_to_get_them(operator: Operator) -> None:
    outputs = {"auth": "none", "queue_url": operator.aws.queue_url}
    operator.target = dataclasses.replace(operator.target, outputs=outputs)

    result = operator.run("keys", "list")

    assert result.exit_code == 1
    assert "auth is api-key, but it is none; run: pulumi config set auth api-key" in result.stderr
