"""The program as `pulumi up` runs it: what each function reads, who is let in, and what comes out."""

import importlib
import json
import zipfile

import pytest

from handlers.environment import AuthorizerEnvironment, IngestEnvironment, QueryEnvironment, WorkerEnvironment
from handlers.web.doors import MODULES, PROBES
from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import (
    AUTHENTICATIONS,
    Registered,
    arn,
    deploy,
    deployed,
    id_of,
    invoke_arn,
    queue_url,
)

AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
ROLE = "aws:iam/role:Role"
ROUTE = "aws:apigatewayv2/route:Route"
QUEUE, DEAD_LETTERS, TABLE, KEYS = "logs-ingest", "logs-ingest-dead-letters", "logs-records", "logs-keys"
KEY_USAGE = "logs-keys-usage"
WRITER, READER = "logs-tenant-writer", "logs-tenant-reader"
ENVIRONMENTS = {
    "logs-authorizer": AuthorizerEnvironment,
    "logs-ingest": IngestEnvironment,
    "logs-query": QueryEnvironment,
    "logs-worker": WorkerEnvironment,
}
FUNCTIONS = {
    "none": ["logs-ingest", "logs-worker"],
    "jwt": ["logs-ingest", "logs-query", "logs-worker"],
    "api-key": ["logs-authorizer", "logs-ingest", "logs-query", "logs-worker"],
}
OPEN = {"$default", "GET /health", *(probe for probe in PROBES if probe.startswith("GET "))}
TENANTS_LOGS = "GET /tenants/{tenant_id}/processed_logs"
READ_ROUTES = {TENANTS_LOGS, f"{TENANTS_LOGS}/{{log_id}}"}
DOORS = {f"POST {path}" for path in MODULES}
FIREHOSE = "POST /firehose"
# Firehose sends no JSON Web Token.
DOORS_OF = {"none": DOORS, "api-key": DOORS, "jwt": DOORS - {FIREHOSE}}

with_each_authentication = pytest.mark.parametrize("auth", AUTHENTICATIONS)
with_each_function = pytest.mark.parametrize(
    ("auth", "function"), [(auth, function) for auth, functions in FUNCTIONS.items() for function in functions]
)


@pytest.mark.parametrize(
    "config", [{"ingress": "function-url"}, *({"auth": auth} for auth in AUTHENTICATIONS)], ids=str
)
def test_exactly_these_types_of_resources_are_registered(config: dict[str, str]) -> None:
    types = (deployed(config["auth"]) if "auth" in config else deploy(**config)).types()

    gateway = {f"aws:apigatewayv2/{noun.lower()}:{noun}" for noun in ("Api", "Integration", "Route", "Stage")}
    front_door = {"aws:lambda/functionUrl:FunctionUrl"} if "ingress" in config else gateway
    assert types == front_door | ({AUTHORIZER} if config.get("auth", "none") != "none" else set()) | {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:dynamodb/table:Table",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/function:Function",
        "aws:lambda/permission:Permission",
        "aws:sqs/queue:Queue",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    }


def routes_of(registered: Registered) -> dict[str, tuple[str, str | None]]:
    return {
        route["routeKey"]: (route["authorizationType"], route.inputs.get("authorizerId"))
        for route in registered.all(ROUTE)
    }


@pytest.mark.parametrize(("auth", "kind"), [("api-key", "CUSTOM"), ("jwt", "JWT")])
def test_posting_and_reading_need_a_credential_and_everything_else_is_open(auth: str, kind: str) -> None:
    routes = routes_of(deployed(auth))

    assert routes == {
        **dict.fromkeys(DOORS_OF[auth] | READ_ROUTES, (kind, id_of("authorizer", "logs-ingress"))),
        **({FIREHOSE: (kind, id_of("authorizer", "logs-ingress-firehose"))} if auth == "api-key" else {}),
        **dict.fromkeys(OPEN, ("NONE", None)),
    }


def test_without_authentication_everything_is_open_and_nothing_can_be_read_back() -> None:
    registered = deployed("none")

    assert routes_of(registered) == dict.fromkeys(DOORS | OPEN, ("NONE", None))
    assert not registered.all(AUTHORIZER)
    assert not [role for role in registered.all(ROLE) if role.name in {READER, "logs-query"}]


