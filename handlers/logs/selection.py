"""The selection: which of a tenant's logs are read, and in which order."""

from dataclasses import dataclass, replace

from handlers.logs.record import Record
from handlers.logs.severity import number_of
from handlers.logs.time_range import TimeRange


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
