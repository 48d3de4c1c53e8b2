"""The program as `pulumi up` runs it: who may do what, what is told to whom, and what comes out."""

import importlib
import json
import runpy
import zipfile
from pathlib import Path

import pytest
from pulumi_recorder import Provision, Registered, arn, queue_url

from handlers.environment import IngestEnvironment, WorkerEnvironment

ROOT = Path(__file__).parent.parent
FUNCTION = "aws:lambda/function:Function"
QUEUE, DEAD_LETTERS, TABLE = "logs-ingest", "logs-ingest-dead-letters", "logs-records"
ENVIRONMENTS: dict[str, type[IngestEnvironment] | type[WorkerEnvironment]] = {
    "logs-ingest": IngestEnvironment,
    "logs-worker": WorkerEnvironment,
}


def deploy(provision: Provision, **config: str) -> Registered:
    # The package for this machine: the other target differs in wheels only, and is tested with the package.
    program = str(ROOT / "__main__.py")
    return provision(lambda: runpy.run_path(program, run_name="__main__"), config={"packageFor": "host"} | config)


@pytest.fixture
def registered(provision: Provision, monkeypatch: pytest.MonkeyPatch) -> Registered:
    monkeypatch.chdir(ROOT)
    return deploy(provision)


def own_logs_and_traces(function: str) -> set[tuple[str, str]]:
    streams = arn("cloudwatch", function) + ":*"
    return {
        ("logs:CreateLogStream", streams),
        ("logs:PutLogEvents", streams),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
    }


def test_ingest_may_send_to_its_queue_and_nothing_else(registered: Registered) -> None:
    assert registered.grants_of("logs-ingest") - own_logs_and_traces("logs-ingest") == {
        ("sqs:SendMessage", arn("sqs", QUEUE)),
    }


def test_the_worker_may_consume_bury_and_store_and_nothing_else(registered: Registered) -> None:
    assert registered.grants_of("logs-worker") - own_logs_and_traces("logs-worker") == {
        ("sqs:ReceiveMessage", arn("sqs", QUEUE)),
        ("sqs:DeleteMessage", arn("sqs", QUEUE)),
        ("sqs:GetQueueAttributes", arn("sqs", QUEUE)),
        ("sqs:ChangeMessageVisibility", arn("sqs", QUEUE)),
        ("sqs:SendMessage", arn("sqs", DEAD_LETTERS)),
        ("dynamodb:PutItem", arn("dynamodb", TABLE)),
        ("dynamodb:GetItem", arn("dynamodb", TABLE)),
    }


def test_there_are_no_other_roles_and_only_lambda_may_assume_them(registered: Registered) -> None:
    roles = [role.name for role in registered.all("aws:iam/role:Role")]

    assert sorted(roles) == ["logs-ingest", "logs-worker"]
    assert [registered.who_may_assume(role) for role in roles] == [{"Service": "lambda.amazonaws.com"}] * 2


def test_no_role_is_allowed_a_wildcard_action_and_only_traces_go_anywhere(registered: Registered) -> None:
    for role in registered.all("aws:iam/role:Role"):
        for statement in registered.statements_of(role.name):
            everywhere = statement["Resource"] == "*"

            assert not any("*" in action for action in statement["Action"])
            assert everywhere == (statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"])


def test_no_queue_allows_anybody_anything_by_its_own_policy(registered: Registered) -> None:
    policies = registered.all("aws:sqs/queuePolicy:QueuePolicy")

    statements = [json.loads(policy["policy"])["Statement"] for policy in policies]
    assert [[statement["Effect"] for statement in each] for each in statements] == [["Deny"], ["Deny"]]


@pytest.mark.parametrize("ingress", ["http-api", "function-url"])
def test_nothing_is_registered_that_the_table_of_types_does_not_name(
    provision: Provision, monkeypatch: pytest.MonkeyPatch, ingress: str
) -> None:
    monkeypatch.chdir(ROOT)

    types = deploy(provision, ingress=ingress).types()

    front_door = {
        "http-api": {f"aws:apigatewayv2/{noun.lower()}:{noun}" for noun in ("Api", "Integration", "Route", "Stage")},
        "function-url": {"aws:lambda/functionUrl:FunctionUrl"},
    }
    assert types - front_door[ingress] == {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:dynamodb/table:Table",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/function:Function",
        "aws:lambda/permission:Permission",
        "aws:sqs/queue:Queue",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    }


@pytest.mark.parametrize("function", ENVIRONMENTS)
def test_a_function_is_told_all_that_it_reads_and_nothing_more(registered: Registered, function: str) -> None:
    told = registered.environment_of(function)

    assert set(told) == ENVIRONMENTS[function].variables()


@pytest.mark.parametrize("function", ENVIRONMENTS)
def test_a_function_understands_what_it_is_told(registered: Registered, function: str) -> None:
    told = {name.lower(): value for name, value in registered.environment_of(function).items()}

    understood = ENVIRONMENTS[function].model_validate(told)

    assert set(understood.model_dump(exclude_defaults=True)) == set(told)


def test_every_handler_is_a_function_that_the_package_holds(registered: Registered) -> None:
    functions = registered.all(FUNCTION)

    assert len(functions) == 2
    for function in functions:
        module, _, name = function["handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
        with zipfile.ZipFile(ROOT / function["code"].path) as package:
            assert module.replace(".", "/") + ".py" in package.namelist()


@pytest.mark.parametrize(
    ("ingress", "url"),
    [
        ("http-api", "https://logs-ingress.execute-api.us-east-1.amazonaws.com"),
        ("function-url", "https://logs-ingress.lambda-url.us-east-1.on.aws"),
    ],
)
def test_the_stack_outputs_are_the_same_behind_either_front_door(
    provision: Provision, monkeypatch: pytest.MonkeyPatch, ingress: str, url: str
) -> None:
    monkeypatch.chdir(ROOT)

    assert deploy(provision, ingress=ingress).outputs == {
        "api_gateway_url": url,
        "ingest_url": f"{url}/ingest",
        "health_url": f"{url}/health",
        "queue_url": queue_url(QUEUE),
        "dead_letter_queue_url": queue_url(DEAD_LETTERS),
        "table_name": TABLE,
    }


def test_a_second_deployment_changes_nothing(provision: Provision, registered: Registered) -> None:
    again = deploy(provision)

    def described(run: Registered) -> dict[str, str]:
        return {resource.urn: json.dumps(resource.inputs, default=vars, sort_keys=True) for resource in run.resources}

    assert described(again) == described(registered)


def test_no_resource_knows_the_machine_that_deploys_it(registered: Registered) -> None:
    for resource in registered.resources:
        assert str(ROOT) not in json.dumps(resource.inputs, default=vars)


def test_names_are_left_to_pulumi_but_for_the_default_stage(registered: Registered) -> None:
    named = [resource for resource in registered.resources if "name" in resource.inputs]

    assert [(resource.type, resource["name"]) for resource in named] == [("aws:apigatewayv2/stage:Stage", "$default")]
