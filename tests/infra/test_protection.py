"""What holds logs or keys is deleted by nobody in passing: Pulumi refuses in the preview, before anything is gone."""

import pytest

from tests.support.pulumi_recorder import AUTHENTICATIONS, Registered, deploy, deployed

HOLDS_DATA = {"aws:dynamodb/table:Table", "aws:kms/key:Key", "aws:sqs/queue:Queue"}
AT_LEAST = {"logs-records", "logs-keys", "logs-ingest", "logs-ingest-dead-letters"}


def protected_in(registered: Registered) -> set[str]:
    return {resource.name for resource in registered.resources if resource.protect}


@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_with_deletion_protection_exactly_the_resources_with_data_are_protected(auth: str) -> None:
    registered = deployed(auth)

    holding = {resource.name for resource in registered.resources if resource.type in HOLDS_DATA}
    assert holding >= AT_LEAST
    assert protected_in(registered) == holding


def test_without_deletion_protection_a_stack_can_be_destroyed() -> None:
    registered = deploy(deletionProtection="false")

    assert protected_in(registered) == set()
    assert not any(table["deletionProtectionEnabled"] for table in registered.all("aws:dynamodb/table:Table"))
