"""One line of another program gives it the whole pipeline, wired as a whole."""

import json
import zipfile
from pathlib import Path

import pulumi
import pytest

from infra.log_pipeline import LogPipeline, LogPipelineArgs
from infra.package import build as lambda_package
from infra.refusal import InvalidSettings
from infra.settings import Settings
from tests.support.pulumi_recorder import Provision, Registered, arn, queue_url

CODE = pulumi.FileArchive("package.zip")
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def pipeline(provision: Provision, settings: Settings | None = None) -> Registered:
    args = LogPipelineArgs(settings=settings or Settings(), code=CODE)
    return provision(lambda: LogPipeline("logs", args))


def test_the_worker_consumes_what_ingest_sends(provision: Provision) -> None:
    registered = pipeline(provision)

    mapping = registered.one("aws:lambda/eventSourceMapping:EventSourceMapping", "logs-worker")
    assert registered.environment_of("logs-ingest")["INGEST_QUEUE_URL"] == queue_url("logs-ingest")
    assert mapping["eventSourceArn"] == arn("sqs", "logs-ingest")
    assert mapping["functionName"] == arn("lambda", "logs-worker")


def test_the_timeout_of_the_worker_decides_visibility_text_length_and_alarm(provision: Provision) -> None:
    registered = pipeline(provision, Settings(worker_timeout_seconds=60, processing_seconds_per_char=0.1))

    assert registered.one("aws:lambda/function:Function", "logs-worker")["timeout"] == 60
    assert registered.one("aws:sqs/queue:Queue", "logs-ingest")["visibilityTimeoutSeconds"] == 360
    assert registered.environment_of("logs-ingest")["MAX_TEXT_CHARS"] == "500"
    assert registered.one(ALARM, "logs-oldest-message")["threshold"] == 300


def test_functions_behind_the_gateway_time_out_before_it_does(provision: Provision) -> None:
    functions = pipeline(provision, Settings(auth="api-key")).all("aws:lambda/function:Function")

    timeouts = {function.name: function["timeout"] for function in functions if function.name != "logs-worker"}
    assert set(timeouts) == {"logs-ingest", "logs-query", "logs-authorizer"}
    assert all(timeout < 30 for timeout in timeouts.values())


def test_the_settings_reach_the_worker(provision: Provision) -> None:
    environment = pipeline(
        provision,
        Settings(
            processing_seconds_per_char=0.001,
            worker_batch_size=4,
            retry_delay_seconds=3,
            keep_original_text=False,
            record_retention_days=90,
            redact="email,ip",
            chaos=True,
        ),
    ).environment_of("logs-worker")

    assert environment == {
        "INGEST_QUEUE_URL": queue_url("logs-ingest"),
        "DEAD_LETTER_QUEUE_URL": queue_url("logs-ingest-dead-letters"),
        "TABLE_NAME": "logs-records",
        "TENANT_ROLE_ARN": arn("iam", "logs-tenant-writer"),
        "FINGERPRINT_KEY_IDS": json.dumps([arn("kms", "logs-fingerprint-key")]),
        "PROCESSING_SECONDS_PER_CHAR": "0.001",
        "BATCH_SIZE": "4",
        "RETRY_DELAY_SECONDS": "3",
        "KEEP_ORIGINAL_TEXT": "false",
        "RECORD_RETENTION_DAYS": "90",
        "REDACT": "email,ip",
        "CHAOS": "true",
        "PROCESSOR": "",
    }


def test_with_a_processor_nothing_is_simulated_and_a_message_carries_the_longest_text(provision: Provision) -> None:
    settings = Settings(
        processor="shop_logs:process",
        processor_folder="shop",
        processing_seconds_per_char=1.7,
        worker_timeout_seconds=60,
    )

    registered = pipeline(provision, settings)

    worker, ingest = (registered.environment_of(name) for name in ("logs-worker", "logs-ingest"))
    assert worker["PROCESSOR"] == "shop_logs:process"
    assert {worker["PROCESSING_SECONDS_PER_CHAR"], ingest["PROCESSING_SECONDS_PER_CHAR"]} == {"0"}
    assert ingest["MAX_TEXT_CHARS"] == "38400"


def test_only_the_worker_gets_the_code_of_a_processor(provision: Provision, tmp_path: Path) -> None:
    (tmp_path / "shop_logs.py").write_text("def process(log):\n    return log\n")
    settings = Settings(
        processor="shop_logs:process", processor_folder=str(tmp_path), package_for="host", auth="api-key"
    )

    functions = provision(lambda: LogPipeline("logs", LogPipelineArgs(settings=settings))).all(
        "aws:lambda/function:Function"
    )

    with_processor = set()
    for function in functions:
        with zipfile.ZipFile(function["code"].path) as archive:
            if "shop_logs.py" in archive.namelist():
                with_processor.add(function.name)
    assert with_processor == {"logs-worker"}


