"""The stored log: all records of one log, shown together."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from handlers.logs.record import Record


class Incomplete(Exception):
    """Not every part of the log is stored yet."""


def whole_log(records: Sequence[Record]) -> dict[str, Any]:
    """Return a log as the read API shows it: its parts' texts joined, their redactions added up.

    Args:
        records: one or more records of one log, in the order of their parts.

    Raises:
        Incomplete: parts are missing.
    """
    first = records[0]
    if first.parts == 1:
        return first.as_json()
    # Parts of another text under the same id may be stored too, where they came first.
    of_first = (first.parts, first.whole_sha256)
    records = [record for record in records if (record.parts, record.whole_sha256) == of_first]
    if [record.part for record in records] != list(range(1, first.parts + 1)):
        raise Incomplete(f"{len(records)} of {first.parts} parts are stored")
    shown = first.as_json()
    for of_one_part in ("part", "content_sha256", "whole_sha256"):
        shown.pop(of_one_part, None)
    if first.whole_sha256 is not None:
        shown["content_sha256"] = first.whole_sha256
    redactions: Counter[str] = Counter()
    for record in records:
        redactions.update(record.redactions)
    shown |= {
        "modified_data": "".join(record.modified_data for record in records),
        "processed_at": max(record.processed_at for record in records),
        "redactions": dict(redactions),
    }
    if first.original_text is not None:
        shown["original_text"] = "".join(record.original_text or "" for record in records)
    return shown
