"""The handler for Python's `logging` loses nothing in an outage, and never harms the program that logs."""

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from docs.shippers import python_logging
from docs.shippers.python_logging import MAX_REQUEST_BYTES, PipelineHandler
from handlers.logs.identifiers import milliseconds_in
from tests.support.http_gateway import served

Answer = Response | None


class Pipeline:
    """A WSGI application that accepts every log, except where a fault answers instead; keeps what it accepted."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.requests: list[list[str]] = []
        self.bytes: list[int] = []
        self.fault: Callable[[list[str]], Answer] = healthy

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = Request(environ).get_data(as_text=True)
        texts = [json.loads(line)["text"] for line in body.splitlines()]
        self.requests.append(texts)
        self.bytes.append(len(body.encode()))
        answer = self.fault(texts) or results({}, of=texts)
        if answer.status_code in {202, 207}:
            outcomes = json.loads(answer.get_data())["results"]
            self.texts += [texts[outcome["index"]] for outcome in outcomes if outcome["status"] == "accepted"]
        return answer(environ, start_response)


def results(refused: dict[str, dict[str, Any]], *, of: list[str]) -> Response:
    """Return the answer to these texts where some are refused, each with these members."""
    outcomes = [
        {"index": index, "status": "rejected" if text in refused else "accepted", **refused.get(text, {})}
        for index, text in enumerate(of)
    ]
    return Response(json.dumps({"results": outcomes}), 207 if refused else 202)


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def handler(pipeline: Pipeline) -> Iterator[PipelineHandler]:
    with served(pipeline) as url:
        handler = PipelineHandler(f"{url}/ingest", {"X-Tenant-ID": "acme"}, batch=4)
        yield handler
        handler.waiting.clear()
        handler.close()


@pytest.fixture
def logger(handler: PipelineHandler) -> logging.Logger:
    logger = logging.getLogger(uuid.uuid4().hex)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def healthy(_: list[str]) -> Answer:
    return None


def unavailable(_: list[str]) -> Answer:
    return Response("<html>", 503)


def test_records_kept_during_an_outage_are_sent_afterwards_in_order_and_in_small_batches(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger
) -> None:
    pipeline.fault = unavailable
    for number in range(50):
        logger.info("%s", number)

    pipeline.fault = lambda texts: Response("", 413) if len(texts) > 4 else None
    handler.next_try = 0
    logger.info("50")

    assert pipeline.texts == [str(number) for number in range(51)]
    assert (list(handler.waiting), handler.dropped) == ([], 0)


def test_the_id_of_a_record_holds_its_time(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger
) -> None:
    pipeline.fault = unavailable
    before = int(time.time() * 1000)

    for _ in range(100):
        logger.info("x")

    ids = [json.loads(line)["log_id"] for line in handler.waiting]
    assert len(set(ids)) == 100
    assert all(before <= (milliseconds_in(log_id) or 0) <= time.time() * 1000 for log_id in ids)


def test_during_an_outage_records_are_collected_and_not_tried_one_by_one(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python_logging, "MAX_WAITING", 20)
    pipeline.fault = unavailable

    for number in range(100):
        logger.error("%s", number)

    assert len(pipeline.requests) < 10
    assert [json.loads(line)["text"] for line in handler.waiting] == [str(number) for number in range(80, 100)]
    assert handler.dropped == 80


def test_the_pause_between_tries_doubles_up_to_a_minute(
    pipeline: Pipeline, handler: PipelineHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.fault = unavailable
    monkeypatch.setattr(python_logging.time, "monotonic", lambda: 100.0)
    handler.waiting.append(b'{"text": "a"}')

    pauses = []
    for _ in range(8):
        handler.flush()
        pauses.append(handler.next_try - 100)

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_record_that_is_too_large_even_alone_is_dropped_and_counted_and_the_others_are_sent(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.fault = lambda texts: Response("", 413) if "too large" in texts else None

    for text in ("a", "too large", "b", "c"):
        logger.info(text)

    assert pipeline.texts == ["a", "b", "c"]
    assert (list(handler.waiting), handler.dropped) == ([], 1)
    assert "refused 1 log records; 1 were dropped so far" in capsys.readouterr().err


@pytest.mark.parametrize(("sent_alone", "accepted"), [(True, ["a", "c", "d", "large"]), (False, ["a", "c", "d"])])
def test_a_record_that_does_not_fit_into_a_request_with_others_is_tried_alone(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger, *, sent_alone: bool, accepted: list[str]
) -> None:
    def no_room(texts: list[str]) -> Answer:
        fits = "large" not in texts or (sent_alone and len(texts) == 1)
        return None if fits else results({"large": {"code": "payload_too_large"}}, of=texts)

    pipeline.fault = no_room
    for text in ("a", "large", "c", "d"):
        logger.info(text)

    assert sorted(pipeline.texts) == accepted
    assert (list(handler.waiting), handler.dropped) == ([], 0 if sent_alone else 1)


def test_only_the_retryable_records_of_a_batch_are_kept(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger
) -> None:
    refused = {"b": {"code": "queue_unavailable", "retryable": True}, "c": {"code": "invalid_request"}}
    pipeline.fault = lambda texts: results(refused, of=texts)
    for text in "abcd":
        logger.info(text)

    pipeline.fault = healthy
    handler.flush()

    assert pipeline.texts == ["a", "d", "b"]
    assert handler.dropped == 1


def test_a_request_holds_at_most_a_megabyte(
    pipeline: Pipeline, handler: PipelineHandler, logger: logging.Logger
) -> None:
    handler.batch = 100
    for number in range(30):
        logger.info("%s %s", number, "x" * 100_000)
    logger.info("x" * 2 * MAX_REQUEST_BYTES)
    handler.flush()

    assert len(pipeline.texts) == 31
    assert sorted(pipeline.bytes)[-2] <= MAX_REQUEST_BYTES


def test_a_record_that_cannot_be_formatted_does_not_raise_into_the_program(
    pipeline: Pipeline, handler: PipelineHandler, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not through a logger: pytest's own handlers raise what cannot be formatted.
    handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",), "levelno": logging.ERROR}))
    handler.handle(logging.makeLogRecord({"msg": "after it", "levelno": logging.ERROR}))

    assert pipeline.texts == ["after it"]
    assert "--- Logging error ---" in capsys.readouterr().err
