"""The GitHub workflow: it asks for little, names only what exists, and deploys nothing that the tests have not seen."""

import json
import re
from typing import Any, get_args

import yaml

from infra.settings import Settings
from tests.support.checkout import ROOT

TEXT = (ROOT / ".github/workflows/pipeline.yml").read_text()
RELEASE = (ROOT / ".github/workflows/release.yml").read_text()
# Every scalar stays a string: YAML 1.1 would take the key `on` for a truth value.
WORKFLOW = yaml.load(TEXT, Loader=yaml.BaseLoader)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
STEPS = [(name, step) for name, job in JOBS.items() for step in job["steps"]]
COMMANDS = "\n".join(step.get("run", "") for _, step in STEPS)


def steps_using(action: str) -> list[tuple[str, dict[str, Any]]]:
    return [(job, step) for job, step in STEPS if step.get("uses", "").startswith(f"{action}@")]


def jobs_that_may(permission: str, access: str) -> set[str]:
    return {name for name, job in JOBS.items() if job.get("permissions", {}).get(permission) == access}


def test_a_job_may_only_read_the_code_unless_it_lists_more_permissions() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOBS["test"]
    assert jobs_that_may("contents", "write") == set()
    assert jobs_that_may("pull-requests", "write") == {"preview"}


def test_only_jobs_that_sign_in_to_aws_get_an_identity_token() -> None:
    signing_in = {job for job, _ in steps_using("aws-actions/configure-aws-credentials")}

    assert signing_in == {"preview", "deploy"}
    assert jobs_that_may("id-token", "write") == signing_in


def test_no_long_lived_aws_key_is_used() -> None:
    assert set(re.findall(r"secrets\.(\w+)", TEXT)) == {"PULUMI_ACCESS_TOKEN", "SMOKE_CREDENTIAL"}
    assert not re.search(r"access.key.id|secret.access.key|AKIA", TEXT, re.IGNORECASE)
    for _, step in steps_using("aws-actions/configure-aws-credentials"):
        assert set(step["with"]) == {"role-to-assume", "aws-region"}


def test_a_job_with_secrets_never_runs_the_code_of_a_fork() -> None:
    assert set(WORKFLOW["on"]) == {"push", "pull_request", "workflow_dispatch"}
    assert "secrets." not in json.dumps(JOBS["test"])
    assert "github.event.pull_request.head.repo.full_name == github.repository" in JOBS["preview"]["if"]
    assert "github.event_name != 'pull_request'" in JOBS["deploy"]["if"]
    assert set(JOBS) == {"test", "audit", "engine", "preview", "deploy"}


def test_only_main_is_deployed_after_its_tests_to_a_protected_environment_one_run_at_a_time() -> None:
    deploy = JOBS["deploy"]

    assert "github.ref == 'refs/heads/main'" in deploy["if"]
    assert deploy["needs"] == "test"
    assert deploy["environment"]["name"] == "production"
    assert deploy["concurrency"]["cancel-in-progress"] == "false"
    assert "github.run_id" not in deploy["concurrency"]["group"]


def test_every_make_target_that_is_called_exists() -> None:
    called = set(re.findall(r"\bmake ([a-z-]+)", COMMANDS))

    existing = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert called >= {"lint", "test-all"}
    assert called <= existing


def test_every_stack_output_that_is_read_is_exported_by_the_program() -> None:
    script = (ROOT / ".github/smoke-test.sh").read_text()
    read = set(re.findall(r"\(output (\w+)\)", script))

    exported = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))
    assert read == {"auth", "api_gateway_url", "ingest_url", "health_url", "table_name"}
    assert read <= exported


def test_the_program_is_deployed_and_tested_with_lambdas_python_version() -> None:
    [lambda_python] = re.findall(r'^RUNTIME = "python(.+)"', (ROOT / "infra/function.py").read_text(), re.MULTILINE)
    deploying = {step["with"]["python-version"] for job, step in steps_using("actions/setup-python") if job != "test"}

    assert deploying == {lambda_python}
    assert {"3.11", lambda_python} == set(JOBS["test"]["strategy"]["matrix"]["python"])


def test_only_the_tests_use_a_cached_package_and_deployments_build_their_own() -> None:
    caching = {job for job, step in STEPS if step.get("uses", "").startswith("actions/cache")}

    assert caching == {"test"}


def test_everything_that_deploys_is_installed_with_hashes_and_audited() -> None:
    installing = [step["run"] for _, step in STEPS if "pip install" in step.get("run", "")]
    [audit] = [step["run"] for job, step in STEPS if job == "audit" and "run" in step]

    assert len(installing) == 2
    assert all("--require-hashes --requirement requirements.txt" in command for command in installing)
    assert "--require-hashes -r requirements.txt -r requirements-lambda.txt" in audit


def test_nothing_is_previewed_or_deployed_without_the_policy_pack() -> None:
    running = [step["with"] for _, step in steps_using("pulumi/actions") if "command" in step["with"]]
    packs = {options.get("policyPacks") for options in running}

    assert packs == {"policy"}
    installing = [step["run"] for _, step in STEPS if "pip install" in step.get("run", "")]
    assert all("--no-deps --require-hashes --requirement policy/requirements.txt" in command for command in installing)


def test_the_pulumi_sdk_and_cli_have_the_same_version() -> None:
    [pinned] = re.findall(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    used = {step["with"]["pulumi-version"] for _, step in steps_using("pulumi/actions")}

    assert used == {pinned}


def test_every_action_is_a_major_version_from_a_trusted_publisher() -> None:
    actions = {step["uses"] for _, step in STEPS if "uses" in step}

    assert len(actions) >= 5
    for action in actions:
        assert re.fullmatch(r"(actions|aws-actions|pulumi)/[a-z/-]+@v\d+", action), action


def test_every_job_has_a_timeout() -> None:
    assert all(0 < int(job["timeout-minutes"]) <= 30 for job in JOBS.values())


def test_a_release_is_published_by_a_tag_after_its_tests_and_with_hashes() -> None:
    release = yaml.load(RELEASE, Loader=yaml.BaseLoader)
    [job] = release["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]

    assert release["on"] == {"push": {"tags": ["v*"]}}
    assert release["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "write"}
    assert "secrets." not in RELEASE
    places = [next(n for n, command in enumerate(commands) if what in command) for what in ("test-all", "gh release")]
    assert places == sorted(places)
    assert any("sha256sum" in command for command in commands)


def test_a_release_builds_for_every_processor_that_a_stack_may_have() -> None:
    [built] = re.findall(r"for architecture in (.*); do", RELEASE)

    assert set(built.split()) == set(get_args(Settings.model_fields["architecture"].annotation))
