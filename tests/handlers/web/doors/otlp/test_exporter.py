"""OpenTelemetry's Python exporter against the function: what it does with each answer, and nothing is stored twice."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from handlers.access.api_key import new_key
from tests.handlers.test_authorizer import KEY, keep
from tests.support.aws_fixtures import Aws
from tests.support.fake_sqs import Entry, FakeSqs
from tests.support.http_gateway import Gateway, served
from tests.support.opentelemetry_client import Exporter, emit, logger_of

TEXTS = [f"call 555-0199 {number}" for number in range(30)]


class Reluctant:
    """A gateway that gives these answers first, and only then asks the function."""

    def __init__(self, *answers: Response) -> None:
        self.asked = 0
        self._answers = list(answers)
        self._gateway = Gateway(authenticates=False)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.asked += 1
        if not self._answers:
            return self._gateway(environ, start_response)
        Request(environ).get_data()
        return self._answers.pop(0)(environ, start_response)


def exported(application: Callable[..., Iterable[bytes]], **arguments: Any) -> Exporter:
    """Return the exporter after it has exported the texts to an application, as it is set up by default."""
    with served(application) as url:
        exporter = Exporter(endpoint=f"{url}/v1/logs", **{"headers": {"X-Tenant-ID": "acme"}} | arguments)
        with logger_of(exporter) as logger:
            emit(logger, TEXTS, time_ns=time.time_ns(), user="bob@example.com")
    return exporter


def test_a_batch_arrives_with_all_that_the_sdk_says(ingest: FakeSqs) -> None:
    exporter = exported(Gateway(authenticates=False))

    assert (exporter.acknowledged, exporter.given_up) == (TEXTS, [])
    assert sorted(ingest.texts()) == sorted(TEXTS)
    for envelope in ingest.envelopes():
        assert envelope["severity"] == {"number": 13, "text": "WARNING"}
        assert envelope["attributes"]["resource"] == {"service.name": "checkout"}
        assert envelope["attributes"]["scope"] == {"name": "cart", "version": "1.2"}
        assert envelope["attributes"]["attributes"] == {"user": "bob@example.com"}


def test_the_environment_variables_of_opentelemetry_are_enough(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH", "api-key")
    keep(aws, KEY)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"Authorization=Bearer%20{KEY}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")

    with served(Gateway(authenticates=True)) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        exporter = Exporter()
        with logger_of(exporter) as logger:
            emit(logger, TEXTS[:5], time_ns=time.time_ns())

    assert exporter.acknowledged == TEXTS[:5]
    assert len(aws.waiting()) == 5


def test_a_wrong_key_is_final(aws: Aws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("AUTH", "api-key")

    exporter = exported(Gateway(authenticates=True), headers={"Authorization": f"Bearer {new_key()}"})

    assert exporter.given_up == TEXTS
    assert "Failed to export logs batch code: 401" in caplog.text
    assert aws.waiting() == []


@pytest.mark.parametrize(
    "answer",
    [
        Response("{}", 503, {"Retry-After": "1"}),
        # As an HTTP API throttles, and as it answers while no environment of the function is free.
        Response('{"message":"Too Many Requests"}', 429),
        Response('{"message":"Service Unavailable"}', 503),
    ],
    ids=["503 with Retry-After", "429", "503"],
)
def test_503_and_429_are_repeated(ingest: FakeSqs, answer: Response) -> None:
    application = Reluctant(answer)

    exporter = exported(application)

    assert (exporter.acknowledged, application.asked) == (TEXTS, 2)
    assert sorted(ingest.texts()) == sorted(TEXTS)


def test_what_the_queue_refuses_at_first_is_sent_again_under_the_same_ids(ingest: FakeSqs) -> None:
    refused: list[str] = []

    def refuse(entry: Entry, tries: int) -> str | None:
        if tries < 3 and f'"{TEXTS[7]}"' in entry["MessageBody"]:
            refused.append(entry["Id"])
            return "InternalError"
        return None

    ingest.refuse = refuse

    exporter = exported(Gateway(authenticates=False))

    assert refused
    assert exporter.acknowledged == TEXTS
    ids = {(envelope["text"], envelope["log_id"]) for envelope in ingest.envelopes()}
    assert len(ids) == len(TEXTS) < len(ingest.sent)


def test_after_its_timeout_it_gives_up_without_an_acknowledgement(ingest: FakeSqs) -> None:
    application = Reluctant(*[Response("{}", 503, {"Retry-After": "2"}) for _ in range(9)])

    exporter = exported(application, timeout=3)

    assert (exporter.given_up, application.asked) == (TEXTS, 2)
    assert ingest.sent == []
