"""The audit: every accepted log must be exactly one record (or one per part), or exactly one dead letter."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any

from bench.chaos.processed import is_as_processed
from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from handlers.aws.items import is_claim, pieces_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.chaos.client import Client
    from bench.chaos.logs import SentLog
    from bench.chaos.traffic import Traffic
    from cli.dead_letters.letter import DeadLetter
    from cli.target import Target

Key = tuple[str, str]


class Fate(StrEnum):
    """What became of a log. If its parts differ, the value listed first here wins."""

    LOST = "lost"
    DOUBLED = "doubled"
    DEAD = "dead"
    STORED = "stored"


@dataclass
class Tally:
    """What became of everything, as counts.

    Attributes:
        requests: requests that the client made.
        accepted: logs that got a 202, or what another protocol answers in its place.
        stored: accepted logs with exactly one record, or one per part, and no dead letter. Also those that a processor
            dropped or split, if every piece is there.
        dropped: those of them that a processor dropped.
        split: those of them that a processor split.
        dead: accepted logs that have a dead letter in place of the record, or in place of a part's record.
        lost: accepted logs and invalid messages with neither a record nor a dead letter.
        doubled: accepted logs with both, those that share their id with another stored log, and those with a dead
            letter of a message that SQS never accepted from ingest.
        altered: stored logs whose record is not the text that was sent, or is not redacted as the whole text would be.
        healthy_dead: dead logs that would have been stored without the injected faults.
        invalid_messages: messages sent to the queue that are not envelopes.
        copies: extra messages of one dead letter, with the same dead letter id. A worker was stopped, or got no answer
            from SQS, between keeping the dead letter and deleting the message from the ingest queue.
        unacknowledged: records of logs that were not reported as accepted.
        examples: every lost, doubled or altered log, for people.
    """

    requests: int = 0
    accepted: int = 0
    stored: int = 0
    dropped: int = 0
    split: int = 0
    dead: int = 0
    lost: int = 0
    doubled: int = 0
    altered: int = 0
    healthy_dead: int = 0
    invalid_messages: int = 0
    copies: int = 0
    unacknowledged: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.altered)

    def counts(self) -> dict[str, int]:
        """Return the numbers."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}

    def count(self, log: SentLog, fate: Fate, *, altered: bool, found: str) -> None:
        """Count an accepted log; `found` describes what is left of it."""
        self.accepted += 1
        self._add(fate, f"{log.tenant_id}/{log.log_id}, accepted as {', '.join(log.message_ids)}: {found}")
        self.healthy_dead += fate is Fate.DEAD and log.should_be_stored
        if altered:
            self.altered += 1
            self.examples.append(f"altered: {log.tenant_id}/{log.log_id} in {log.parts} parts")

    def count_invalid_message(self, fate: Fate, message_id: str) -> None:
        """Count a message that is not an envelope."""
        self.invalid_messages += 1
        if fate is not Fate.DEAD:
            self._add(fate, f"{message_id}, which is not an envelope")

    def _add(self, fate: Fate, what: str) -> None:
        setattr(self, fate, getattr(self, fate) + 1)
        if fate in {Fate.LOST, Fate.DOUBLED}:
            self.examples.append(f"{fate}: {what}")


@dataclass(frozen=True, kw_only=True)
class FinalState:
    """What the table and the dead-letter queue hold once no message is in flight.

    Attributes:
        records: every record of the table, by tenant and sort key; without the claims of logs in parts.
        dead_letters: every message of the dead-letter queue.
        pieces: into how many records each log was split, by tenant and id; 0 for one that was dropped.
    """

    records: Mapping[Key, Mapping[str, Any]]
    dead_letters: Sequence[DeadLetter]
    pieces: Mapping[Key, int] = field(default_factory=dict)

    @classmethod
    def of(cls, target: Target) -> FinalState:
        """Read the table and the dead-letter queue; nothing is removed."""
        pages = target.client("dynamodb").get_paginator("scan").paginate(TableName=target.output("table_name"))
        rows = {(item["tenant_id"]["S"], item["log_id"]["S"]): item for page in pages for item in page["Items"]}
        with DeadLetterQueue(target) as queue:
            return cls(
                records={key: item for key, item in rows.items() if not is_claim(item)},
                dead_letters=list(chain.from_iterable(queue.letters())),
                pieces={key: pieces for key, item in rows.items() if (pieces := pieces_in(item)) is not None},
            )