@with_each_authentication
def test_read_routes_lead_to_the_query_function_and_all_others_to_ingest(auth: str) -> None:
    registered = deployed(auth)
    behind = {
        f"integrations/{id_of('integration', integration.name)}": integration["integrationUri"]
        for integration in registered.all("aws:apigatewayv2/integration:Integration")
    }

    answers = {route["routeKey"]: behind[route["target"]] for route in registered.all(ROUTE)}

    read_routes = READ_ROUTES if auth != "none" else set()
    assert {key for key, function in answers.items() if function == arn("lambda", "logs-query")} == read_routes
    assert {answers[key] for key in answers.keys() - read_routes} == {arn("lambda", "logs-ingest")}


@with_each_authentication
def test_a_function_may_be_invoked_only_by_its_own_routes_or_authorizer(auth: str) -> None:
    permissions = deployed(auth).all(PERMISSION)

    api = arn("execute-api", id_of("api", "logs-ingress"))
    routes = {(f"{api}/$default/{key.replace(' ', '')}", "logs-ingest") for key in DOORS_OF[auth] | OPEN}
    if auth != "none":
        routes |= {(f"{api}/$default/{key.replace(' ', '')}", "logs-query") for key in READ_ROUTES}
    if auth == "api-key":
        authorizers = (id_of("authorizer", name) for name in ("logs-ingress", "logs-ingress-firehose"))
        routes |= {(f"{api}/authorizers/{authorizer}", "logs-authorizer") for authorizer in authorizers}
    assert {(permission["sourceArn"], permission["function"]) for permission in permissions} == routes
    assert {permission["principal"] for permission in permissions} == {"apigateway.amazonaws.com"}
    assert {permission["action"] for permission in permissions} == {"lambda:InvokeFunction"}


def test_an_api_key_is_looked_up_by_the_authorizer_and_cached_as_configured() -> None:
    authorizers = deployed("api-key").all(AUTHORIZER)

    assert {authorizer["authorizerUri"] for authorizer in authorizers} == {invoke_arn("logs-authorizer")}
    assert {authorizer["authorizerResultTtlInSeconds"] for authorizer in authorizers} == {45}


def test_only_firehoses_key_is_in_a_header_of_its_own_and_cached_by_that() -> None:
    authorizers = deployed("api-key").all(AUTHORIZER)

    assert {authorizer.name: authorizer["identitySources"] for authorizer in authorizers} == {
        "logs-ingress": ["$request.header.Authorization"],
        "logs-ingress-firehose": ["$request.header.X-Amz-Firehose-Access-Key"],
    }


def test_a_token_is_checked_against_issuer_and_audiences_of_the_settings() -> None:
    [authorizer] = deployed("jwt").all(AUTHORIZER)

    assert authorizer["jwtConfiguration"] == {"issuer": "https://login.example.com/", "audiences": ["logs", "audit"]}


@with_each_authentication
def test_every_stack_has_a_table_of_keys_so_that_a_change_of_auth_loses_none(auth: str) -> None:
    tables = sorted(table.name for table in deployed(auth).all("aws:dynamodb/table:Table"))

    assert tables == [KEYS, KEY_USAGE, TABLE]


@with_each_function
def test_a_function_gets_exactly_the_variables_that_it_reads(auth: str, function: str) -> None:
    given = deployed(auth).environment_of(function)

    assert set(given) == ENVIRONMENTS[function].variables()


@with_each_function
def test_a_function_can_parse_its_variables(auth: str, function: str) -> None:
    given = {name.lower(): value for name, value in deployed(auth).environment_of(function).items()}

    understood = ENVIRONMENTS[function].model_validate(given)

    assert set(understood.model_dump(exclude_defaults=True)) == set(given)


@with_each_authentication
def test_every_function_that_answers_requests_knows_the_authentication(auth: str) -> None:
    registered = deployed(auth)

    claim = AUTHENTICATIONS[auth].get("jwtTenantClaim", "tenant_id")
    for function in set(FUNCTIONS[auth]) & {"logs-ingest", "logs-query"}:
        assert {"AUTH": auth, "TENANT_CLAIM": claim}.items() <= registered.environment_of(function).items()


