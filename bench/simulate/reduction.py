"""The reduction: what an exhaustive search leaves out, and why nothing is lost by it.

1. **Steps between two calls happen at once.** There a thread reads and writes only what its own process keeps: nobody
   else can tell when it did.
2. **Calls of STS and KMS happen at once and never fail.** They change nothing. If one failed, the message would be
   postponed, as it is if the read of the table that follows fails. So an environment that has a session and a key is
   like one that has none.
3. **A read fails in one way, not in three.** It changes nothing, so it makes no difference whether it was refused or
   its answer was lost, and a death after it is like one before it.
4. **A process dies once between two steps**, not once before each call that its threads would make next.
5. **Each state is left once.** Two schedules that come to the same state go on alike, so the second one ends there. The
   state is the rows and messages as far as anybody may still read them, the faults that are left, what clients were
   told, and of each process the event that it works on and what its threads have learned: with the code, the answers
   that a thread got decide what it does (`bench.simulate.memory`). A thread that has ended counts by its result. Times
   count from now: no code compares a time with anything but the clock, and no time in a record with anything at all.
   Environments count without their names.
6. **How often faults met a message counts only if it can matter**: with fewer than three faults, and without a log that
   ends its process, no healthy log may become a dead letter.
7. **Where no fault is left, settled calls happen at once.** A call is settled if its answer can no longer change, and
   nobody can see what it changes before time passes: reads and conditional writes of a row that exists, because no row
   ever changes, and the deletion or delay of a message that is hidden. Time cannot pass before such a call is made, or
   this rule does not apply. So whatever else may happen first leads to the same state in the other order. If a log were
   lost by another order, it would be lost in that state too, where it is found at the end.

States are compared by their hashes of 64 bits. Among ten million states, two that differ have the same hash with a
chance of three in a million.

A test compares the search with one that leaves nothing out: both find the same endings.
"""

from __future__ import annotations

import re

_TIMES = re.compile(r"2026-[0-9-]+T[0-9:.]+\+00:00")


def without_times(text: str) -> str:
    """Return a text without the simulated times in it."""
    return _TIMES.sub("then", text)
