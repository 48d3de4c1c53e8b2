"""No tenant reaches another's rows: the policies that the program registers, decided as AWS decides them."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from handlers.logs.identifiers import TENANT_ID_PATTERN
from tests.support.checkout import ROOT
from tests.support.policy_evaluator import ANONYMOUS, Decision
from tests.support.pulumi_recorder import ACCOUNT, AUTHENTICATIONS, Registered, arn, deployed
from tests.support.role_access import Call, actions_of, allowed, answer, session

WHO_MAY_DO_WHAT = (Path(__file__).parent / "who_may_do_what.md").read_text()
A, B = "acme", "globex"
TABLE, KEYS, KEY_USAGE = (arn("dynamodb", name) for name in ("logs-records", "logs-keys", "logs-keys-usage"))
WORKER, WRITER, QUERY, READER = "logs-worker", "logs-tenant-writer", "logs-query", "logs-tenant-reader"
TENANT_ROLES = {WRITER: WORKER, READER: QUERY}
DERIVED = tuple(f"{TABLE}/{kind}/of-it" for kind in ("index", "stream", "backup", "export", "import"))
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOT_IN: dict[str, set[str]] = {"none": {QUERY, READER, "logs-authorizer"}, "jwt": {"logs-authorizer"}, "api-key": set()}

tenant_ids = st.from_regex(TENANT_ID_PATTERN.removesuffix("$") + r"\Z")


def table_of_expectations() -> dict[str, dict[str, frozenset[str]]]:
    """Return the table as role → row → actions."""
    header, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in WHO_MAY_DO_WHAT.strip().splitlines()
    )
    roles = [f"logs-{cell.strip('`')}" for cell in header[1:]]
    return {
        role: {row[0]: frozenset(re.findall(r"`(\w+)`", row[column])) for row in rows}
        for column, role in enumerate(roles, start=1)
    }


EXPECTED = table_of_expectations()


def roles_of(registered: Registered) -> list[str]:
    return [role.name for role in registered.all("aws:iam/role:Role")]


def calls_of(registered: Registered, role: str) -> dict[str, Call]:
    """Return what each row of the table stands for, when the role asks."""
    others = tuple(arn("iam", name) for name in [*roles_of(registered), "another"] if name not in TENANT_ROLES)
    groups = [f"{arn('logs', name)}:*" for name in EXPECTED if name != role]
    return {
        "records of the tenant in its session tag": rows(A),
        "records of any other tenant": rows(B),
        "records of both in one call": rows(A, B),
        "records without naming a tenant, as `Scan` does": Call(service="dynamodb", resources=(TABLE,)),
        "an index, stream, backup or export of the records": rows(A, resources=DERIVED),
        "the table of API keys": rows(A, resources=(KEYS,)),
        "the table of their last use": rows(A, resources=(KEY_USAGE,)),
        "any other table": rows(A, resources=(arn("dynamodb", "another"),)),
        "the ingest queue": queue("logs-ingest"),
        "the dead-letter queue": queue("logs-ingest-dead-letters"),
        "any other queue": queue("another"),
        "the fingerprint key": Call(service="kms", resources=(arn("kms", "logs-fingerprint-key"),)),
        "any other key": Call(service="kms", resources=(arn("kms", "another"),)),
        "a session as `tenant-writer`, tagged with one tenant": Call(service="sts", resources=(arn("iam", WRITER),)),
        "a session as `tenant-reader`, tagged with one tenant": Call(service="sts", resources=(arn("iam", READER),)),
        "a session as any other role": Call(service="sts", resources=others),
        "log streams of its own log group": Call(service="logs", resources=(f"{arn('logs', role)}:log-stream:any",)),
        "any other log group": Call(service="logs", resources=tuple(groups)),
        "traces": Call(service="xray", resources=(f"arn:aws:xray:us-east-1:{ACCOUNT}:group/any",)),
    }


def rows(*tenants: str, resources: tuple[str, ...] = (TABLE,)) -> Call:
    return Call(service="dynamodb", resources=resources, leading_keys=tenants)


def queue(name: str) -> Call:
    return Call(service="sqs", resources=(arn("sqs", name),))


def answers_of_queue(
    registered: Registered, role: str | None, name: str, *, policies: list[dict[str, Any]], over_tls: bool
) -> set[Decision]:
    principal = arn("iam", role) if role else ANONYMOUS
    return {
        answer(registered, principal, action, arn("sqs", name), policies=policies, over_tls=over_tls)
        for action in actions_of("sqs")
    }


def tag_of(role: str) -> str | None:
    return A if role in TENANT_ROLES else None


with_each_role = pytest.mark.parametrize(
    ("auth", "role"), [(auth, role) for auth in AUTHENTICATIONS for role in EXPECTED if role not in NOT_IN[auth]]
)
with_each_tenant_role = pytest.mark.parametrize("role", TENANT_ROLES)


@with_each_role
def test_a_role_may_take_exactly_the_actions_of_its_column(auth: str, role: str) -> None:
    registered = deployed(auth)

    may = {
        row: frozenset(action.partition(":")[2] for action in allowed(registered, role, call, tenant_id=tag_of(role)))
        for row, call in calls_of(registered, role).items()
    }

    assert may == EXPECTED[role]


@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_every_role_has_a_column(auth: str) -> None:
    assert set(roles_of(deployed(auth))) == EXPECTED.keys() - NOT_IN[auth]


@with_each_role
def test_no_policy_names_an_action_that_was_not_tried(auth: str, role: str) -> None:
    tried = frozenset[str]().union(*map(actions_of, ("dynamodb", "kms", "sqs", "sts", "logs", "xray")))

    assert {action for action, _ in deployed(auth).grants_of(role)} <= tried


def test_the_page_on_security_shows_the_same_table() -> None:
    page = (ROOT / "docs/security.md").read_text()

    [shown] = re.findall(r"<!-- who-may-do-what -->\n+(.*?)\n+<!-- /who-may-do-what -->", page, re.DOTALL)
    assert shown.strip() == WHO_MAY_DO_WHAT.strip()


@with_each_role
@pytest.mark.parametrize("named", [(B,), (A, B), (B, A), (A, A, B), ("", B), None], ids=str)
def test_no_call_with_a_tenant_s_credentials_reaches_another_tenant_s_rows(
    auth: str, role: str, named: tuple[str, ...] | None
) -> None:
    reaching = Call(service="dynamodb", resources=(TABLE, DERIVED[0]), leading_keys=named)

    assert allowed(deployed(auth), role, reaching, tenant_id=A) == set()
    assert allowed(deployed(auth), role, reaching, tenant_id=None) == set()


@with_each_tenant_role
@given(tenants=st.tuples(tenant_ids, tenant_ids))
@example(("acme", "ACME"))
@example(("a.b", "axb"))
@example(("a", "aa"))
@settings(max_examples=50, deadline=None)
def test_two_tenants_with_any_names_reach_their_own_rows_only(role: str, tenants: tuple[str, str]) -> None:
    one, other = tenants
    assume(one != other)
    granted = {action for action, _ in deployed("api-key").grants_of(role)}

    assert allowed(deployed("api-key"), role, rows(one), tenant_id=one) == granted
    assert allowed(deployed("api-key"), role, rows(other), tenant_id=one) == set()
    assert allowed(deployed("api-key"), role, rows(one, other), tenant_id=one) == set()


@with_each_tenant_role
@pytest.mark.parametrize("tag", [None, "", "*", "?cme", "${aws:PrincipalTag/tenant_id}"])
def test_a_session_with_a_tag_that_names_no_tenant_reaches_nobody_s_rows(role: str, tag: str | None) -> None:
    assert allowed(deployed("api-key"), role, rows(A), tenant_id=tag) == set()


@with_each_tenant_role
@pytest.mark.parametrize(
    ("tags", "answer"),
    [
        ({"tenant_id": A}, Decision.ALLOW),
        ({}, Decision.IMPLICIT_DENY),
        ({"tenant_id": ""}, Decision.IMPLICIT_DENY),
        ({"tenant": A}, Decision.IMPLICIT_DENY),
        ({"Tenant_ID": A}, Decision.IMPLICIT_DENY),
        ({"tenant_id": A, "team": "logs"}, Decision.IMPLICIT_DENY),
        ({"team": "logs", "tenant_id": A}, Decision.IMPLICIT_DENY),
    ],
    ids=str,
)
def test_a_session_for_a_tenant_has_the_tenant_as_its_only_tag(
    role: str, tags: dict[str, str], answer: Decision
) -> None:
    registered, caller = deployed("api-key"), TENANT_ROLES[role]

    for policies in (registered.policies_of(caller), [EVERYTHING]):
        assert session(registered, arn("iam", caller), arn("iam", role), policies=policies, tags=tags) is answer


@pytest.mark.parametrize("target", EXPECTED)
@pytest.mark.parametrize("tags", [{"tenant_id": A}, {}], ids=str)
def test_nobody_else_gets_a_session_even_with_all_permissions(target: str, tags: dict[str, str]) -> None:
    registered = deployed("api-key")
    roles = [arn("iam", role) for role in EXPECTED if role != TENANT_ROLES.get(target)]
    outsiders = [
        arn("iam", "admin"),
        f"arn:aws:iam::{ACCOUNT}:user/admin",
        "arn:aws:iam::999999999999:role/logs-worker",
    ]

    for caller in [*roles, *outsiders, ANONYMOUS]:
        answer = session(registered, caller, arn("iam", target), policies=[EVERYTHING], tags=tags)

        assert answer is Decision.IMPLICIT_DENY, caller


@pytest.mark.parametrize("target", EXPECTED)
def test_lambda_gets_a_session_as_a_function_and_never_as_a_tenant(target: str) -> None:
    answer = session(deployed("api-key"), "lambda.amazonaws.com", arn("iam", target), policies=[], tags={})

    assert (answer is Decision.ALLOW) == (target not in TENANT_ROLES)


@with_each_role
@pytest.mark.parametrize("name", ["logs-ingest", "logs-ingest-dead-letters"])
def test_over_plain_http_every_queue_denies_everything(auth: str, role: str, name: str) -> None:
    registered = deployed(auth)

    for policies in (registered.policies_of(role), [EVERYTHING]):
        assert answers_of_queue(registered, role, name, policies=policies, over_tls=False) == {Decision.EXPLICIT_DENY}
    assert Decision.ALLOW in answers_of_queue(registered, role, name, policies=[EVERYTHING], over_tls=True)


@pytest.mark.parametrize("name", ["logs-ingest", "logs-ingest-dead-letters"])
def test_an_anonymous_caller_is_denied_everything_on_a_queue(name: str) -> None:
    assert answers_of_queue(deployed("none"), None, name, policies=[], over_tls=True) == {Decision.IMPLICIT_DENY}
