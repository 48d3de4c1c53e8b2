"""Mutants: the real code with one mistake each, to show that the simulation would find it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from cli.dead_letters.moves import Redrive
from handlers.aws.items import item_of
from handlers.aws.log_store import Conflict, LogPlace
from handlers.aws.log_table import TenantRows
from handlers.logs.fingerprint import content_of
from handlers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bench.simulate.posts import Scenario
    from handlers.aws.message import Message
    from handlers.logs.record import Claim, Record

_store, _put, _accepts = Worker.store, LogPlace.put, Redrive.accepts


def _delete_first(self: Worker, message: Message, run: Any) -> Any:
    self.settlement.delete(message)
    return _store(self, message, run)


def _put_always(self: TenantRows, row: Record | Claim) -> None:
    self._call("put_item", Item=item_of(row))


def _claim_after(self: LogPlace, logs: Any, *, message_id: str) -> bool:
    if self.envelope.parts == 1:
        return _put(self, logs, message_id=message_id)
    content = content_of(self.envelope)
    stored = self._put(logs, message_id=message_id, fingerprint=self.key.fingerprint_of(content))
    if stored is not None and not self._holds(stored, content):
        raise Conflict
    self._claim()
    return stored is None


def _accepts_copies(self: Redrive, letter: Any) -> bool:
    """Take every dead letter of a message that was sent for a copy of it, and delete it, as an early version did."""
    seen: set[str] = self.__dict__.setdefault("seen", set())
    if letter.accepted_id in seen:
        self.queue.delete([letter])
        return False
    accepted = _accepts(self, letter)
    if accepted:
        seen.add(letter.accepted_id)
    return accepted


@contextmanager
def _patched(place: type, **replaced: Any) -> Iterator[None]:
    with patch.multiple(place, create=True, **replaced):
        yield


MUTANTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "the message is deleted before its record is stored": lambda: _patched(Worker, store=_delete_first),
    "a record is written whether or not there is one": lambda: _patched(TenantRows, put=_put_always),
    "nobody compares fingerprints": lambda: _patched(LogPlace, _holds=lambda _self, _stored, _content: True),
    "redrive deletes what has the id of a message it sent": lambda: _patched(Redrive, accepts=_accepts_copies),
    "the id of a long log is claimed after its parts": lambda: _patched(LogPlace, put=_claim_after),
}

SHORT_VISIBILITY = "messages become visible while they are processed"


def with_short_visibility(scenario: Scenario) -> Scenario:
    """Return a scenario in which messages are hidden for less time than their processing takes."""
    return replace(scenario, visibility_seconds=0.05)
