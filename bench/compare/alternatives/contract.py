"""What all alternatives share: hand-written checks of the contract, and the message for the queue."""

from __future__ import annotations

import json
import os
import re
import uuid
from datetime import UTC, datetime
from typing import Any

TENANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LOG_ID = re.compile(r'[!-"$-.0-~]{1,256}')
FIELDS = {"tenant_id", "log_id", "text"}


class Invalid(ValueError):
    """The request breaks a rule; the argument says which."""


def check_log(log: object) -> dict[str, Any]:
    """Return the log if it follows the contract.

    Raises:
        Invalid: it breaks a rule.
    """
    if not isinstance(log, dict) or not log.keys() <= FIELDS:
        raise Invalid("a log is an object with tenant_id, log_id and text")
    if not isinstance(log.get("text"), str) or not log["text"]:
        raise Invalid("text must be a string of at least one character")
    if not isinstance(log.get("tenant_id"), str) or not TENANT_ID.fullmatch(log["tenant_id"]):
        raise Invalid("tenant_id breaks its rule")
    if log.get("log_id") is not None and not (isinstance(log["log_id"], str) and LOG_ID.fullmatch(log["log_id"])):
        raise Invalid("log_id breaks its rule")
    return log


def with_log_id(log: dict[str, Any]) -> dict[str, Any]:
    """Return the log, with a generated id if the client gave none."""
    return log if log.get("log_id") else {**log, "log_id": str(uuid.uuid4())}


def message_of(log: dict[str, Any], source: str) -> dict[str, str]:
    """Return the arguments of SQS's `SendMessage` for a log with an id."""
    envelope = {
        "version": 1,
        "tenant_id": log["tenant_id"],
        "log_id": log["log_id"],
        "source": source,
        "text": log["text"],
        "received_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "part": 1,
        "parts": 1,
    }
    return {
        "QueueUrl": os.environ["INGEST_QUEUE_URL"],
        "MessageBody": json.dumps(envelope),
        "MessageGroupId": log["tenant_id"],
    }


def accepted(log: dict[str, Any], answer: dict[str, Any]) -> dict[str, str]:
    """Return the body of the 202."""
    return {
        "status": "accepted",
        "log_id": log["log_id"],
        "tenant_id": log["tenant_id"],
        "message": "Processing queued successfully",
        "message_id": answer["MessageId"],
    }
