"""What the solver says of the policies on the embedded cloud is what the embedded cloud then does."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from cli.__main__ import main
from cli.target import Targets
from local.cloud import REGION
from proofs.isolation.deployed import deployed, in_embedded_cloud, in_export
from proofs.isolation.theorems import THEOREMS
from tests.support.isolation_mutations import MUTATIONS, Mutation
from tests.support.running_cloud import running_cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from proofs.isolation.counterexample import Counterexample
    from proofs.isolation.stack import Role
    from proofs.isolation.stack import Stack as Proved
    from tests.support.stack import Stack

    Client = Callable[[str], Any]

pytestmark = pytest.mark.slow

THEOREM = {theorem.name: theorem for theorem in THEOREMS}
MISTAKE = "mistake"
CANNOT_SHOW = {
    "drop the Null guard": "the actions that the role may take always name a key",
    "ask for any of the keys in place of all": "the actions that the role may take name one key",
    "drop the whole condition": "the actions that the role may take always name a key",
    "add what lies below the table": "the table has no index",
    "allow the same on every table": "the table has no index",
    "take a tenant where the tag is absent": "the trust policy still lets nobody in without the tag",
    "give the role itself a tenant's tag": "the trust policy still lets nobody in without the tag",
    "let somebody assume the worker with any tags": "the emulator hands down no tags",
    "trust the whole account": "the emulator hands down no tags",
    "let the query function use the fingerprint key": "the emulator has no VerifyMac",
    "let everybody use the fingerprint key": "the emulator does not ask the policy of a key",
    "drop the denial of plain HTTP": "a call over loopback counts as secure",
    "deny only sending over plain HTTP": "a call over loopback counts as secure",
}
# Lambda gives a function a session without tags.
SHOWN_BY = {"let the worker read records itself": "no-records-untagged"}
ACTS_AS = {"logs-tenant-writer": "logs-worker", "logs-tenant-reader": "logs-query"}
REPLAYED = [mutation for mutation in MUTATIONS if mutation.name not in CANNOT_SHOW]


@pytest.fixture(scope="module")
def guarded(launch: Callable[..., Stack]) -> Stack:
    return launch(auth="api-key", chaos="false")


@pytest.fixture
def prove(guarded: Stack, tmp_path: Path) -> Iterator[Callable[..., Result]]:
    """Return what runs `prove` on the stack."""
    with running_cloud(tmp_path, guarded.outputs, guarded.cloud.root_key) as state:
        targets = Targets(state=state)
        yield lambda *options: CliRunner().invoke(
            main, ["prove", "--local", *options], obj=targets, standalone_mode=False
        )


def policies_of(stack: Stack) -> Proved:
    return deployed("the stack", in_embedded_cloud(stack.cloud.client, stack.outputs), stack.cloud.client)


def put(stack: Stack, role: Role) -> None:
    """Give a role these policies and this trust."""
    iam = stack.cloud.client("iam")
    for number, policy in enumerate(role.policies):
        name = MISTAKE if number else role.name
        iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=json.dumps(policy))
    iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=json.dumps(role.trust))


def put_dead_letter_policy(stack: Stack, policy: Any) -> None:
    url = stack.outputs["dead_letter_queue_url"]
    stack.cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


@contextmanager
def mistaken(stack: Stack, before: Proved, after: Proved) -> Iterator[None]:
    """Have the mistake on the stack while the block runs."""
    changed = [role for role in after.roles if role != before.role(role.name)]
    for role in changed:
        put(stack, role)
    put_dead_letter_policy(stack, after.dead_letters.policy)
    try:
        yield
    finally:
        for role in changed:
            if len(role.policies) > 1:
                stack.cloud.client("iam").delete_role_policy(RoleName=role.name, PolicyName=MISTAKE)
            put(stack, before.role(role.name))
        put_dead_letter_policy(stack, before.dead_letters.policy)


def gets_through(stack: Stack, shown: Counterexample) -> bool:
    """Send the request in a session like the caller's."""
    try:
        send(session_of(stack, shown), stack, shown)
    except ClientError as error:
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        return False
    return True


def session_of(stack: Stack, shown: Counterexample) -> Client:
    """Return the clients of the caller; the emulator's root stands in for Lambda, which starts every chain."""
    before, _, name = shown.caller.rpartition("/")
    if name not in ACTS_AS:
        assert not shown.session_tags
        return assumed(stack, stack.cloud.client, shown.caller, {})
    function = assumed(stack, stack.cloud.client, f"{before}/{ACTS_AS[name]}", {})
    return assumed(stack, function, shown.caller, shown.session_tags)