def test_a_processor_that_cannot_be_imported_is_refused_before_anything_is_deployed(
    provision: Provision, tmp_path: Path
) -> None:
    (tmp_path / "shop_logs.py").write_text("import no_such_package\n")
    settings = Settings(processor="shop_logs:process", processor_folder=str(tmp_path), package_for="host")

    with pytest.raises(pulumi.RunError, match=r"^processor shop_logs:process cannot be used: ModuleNotFoundError: No "):
        provision(lambda: LogPipeline("logs", LogPipelineArgs(settings=settings)))


def test_ingest_knows_the_capacity_of_the_worker(provision: Provision) -> None:
    environment = pipeline(
        provision, Settings(worker_max_concurrency=20, worker_batch_size=5, processing_seconds_per_char=0.1)
    ).environment_of("logs-ingest")

    week = 7 * 86_400
    assert (
        environment.items()
        >= {
            "DRAIN_CONCURRENCY": "100",
            "MAX_BACKLOG_SECONDS": str(week // 2),
            "MAX_PROCESSING_SECONDS_PER_REQUEST": str(100 * 300),
            "PROCESSING_SECONDS_PER_CHAR": "0.1",
        }.items()
    )


def test_the_worker_is_updated_before_ingest_sends_what_only_it_can_read(provision: Provision) -> None:
    registered = pipeline(provision)

    worker, ingest = (registered.one("aws:lambda/function:Function", f"logs-{name}") for name in ("worker", "ingest"))
    assert ingest.depends_on(worker)
    assert not worker.depends_on(ingest)


def test_a_function_url_replaces_the_gateway(provision: Provision) -> None:
    registered = pipeline(provision, Settings(ingress="function-url"))

    types = registered.types()
    assert "aws:lambda/functionUrl:FunctionUrl" in types
    assert not any(type_.startswith("aws:apigatewayv2/") for type_ in types)
    assert registered.one(ALARM, "logs-ingest-errors")["metricQueries"][1]["metric"]["metricName"] == "Url5xxCount"


def test_numbers_that_cannot_work_are_refused_before_anything_is_created(provision: Provision) -> None:
    failed: list[Exception] = []

    def program() -> None:
        try:
            LogPipeline("logs", LogPipelineArgs(settings=Settings(worker_timeout_seconds=10), code=CODE))
        except InvalidSettings as error:
            failed.append(error)

    registered = provision(program)

    assert len(failed) == 1
    assert not registered.types()


def test_one_program_can_have_two_pipelines(provision: Provision) -> None:
    def program() -> None:
        LogPipeline("audit", LogPipelineArgs(code=CODE))
        LogPipeline("access", LogPipelineArgs(code=CODE))

    registered = provision(program)

    urns = [resource.urn for resource in registered.resources if resource.type.startswith("aws:")]
    assert len(urns) == len(set(urns))
    assert {table.name for table in registered.all("aws:dynamodb/table:Table")} == {
        f"{pipeline}-{table}" for pipeline in ("audit", "access") for table in ("records", "keys", "keys-usage")
    }


def test_the_package_is_built_when_none_is_given_and_named_without_the_machine(
    provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = lambda_package.ROOT / ".build" / "some.zip"
    monkeypatch.setattr(lambda_package, "build", lambda _target, **_options: built)
    monkeypatch.chdir(lambda_package.ROOT)

    registered = provision(lambda: LogPipeline("logs"))

    functions = registered.all("aws:lambda/function:Function")
    assert {function["code"].path for function in functions} == {".build/some.zip"}


def test_a_package_without_bytecode_is_reported(provision: Provision, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi, "info", told.append)
    monkeypatch.setattr(lambda_package, "build", lambda _target, **_options: lambda_package.ROOT / "some.zip")
    monkeypatch.setattr(lambda_package, "compiler_of", lambda _version: None)

    provision(lambda: LogPipeline("logs"))

    assert "install it, so that python3.13 is on the path" in told[0]


def test_a_package_that_cannot_be_built_ends_the_program_with_the_fix(
    provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_target: lambda_package.Target, **_options: bool) -> None:
        raise lambda_package.PackageError("run: python -m infra.package.build")

    monkeypatch.setattr(lambda_package, "build", build)

    with pytest.raises(pulumi.RunError, match=r"run: python -m infra\.package\.build"):
        provision(lambda: LogPipeline("logs"))
