"""`logs`: the stored logs of a tenant, by time or by id, or one of them in full."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from cli.advice import advised
from cli.failures import NothingFound, explained
from cli.logs.filters import Filters
from cli.logs.following import POLL_SECONDS, Follower
from cli.logs.options import DEFAULT_LIMIT, DEFAULT_OVERLAP, LogOptions, log_options, now
from cli.logs.reading import ROWS_PER_PAGE, LogReader, rows_of
from cli.logs.views import View, print_log
from cli.names import LOG_ID, TENANT
from cli.target import Target, with_target
from cli.terminal import note, print_json
from handlers.aws.failures import TableUnavailable
from handlers.aws.items import DamagedRow
from handlers.logs.moment import duration_of
from handlers.logs.selection import Selection
from handlers.logs.stored_log import Incomplete, whole_log

if TYPE_CHECKING:
    from cli.logs.reading import Log
    from handlers.aws.log_table import TenantRows


@click.command()
@click.argument("tenant_id", metavar="TENANT", type=TENANT)
@click.argument("log_id", metavar="[LOG_ID]", type=LOG_ID, required=False)
@with_target
@log_options
def logs(target: Target, *, tenant_id: str, log_id: str | None, **options: Any) -> None:
    """List the stored logs of TENANT, or show the whole log with LOG_ID.

    With --since, --until, --order or --follow, logs are listed by time, else by id. By time, only logs are listed whose
    id holds their time: those that the server made. Texts and attributes are shown redacted, as they are stored. --json
    and --ndjson include the original text and attributes if the stack keeps them.
    """
    asked = LogOptions(**options)
    _refuse_contradictions(asked, log_id)
    rows = rows_of(target, tenant_id)
    try:
        if log_id:
            _show(rows, log_id, asked)
        elif asked.follow:
            _follow(rows, asked)
        else:
            _list(rows, asked)
    except TableUnavailable as error:
        raise click.ClickException(explained(error.__cause__)) from error


def _refuse_contradictions(asked: LogOptions, log_id: str | None) -> None:
    if log_id:
        lists = (
            "since",
            "until",
            "order",
            "severity",
            "prefix",
            "grep",
            "attributes",
            "limit",
            "follow",
            "overlap",
            "utc",
        )
        asked.refuse(*lists, "as_ndjson", why="LOG_ID names one log, and this is for lists")
    elif asked.follow:
        why = "--follow goes on by time, the oldest first, with one log per line"
        asked.refuse("until", "order", "prefix", "limit", "as_json", why=f"{why} (--ndjson for JSON)")
    else:
        asked.refuse("overlap", why="--overlap is for --follow")
    if asked.as_ndjson:
        asked.refuse("as_json", why="--ndjson and --json are two forms")


def _refuse_processed(rows: TenantRows, log_id: str) -> None:
    pieces = rows.pieces_of(log_id)
    if pieces == 0:
        raise NothingFound(f"The processor dropped log {log_id} of tenant {rows.tenant_id}.")
    if pieces:
        look = advised("logs", rows.tenant_id, "--prefix", f"{log_id}.")
        raise NothingFound(f"The processor split log {log_id} of tenant {rows.tenant_id} into {pieces}: {look}")


def _show(rows: TenantRows, log_id: str, asked: LogOptions) -> None:
    try:
        records = rows.records_of(log_id)
    except DamagedRow as row:
        raise click.ClickException(f"the row {row} of tenant {rows.tenant_id} is damaged: it is not a record") from None
    if not records:
        _refuse_processed(rows, log_id)
        look = advised("dead-letters", "list", "--tenant", rows.tenant_id)
        raise NothingFound(
            f"Tenant {rows.tenant_id} has no log {log_id}; it may still be queued, or be a dead letter: {look}"
        )
    try:
        log = whole_log(records)
    except Incomplete as incomplete:
        look = f"wait, or look for the missing parts: {advised('dead-letters', 'list', '--tenant', rows.tenant_id)}"
        raise click.ClickException(f"log {log_id} is incomplete: {incomplete}; {look}") from None
    print_json(log) if asked.as_json else print_log(log)


def _list(rows: TenantRows, asked: LogOptions) -> None:
    selection, limit = asked.selection(), asked.limit or DEFAULT_LIMIT
    filters = Filters(asked.grep or "", asked.attributes)
    reader = LogReader(rows=rows, rows_per_page=ROWS_PER_PAGE if any(filters) else min(limit, ROWS_PER_PAGE))
    matching = islice(filter(filters.hold, reader.logs(selection)), limit)
    if asked.as_ndjson:
        found = sum(_print_ndjson(log) for log in matching)
    else:
        listed = list(matching)
        found = len(listed)
        _print(listed, asked)
    if not found:
        raise NothingFound(_nothing(rows.tenant_id, selection, reader, asked))
    if found == limit:
        narrower = "--since, --until" if selection.times else "--prefix"
        note(f"Showing {limit}; there may be more: --limit {limit * 10}, or narrow it down with {narrower}")


def _print(found: list[Log], asked: LogOptions) -> None:
    if asked.as_json:
        print_json(found)
    elif found:
        View.of(utc=asked.utc).print_table(found)


def _print_ndjson(log: Log) -> int:
    click.echo(json.dumps(log))
    return 1


def _nothing(tenant_id: str, selection: Selection, reader: LogReader, asked: LogOptions) -> str:
    if reader.records:
        return f"None of the {reader.records:,} records of tenant {tenant_id} that were read matches."
    if selection.times:
        return (
            f"Tenant {tenant_id} has no such log by time. Logs under ids of the client's own are listed by id only:"
            f" {advised('logs', tenant_id)}"
        )
    return f"Tenant {tenant_id} has no log{f' whose id begins with {asked.prefix}' if asked.prefix else ''}."


def _follow(rows: TenantRows, asked: LogOptions) -> None:
    selection = LogOptions.selection(asked)
    filters, view = Filters(asked.grep or "", asked.attributes), View.of(utc=asked.utc)
    overlap = asked.overlap if asked.overlap is not None else duration_of(DEFAULT_OVERLAP) or 0
    since = now() - overlap if asked.since is None else asked.since
    reader = LogReader(rows=rows)
    follower = Follower(
        read=lambda times: reader.logs(Selection(times=times, least_severity=selection.least_severity)),
        since=since,
        overlap=overlap,
    )
    note(
        f"Following every {POLL_SECONDS} s until Ctrl-C. A log that is stored more than {overlap // 1000} s after its"
        " time is left out (--overlap)."
    )
    for log in filter(filters.hold, follower.logs()):
        _print_ndjson(log) if asked.as_ndjson else view.print_line(log)
