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
    records = _of_one_text(records)
    if [record.part for record in records] != list(range(1, first.parts + 1)):
        raise Incomplete(f"{len(records)} of {first.parts} parts are stored")
    shown = first.as_json()
    del shown["part"]
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


def _of_one_text(records: Sequence[Record]) -> list[Record]:
    """Return the records of the same text as the first one.

    Parts of two texts can share an id only if an earlier version stored some of them, without a claim; those carry a
    plain digest of their text. All parts with a fingerprint belong to the text that claimed the id. The digest of that
    text is known in two ways: the claim was compared with the digest of part 1, and parts that were received together
    belong to one text.
    """
    first = records[0]
    claimed_at = {record.received_at for record in records if record.fingerprint is not None}
    digests = {record.whole_sha256 for record in records if record.received_at in claimed_at}
    if first.part == 1 or not claimed_at:
        digests.add(first.whole_sha256)
    return [record for record in records if record.parts == first.parts and record.whole_sha256 in digests]
