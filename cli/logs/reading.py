"""Reading: the logs of one tenant as a stream, each whole, however many parts it has."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from botocore.credentials import ReadOnlyCredentials

from cli.terminal import note
from handlers.aws.log_table import LogTable, TenantRows
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.stored_log import Incomplete, whole_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cli.target import Target
    from handlers.aws.log_table import Page
    from handlers.logs.record import Record
    from handlers.logs.selection import Selection

ROWS_PER_PAGE = 1000
NOTE_SECONDS = 5

Log = dict[str, Any]


def rows_of(target: Target, tenant_id: str) -> TenantRows:
    """Return the rows of a tenant, read with the operator's own credentials."""
    # This client signs with the operator's own credentials and ignores those of a tenant.
    table = LogTable(
        dynamodb=target.client("dynamodb"),
        name=target.output("table_name"),
        tenants=TenantCredentials(None, role_arn=""),
    )
    return TenantRows(table, tenant_id, ReadOnlyCredentials("", "", None, None))


@dataclass(kw_only=True)
class LogReader:
    """Reads logs of one tenant.

    Attributes:
        rows: the tenant's rows.
        rows_per_page: how many rows DynamoDB is asked for at a time; as few as are needed cost the least.
        monotonic: seconds that never go back.
        records: how many records were read.
    """

    rows: TenantRows
    rows_per_page: int = ROWS_PER_PAGE
    monotonic: Callable[[], float] = time.monotonic
    records: int = 0
    _damaged: set[str] = field(default_factory=set)

    def logs(self, selection: Selection) -> Iterator[Log]:
        """Yield the selected logs; one that misses parts says so under `incomplete`.

        What is damaged is left out, with a note; what takes long is noted, too.
        """
        for _, records in groupby(self._records(selection), key=lambda record: record.log_id):
            yield _log(sorted(records, key=lambda record: record.part))

    def _records(self, selection: Selection) -> Iterator[Record]:
        noted_at = self.monotonic()
        after: str | None = None
        while True:
            page = self.rows.page(selection, limit=self.rows_per_page, after=after)
            self._note_damaged(page)
            self.records += len(page.records)
            yield from page.records
            after = page.last_key
            if after is None:
                return
            if self.monotonic() - noted_at > NOTE_SECONDS:
                noted_at = self.monotonic()
                note(f"Read {self.records:,} records so far, up to {after}; there are more.")

    def _note_damaged(self, page: Page) -> None:
        for key in page.damaged:
            if key not in self._damaged:
                note(f"Left out the row {key}, which is damaged: it is not a record")
        self._damaged |= set(page.damaged)


def _log(records: Sequence[Record]) -> Log:
    try:
        return whole_log(records)
    except Incomplete as incomplete:
        return records[0].as_json() | {"incomplete": str(incomplete)}