def test_a_function_assumes_its_own_tenant_role_and_the_authorizer_reads_the_table_of_keys() -> None:
    registered = deployed("api-key")

    assert registered.environment_of("logs-worker")["TENANT_ROLE_ARN"] == arn("iam", WRITER)
    assert registered.environment_of("logs-query")["TENANT_ROLE_ARN"] == arn("iam", READER)
    environment = registered.environment_of("logs-authorizer")
    assert (environment["KEY_TABLE_NAME"], environment["KEY_USAGE_TABLE_NAME"]) == (KEYS, KEY_USAGE)


@with_each_authentication
def test_every_handler_is_a_function_in_the_package(auth: str) -> None:
    functions = deployed(auth).all(FUNCTION)

    assert sorted(function.name for function in functions) == FUNCTIONS[auth]
    for function in functions:
        module, _, name = function["handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
        with zipfile.ZipFile(ROOT / function["code"].path) as package:
            assert module.replace(".", "/") + ".py" in package.namelist()


def outputs_behind(url: str) -> dict[str, str]:
    return {
        "api_gateway_url": url,
        "ingest_url": f"{url}/ingest",
        "health_url": f"{url}/health",
        "queue_url": queue_url(QUEUE),
        "dead_letter_queue_url": queue_url(DEAD_LETTERS),
        "table_name": TABLE,
        "auth": "none",
    }


@with_each_authentication
def test_the_stack_outputs_name_the_resources_and_the_authentication(auth: str) -> None:
    expected = outputs_behind("https://logs-ingress.execute-api.us-east-1.amazonaws.com") | {"auth": auth}

    key_tables = {"key_table_name": KEYS, "key_usage_table_name": KEY_USAGE}
    assert deployed(auth).outputs == expected | (key_tables if auth == "api-key" else {})


def test_the_stack_outputs_are_the_same_behind_a_function_url() -> None:
    assert deploy(ingress="function-url").outputs == outputs_behind("https://logs-ingress.lambda-url.us-east-1.on.aws")


@with_each_authentication
def test_only_a_stack_without_authentication_warns_and_does_so_on_every_deployment(auth: str) -> None:
    warning = "auth is none: whoever knows the URL may post as any tenant; run: pulumi config set auth api-key"

    assert deployed(auth).warnings == ([warning] if auth == "none" else [])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "drain rate: 20 a second"),
        ({"workerMaxConcurrency": "5"}, "drain rate: 1 a second"),
        ({"processingSecondsPerChar": "0"}, "drain rate: 1000 logs at once, without simulated work"),
    ],
)
def test_every_deployment_says_how_fast_the_worker_drains_the_queue(config: dict[str, str], said: str) -> None:
    [rate] = [line for line in deploy(**config).messages if line.startswith("drain rate: ")]

    assert rate.startswith(said)


def test_an_open_function_url_warns_too() -> None:
    [warning] = deploy(ingress="function-url").warnings

    assert warning.startswith("auth is none: ")


@with_each_authentication
def test_a_second_deployment_changes_nothing(auth: str) -> None:
    again = deploy(auth=auth, **AUTHENTICATIONS[auth])

    def described(run: Registered) -> dict[str, str]:
        return {resource.urn: json.dumps(resource.inputs, default=vars, sort_keys=True) for resource in run.resources}

    assert described(again) == described(deployed(auth))


@with_each_authentication
def test_no_input_of_a_resource_contains_a_local_path(auth: str) -> None:
    for resource in deployed(auth).resources:
        assert str(ROOT) not in json.dumps(resource.inputs, default=vars)


@with_each_authentication
def test_pulumi_names_everything_except_the_default_stage_and_the_access_logs(auth: str) -> None:
    named = {resource.type: resource["name"] for resource in deployed(auth).resources if "name" in resource.inputs}

    assert named == {
        "aws:apigatewayv2/stage:Stage": "$default",
        "aws:cloudwatch/logGroup:LogGroup": "/aws/vendedlogs/logs-ingress",
    }