def assumed(stack: Stack, client: Client, role: str, tags: Mapping[str, str]) -> Client:
    sent = [{"Key": key, "Value": value} for key, value in tags.items()]
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="replay", Tags=sent)["Credentials"]

    def of_session(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=stack.cloud.endpoint_url,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    return of_session


def send(client: Client, stack: Stack, shown: Counterexample) -> None:
    table = shown.resource.rpartition("/")[2]
    [tenant] = shown.context.get("dynamodb:LeadingKeys") or ["acme"]
    match shown.action:
        case "dynamodb:Scan":
            client("dynamodb").scan(TableName=table)
        case "dynamodb:GetItem":
            client("dynamodb").get_item(TableName=table, Key={"tenant_id": {"S": tenant}, "log_id": {"S": "1"}})
        case "dynamodb:PutItem":
            client("dynamodb").put_item(TableName=table, Item={"key_hash": {"S": "replayed"}})
        case "dynamodb:Query":
            values = {":t": {"S": tenant}}
            client("dynamodb").query(
                TableName=table, KeyConditionExpression="tenant_id = :t", ExpressionAttributeValues=values
            )
        case "sqs:ReceiveMessage":
            client("sqs").receive_message(QueueUrl=stack.outputs["dead_letter_queue_url"], WaitTimeSeconds=0)
        case "sts:AssumeRole":
            tags = {key.partition("/")[2]: str(value) for key, value in shown.context.items()}
            assumed(stack, client, shown.resource, tags)
        case _:
            raise AssertionError(f"add how to send {shown.action}")


def test_the_policies_on_the_embedded_cloud_are_proved(prove: Callable[..., Result]) -> None:
    result = prove("--json")

    verdicts = json.loads(result.stdout)
    assert result.return_value == 0
    assert {verdict["theorem"]: verdict["outcome"] for verdict in verdicts} == dict.fromkeys(THEOREM, "proved")


def test_a_policy_that_somebody_changed_by_hand_is_found(guarded: Stack, prove: Callable[..., Result]) -> None:
    before = policies_of(guarded)
    add_scan = next(mutation for mutation in MUTATIONS if mutation.name == "add Scan")

    with mistaken(guarded, before, add_scan.make(before)):
        result = prove()

    assert result.return_value == 3
    assert add_scan.expected(before) in result.stdout
    assert prove().return_value == 0


def test_a_stack_of_pulumi_is_found_by_its_export_and_read_with_the_operator_s_credentials(
    guarded: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(in_embedded_cloud(guarded.cloud.client, guarded.outputs))
    kept = [{"type": one.type, "urn": f"urn:pulumi:prod::p::a${one.type}::{one.name}", "id": one.id} for one in found]
    others = [{**kept[0], "delete": True}, {"type": "aws:sqs/queuePolicy:QueuePolicy", "urn": "u::q", "id": "q"}]
    answers = {"output": guarded.outputs, "export": {"deployment": {"resources": [*kept, *others]}}}
    operator = {
        "AWS_ENDPOINT_URL": guarded.cloud.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": guarded.cloud.root_key.key_id,
        "AWS_SECRET_ACCESS_KEY": guarded.cloud.root_key.secret,
    }
    for name, value in operator.items():
        monkeypatch.setenv(name, value)

    targets = Targets(pulumi=lambda arguments: json.dumps(answers[arguments[1]]))
    result = CliRunner().invoke(main, ["prove", "--stack", "prod"], obj=targets, standalone_mode=False)

    assert list(in_export(answers["export"])) == found
    assert result.return_value == 0
    assert result.stdout.startswith("stack prod, as deployed:\n  proved ")


def test_a_stack_that_was_never_deployed_is_an_error() -> None:
    targets = Targets(pulumi=lambda arguments: '{"deployment": {}}' if "export" in arguments else '{"queue_url": ""}')

    result = CliRunner().invoke(main, ["prove", "--stack", "new"], obj=targets)

    assert result.exit_code == 1
    assert "a proof needs a stack that is deployed" in result.stderr


@pytest.mark.parametrize("mutation", REPLAYED, ids=lambda mutation: mutation.name)
def test_a_counterexample_gets_through_with_the_mistake_and_not_without(guarded: Stack, mutation: Mutation) -> None:
    before = policies_of(guarded)
    after = mutation.make(before)
    theorem = SHOWN_BY.get(mutation.name, mutation.breaks[0])
    shown = next(THEOREM[theorem].search(after))

    with mistaken(guarded, before, after):
        assert gets_through(guarded, shown), shown

    assert not gets_through(guarded, shown), shown


def test_what_the_embedded_cloud_cannot_show_is_a_mistake_of_the_table() -> None:
    assert CANNOT_SHOW.keys() < {mutation.name for mutation in MUTATIONS}
