"""Log shippers, set up as the examples in docs/shippers show, against the embedded cloud."""

import json
import logging
import logging.handlers
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from docs.shippers.python_logging import PipelineHandler
from handlers.logs.identifiers import LOG_ID_PATTERN
from local.emulator import free_port
from tests.support.http_gateway import served
from tests.support.real_clients import REQUIRED
from tests.support.stack import Stack, wait_until
from tests.support.syslog_ng import MISSING, running_syslog_ng, short_directory

LARGE_MESSAGES = 1_000
MAX_BINARY_BODY_BYTES = 4_500_000  # what arrives as base64 within the 6 MB of a Lambda event


def wait_for_texts(stack: Stack, tenant_id: str, count: int) -> list[str]:
    return wait_until(lambda: len(texts := stack.texts_of(tenant_id)) >= count and texts)


@pytest.fixture
def tenant_id() -> str:
    return f"shipper-{uuid.uuid4().hex}"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Yield a logger that nobody else writes to, and take its handlers away afterwards."""
    logger = logging.getLogger(uuid.uuid4().hex)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def test_records_of_pythons_logging_are_stored_redacted_each_once(
    stack: Stack, tenant_id: str, logger: logging.Logger
) -> None:
    handler = PipelineHandler(stack.outputs["ingest_url"], {"X-Tenant-ID": tenant_id}, batch=4)
    logger.addHandler(handler)

    for number in range(10):
        logger.info("request %s of alice@example.com", number)
    logger.error("call 555-0199")

    texts = wait_for_texts(stack, tenant_id, 11)
    assert sorted(texts) == sorted(["call [REDACTED]", *(f"request {number} of [REDACTED]" for number in range(10))])
    assert not handler.waiting


def test_records_that_could_not_be_sent_are_sent_with_the_next_batch(
    stack: Stack, tenant_id: str, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = PipelineHandler(f"http://127.0.0.1:{free_port()}/ingest", {"X-Tenant-ID": tenant_id})
    logger.addHandler(handler)

    logger.error("while the pipeline is away")
    handler.url, handler.next_try = stack.outputs["ingest_url"], 0
    logger.error("when it is back")

    texts = wait_for_texts(stack, tenant_id, 2)
    assert sorted(texts) == ["when it is back", "while the pipeline is away"]
    assert "1 log records wait for the pipeline" in capsys.readouterr().err


@pytest.fixture
def directory() -> Iterator[Path]:
    if MISSING and not REQUIRED:
        pytest.skip(MISSING)
    with short_directory() as directory:
        yield directory


def test_messages_of_a_syslog_socket_are_stored_redacted_each_once(
    stack: Stack, tenant_id: str, logger: logging.Logger, directory: Path
) -> None:
    with running_syslog_ng(directory, ingest_url=stack.outputs["ingest_url"], tenant_id=tenant_id) as socket:
        logger.addHandler(logging.handlers.SysLogHandler(str(socket)))

        for number in range(25):
            logger.info('billing[7]: {"request": %s, "of": "alice@example.com"} \u2014 call 555-0199', number)

        texts = wait_for_texts(stack, tenant_id, 25)
    endings = sorted(text.partition("billing[7]: ")[2].rstrip("\x00") for text in texts)
    expected = [f'{{"request": {number}, "of": "[REDACTED]"}} \u2014 call [REDACTED]' for number in range(25)]
    assert endings == sorted(expected)


class Reluctant:
    """A WSGI application that answers with these statuses, one after the other, and with 202 from then on."""

    def __init__(self, *statuses: int) -> None:
        self.bodies: list[str] = []
        self._statuses = list(statuses)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.bodies.append(Request(environ).get_data(as_text=True))
        answer = Response("{}", self._statuses.pop(0) if self._statuses else 202)
        return answer(environ, start_response)


@pytest.mark.slow
@pytest.mark.parametrize("status", [207, 400, 413, 500])
def test_syslog_ng_sends_a_batch_again_under_the_same_ids_until_it_is_accepted(
    logger: logging.Logger, directory: Path, status: int
) -> None:
    requests = 2
    pipeline = Reluctant(status)

    with (
        served(pipeline) as url,
        running_syslog_ng(directory, ingest_url=f"{url}/ingest", tenant_id="acme") as socket,
    ):
        logger.addHandler(logging.handlers.SysLogHandler(str(socket)))
        logger.info("first")
        wait_until(lambda: len(pipeline.bodies) >= requests)
        logger.info("last")
        wait_until(lambda: "last" in pipeline.bodies[-1])

    assert ["first" in body for body in pipeline.bodies] == [True] * requests + [False]
    assert all(json.loads(body) == json.loads(pipeline.bodies[0]) for body in pipeline.bodies[:requests])
    assert re.fullmatch(LOG_ID_PATTERN, json.loads(pipeline.bodies[0])["log_id"])


@pytest.mark.slow
def test_syslog_ng_loses_no_large_message_even_after_more_refusals_than_it_has_retries(
    logger: logging.Logger, directory: Path
) -> None:
    pipeline = Reluctant(500, 500, 500, 500)

    with (
        served(pipeline) as url,
        running_syslog_ng(directory, ingest_url=f"{url}/ingest", tenant_id="acme") as socket,
    ):
        logger.addHandler(logging.handlers.SysLogHandler(str(socket)))
        for number in range(LARGE_MESSAGES):
            logger.info("%d %s", number, "x" * 7_900)
        wait_until(lambda: len(accepted_ids(pipeline, refused=4)) >= LARGE_MESSAGES)

    assert len(accepted_ids(pipeline, refused=4)) == LARGE_MESSAGES
    assert max(len(body.encode()) for body in pipeline.bodies) < MAX_BINARY_BODY_BYTES


def accepted_ids(pipeline: Reluctant, *, refused: int) -> set[str]:
    """Return the ids of all logs in the requests after the first ones, which were refused."""
    return {json.loads(line)["log_id"] for body in pipeline.bodies[refused:] for line in body.splitlines()}


def test_syslog_ng_keeps_unsent_messages_on_disk_until_its_next_start(logger: logging.Logger, directory: Path) -> None:
    pipeline = Reluctant()
    unreachable = f"http://127.0.0.1:{free_port()}/ingest"

    with running_syslog_ng(directory, ingest_url=unreachable, tenant_id="acme") as socket:
        logger.addHandler(logging.handlers.SysLogHandler(str(socket)))
        logger.info("kept")
        wait_until(lambda: "curl: error" in (directory / "output").read_text())
    with served(pipeline) as url, running_syslog_ng(directory, ingest_url=f"{url}/ingest", tenant_id="acme"):
        wait_until(lambda: pipeline.bodies)

    assert "kept" in pipeline.bodies[0]
