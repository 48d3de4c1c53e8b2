"""A function's role is there before the function, for Lambda alone, and may do nothing."""

import pulumi
import pytest

from infra.function_role import FunctionRole
from tests.support.pulumi_recorder import Provision, Registered, arn


@pytest.fixture
def registered(provision: Provision) -> Registered:
    def program() -> None:
        role = FunctionRole("worker")
        pulumi.export("name", role.name)
        pulumi.export("arn", role.arn)

    return provision(program)


def test_only_lambda_may_assume_it(registered: Registered) -> None:
    assert registered.trust_policy_of("worker") == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }


def test_it_has_no_permissions_yet(registered: Registered) -> None:
    assert registered.types() == {"aws:iam/role:Role"}
    assert set(registered.one("aws:iam/role:Role", "worker").inputs) == {"assumeRolePolicy", "tags"}


def test_others_can_name_it(registered: Registered) -> None:
    assert registered.outputs == {"name": "worker", "arn": arn("iam", "worker")}


def test_the_role_is_its_child(registered: Registered) -> None:
    component = registered.one("robust-data-processor:infra:FunctionRole", "worker")

    assert registered.one("aws:iam/role:Role", "worker").parent == component.urn
