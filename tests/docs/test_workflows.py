"""The GitHub workflow: it asks for little, names only what exists, and its smoke test tells good from bad."""

import json
import re
import shutil
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from handlers.logs.envelope import Envelope
from handlers.web.refusals import Refused
from handlers.web.request import Request
from handlers.web.responses import Accepted, Response, accepted, healthy, problem
from handlers.web.submission import read_submission
from tests.support.checkout import ROOT

TEXT = (ROOT / ".github/workflows/pipeline.yml").read_text()
# Every scalar stays a string: YAML 1.1 would take the key `on` for a truth value.
WORKFLOW = yaml.load(TEXT, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes no objects
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
STEPS = [(name, step) for name, job in JOBS.items() for step in job["steps"]]
COMMANDS = "\n".join(step.get("run", "") for _, step in STEPS)


def steps_using(action: str) -> list[tuple[str, dict[str, Any]]]:
    return [(job, step) for job, step in STEPS if step.get("uses", "").startswith(f"{action}@")]


def jobs_that_may(permission: str, access: str) -> set[str]:
    return {name for name, job in JOBS.items() if job.get("permissions", {}).get(permission) == access}


def test_a_job_may_only_read_the_code_unless_it_says_more() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOBS["test"]
    assert jobs_that_may("contents", "write") == set()
    assert jobs_that_may("pull-requests", "write") == {"preview"}


def test_only_jobs_that_sign_in_to_aws_get_an_identity_token() -> None:
    signing_in = {job for job, _ in steps_using("aws-actions/configure-aws-credentials")}

    assert signing_in == {"preview", "deploy"}
    assert jobs_that_may("id-token", "write") == signing_in


def test_no_long_lived_aws_key_is_used() -> None:
    assert set(re.findall(r"secrets\.(\w+)", TEXT)) == {"PULUMI_ACCESS_TOKEN"}
    assert not re.search(r"access.key.id|secret.access.key|AKIA", TEXT, re.IGNORECASE)
    for _, step in steps_using("aws-actions/configure-aws-credentials"):
        assert set(step["with"]) == {"role-to-assume", "aws-region"}


def test_a_job_with_secrets_never_runs_the_code_of_a_fork() -> None:
    assert set(WORKFLOW["on"]) == {"push", "pull_request", "workflow_dispatch"}
    assert "secrets." not in json.dumps(JOBS["test"])
    assert "github.event.pull_request.head.repo.full_name == github.repository" in JOBS["preview"]["if"]
    assert "github.event_name != 'pull_request'" in JOBS["deploy"]["if"]
    assert set(JOBS) == {"test", "audit", "preview", "deploy"}


def test_main_alone_is_deployed_one_at_a_time_after_its_tests_and_behind_a_protected_environment() -> None:
    deploy = JOBS["deploy"]

    assert "github.ref == 'refs/heads/main'" in deploy["if"]
    assert deploy["needs"] == "test"
    assert deploy["environment"]["name"] == "production"
    assert deploy["concurrency"]["cancel-in-progress"] == "false"
    assert "github.run_id" not in deploy["concurrency"]["group"]


def test_every_make_target_that_is_called_exists() -> None:
    called = set(re.findall(r"\bmake ([a-z-]+)", COMMANDS))

    existing = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert called >= {"lint", "test"}
    assert called <= existing


def test_every_stack_output_that_is_read_is_exported_by_the_program() -> None:
    read = set(re.findall(r"pulumi stack output (\w+)", COMMANDS))

    exported = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))
    assert read == {"ingest_url", "health_url"}
    assert read <= exported


def test_the_program_is_deployed_by_lambdas_own_python_which_is_also_tested() -> None:
    [lambda_python] = re.findall(r'^RUNTIME = "python(.+)"', (ROOT / "infra/function.py").read_text(), re.MULTILINE)
    deploying = {step["with"]["python-version"] for job, step in steps_using("actions/setup-python") if job != "test"}

    assert deploying == {lambda_python}
    assert {"3.11", lambda_python} == set(JOBS["test"]["strategy"]["matrix"]["python"])


def test_only_the_tests_take_a_package_from_a_cache_and_deploys_build_from_scratch() -> None:
    caching = {job for job, step in STEPS if step.get("uses", "").startswith("actions/cache")}

    assert caching == {"test"}


def test_what_deploys_is_installed_by_its_hashes_and_audited() -> None:
    installing = [step["run"] for _, step in STEPS if "pip install" in step.get("run", "")]
    [audit] = [step["run"] for job, step in STEPS if job == "audit" and "run" in step]

    assert len(installing) == 2
    assert all("--require-hashes --requirement requirements.txt" in command for command in installing)
    assert "--require-hashes -r requirements.txt -r requirements-lambda.txt" in audit


