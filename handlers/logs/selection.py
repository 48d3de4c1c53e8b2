"""The selection: which of a tenant's logs are read, and in which order."""

from dataclasses import dataclass, replace

from handlers.logs.record import Record
from handlers.logs.severity import number_of
from handlers.logs.time_range import TimeRange

ORDERS = ("newest", "oldest")


class Contradiction(ValueError):
    """What is asked for does not go together; the argument says what to leave out or to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks for, as the read API and the command line name it; None where they do not say.

    Attributes:
        since: the beginning of a time range, in milliseconds since 1970.
        until: its end.
        order: one of `ORDERS`.
        least_severity: the lowest number of a severity that is shown.
        prefix: what the ids begin with.
    """

    since: int | None = None
    until: int | None = None
    order: str | None = None
    least_severity: int | None = None
    prefix: str | None = None

    def selection(self, *, now: int) -> "Selection":
        """Return the selection, which goes by time if `since`, `until` or `order` is given, and by id if not.

        Args:
            now: the present time, in milliseconds since 1970.

        Raises:
            Contradiction: what is asked for does not go together.
        """
        by_time = [name for name in ("since", "until", "order") if getattr(self, name) is not None]
        least_severity = self.least_severity or 0
        if not by_time:
            return Selection(prefix=self.prefix or "", least_severity=least_severity)
        if self.prefix is not None:
            raise Contradiction(
                "prefix lists logs by id, and since, until and order list them by time; leave out either prefix or"
                f" {' and '.join(by_time)}."
            )
        times = TimeRange.of(self.since, self.until, now=now)
        if times.since >= times.until:
            raise Contradiction("since must be before until, and not more than a day ahead.")
        return Selection(times=times, newest_first=self.order != "oldest", least_severity=least_severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Logs by id, or by time.

    Attributes:
        prefix: what the ids begin with; in a selection by time it is empty.
        times: the time range; None selects logs by id, of every kind.
        newest_first: whether the order is reversed.
        least_severity: the lowest number of a severity that is shown; 0 shows every log, also one without severity.
    """

    prefix: str = ""
    times: TimeRange | None = None
    newest_first: bool = False
    least_severity: int = 0

    def within(self, times: TimeRange | None) -> "Selection":
        """Return the same selection with another time range."""
        return replace(self, times=times)

    def may_begin_after(self, key: str) -> bool:
        """Return whether a page may begin after this key; DynamoDB takes no key from outside the range of a query."""
        return self.times.spans(key) if self.times else key.startswith(self.prefix)

    def holds_key(self, key: str) -> bool:
        """Return whether the row with this key is selected; in a selection by time, only time-ordered ids are."""
        return self.times is None or self.times.holds(key)

    def holds(self, record: Record) -> bool:
        """Return whether a record with a selected key is shown."""
        return not self.least_severity or (number_of(record.severity) or 0) >= self.least_severity
