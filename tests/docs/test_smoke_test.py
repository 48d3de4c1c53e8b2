"""The smoke test of a deployment, run for real against a server that answers as the contract says, or not."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from tests.support.checkout import ROOT
from tests.support.http_gateway import served

KEY = "rdp_smoke"
TEXTS = ("User 555-0199...", "Error: contact admin@company.com or call 123-456-7890")
PULUMI = """#!/bin/sh
[ "$4 $5" = "--stack org/project/dev" ] || exit 1
case "$3" in
  auth) echo "{auth}" ;;
  api_gateway_url) echo "{url}" ;;
  table_name) echo records ;;
  *) echo "{url}/${{3%_url}}" ;;
esac
"""
AWS = """#!/bin/sh
[ "$1 $2" = "dynamodb get-item" ] && exec cat "{table}"
"""
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))),
    reason="the smoke test needs bash, curl and jq, which GitHub's runners have",
)


@dataclass
class Pipeline:
    """A WSGI application that answers as the contract says, but for what a test changes.

    Attributes:
        auth: as the setting.
        changes: what differs in the answer to an accepted log.
        stored: what the read API shows.
        unavailable: how many requests are answered 503 first.
        posted: the texts that came in, with their tenants.
    """

    auth: str = "none"
    changes: dict[str, object] = field(default_factory=dict)
    status: int = 202
    stored: str = "User [REDACTED]..."
    unavailable: int = 0
    posted: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, environ, start_response):  # noqa: ANN001, ANN204 - WSGI
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if self.unavailable:
            self.unavailable -= 1
            return _json(503, {"message": "Service Unavailable"})
        if request.path == "/health":
            return _json(200, {"status": "healthy"} | self.changes)
        if self.auth != "none" and request.headers.get("Authorization") != f"Bearer {KEY}":
            return _json(401, {"message": "Unauthorized"})
        if request.method == "GET":
            return _json(200, {"modified_data": self.stored})
        return self._accept(request)

    def _accept(self, request: Request) -> Response:
        if request.mimetype == "application/json":
            sent = json.loads(request.get_data())
        else:
            headers = request.headers
            sent = {
                "tenant_id": headers["X-Tenant-ID"],
                "log_id": headers["X-Log-ID"],
                "text": request.get_data().decode(),
            }
        self.posted.append((sent["tenant_id"], sent["text"]))
        answer = {"status": "accepted", "tenant_id": sent["tenant_id"], "log_id": sent["log_id"], "message_id": "8d9e"}
        return _json(self.status, answer | self.changes)


def _json(status: int, body: dict[str, object]) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


@pytest.fixture
def smoke_test(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs the script against a pipeline, with a `pulumi` and an `aws` that know its outputs and table."""

    def run(pipeline: Pipeline, *, item: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        table = tmp_path / "item.json"
        if item is not None:
            table.write_text(json.dumps({"Item": {"modified_data": {"S": item}}}))
        with served(pipeline) as url:
            for name, script in {
                "pulumi": PULUMI.format(auth=pipeline.auth, url=url),
                "aws": AWS.format(table=table),
            }.items():
                (tmp_path / name).write_text(script)
                (tmp_path / name).chmod(0o755)
            fixed = {"PATH": f"{tmp_path}:{os.defpath}", "GITHUB_OUTPUT": str(tmp_path / "outputs"), "SMOKE_TRIES": "1"}
            command = ["bash", str(ROOT / ".github/smoke-test.sh"), "org/project/dev"]
            return subprocess.run(
                command, env=fixed | environment, capture_output=True, text=True, timeout=100, check=False
            )

    return run


@pytest.mark.parametrize(
    ("pipeline", "arguments", "said"),
    [
        pytest.param(Pipeline(), {"item": "User [REDACTED]..."}, "stored: User", id="none, readable table"),
        pytest.param(Pipeline(), {}, "::notice::the record was not read back", id="none, unreadable table"),
        pytest.param(Pipeline(unavailable=1), {}, "::notice::", id="in the end"),
        pytest.param(Pipeline(auth="api-key"), {"SMOKE_CREDENTIAL": KEY}, "stored: User", id="api-key"),
        pytest.param(Pipeline(auth="jwt"), {"SMOKE_CREDENTIAL": KEY}, "stored: User", id="jwt"),
    ],
)
def test_it_passes_when_the_pipeline_keeps_the_contract(
    smoke_test: Callable[..., subprocess.CompletedProcess[str]],
    pipeline: Pipeline,
    arguments: dict[str, str],
    said: str,
    tmp_path: Path,
) -> None:
    run = smoke_test(pipeline, **arguments)

    assert run.returncode == 0, run.stdout + run.stderr
    assert said in run.stdout
    assert {tenant for tenant, _ in pipeline.posted} == {"smoke"}
    assert {"User 555-0199...", "Error: contact admin@company.com or call 123-456-7890"} == {
        t for _, t in pipeline.posted
    }
    assert (tmp_path / "outputs").read_text().endswith("/health\n")
    assert KEY not in run.stdout + run.stderr


def test_without_a_credential_it_checks_the_refusal_and_says_what_is_missing(
    smoke_test: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    pipeline = Pipeline(auth="api-key")

    run = smoke_test(pipeline)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "::warning::auth is api-key and SMOKE_CREDENTIAL is not set" in run.stdout
    assert pipeline.posted == []


@pytest.mark.parametrize(
    ("pipeline", "arguments"),
    [
        pytest.param(Pipeline(status=200), {}, id="not 202"),
        pytest.param(Pipeline(changes={"status": "ill"}), {}, id="not healthy"),
        pytest.param(Pipeline(changes={"tenant_id": "another"}), {}, id="other tenant"),
        pytest.param(Pipeline(changes={"log_id": "another"}), {}, id="other log"),
        pytest.param(Pipeline(changes={"message_id": ""}), {}, id="no message id"),
        pytest.param(Pipeline(), {"item": "User 555-0199..."}, id="stored as it came in"),
        pytest.param(Pipeline(auth="api-key", stored=""), {"SMOKE_CREDENTIAL": KEY}, id="not stored"),
        pytest.param(Pipeline(auth="api-key"), {"SMOKE_CREDENTIAL": "rdp_other", "SMOKE_RETRIES": "0"}, id="wrong key"),
    ],
)
def test_it_fails_when_an_answer_breaks_the_contract(
    smoke_test: Callable[..., subprocess.CompletedProcess[str]], pipeline: Pipeline, arguments: dict[str, str]
) -> None:
    run = smoke_test(pipeline, **arguments)

    assert run.returncode != 0
    assert "::error::wanted" in run.stdout


def test_all_its_waits_are_bounded() -> None:
    script = (ROOT / ".github/smoke-test.sh").read_text()

    assert script.count("curl --silent") == script.count("--max-time 15")
    assert "--retry-max-time 60" in script
