"""The options of `logs`: which logs, in which order, and how they are printed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.logs.filters import ATTRIBUTE, Attribute
from cli.names import LOG_ID
from cli.terminal import as_json_option
from handlers.logs.moment import MOMENT_RULE, duration_of, moment_of
from handlers.logs.selection import ORDERS, Asked, Contradiction, Selection
from handlers.logs.severity import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")

DEFAULT_LIMIT = 20
DEFAULT_OVERLAP = "2m"


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """What the operator asked for.

    Attributes:
        since: the beginning of a time range, in milliseconds since 1970; None for an open one.
        until: its end; None for an open one.
        order: which log comes first, by time; None for the newest.
        severity: the name of the least severity; None for any.
        prefix: what ids begin with; None for any.
        grep: what the text contains; None for any.
        attributes: what the log has.
        limit: at most this many; None for the default.
        follow: whether to go on with what is stored later.
        overlap: how far each round of following reads back, in milliseconds; None for the default.
        utc: whether times are shown in UTC.
        as_json: print JSON.
        as_ndjson: print one JSON object per line.
    """

    since: int | None
    until: int | None
    order: str | None
    severity: str | None
    prefix: str | None
    grep: str | None
    attributes: tuple[Attribute, ...]
    limit: int | None
    follow: bool
    overlap: int | None
    utc: bool
    as_json: bool
    as_ndjson: bool

    def selection(self) -> Selection:
        """Return the selection of logs.

        Raises:
            click.UsageError: two options contradict each other.
        """
        severity = None if self.severity is None else LEVELS[self.severity]
        asked = Asked(since=self.since, until=self.until, order=self.order, least_severity=severity, prefix=self.prefix)
        try:
            return asked.selection(now=now())
        except Contradiction as contradiction:
            raise click.UsageError(str(contradiction)) from None

    def refuse(self, *names: str, why: str) -> None:
        """Make sure that none of these options is given.

        Raises:
            click.UsageError: one is.
        """
        given = [name for name in names if getattr(self, name) not in (None, False, ())]
        if given:
            raise click.UsageError(f"{why}; leave out {' and '.join(map(_spelled, given))}.")


def log_options(command: Command) -> Command:
    """Add the options of `LogOptions`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def now() -> int:
    """Return the present time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _spelled(name: str) -> str:
    return {"as_json": "--json", "as_ndjson": "--ndjson", "attributes": "--attr"}.get(name, f"--{name}")


class _Moment(click.ParamType[int]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        moment = moment_of(value, now=now())
        return self.fail(f"must be {MOMENT_RULE}; got {value!r}.", param, ctx) if moment is None else moment


class _Duration(click.ParamType[int]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        duration = duration_of(value)
        return self.fail(f"must be such as 30s, 2m or 1h; got {value!r}.", param, ctx) if duration is None else duration


_OPTIONS = (
    click.option(
        "--since", type=_Moment(), metavar="TIME", help="Only logs from this time on: 15m, 2h, 7d ago, or ISO 8601."
    ),
    click.option("--until", type=_Moment(), metavar="TIME", help="Only logs before this time."),
    click.option("--order", type=click.Choice(ORDERS), help="By time, which comes first.  [default: newest]"),
    click.option("--severity", type=click.Choice(list(LEVELS)), help="Only logs of this severity or a worse one."),
    click.option("--prefix", type=LOG_ID, help="Only logs whose id begins with this; lists by id, not by time."),
    click.option("--grep", metavar="TEXT", help="Only logs whose redacted text contains this, in this case."),
    click.option(
        "--attr",
        "attributes",
        type=ATTRIBUTE,
        multiple=True,
        metavar="KEY=VALUE",
        help="Only logs with this attribute, at any level; may be given several times.",
    ),
    click.option("--limit", type=click.IntRange(1), help=f"At most this many.  [default: {DEFAULT_LIMIT}]"),
    click.option("--follow", is_flag=True, help="Go on with logs as they are stored, until Ctrl-C."),
    click.option(
        "--overlap",
        type=_Duration(),
        metavar="DURATION",
        help=f"How far --follow reads back, for logs that are stored late.  [default: {DEFAULT_OVERLAP}]",
    ),
    click.option("--utc", is_flag=True, help="Show times in UTC instead of this machine's zone."),
    as_json_option,
    click.option(
        "--ndjson", "as_ndjson", is_flag=True, help="Print one JSON object per line, each as soon as it is read."
    ),
)
