"""The processor: the stack's own code, called with a redacted log; what it returns is checked and redacted again.

It runs in a child process, with a log that nothing else refers to.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from handlers.logs.own_time import milliseconds_of
from handlers.processing.frames import MAX_LOGS_BYTES, frame_of
from handlers.processing.log import Log
from handlers.processing.simulation import Processing, redact_log
from handlers.redaction import Redacted

# A transaction of DynamoDB writes a hundred items ("TransactWriteItems"); one of them says that the log was split.
MOST_LOGS = 99
# As much as an item has room for beside the original; infra's budget derives both.
MAX_TEXT_BYTES = 153_600
MAX_DETAILS_BYTES = 65_536
MAX_LOG_ID_CHARS = 256

_IDENTITY = ("tenant_id", "log_id", "source", "received_at")
_SEVERITIES = range(1, 25)

Question = Mapping[str, Any]


class NotALog(Exception):
    """The processor returned something other than a log, a list of logs and None."""


class WrongField(Exception):
    """A returned log has a value that its field cannot have."""


class IdentityChanged(Exception):
    """A returned log has another tenant, id, source or time of arrival."""


class TooManyLogs(Exception):
    """The processor made more logs of one than can be stored at once."""


class LogTooLong(Exception):
    """A returned log, or all of them together, are longer than what can be stored."""


class LogIdTooLong(Exception):
    """The ids of the logs that a log was split into would be too long."""


class ProcessorWork:
    """What a child does in a stack with a processor.

    Args:
        processing: what is done to a log before the processor gets it, and instead if it is one part of a log.
        function: the processor.
    """

    def __init__(self, processing: Processing, function: Callable[[Log], object]) -> None:
        self.processing, self._function = processing, function

    def answer(self, question: Any) -> Any:
        """Return what became of a log, as JSON.

        Raises:
            Exception: whatever the processor raises.
            NotALog, WrongField, IdentityChanged, TooManyLogs, LogTooLong, LogIdTooLong: it returned what cannot be
                stored.
        """
        if isinstance(question, list):
            return self.processing.answer(question)
        redacted = self.processing.process(question["text"], question["fields"])
        logs = _returned_logs(self._function(_log_in(question, redacted)))
        _check_number(logs, question["log_id"])
        answers = [self._answer_of(log, question) for log in logs]
        if answers:
            # What went before the processor saw the log is counted once, however many logs it became.
            counts = answers[0]["counts"]
            answers[0]["counts"] = {kind: count + redacted.counts[kind] for kind, count in counts.items()}
        answer = {"logs": answers}
        if len(frame_of(answer)) > MAX_LOGS_BYTES:
            raise LogTooLong
        return answer

    def _answer_of(self, log: Log, question: Question) -> dict[str, Any]:
        if any(getattr(log, name) != question[name] for name in _IDENTITY):
            raise IdentityChanged
        fields = _fields_of(log)
        redacted = redact_log(_text_of(log.text), fields, self.processing.kinds)
        if len(redacted.text.encode()) > MAX_TEXT_BYTES or _bytes_of(redacted.attributes) > MAX_DETAILS_BYTES:
            raise LogTooLong
        return {**redacted._asdict(), "timestamp": _timestamp_of(log)}


def processor_named(name: str) -> Callable[[Log], object]:
    """Return the function that `package.module:function` names.

    If it cannot be imported, the function that is returned fails for every log with the error that importing it had.
    So each log fails with the reason, which a process that did not start would not tell.
    """
    module, _, function = name.partition(":")
    try:
        found: Callable[[Log], object] = getattr(importlib.import_module(module), function)
    except Exception as error:  # noqa: BLE001 - whatever it was, the worker learns its name
        return _failing_with(type(error))
    return found


def _failing_with(kind: type[Exception]) -> Callable[[Log], object]:
    failure = type(kind.__name__, (Exception,), {})

    def fail(_log: Log) -> object:
        raise failure

    return fail


def _log_in(question: Question, redacted: Redacted) -> Log:
    fields = redacted.attributes or {}
    severity = fields.get("severity", {})
    return Log(
        text=redacted.text,
        **{name: question[name] for name in _IDENTITY},
        timestamp=question["timestamp"],
        severity_number=severity.get("number"),
        severity_text=severity.get("text"),
        attributes=fields.get("attributes", {}),
    )


def _returned_logs(returned: object) -> list[Log]:
    if returned is None:
        return []
    logs = returned if isinstance(returned, list) else [returned]
    if not all(isinstance(log, Log) for log in logs):
        raise NotALog
    return list(logs)


def _check_number(logs: list[Log], log_id: str) -> None:
    if len(logs) > MOST_LOGS:
        raise TooManyLogs
    if len(logs) > 1 and len(f"{log_id}.{len(logs)}") > MAX_LOG_ID_CHARS:
        raise LogIdTooLong


def _text_of(value: object) -> str:
    if not isinstance(value, str):
        raise WrongField
    return _storable(value)


def _storable(text: str) -> str:
    # JSON can write half of a character, as in "\\ud83d"; UTF-8 cannot.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _fields_of(log: Log) -> dict[str, Any] | None:
    """Return what is redacted like the text; None if there is nothing."""
    fields: dict[str, Any] = {}
    if severity := dict(_severity_of(log)):
        fields["severity"] = severity
    if not isinstance(log.attributes, dict):
        raise WrongField
    if log.attributes:
        fields["attributes"] = _as_json(log.attributes)
    return fields or None


def _severity_of(log: Log) -> Iterator[tuple[str, int | str]]:
    number, text = log.severity_number, log.severity_text
    if number is not None:
        if type(number) is not int or number not in _SEVERITIES:
            raise WrongField
        yield "number", number
    if text is not None:
        if not isinstance(text, str) or not text:
            raise WrongField
        yield "text", _storable(text)


def _as_json(value: dict[str, Any]) -> dict[str, Any]:
    """Return the value as it comes back from JSON."""
    try:
        written = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError):
        raise WrongField from None
    read: dict[str, Any] = json.loads(_storable(written))
    return read


def _bytes_of(fields: Mapping[str, Any] | None) -> int:
    return len(json.dumps(fields, ensure_ascii=False).encode()) if fields else 0


def _timestamp_of(log: Log) -> str | None:
    stamp = log.timestamp
    if stamp is not None and (not isinstance(stamp, str) or milliseconds_of(stamp) is None):
        raise WrongField
    return stamp
