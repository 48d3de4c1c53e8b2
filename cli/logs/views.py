"""Views: logs as a table, as lines, or one in full; as JSON they are printed as they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from cli.logs.filters import as_text, leaves
from cli.terminal import preview, print_details, print_table, print_text, visible
from handlers.logs.identifiers import milliseconds_in
from handlers.logs.severity import level_of
from handlers.redaction import redact, redact_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.logs.reading import Log

NOTHING = "-"
_COLUMNS = ("time", "severity", "log id", "parts", "redactions", "text, redacted", "attributes")
# Left out where no log of the table has any.
_OPTIONAL = frozenset({"severity", "parts", "attributes"})


@dataclass(frozen=True, kw_only=True)
class View:
    """How several logs are shown to people: redacted once more, because what is on a screen is often shown to others.

    Attributes:
        zone: in which times are shown; None for the zone of this machine.
    """

    zone: tzinfo | None = None

    @classmethod
    def of(cls, *, utc: bool) -> View:
        """Return the view with times in UTC, or in the zone of this machine."""
        return cls(zone=UTC if utc else None)

    def print_table(self, logs: Sequence[Log]) -> None:
        """Print a table, without the columns that would be empty."""
        rows = [dict(zip(_COLUMNS, self._row(log), strict=True)) for log in logs]
        columns = [name for name in _COLUMNS if name not in _OPTIONAL or any(row[name] for row in rows)]
        print_table(columns, ([row[name] for name in columns] for row in rows))

    def print_line(self, log: Log) -> None:
        """Print a log on one line, with its whole text."""
        text = redact(log["modified_data"]).text
        fields = (
            self.time_of(log),
            f"{_severity(log) or NOTHING:<5}",
            text,
            _attributes(log),
            log.get("incomplete", ""),
        )
        click.echo(visible("  ".join(field for field in fields if field)))

    def time_of(self, log: Log) -> str:
        """Return when a log happened, else the time in its id, else when it was received."""
        if "timestamp" in log:
            return self._shown(log["timestamp"])
        return self._shown(_time_in(log["log_id"]) or log["received_at"])

    def _shown(self, written: str) -> str:
        try:
            moment = datetime.fromisoformat(written).astimezone(self.zone)
        except (ValueError, OverflowError):
            return written
        zone = "" if moment.utcoffset() else "Z"
        return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + zone

    def _row(self, log: Log) -> tuple[str, ...]:
        parts = log.get("incomplete", log["parts"] if log["parts"] > 1 else "")
        return (
            self.time_of(log),
            _severity(log),
            log["log_id"],
            str(parts),
            _redactions(log),
            preview(log["modified_data"]),
            preview(_attributes(log)),
        )


def print_log(log: Log) -> None:
    """Print a log with all that is known of it, as it is stored, and its whole text."""
    print_details(
        [
            ("path", log["path"]),
            ("source", log["source"]),
            *_details(log),
            ("parts", log["parts"]),
            ("received at", log["received_at"]),
            ("processed at", log["processed_at"]),
            ("message id", log["message_id"]),
            ("redactions", _redactions(log)),
        ]
    )
    click.echo()
    print_text(log["modified_data"])


def _details(log: Log) -> Iterator[tuple[str, object]]:
    if "timestamp" in log:
        yield "happened at", log["timestamp"]
    if "severity" in log:
        yield "severity", " ".join(str(value) for value in log["severity"].values())
    if "attributes" in log:
        yield "attributes", json.dumps(log["attributes"], ensure_ascii=False)


def _time_in(log_id: str) -> str | None:
    milliseconds = milliseconds_in(log_id)
    try:
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
    except (ValueError, OverflowError):  # after the year 9999
        return None


def _severity(log: Log) -> str:
    severity: dict[str, Any] = log.get("severity", {})
    text, number = severity.get("text"), severity.get("number")
    return str(text) if text else level_of(number).upper() if number else ""


def _attributes(log: Log) -> str:
    attributes = redact_attributes(log.get("attributes", {})).attributes
    return " ".join(f"{'.'.join(path)}={as_text(value)}" for path, value in leaves(attributes))


def _redactions(log: Log) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in log["redactions"].items() if number) or "none"
