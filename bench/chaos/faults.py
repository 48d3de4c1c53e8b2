"""Faults: which calls to AWS fail, and how; decided by a seed alone."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Fault(StrEnum):
    """What goes wrong with one call."""

    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    RESET = "connection reset"
    SLOW = "slow"
    ANSWER_LOST = "done, answer lost"
    ERROR_AFTER = "done, answered with an error"
    PARTLY_DENIED = "done, partly answered with an error"
    KILL_BEFORE = "caller killed before"
    KILL_AFTER = "done, caller killed after"

    @property
    def takes_effect(self) -> bool:
        """Whether AWS carries the call out, although the caller gets no answer, an error, or a late answer."""
        return self not in {Fault.THROTTLED, Fault.UNAVAILABLE, Fault.RESET, Fault.KILL_BEFORE}


_WITHOUT_EFFECT = {Fault.THROTTLED: 0.02, Fault.UNAVAILABLE: 0.02, Fault.RESET: 0.01, Fault.SLOW: 0.005}
_AFTER_EFFECT = {Fault.ANSWER_LOST: 0.01, Fault.ERROR_AFTER: 0.01}
_ANY = _WITHOUT_EFFECT | _AFTER_EFFECT

# Killing the process at any of the ten calls of a batch kills the whole batch: these rates kill one batch in ten or
# twenty. A message whose batch is killed three times becomes a dead letter, by the redrive policy.
_KILLS = {Fault.KILL_BEFORE: 0.001, Fault.KILL_AFTER: 0.001}
_SELDOM_CALLED = {Fault.KILL_BEFORE: 0.01, Fault.KILL_AFTER: 0.01}
RATES: Mapping[str, Mapping[Fault, float]] = {
    "AssumeRole": _WITHOUT_EFFECT | _SELDOM_CALLED,
    # Called once per process.
    "GenerateMac": {Fault.THROTTLED: 0.1, Fault.UNAVAILABLE: 0.1, Fault.RESET: 0.05, Fault.ERROR_AFTER: 0.05},
    "GetItem": _WITHOUT_EFFECT | _KILLS,
    "PutItem": _ANY | _KILLS,
    "SendMessage": _ANY | _KILLS,
    "SendMessageBatch": _ANY | _KILLS | {Fault.PARTLY_DENIED: 0.05},
    "SendMessage to dead letters": _ANY | _SELDOM_CALLED,
    "DeleteMessage": _ANY | _KILLS,
    "ChangeMessageVisibilityBatch": _ANY | _SELDOM_CALLED,
}

SERVICES = ("dynamodb", "kms", "sts", "sqs")
LONGEST_OUTAGE_SECONDS = 2.0
SECONDS_BETWEEN_OUTAGES = 12.0


@dataclass(frozen=True, slots=True)
class Outage:
    """A period in which a service answers every call with an error, in seconds since the start."""

    service: str
    start: float
    end: float


@dataclass
class FaultPlan:
    """Decides which fault a call gets: with the same seed, the same one for the n-th call of an operation.

    Attributes:
        seed: decides every fault.
        rates: how likely each fault is, by operation.
        outages: which services are down, and when.
        injected: how many faults were injected, by operation and fault.
        calls: how many calls were made, by operation.
    """

    seed: int
    rates: Mapping[str, Mapping[Fault, float]]
    outages: list[Outage]
    injected: Counter[tuple[str, str]] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    _active: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def for_run(cls, seed: int, *, seconds: float) -> FaultPlan:
        """Return the plan of a run with this many seconds of load."""
        return cls(seed=seed, rates=RATES, outages=list(_outages(seed, seconds)))

    @classmethod
    def without_faults(cls, *outages: Outage) -> FaultPlan:
        """Return a plan with these outages and no other faults."""
        return cls(seed=0, rates={}, outages=list(outages))

    def fault_of_next(self, operation: str, *, service: str, at: float) -> Fault | None:
        """Return the fault of an operation's next call, made `at` seconds after the start; None if it works."""
        with self._lock:
            self.calls[operation] += 1
            number = self.calls[operation]
        if not self._active:
            return None
        fault = self._fault(operation, number)
        if any(outage.service == service and outage.start <= at < outage.end for outage in self.outages):
            fault = Fault.UNAVAILABLE
        if fault:
            with self._lock:
                self.injected[operation, fault] += 1
        return fault

    def stop(self) -> None:
        """Inject nothing from now on, so that the messages in flight can be processed."""
        self._active = False

    def _fault(self, operation: str, number: int) -> Fault | None:
        rates = self.rates.get(operation, {})
        dice = random.Random(f"{self.seed}/{operation}/{number}").random()
        limits = itertools.accumulate(rates.values())
        return next((fault for fault, limit in zip(rates, limits, strict=True) if dice < limit), None)


def _outages(seed: int, seconds: float) -> Iterator[Outage]:
    dice = random.Random(f"{seed}/outages")
    start = dice.uniform(2, SECONDS_BETWEEN_OUTAGES / 2)
    while start < seconds:
        yield Outage(dice.choice(SERVICES), start, start + dice.uniform(0.5, LONGEST_OUTAGE_SECONDS))
        start += dice.uniform(0.5, 1.5) * SECONDS_BETWEEN_OUTAGES
