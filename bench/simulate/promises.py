"""The promises of docs/operating.md, checked on a simulated world."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.simulate.queues import DEAD_LETTERS, INGEST, MAX_RECEIVES
from bench.simulate.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.simulate.queues import Message, SimulatedSqs
    from bench.simulate.services import SimulatedDynamoDb

_SHOWN_CHARS = 30
_Piece = tuple[str, int, int, str]


@dataclass
class Promises:
    """What was sent and accepted, and whether it is where it should be.

    Attributes:
        sqs: the queues.
        dynamodb: the table.
        attempted: every text that a client sent.
        accepted: every text that a client was told is accepted.
    """

    sqs: SimulatedSqs
    dynamodb: SimulatedDynamoDb
    attempted: Counter[str] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._rows, self._pieces = 0, []

    def attempt(self, texts: Iterable[str]) -> None:
        """Note what a client sends."""
        self.attempted.update(texts)

    def accept(self, texts: Iterable[str]) -> None:
        """Note what a client was told is accepted; all of it must exist by then.

        Raises:
            Violation: it does not.
        """
        self.accepted.update(texts)
        self.check_nothing_is_lost()

    def check_nothing_is_lost(self) -> None:
        """Make sure that every accepted log is stored, on its way, or a dead letter.

        Raises:
            Violation: one is nowhere.
        """
        there = _whole_texts([*self._in_table(), *self._in_queue(INGEST), *self._in_queue(DEAD_LETTERS)])
        for text in self.accepted - there - self._dropped():
            raise Violation(f"the accepted log {_short(text)} is in no queue and not in the table")

    def check_the_end(self) -> None:
        """Make sure that everything has come to its end.

        Raises:
            Violation: something has not.
        """
        if waiting := self.sqs.present(INGEST):
            raise Violation(f"{len(waiting)} messages wait for good")
        self.check_nothing_is_lost()
        self._check_that_only_what_was_sent_is_stored()
        self._check_that_one_id_is_one_log()
        self._check_that_dead_letters_have_a_cause()

    def _check_that_one_id_is_one_log(self) -> None:
        by_id: dict[str, list[_Piece]] = defaultdict(list)
        for piece in self._in_table():
            by_id[piece[0]].append(piece)
        for log_id, pieces in by_id.items():
            if not any(all(text in whole for _, _, _, text in pieces) for whole in self.attempted):
                raise Violation(f"the id {log_id} holds pieces of two logs")

    def _check_that_only_what_was_sent_is_stored(self) -> None:
        for log_id, _, _, text in self._in_table():
            if not any(text in sent for sent in self.attempted):
                raise Violation(f"the record {log_id} holds {_short(text)}, which nobody sent")

    def _check_that_dead_letters_have_a_cause(self) -> None:
        texts_of_ids: dict[str, set[str]] = defaultdict(set)
        for log_id, _, parts, text in [*self._in_table(), *self._in_queue(DEAD_LETTERS)]:
            texts_of_ids[log_id].add(text if parts == 1 else "in parts")
        for message in self.sqs.present(DEAD_LETTERS):
            log_id, _, _, text = _piece_of(message)
            if text.startswith("poison"):
                continue
            reason = message.attributes.get("reason")
            if reason is None and len(message.troubled) < MAX_RECEIVES:
                counts = f"faults at {len(message.troubled)} of {message.receives} receives"
                raise Violation(f"the healthy log {_short(text)} is a dead letter after {counts}")
            if reason is not None and not (reason == "conflict" and self._has_a_rival(log_id, text)):
                raise Violation(f"the log {_short(text)} is a dead letter for the reason {reason}, without a rival")

    def _has_a_rival(self, log_id: str, text: str) -> bool:
        """Tell whether another log was sent under the same id, or under the id that a piece of one of the two has."""
        stored = {key for _, key in self.dynamodb.rows}
        if any(key.startswith(f"{log_id}.") for key in stored) or log_id.rpartition(".")[0] in stored:
            return True
        mine = {whole for whole in self.attempted if text in whole}
        others = [t for i, _, _, t in [*self._in_table(), *self._in_queue(DEAD_LETTERS)] if i == log_id]
        return any(not any(other in whole for whole in mine) for other in others) or len(mine) > 1

    def _dropped(self) -> set[str]:
        """Return the texts that the stack's own code has dropped; their ids hold the stub of a dropped log."""
        ids = {key for (_, key), row in self.dynamodb.rows.items() if row.get("pieces") == {"N": "0"}}
        return {text for text in self.attempted if text.startswith("drop") and text.split()[1] in ids}

    def _in_table(self) -> Sequence[_Piece]:
        """Return what the table holds; no row ever changes, so new ones are all that is new."""
        if self._rows != len(self.dynamodb.rows):
            self._rows, self._pieces = len(self.dynamodb.rows), list(self._read_table())
        return self._pieces

    def _read_table(self) -> Iterator[_Piece]:
        rows = self.dynamodb.rows
        for (tenant_id, key), item in rows.items():
            if pieces := int(item.get("pieces", {"N": "0"})["N"]):
                found = [rows.get((tenant_id, f"{key}.{n}")) for n in range(1, pieces + 1)]
                if not all(found):
                    raise Violation(f"the log {key} was split, and some of its records are missing")
            elif "original_text" in item:
                part, parts = (int(item[name]["N"]) if name in item else 1 for name in ("part", "parts"))
                log_id = key.partition("#")[0].removesuffix(".1")
                yield log_id, part, parts, item["original_text"]["S"]

    def _in_queue(self, url: str) -> Iterator[_Piece]:
        return map(_piece_of, self.sqs.present(url))


def _piece_of(message: Message) -> _Piece:
    return _piece_in(message.body)


@lru_cache(10_000)
def _piece_in(body: str) -> _Piece:
    envelope = json.loads(body)
    return envelope["log_id"], envelope.get("part", 1), envelope.get("parts", 1), envelope["text"]


def _whole_texts(pieces: Iterable[_Piece]) -> set[str]:
    """Return every text that the pieces hold completely."""
    whole = set()
    by_log: dict[tuple[str, int], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for log_id, part, parts, text in pieces:
        if parts == 1:
            whole.add(text)
        else:
            by_log[log_id, parts][part].add(text)
    for (_, parts), found in by_log.items():
        if len(found) == parts:
            texts = [""]
            for part in range(1, parts + 1):
                texts = [before + piece for before in texts for piece in found[part]]
            whole.update(texts)
    return whole


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}… ({len(text)} characters)")