def test_the_pulumi_program_and_its_command_line_have_one_version() -> None:
    [pinned] = re.findall(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    used = {step["with"]["pulumi-version"] for _, step in steps_using("pulumi/actions")}

    assert used == {pinned}


def test_every_action_is_a_full_major_version_of_a_trusted_publisher() -> None:
    actions = {step["uses"] for _, step in STEPS if "uses" in step}

    assert len(actions) >= 5
    for action in actions:
        assert re.fullmatch(r"(actions|aws-actions|pulumi)/[a-z/-]+@v\d+", action), action


def test_every_job_has_an_end() -> None:
    assert all(0 < int(job["timeout-minutes"]) <= 30 for job in JOBS.values())


# The smoke test is run for real, against a server that answers as the contract says, or not.

Answer = Callable[[Request], Response]


def as_the_contract_says(request: Request) -> Response:
    if request.path == "/health":
        return healthy()
    try:
        [envelope] = read_submission(request, tenant_of_credential=None).logs.values()
        assert isinstance(envelope, Envelope)
        return accepted(Accepted(envelope.tenant_id, envelope.log_id, "8d9e6f0c"))
    except Refused as refusal:
        return problem(refusal)


def changed(**changes: object) -> Answer:
    def answer(request: Request) -> Response:
        response = as_the_contract_says(request)
        return response | {"body": json.dumps(json.loads(response["body"]) | changes)}

    return answer


def with_status(status: int) -> Answer:
    return lambda request: as_the_contract_says(request) | {"statusCode": status}


def unavailable_at_first() -> Answer:
    seen: set[str] = set()

    def answer(request: Request) -> Response:
        if request.path in seen:
            return as_the_contract_says(request)
        seen.add(request.path)
        return {"statusCode": 503, "body": '{"message": "Service Unavailable"}'}

    return answer


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Yield the URL of a loopback server that answers every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _answer(self, body: bytes) -> None:
            event = {
                "rawPath": self.path,
                "requestContext": {"http": {"method": self.command}},
                "headers": dict(self.headers.items()),
                "body": body.decode(),
            }
            response = answer(Request.from_event(event))
            content = response["body"].encode()
            self.send_response(response["statusCode"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(timeout=5)


def smoke_test(url: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the workflow's smoke test with a `pulumi` that knows two stack outputs."""
    pulumi = directory / "pulumi"
    pulumi.write_text(f'#!/bin/sh\n[ "$*" = "stack output $3 --stack org/project/dev" ] && echo "{url}/${{3%_url}}"\n')
    pulumi.chmod(pulumi.stat().st_mode | stat.S_IXUSR)
    [script] = [step["run"] for _, step in STEPS if step.get("id") == "smoke"]
    environment = {
        "PATH": f"{directory}:/usr/local/bin:/usr/bin:/bin",
        "PULUMI_STACK": "org/project/dev",
        "GITHUB_OUTPUT": str(directory / "outputs"),
        "GITHUB_RUN_ID": "1234567890",
        "GITHUB_RUN_ATTEMPT": "1",
    }
    # As GitHub runs a step whose shell is bash.
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


needs_its_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))),
    reason="the smoke test needs bash, curl and jq, which GitHub's runners have",
)


@needs_its_tools
@pytest.mark.parametrize("answer", [as_the_contract_says, unavailable_at_first()], ids=["at once", "in the end"])
def test_the_smoke_test_passes_when_the_deployed_pipeline_answers_as_the_contract_says(
    answer: Answer, tmp_path: Path
) -> None:
    with serving(answer) as url:
        run = smoke_test(url, tmp_path)

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("202 {") == 2
    assert (tmp_path / "outputs").read_text() == f"health_url={url}/health\n"


@needs_its_tools
@pytest.mark.parametrize(
    "answer",
    [
        with_status(200),
        changed(status="ill"),
        changed(tenant_id="somebody_else"),
        changed(log_id="another"),
        changed(message_id=""),
        lambda _: {"statusCode": 200, "body": "<html>"},
    ],
    ids=["not 202", "not healthy", "other tenant", "other log", "no message id", "not ours"],
)
def test_the_smoke_test_fails_when_an_answer_is_not_the_contracts(answer: Answer, tmp_path: Path) -> None:
    with serving(answer) as url:
        run = smoke_test(url, tmp_path)

    assert run.returncode != 0
    assert "::error::wanted" in run.stdout


def test_the_smoke_test_gives_up_after_a_bounded_number_of_tries() -> None:
    [script] = [step["run"] for _, step in STEPS if step.get("id") == "smoke"]

    for bound in ("--max-time", "--retry", "--retry-max-time"):
        assert re.search(rf"{bound} \d+", script), bound
