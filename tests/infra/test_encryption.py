"""Data is encrypted with keys that AWS owns, or with the customer's own key and exactly the rights that this takes."""

import re
from functools import cache

import pytest

from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import Registered, deploy, deployed

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SEND, RECEIVE = {"kms:GenerateDataKey", "kms:Decrypt"}, {"kms:Decrypt"}
QUEUE, TABLE, GROUP = "aws:sqs/queue:Queue", "aws:dynamodb/table:Table", "aws:cloudwatch/logGroup:LogGroup"


@cache
def with_key() -> Registered:
    return deploy(auth="api-key", kmsKeyArn=KEY)


def test_without_a_key_everything_is_encrypted_with_keys_that_aws_owns() -> None:
    registered = deployed("api-key")

    assert {table["serverSideEncryption"]["enabled"] for table in registered.all(TABLE)} == {False}
    assert {queue["sqsManagedSseEnabled"] for queue in registered.all(QUEUE)} == {True}
    assert not any("kmsMasterKeyId" in queue.inputs for queue in registered.all(QUEUE))
    assert not any("kmsKeyId" in group.inputs for group in registered.all(GROUP))


def test_with_a_key_tables_queues_and_log_groups_use_it() -> None:
    registered = with_key()

    assert [table["serverSideEncryption"] for table in registered.all(TABLE)] == [
        {"enabled": True, "kmsKeyArn": KEY}
    ] * len(registered.all(TABLE))
    assert {queue["kmsMasterKeyId"] for queue in registered.all(QUEUE)} == {KEY}
    assert not any("sqsManagedSseEnabled" in queue.inputs for queue in registered.all(QUEUE))
    assert {group["kmsKeyId"] for group in registered.all(GROUP)} == {KEY}


RIGHTS: dict[str, tuple[set[str], set[str]]] = {
    "logs-ingest": (SEND, set()),
    "logs-worker": (SEND | RECEIVE, set()),
    "logs-tenant-writer": (set(), RECEIVE),
    "logs-query": (set(), set()),
    "logs-tenant-reader": (set(), RECEIVE),
    "logs-authorizer": (set(), RECEIVE),
}


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_may_use_the_key_only_through_the_services_that_it_calls(
    role: str,
) -> None:
    sqs, dynamodb = RIGHTS[role]
    allowed: dict[str, set[str]] = {}
    for statement in with_key().statements_of(role):
        if statement["Resource"] == KEY:
            [service] = statement["Condition"]["StringEquals"].values()
            assert statement["Condition"] == {"StringEquals": {"kms:ViaService": service}}
            allowed.setdefault(service, set()).update(statement["Action"])

    through = {"sqs.us-east-1.amazonaws.com": sqs, "dynamodb.us-east-1.amazonaws.com": dynamodb}
    assert allowed == {service: actions for service, actions in through.items() if actions}


@pytest.mark.parametrize("role", ["logs-ingest", "logs-worker", "logs-authorizer", "logs-tenant-writer"])
def test_without_a_key_no_role_may_use_one(role: str) -> None:
    assert KEY not in {resource for _, resource in deployed("api-key").grants_of(role)}


def test_the_page_on_security_shows_the_same_rights() -> None:
    page = (ROOT / "docs/security.md").read_text()

    shown = page.partition("<!-- customer-key -->")[2].partition("<!-- /customer-key -->")[0]
    rows = {cells[1].strip(" `"): cells[2:4] for line in shown.splitlines()[3:] if (cells := line.split("|"))}
    assert {role.removeprefix("logs-") for role in RIGHTS} == rows.keys()
    for role, rights in RIGHTS.items():
        cells = rows[role.removeprefix("logs-")]
        assert [{f"kms:{action}" for action in re.findall(r"`(\w+)`", cell)} for cell in cells] == list(rights)


def test_all_other_grants_are_the_same_with_and_without_a_key() -> None:
    for role in ["logs-ingest", "logs-worker", "logs-tenant-writer", "logs-tenant-reader", "logs-authorizer"]:
        others = {(action, resource) for action, resource in with_key().grants_of(role) if resource != KEY}
        assert others == deployed("api-key").grants_of(role)
