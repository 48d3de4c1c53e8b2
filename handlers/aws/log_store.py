"""The log store: one id is one log, whatever its shape, and nothing that is stored is ever overwritten.

A short log is one row under its id. A log in parts is claimed by a row under its bare id; its parts are stored under
`<log id>#00001` and so on. So both shapes compete for one key, and DynamoDB's condition decides which came first.
A log that a processor dropped or split leaves a stub under its id, which holds its fingerprint and no text. The stub
and the pieces of a split log are written in one transaction: all of them or none. So a repeat finds either nothing or
all, and adds nothing to what another run of the processor made.
Earlier versions stored parts without a claim; where part 1 of such a log is stored, its id counts as taken.

If the process ends between claim and part, the part is received again, and finds the claim of its own log.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.aws.log_table import LogTable, TenantRows
from handlers.logs.envelope import Envelope
from handlers.logs.fingerprint import (
    Content,
    FingerprintKey,
    FingerprintKeys,
    StoredFingerprint,
    claim_content_of,
    content_of,
    piece_content_of,
)
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.record import Record, RecordPolicy, sort_key


class Conflict(Exception):
    """The id already holds another log; nothing was overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStore:
    """Opens the place of one log at a time.

    Attributes:
        table: where records go.
        policy: what a record holds, and for how long.
        keys: what fingerprints are made with.
    """

    table: LogTable
    policy: RecordPolicy
    keys: FingerprintKeys

    def place_of(self, envelope: Envelope, *, lasting_seconds: float) -> "LogPlace":
        """Return the place of the envelope's record, with credentials that last at least this long.

        Raises:
            CredentialsUnavailable: STS did not hand out the tenant's credentials.
            FingerprintKeyUnavailable: KMS did not hand out the key for fingerprints.
        """
        rows = self.table.rows_of(envelope.tenant_id, lasting_seconds=lasting_seconds)
        return LogPlace(store=self, envelope=envelope, rows=rows, key=self.keys.current())


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlace:
    """The place of one envelope's record. Every call may raise TableUnavailable and FingerprintKeyUnavailable."""

    store: LogStore
    envelope: Envelope
    rows: TenantRows
    key: FingerprintKey

    def is_taken(self, *, came_before: bool) -> bool:
        """Return whether the envelope's record is already stored; most logs need only one read.

        Args:
            came_before: whether the message was received before, and so may be stored.

        Raises:
            Conflict: the id holds another log.
        """
        of_another = self._is_of_another()
        if not of_another and not came_before:
            return False
        stored = self.rows.fingerprint_at(sort_key(self.envelope))
        if stored is None and not of_another:
            return False
        if stored is not None and self._holds(stored, content_of(self.envelope)):
            return True
        raise Conflict

    def put(self, logs: Sequence[ProcessedLog], *, message_id: str) -> bool:
        """Store what became of the envelope's log; return False where its id is already stored.

        Args:
            logs: one log, which becomes the record; or none or several, which leave a stub in its place.
            message_id: the id in the 202.

        Raises:
            Conflict: the id holds another log, or the id of one of several does.
        """
        if self.envelope.parts > 1:
            self._claim()
        content = content_of(self.envelope)
        stored = self._put(logs, message_id=message_id, fingerprint=self.key.fingerprint_of(content))
        if stored is not None and not self._holds(stored, content):
            raise Conflict
        return stored is None

    def _put(self, logs: Sequence[ProcessedLog], *, message_id: str, fingerprint: str) -> StoredFingerprint | None:
        """Store the logs; return the fingerprint that holds the id already, or None if they were stored."""
        policy = self.store.policy
        if len(logs) == 1:
            record = policy.record_of(self.envelope, logs[0], message_id=message_id, fingerprint=fingerprint)
            return self.rows.put(record)
        stub = policy.stub_of(self.envelope, pieces=len(logs), message_id=message_id, fingerprint=fingerprint)
        if not logs:
            return self.rows.put(stub)
        taken = self.rows.put_together([stub, *self._pieces(logs, message_id=message_id)])
        if taken and 0 not in taken:
            raise Conflict
        return taken.get(0)

    def _pieces(self, logs: Sequence[ProcessedLog], *, message_id: str) -> list[Record]:
        return [
            self.store.policy.record_of(
                self.envelope,
                log,
                message_id=message_id,
                fingerprint=self.key.fingerprint_of(piece_content_of(self.envelope, piece)),
                piece=piece,
            )
            for piece, log in enumerate(logs, start=1)
        ]

    def _is_of_another(self) -> bool:
        """Return whether the other shape of the id is taken by another log."""
        if self.envelope.parts == 1:
            return self.rows.fingerprint_at(_first_part_of(self.envelope)) is not None
        claim = self.rows.fingerprint_at(self.envelope.log_id)
        return claim is not None and not self._holds(claim, claim_content_of(self.envelope))

    def _claim(self) -> None:
        content = claim_content_of(self.envelope)
        stored = self.rows.fingerprint_at(self.envelope.log_id) or self._put_claim(content)
        if stored is not None and not self._holds(stored, content):
            raise Conflict

    def _put_claim(self, content: Content) -> StoredFingerprint | None:
        """Claim the id; return the fingerprint that holds it already, or None if this claim was written."""
        first = self.rows.fingerprint_at(_first_part_of(self.envelope))
        if first is not None and first.keyed is not None:
            return self._claim_of_stored_part()
        if first is not None and first.whole_sha256 != self.envelope.whole_sha256:
            raise Conflict
        claim = self.store.policy.claim_of(self.envelope, fingerprint=self.key.fingerprint_of(content))
        return self.rows.put(claim)

    def _claim_of_stored_part(self) -> StoredFingerprint:
        # Part 1 was stored under a claim: since this thread looked for one, or long ago under one that has expired.
        claim = self.rows.fingerprint_at(self.envelope.log_id)
        if claim is None:
            raise Conflict
        return claim

    def _holds(self, stored: StoredFingerprint, content: Content) -> bool:
        return stored.is_of(content, self.store.keys)


def _first_part_of(envelope: Envelope) -> str:
    return sort_key(envelope.model_copy(update={"part": 1, "parts": 2}))
