"""How `make dev` shows what happens: one line for each event, however narrow the terminal, and totals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from local.watch import Happening

STYLES = {
    "accepted": "cyan",
    "stored": "green",
    "dropped": "green",
    "duplicate": "green",
    "retried": "yellow",
    "postponed": "yellow",
    "dead_lettered": "red",
}
_EVENT_CHARS = max(map(len, STYLES))
_LEAST_LOG_CHARS = 12
"""At least this much of a log's name is shown."""


def event_line(happening: Happening, *, width: int) -> Text:
    """Return an event as a line of at most this width; where it is too narrow, the log's name is cut in its middle."""
    clock = happening.time[11:19] or happening.time
    name = happening.event.replace("_", "-")
    extras = []
    if happening.code not in {happening.event, "-"}:
        extras.append(happening.code)
    if happening.logs > 1:
        extras.append(f"{happening.logs} logs")
    taken = len(clock) + 2 + _EVENT_CHARS + 2 + sum(2 + len(extra) for extra in extras)
    # A foreign message in the dead-letter queue may name anything.
    log = "".join(c if c.isprintable() else "?" for c in f"{happening.tenant_id}/{happening.log_id}")
    log = shortened(log, max(_LEAST_LOG_CHARS, width - taken))
    line = Text(f"{clock}  ").append(f"{name:<{_EVENT_CHARS}}", style=STYLES.get(happening.event, "magenta"))
    line.append("  ".join(["", log, *extras]))
    message = f"  message {happening.message_id}"
    if happening.message_id != "-" and line.cell_len + len(message) <= width:
        line.append(message)
    line.truncate(width)
    return line


def shortened(name: str, chars: int) -> str:
    """Return a name without its middle where it is too long: tenants differ at their beginning, ids at their end."""
    if len(name) <= chars:
        return name
    end = (chars - 1) // 2
    return f"{name[: chars - 1 - end]}…{name[-end:]}"


class Totals:
    """How many logs each event happened to."""

    def __init__(self) -> None:
        self._logs = Counter[str]()
        self._shown = Counter[str]()

    def add(self, happening: Happening) -> None:
        """Count one event."""
        self._logs[happening.event] += happening.logs

    def news(self) -> str | None:
        """Return the totals; None where nothing has happened since they were last returned."""
        if self._logs == self._shown:
            return None
        self._shown = self._logs.copy()
        return str(self)

    def __str__(self) -> str:
        """Return the totals as one sentence part, in the order in which things happen to a log."""
        order = [*STYLES, *sorted(self._logs.keys() - STYLES.keys())]
        return ", ".join(f"{self._logs[event]} {event.replace('_', '-')}" for event in order if self._logs[event])
