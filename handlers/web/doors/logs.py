"""From entries to logs: what every protocol's entries go through before they are submitted."""

import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_json

from handlers.logs.clock import milliseconds_now, timestamp
from handlers.logs.identifiers import LOG_ID_PATTERN, LOG_ID_RULE
from handlers.logs.plain_log import PlainLog, beginning_of
from handlers.web.doors.entry import PlainEntry, Severity, written_time
from handlers.web.doors.origin import Origin
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.submission import MAX_LOGS, Logs
from handlers.web.unpacking import MAX_UNPACKED_BYTES

MAX_ATTRIBUTES_BYTES = 32 * 1024
"""The most JSON, in UTF-8, that severity and attributes of one log take; messages and items have room for it."""

MAX_ATTRIBUTES_BYTES_PER_REQUEST = 16 * 1024 * 1024
"""Attributes that a request names once for many logs are sent with each of them."""

MAX_TEXT_CHARS_PER_REQUEST = MAX_UNPACKED_BYTES
"""Texts that are made here, such as the JSON of a body that was none, may be longer than what was sent."""

MAX_CPU_SECONDS = 1.8
"""A request whose entries take more than this of a core to become logs is refused. Real ones need a tenth."""

MAX_DEPTH = 64
"""How deep attributes may nest; the JSON parser of the worker gives up at 200."""

# The longest integer that Python writes or reads ("Integer string conversion length limitation").
_MOST_DIGITS = 4300


def logs_of(entries: Iterable[PlainEntry | Refusal], origin: Origin) -> Logs:
    """Return the logs of a request's entries; an entry that breaks a rule is refused alone.

    Args:
        entries: the logs in their order, or why one of them is refused. It is not read further than the first one that
            is too many.
        origin: what they have in common.

    Raises:
        Refused: there are too many, their texts or attributes together are too large, or reading them is too much work.
    """
    logs: dict[int, PlainLog | Refusal] = {}
    beginning = beginning_of(tenant_id=origin.tenant_id, source=origin.source, received_at=timestamp())
    now_milliseconds = milliseconds_now()
    latest, latest_of_cpu = time.monotonic() + MAX_CPU_SECONDS, time.thread_time() + MAX_CPU_SECONDS
    attributes_bytes = text_chars = 0
    for index, entry in enumerate(entries):
        refuse_too_many(index + 1)
        # To ask for the CPU time takes longer, and is seldom needed.
        if time.monotonic() > latest and time.thread_time() > latest_of_cpu:
            raise Refused(Code.PAYLOAD_TOO_LARGE, "Reading the logs takes too much work; send smaller batches.")
        if isinstance(entry, Refusal):
            logs[index] = entry
            continue
        text, time_ns, severity, attributes, log_id = entry
        try:
            details = _written_details(severity, attributes)
            attributes_bytes += len(details)
            text_chars += len(text)
            _refuse_large_details(details)
            _refuse_broken_rules(text, log_id)
            logs[index] = PlainLog(
                origin.tenant_id,
                log_id or origin.log_id_at(index, time_ns=time_ns, now_milliseconds=now_milliseconds),
                text,
                None if time_ns is None else written_time(time_ns),
                details,
                beginning,
            )
        except Refused as refused:
            logs[index] = refused.refusal
        # Writing all this is what takes time, whether or not each log is refused for it.
        _refuse_too_much(attributes_bytes=attributes_bytes, text_chars=text_chars)
    return logs


def refuse_too_many(logs: int) -> None:
    """Make sure that a request carries no more logs than one may.

    Raises:
        Refused: it carries more.
    """
    if logs > MAX_LOGS:
        raise Refused(Code.PAYLOAD_TOO_LARGE, f"A request carries at most {MAX_LOGS:,} logs; send smaller batches.")


def _refuse_too_much(*, attributes_bytes: int, text_chars: int) -> None:
    if attributes_bytes > MAX_ATTRIBUTES_BYTES_PER_REQUEST:
        raise Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"The attributes of all logs together take more than {MAX_ATTRIBUTES_BYTES_PER_REQUEST:,} bytes (those of"
            " a resource count once for each log); send fewer logs in a request.",
        )
    if text_chars > MAX_TEXT_CHARS_PER_REQUEST:
        raise Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"The texts of all logs together have more than {MAX_TEXT_CHARS_PER_REQUEST:,} characters; send fewer logs"
            " in a request.",
        )


def _refuse_broken_rules(text: str, log_id: str | None) -> None:
    if not text:
        raise Refused(Code.INVALID_REQUEST, "The log has no text; send at least one character.")
    if log_id is not None and not re.fullmatch(LOG_ID_PATTERN, log_id):
        raise Refused(Code.INVALID_REQUEST, f"The id of the log must be {LOG_ID_RULE}.")
    if not _is_unicode(text):
        raise Refused(Code.INVALID_REQUEST, "The text of the log holds half a surrogate pair; send UTF-8.")


def _written_details(severity: Severity | None, attributes: Mapping[str, Any] | None) -> bytes:
    """Return severity and attributes of a log as members of a JSON object; empty if there are none.

    Raises:
        Refused: they are not what JSON can say, or nest too deeply.
    """
    details: dict[str, Any] = {}
    if severity is not None:
        details["severity"] = severity
    if attributes:
        details["attributes"] = attributes
    if not details:
        return b""
    try:
        written = to_json(details)
        # Python's own parser, which the worker uses too, refuses some numbers that `to_json` writes; but it is slower.
        if len(written) > _MOST_DIGITS or _may_hold_no_number(written):
            json.dumps(details, allow_nan=False)
    except ValueError:
        raise Refused(
            Code.INVALID_REQUEST,
            "The attributes of the log nest too deeply, or hold a number or half a surrogate pair that JSON cannot.",
        ) from None
    if written.count(b"{") + written.count(b"[") > MAX_DEPTH and _is_deeper(attributes, MAX_DEPTH):
        raise Refused(Code.INVALID_REQUEST, f"The attributes of a log may nest {MAX_DEPTH} levels deep.")
    return written


def _may_hold_no_number(written: bytes) -> bool:
    # Looking for one letter is much faster than looking for a word.
    return (b"N" in written and b"NaN" in written) or (b"y" in written and b"Infinity" in written)


def _refuse_large_details(written: bytes) -> None:
    if len(written) > MAX_ATTRIBUTES_BYTES:
        raise Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"The attributes of a log take at most {MAX_ATTRIBUTES_BYTES:,} bytes as JSON; leave some out.",
        )


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    return any(_is_deeper(inner, levels - 1) for inner in (value.values() if isinstance(value, dict) else value))