def audit(final: FinalState, client: Client, traffic: Traffic, *, invalid_messages: Iterable[str] = ()) -> Tally:
    """Compare the accepted logs with what is left.

    Args:
        final: what is left.
        client: which logs were accepted.
        traffic: which messages SQS accepted.
        invalid_messages: ids of the messages that are not envelopes.
    """
    findings = _Findings(final, traffic)
    tally = Tally(requests=client.requests)
    # Accepted twice with the same id and the same text is one log.
    logs = {(log.tenant_id, log.log_id, log.text): log for log in client.logs if log.is_accepted}
    stored = Counter((log.tenant_id, log.log_id) for log in logs.values() if findings.is_stored(log))
    for log in logs.values():
        fates = [findings.fate(log, part) for part in range(1, log.parts + 1)]
        fate = next(fate for fate in Fate if fate in fates)
        found = findings.found(log, fates.index(fate) + 1)
        if stored[log.tenant_id, log.log_id] > 1:
            fate, found = Fate.DOUBLED, f"more than one log is stored under this id; {found}"
        tally.count(log, fate, altered=not findings.is_unaltered(log), found=found)
        pieces = final.pieces.get((log.tenant_id, log.log_id)) if fate is Fate.STORED else None
        tally.dropped += pieces == 0
        tally.split += bool(pieces)
    for message_id in invalid_messages:
        tally.count_invalid_message(findings.fate_of_invalid_message(message_id), message_id)
    tally.copies = findings.copies
    tally.unacknowledged = len(final.records.keys() - findings.accounted_for)
    return tally


class _Findings:
    def __init__(self, final: FinalState, traffic: Traffic) -> None:
        self._records, self._pieces = final.records, final.pieces
        self._message_ids = traffic.message_ids
        self._letters: dict[Key, list[DeadLetter]] = defaultdict(list)
        self._letters_by_id: Counter[str] = Counter(letter.accepted_id for letter in final.dead_letters)
        for letter in final.dead_letters:
            if letter.envelope and letter.sort_key:
                self._letters[letter.envelope.tenant_id, letter.sort_key].append(letter)
        self.copies = len(final.dead_letters) - len({letter.dead_letter_id for letter in final.dead_letters})
        self.accounted_for: set[Key] = set()

    def fate(self, log: SentLog, part: int) -> Fate:
        """Return what became of one part of a log; parts count from 1."""
        key = _key(log, part)
        letters = [letter for letter in self._letters[key] if log.parts > 1 or letter.text == log.text]
        if self._is_stored(log, key):
            self.accounted_for.update(self._keys(log, part))
            return Fate.DOUBLED if letters else Fate.STORED
        ids = {letter.accepted_id for letter in letters}
        if not ids or (log.parts == 1 and not ids >= set(log.message_ids)):
            return Fate.LOST
        # A dead letter stands for one accepted message, however many copies of it there are.
        if any(letter.accepted_id not in self._message_ids.get(letter.body, ()) for letter in letters):
            return Fate.DOUBLED
        return Fate.DEAD

    def found(self, log: SentLog, part: int) -> str:
        """Describe what is left of one part of a log, for people."""
        letters = [f"{letter.accepted_id} ({letter.reason})" for letter in self._letters[_key(log, part)]]
        records = [self._records[key] for key in self._keys(log, part) if key in self._records]
        record = f"a record from message {records[0]['message_id']['S']}" if records else "no record"
        return f"part {part} of {log.parts}: {record}, dead letters: {', '.join(letters) or 'none'}"

    def fate_of_invalid_message(self, message_id: str) -> Fate:
        """Return what became of a message that is not an envelope."""
        return Fate.DEAD if self._letters_by_id[message_id] else Fate.LOST

    def is_stored(self, log: SentLog) -> bool:
        """Return whether every part of a log is stored."""
        return all(self._is_stored(log, _key(log, part)) for part in range(1, log.parts + 1))

    def is_unaltered(self, log: SentLog) -> bool:
        """Return whether the stored parts, joined, are the text that was sent, redacted as a whole."""
        if not self.is_stored(log):
            return True
        records = [self._records[key] for part in range(1, log.parts + 1) for key in self._keys(log, part)]
        originals = "".join(record["original_text"]["S"] for record in records if "original_text" in record)
        texts = [record["modified_data"]["S"] for record in records]
        stored = texts if log.parts == 1 else ["".join(texts)]
        return is_as_processed(log.text, stored) and (not records or originals == log.text)

    def _keys(self, log: SentLog, part: int) -> list[Key]:
        """Return the keys of the records that a log, or one part of it, became."""
        key = _key(log, part)
        pieces = self._pieces.get(key)
        return [key] if pieces is None else [(log.tenant_id, f"{log.log_id}.{n}") for n in range(1, pieces + 1)]

    def _is_stored(self, log: SentLog, key: Key) -> bool:
        if key in self._pieces:
            return all(each in self._records for each in self._keys(log, 1))
        record = self._records.get(key)
        # Another text under the same id is another log, and a conflict.
        return record is not None and (log.parts > 1 or record["original_text"]["S"] == log.text)


def _key(log: SentLog, part: int) -> Key:
    return log.tenant_id, log.log_id if log.parts == 1 else f"{log.log_id}#{part:05d}"
