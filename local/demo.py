"""The demonstration: logs of every protocol go through the whole pipeline, and what happened to each is checked."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.budget import MAX_RECEIVES
from local.doors import DoorScenario
from local.failure import Failure
from local.scenarios import JSON_SCENARIO, TEXT_SCENARIO, Scenario, json_log
from local.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.cloud import Cloud

WORKER = "logs-worker"
PATIENCE_SECONDS = 45
POLL_SECONDS = 0.25
ACCEPTED = {200, 202, 204}  # each protocol has its own
FAILED_EVERY_TIME = f"failed {MAX_RECEIVES} times"
OTHER_ATTRIBUTES = {"processed_at", "received_at", "redactions", "fingerprint"}


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A log to send, and what has to happen to it."""

    scenario: Scenario | DoorScenario
    source: str
    original: str
    """The text that the scenario sends."""
    modified: str | None
    """The redacted text; None where the log has to become a dead letter."""

    def is_met_by(self, answer: Mapping[str, str], record: Mapping[str, Any] | None, death: str | None) -> bool:
        """Return whether the log ended as expected: with this record, or as a dead letter for this reason."""
        if self.modified is None or record is None:
            return (self.modified, record, death) == (None, None, FAILED_EVERY_TIME)
        expected = {
            "tenant_id": self.scenario.tenant_id,
            "log_id": answer["log_id"],
            "source": self.source,
            "original_text": self.original,
            "modified_data": self.modified,
        }
        if "message_id" in answer:  # other protocols do not answer with it
            expected["message_id"] = answer["message_id"]
        stored = {name: record[name]["S"] for name in expected if name in record}
        return death is None and stored == expected and record.keys() >= OTHER_ATTRIBUTES


def _through_door(path: str, source: str, text: str, modified: str) -> Expectation:
    scenario = DoorScenario(path=path, tenant_id="acme", text=text)
    return Expectation(scenario=scenario, source=source, original=text, modified=modified)


def _as_json(tenant_id: str, log_id: str, text: str, modified: str | None) -> Expectation:
    scenario = json_log(tenant_id=tenant_id, log_id=log_id, text=text)
    return Expectation(scenario=scenario, source="json_upload", original=text, modified=modified)


EXPECTATIONS = (
    Expectation(
        scenario=JSON_SCENARIO, source="json_upload", original="User 555-0199...", modified="User [REDACTED]..."
    ),
    Expectation(
        scenario=TEXT_SCENARIO,
        source="text_upload",
        original=TEXT_SCENARIO.body,
        modified="Error: contact [REDACTED] or call [REDACTED]",
    ),
    _as_json("beta_inc", "123", "The same log id, another tenant.", "The same log id, another tenant."),
    _as_json("acme", "bad", "chaos:raise", None),
    _through_door("/v1/logs", "otlp", "ann@example.com paid", "[REDACTED] paid"),
    _through_door("/services/collector/event", "hec", "Call 555-0199", "Call [REDACTED]"),
    _through_door("/loki/api/v1/push", "loki", "bob@example.com left", "[REDACTED] left"),
    _through_door("/firehose", "firehose", "Fax 415-555-2671", "Fax [REDACTED]"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What happened to one log."""

    tenant_id: str
    source: str
    log_id: str
    original: str
    modified: str
    as_expected: bool


def send_all(ingest_url: str) -> list[dict[str, Any]]:
    """Send every log and return the answers.

    Raises:
        Failure: one of them is not accepted.
    """
    answers = []
    for expectation in EXPECTATIONS:
        status, answer = expectation.scenario.send(ingest_url)
        if status not in ACCEPTED:
            raise Failure(f"a log was not accepted: {status} {json.dumps(answer)}")
        answers.append(answer)
    return answers


def rows_when_settled(
    cloud: Cloud,
    outputs: Mapping[str, Any],
    answers: list[dict[str, Any]],
    *,
    progress: Callable[[int], None],
) -> list[Row]:
    """Return what happened to every log, once each is stored or a dead letter.

    Args:
        cloud: where.
        outputs: the stack's.
        answers: what `send_all` returned.
        progress: called with the number of settled logs.

    Raises:
        Failure: some are neither in time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    watch, failures = Watch(cloud, [WORKER]), Counter[str]()
    dead: dict[str, str | None] = {}
    while True:
        records = _records(cloud, outputs["table_name"])
        dead |= _dead_letters(cloud, outputs["dead_letter_queue_url"])
        failures.update(happening.message_id for happening in watch.new_happenings() if happening.event == "retried")
        settled = [answer for answer in answers if _key(answer) in records or answer.get("message_id") in dead]
        progress(len(settled))
        if len(settled) == len(answers):
            reasons = {letter: reason or f"failed {failures[letter]} times" for letter, reason in dead.items()}
            return [_row(*pair, records, reasons) for pair in zip(EXPECTATIONS, answers, strict=True)]
        if time.monotonic() > deadline:
            raise Failure(f"only {len(settled)} of {len(answers)} logs were settled within {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)


def _row(expectation: Expectation, answer: dict[str, Any], records: Mapping[Any, Any], dead: Mapping[str, str]) -> Row:
    record, death = records.get(_key(answer)), dead.get(answer.get("message_id", ""))
    return Row(
        tenant_id=answer["tenant_id"],
        source=record["source"]["S"] if record else expectation.source,
        log_id=answer["log_id"],
        original=record["original_text"]["S"] if record else expectation.original,
        modified=record["modified_data"]["S"] if record else f"dead letter: {death}",
        as_expected=expectation.is_met_by(answer, record, death),
    )


def _key(answer: Mapping[str, str]) -> tuple[str, str]:
    return answer["tenant_id"], answer["log_id"]


def _records(cloud: Cloud, table_name: str) -> dict[tuple[str, str], dict[str, Any]]:
    items = cloud.client("dynamodb").scan(TableName=table_name, ConsistentRead=True)["Items"]
    return {(item["tenant_id"]["S"], item["log_id"]["S"]): item for item in items}


def _dead_letters(cloud: Cloud, queue_url: str) -> dict[str, str | None]:
    """Return the reason of each message in the dead-letter queue, by the message id of its 202.

    None where SQS moved it: then it failed as often as the redrive policy allows, and keeps its own id.
    """
    answer = cloud.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["reason", "message_id"], VisibilityTimeout=0
    )
    letters: dict[str, str | None] = {}
    for message in answer.get("Messages", []):
        attributes = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
        letters[attributes.get("message_id", message["MessageId"])] = attributes.get("reason")
    return letters
