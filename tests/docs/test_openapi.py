"""The OpenAPI description: generated, complete, and true of the program and of what the functions answer."""

import gzip
import json
from typing import Any

import pulumi
import pytest
from werkzeug.test import Client

from docs.openapi.description import FILE, as_text, description
from handlers.web.refusals import Code
from infra.log_pipeline import LogPipeline, LogPipelineArgs
from infra.settings import Settings
from tests.support.aws_fixtures import Aws
from tests.support.http_gateway import Gateway
from tests.support.pulumi_recorder import Provision, Registered

LINES = b'{"tenant_id": "acme", "text": "first"}\n{"tenant_id": "acme", "level": "info"}\n'
BODIES = {
    "application/json": b'[{"tenant_id": "acme", "text": "first"}, {"tenant_id": "acme", "level": "info"}]',
    "text/plain": b"a log",
    "application/x-ndjson": LINES,
    "application/jsonl": LINES,
    "application/gzip": gzip.compress(LINES),
    "application/octet-stream": b"a log",
}
BODIES_DESCRIBED = description()["paths"]["/ingest"]["post"]["requestBody"]["content"]
EXAMPLES = [
    (media_type, example)
    for media_type, body in BODIES_DESCRIBED.items()
    for example in [body.get("example"), *(named["value"] for named in body.get("examples", {}).values())]
    if example
]


def operations() -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }


def codes_of(operation: dict[str, Any]) -> dict[str, set[str]]:
    """Return the codes that an operation is described to answer, by status."""
    problems = {
        status: answer["content"]["application/problem+json"]["schema"]["properties"]
        for status, answer in operation["responses"].items()
        if "application/problem+json" in answer.get("content", {})
    }
    assert all([int(status)] == problem["status"]["enum"] for status, problem in problems.items())
    return {status: set(problem["code"]["enum"]) for status, problem in problems.items()}


def pipeline(provision: Provision, settings: Settings) -> Registered:
    args = LogPipelineArgs(settings=settings, code=pulumi.FileArchive("package.zip"))
    return provision(lambda: LogPipeline("logs", args))


def test_the_committed_description_is_the_generated_one() -> None:
    assert FILE.read_text() == as_text(description()), "docs/openapi.json is out of date; run: make openapi"


def test_every_code_is_described_under_its_status() -> None:
    described = [codes_of(operation) for operation in operations().values()]

    for code in set(Code) - {Code.METHOD_NOT_ALLOWED}:
        assert any(code in codes.get(str(code.status), ()) for codes in described), code
    # No operation answers it: it is what a path answers to every other method.
    assert f"{Code.METHOD_NOT_ALLOWED.status} `{Code.METHOD_NOT_ALLOWED}`" in description()["info"]["description"]


def test_every_route_of_the_program_is_described_and_says_whether_it_needs_a_credential(provision: Provision) -> None:
    settings = Settings(auth="api-key")

    routes = pipeline(provision, settings).all("aws:apigatewayv2/route:Route")

    guarded = {route["routeKey"]: route["authorizationType"] != "NONE" for route in routes}
    del guarded["$default"]
    assert guarded == {key: any(operation["security"]) for key, operation in operations().items()}


def test_without_authentication_the_program_has_exactly_the_routes_that_need_no_credential(
    provision: Provision,
) -> None:
    routes = pipeline(provision, Settings()).all("aws:apigatewayv2/route:Route")

    open_to_all = {key for key, operation in operations().items() if operation["security"] != [{"bearer": []}]}
    assert {route["routeKey"] for route in routes} - {"$default"} == open_to_all


@pytest.mark.parametrize("media_type", sorted(BODIES_DESCRIBED))
def test_every_described_content_type_is_accepted(aws: Aws, media_type: str) -> None:
    answer = Client(Gateway(authenticates=False)).post(
        "/ingest", data=BODIES[media_type], content_type=media_type, headers={"X-Tenant-ID": "acme"}
    )

    assert answer.status_code == 202
    assert len(aws.waiting()) == (answer.json or {}).get("accepted", 1)


@pytest.mark.parametrize(("media_type", "example"), EXAMPLES)
def test_every_example_of_a_request_is_accepted(aws: Aws, media_type: str, example: object) -> None:
    body = example if isinstance(example, str) else json.dumps(example)

    answer = Client(Gateway(authenticates=False)).post("/ingest", data=body, content_type=media_type)

    assert answer.status_code == 202
    assert aws.waiting() != []


def test_another_path_and_another_method_are_answered_as_described() -> None:
    client = Client(Gateway(authenticates=False))

    elsewhere, otherwise = client.get("/"), client.put("/ingest")

    assert (elsewhere.status_code, (elsewhere.get_json(force=True))["code"]) == (404, "not_found")
    assert (otherwise.status_code, (otherwise.get_json(force=True))["code"]) == (405, "method_not_allowed")
    assert otherwise.headers["Allow"] == "POST"
