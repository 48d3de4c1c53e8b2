"""The fingerprint keys stay in KMS, and none of them is lost or replaced."""

import json

import pytest

from infra.fingerprint_key import FingerprintKeys, FingerprintKeysArgs
from tests.support.pulumi_recorder import Provision, Registered, arn, deploy

KEY = "aws:kms/key:Key"


def registered(provision: Provision, *, generation: int = 1, deletion_protection: bool = True) -> Registered:
    args = FingerprintKeysArgs(generation=generation, deletion_protection=deletion_protection)
    return provision(lambda: FingerprintKeys("key", args))


def test_a_key_makes_macs_and_nothing_else(provision: Provision) -> None:
    [key] = registered(provision).all(KEY)

    assert (key["keyUsage"], key["customerMasterKeySpec"]) == ("GENERATE_VERIFY_MAC", "HMAC_256")


def test_a_deleted_key_can_be_restored_for_30_days(provision: Provision) -> None:
    [key] = registered(provision).all(KEY)

    assert key["deletionWindowInDays"] == 30


def test_a_new_generation_adds_a_key_and_leaves_the_others_alone(provision: Provision) -> None:
    before, after = (registered(provision, generation=generation).all(KEY) for generation in (2, 3))

    assert [key.name for key in after] == ["key", "key-2", "key-3"]
    assert [(key.engine_urn, key.inputs) for key in after[:2]] == [(key.engine_urn, key.inputs) for key in before]


@pytest.mark.parametrize(("config", "names"), [({}, [""]), ({"fingerprintKeyGeneration": "3"}, ["-3", "-2", ""])])
def test_the_worker_gets_the_newest_key_first_and_may_use_them_all(config: dict[str, str], names: list[str]) -> None:
    keys = [arn("kms", f"logs-fingerprint-key{name}") for name in names]

    stack = deploy(**config)

    given = json.loads(stack.environment_of("logs-worker")["FINGERPRINT_KEY_IDS"])
    assert given == keys
    assert {(action, key) for action, key in stack.grants_of("logs-worker") if action.startswith("kms:")} == {
        ("kms:GenerateMac", key) for key in keys
    }


def test_no_other_function_gets_a_fingerprint_key() -> None:
    stack = deploy(auth="api-key")

    for function in ("logs-ingest", "logs-query", "logs-authorizer"):
        assert "kms" not in str(stack.environment_of(function))
        assert not {action for action, _ in stack.grants_of(function) if action.startswith("kms:")}
