"""The table of keys is found by the hash of a key, kept carefully, and opened a key at a time."""

import json

import pulumi
import pytest

from infra.key_table import KeyTable, KeyTableArgs
from infra.permission import policy_allowing
from tests.support.pulumi_recorder import Provision, Registered, Resource, arn


def registered(provision: Provision, *, careful: bool = True) -> Registered:
    def program() -> None:
        args = KeyTableArgs(point_in_time_recovery=careful, deletion_protection=careful)
        keys = KeyTable("keys", args)
        pulumi.export("name", keys.name)
        pulumi.export("look_up", policy_allowing([keys.allow_look_up()]))
        pulumi.export("record_use", policy_allowing([keys.allow_record_use()]))

    return provision(program)


def table(provision: Provision) -> Resource:
    return registered(provision).one("aws:dynamodb/table:Table", "keys")


def test_a_key_is_found_by_its_hash_and_by_nothing_else(provision: Provision) -> None:
    keys = table(provision)

    assert keys["hashKey"] == "key_hash"
    assert keys["attributes"] == [{"name": "key_hash", "type": "S"}]
    assert not {"rangeKey", "globalSecondaryIndexes", "localSecondaryIndexes"} & keys.inputs.keys()


def test_the_table_of_keys_is_billed_per_request(provision: Provision) -> None:
    keys = table(provision)

    assert keys["billingMode"] == "PAY_PER_REQUEST"


def test_keys_do_not_expire_by_themselves(provision: Provision) -> None:
    assert not {"ttl", "streamEnabled", "streamViewType"} & table(provision).inputs.keys()


@pytest.mark.parametrize("careful", [True, False])
@pytest.mark.parametrize("name", ["keys", "keys-usage"])
def test_recovery_and_deletion_protection_follow_the_arguments(
    provision: Provision, name: str, *, careful: bool
) -> None:
    keys = registered(provision, careful=careful).one("aws:dynamodb/table:Table", name)

    assert keys["pointInTimeRecovery"] == {"enabled": careful}
    assert keys["deletionProtectionEnabled"] is careful


def test_looking_up_a_key_allows_only_reading_one_item(provision: Provision) -> None:
    outputs = registered(provision).outputs

    assert outputs["name"] == "keys"
    assert json.loads(outputs["look_up"])["Statement"] == [
        {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": arn("dynamodb", "keys")}
    ]


def test_the_last_use_has_a_table_of_its_own_that_can_only_be_written(provision: Provision) -> None:
    made = registered(provision)

    usage = made.one("aws:dynamodb/table:Table", "keys-usage")
    assert (usage["hashKey"], usage["billingMode"]) == ("key_hash", "PAY_PER_REQUEST")
    assert json.loads(made.outputs["record_use"])["Statement"] == [
        {"Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": arn("dynamodb", "keys-usage")}
    ]
