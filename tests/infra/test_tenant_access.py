"""Tenant access: a role for one tenant's rows, for one function, and never without a tenant."""

import pulumi
import pytest

from infra.function_role import FunctionRole
from infra.permission import POLICY_VERSION, policy_allowing
from infra.tenant_access import TenantAccess, TenantAccessArgs
from infra.tenant_table import TenantTable, TenantTableArgs
from tests.support.pulumi_recorder import Provision, Registered, arn

ROLE = "aws:iam/role:Role"


def access(*actions: str) -> TenantAccess:
    args = TenantTableArgs(record_retention_days=0, point_in_time_recovery=False, deletion_protection=False)
    table = TenantTable("records", args)
    return TenantAccess("writer", TenantAccessArgs(table=table, actions=actions, assumed_by=FunctionRole("worker")))


@pytest.fixture
def registered(provision: Provision) -> Registered:
    def program() -> None:
        rows = access("dynamodb:PutItem", "dynamodb:GetItem")
        pulumi.export("role_arn", rows.role_arn)
        pulumi.export("caller_needs", policy_allowing([rows.allow_act_for_tenant()]))

    return provision(program)


def test_the_policy_allows_only_rows_of_the_session_s_tenant_and_requires_a_key(
    registered: Registered,
) -> None:
    assert registered.policies_of("writer") == [
        {
            "Version": "2012-10-17",  # of an older version, the variable would be plain text
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["dynamodb:PutItem", "dynamodb:GetItem"],
                    "Resource": arn("dynamodb", "records"),
                    "Condition": {
                        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]},
                        "Null": {"dynamodb:LeadingKeys": "false"},
                    },
                }
            ],
        }
    ]


def test_the_role_trusts_one_function_s_role_and_only_with_the_tenant_as_the_only_tag(registered: Registered) -> None:
    [statement] = registered.trust_policy_of("writer")["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Principal": {"AWS": arn("iam", "worker")},
        "Condition": {
            "StringLike": {"aws:RequestTag/tenant_id": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id"]},
        },
    }


def test_the_trusted_role_is_created_first_because_aws_refuses_an_unknown_principal(
    registered: Registered,
) -> None:
    assert registered.one(ROLE, "writer").depends_on(registered.one(ROLE, "worker"))


def test_the_component_offers_the_permission_to_assume_the_role_and_tag_the_session(registered: Registered) -> None:
    assert registered.outputs["role_arn"] == arn("iam", "writer")
    assert registered.outputs["caller_needs"] == (
        f'{{"Version": "{POLICY_VERSION}", "Statement": [{{"Effect": "Allow", '
        f'"Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "{arn("iam", "writer")}"}}]}}'
    )


def test_the_component_itself_grants_the_caller_nothing(registered: Registered) -> None:
    assert registered.grants_of("worker") == set()


@pytest.mark.parametrize("actions", [(), ("dynamodb:*",), ("dynamodb:GetItem", "dynamodb:Batch*")])
def test_wildcard_actions_are_refused(provision: Provision, actions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="names exact actions"):
        provision(lambda: access(*actions))
