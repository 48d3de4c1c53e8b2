"""`logs`: the stored logs of a tenant, each shown whole, however many parts it has."""

from __future__ import annotations

import json
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import click
from botocore.credentials import ReadOnlyCredentials

from cli.advice import advised
from cli.failures import NothingFound, explained
from cli.names import LOG_ID, TENANT
from cli.target import Target, with_target
from cli.terminal import as_json_option, note, preview, print_details, print_json, print_table, print_text
from handlers.aws.failures import TableUnavailable
from handlers.aws.items import DamagedRow
from handlers.aws.log_table import LogTable, TenantRows
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.selection import Selection
from handlers.logs.stored_log import Incomplete, whole_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handlers.logs.record import Record

RECORDS_PER_PAGE = 100
HEADINGS = ("log id", "source", "parts", "received at (UTC)", "redactions", "text, redacted")


@click.command()
@click.argument("tenant_id", metavar="TENANT", type=TENANT)
@click.argument("log_id", metavar="[LOG_ID]", type=LOG_ID, required=False)
@with_target
@click.option("--prefix", type=LOG_ID, default=None, help="Only logs whose id begins with this.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most this many.")
@as_json_option
def logs(target: Target, *, tenant_id: str, log_id: str | None, prefix: str | None, limit: int, as_json: bool) -> None:
    """List the stored logs of TENANT by id, or show the whole log with LOG_ID.

    Texts are shown redacted, as they are stored. --json includes the original text and attributes if the stack keeps
    them.
    """
    if log_id and prefix:
        raise click.UsageError("--prefix is for lists; leave out either it or LOG_ID.")
    rows = _rows_of(target, tenant_id)
    try:
        if log_id:
            _show(rows, log_id, as_json=as_json)
        else:
            _list(rows, prefix or "", limit=limit, as_json=as_json)
    except TableUnavailable as error:
        raise click.ClickException(explained(error.__cause__)) from error


def _rows_of(target: Target, tenant_id: str) -> TenantRows:
    # This client signs with the operator's own credentials and ignores those of a tenant.
    table = LogTable(
        dynamodb=target.client("dynamodb"),
        name=target.output("table_name"),
        tenants=TenantCredentials(None, role_arn=""),
    )
    return TenantRows(table, tenant_id, ReadOnlyCredentials("", "", None, None))


def _show(rows: TenantRows, log_id: str, *, as_json: bool) -> None:
    try:
        records = rows.records_of(log_id)
    except DamagedRow as row:
        raise click.ClickException(f"the row {row} of tenant {rows.tenant_id} is damaged: it is not a record") from None
    if not records:
        look = advised("dead-letters", "list", "--tenant", rows.tenant_id)
        raise NothingFound(
            f"Tenant {rows.tenant_id} has no log {log_id}; it may still be queued, or be a dead letter: {look}"
        )
    try:
        log = whole_log(records)
    except Incomplete as incomplete:
        look = f"wait, or look for the missing parts: {advised('dead-letters', 'list', '--tenant', rows.tenant_id)}"
        raise click.ClickException(f"log {log_id} is incomplete: {incomplete}; {look}") from None
    print_json(log) if as_json else _print_log(log)


def _list(rows: TenantRows, prefix: str, *, limit: int, as_json: bool) -> None:
    found = list(islice(_logs(rows, prefix), limit))
    if as_json:
        print_json(found)
    elif found:
        print_table(HEADINGS, map(_row, found))
    if not found:
        raise NothingFound(f"Tenant {rows.tenant_id} has no log{f' whose id begins with {prefix}' if prefix else ''}.")
    if len(found) == limit:
        note(f"Showing {limit}; there may be more: --limit {limit * 10}, or narrow it down with --prefix")


def _logs(rows: TenantRows, prefix: str) -> Iterator[dict[str, Any]]:
    for _, records in groupby(_records(rows, prefix), key=lambda record: record.log_id):
        yield _log(list(records))


def _records(rows: TenantRows, prefix: str) -> Iterator[Record]:
    after: str | None = None
    while True:
        page = rows.page(Selection(prefix=prefix), limit=RECORDS_PER_PAGE, after=after)
        for key in page.damaged:
            note(f"Left out the row {key}, which is damaged: it is not a record")
        yield from page.records
        after = page.last_key
        if after is None:
            return


def _log(records: Sequence[Record]) -> dict[str, Any]:
    try:
        return whole_log(records)
    except Incomplete as incomplete:
        return records[0].as_json() | {"incomplete": str(incomplete)}


def _row(log: dict[str, Any]) -> tuple[object, ...]:
    parts = log.get("incomplete", log["parts"])
    return (
        log["log_id"],
        log["source"],
        parts,
        log["received_at"][:19],
        _redactions(log),
        preview(log["modified_data"]),
    )


def _redactions(log: dict[str, Any]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in log["redactions"].items() if number) or "none"


def _details(log: dict[str, Any]) -> Iterator[tuple[str, object]]:
    if "timestamp" in log:
        yield "happened at", log["timestamp"]
    if "severity" in log:
        yield "severity", " ".join(str(value) for value in log["severity"].values())
    if "attributes" in log:
        yield "attributes", json.dumps(log["attributes"], ensure_ascii=False)


def _print_log(log: dict[str, Any]) -> None:
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
