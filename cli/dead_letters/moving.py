"""`dead-letters redrive` and `drop`: count, ask, move at a limited rate, and report."""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from cli.dead_letters.moves import Drop, Redrive, Tally, move_all
from cli.dead_letters.options import MoveOptions, move_options
from cli.dead_letters.rate_limit import RateLimit
from cli.failures import NothingFound
from cli.target import Target, with_target
from cli.terminal import console, note, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.dead_letters.moves import Move

MAX_GROUPS_NAMED = 5

Counts = Counter[tuple[str | None, str]]


@click.command()
@with_target
@move_options
@click.option("--force", is_flag=True, help="Also send messages that are not envelopes; workers reject those at once.")
def redrive(target: Target, *, force: bool, **options: Any) -> None:
    """Send dead letters back to the ingest queue, to be processed again.

    You may interrupt it at any point: nothing is lost, and nothing is stored twice. What fails again while the command
    runs is left as a dead letter.
    """
    move = partial(Redrive, sqs=target.client("sqs"), ingest_queue_url=target.output("queue_url"), force=force)
    _run(target, MoveOptions(**options), verb="redrive", move=move)


@click.command()
@with_target
@move_options
def drop(target: Target, **options: Any) -> None:
    """Delete dead letters for good."""
    _run(target, MoveOptions(**options), verb="drop", move=Drop)


def nothing_found(queue: DeadLetterQueue) -> NothingFound:
    """Return the failure that lists what is in the queue instead."""
    if not queue.counts:
        return NothingFound("There are no dead letters.")
    groups = [f"{number} x {tenant or '-'} {reason}" for (tenant, reason), number in queue.counts.most_common()]
    more = ", …" if len(groups) > MAX_GROUPS_NAMED else ""
    return NothingFound(
        f"No dead letter matches; there are {queue.counts.total()}: {', '.join(groups[:MAX_GROUPS_NAMED])}{more}"
    )


def _run(target: Target, options: MoveOptions, *, verb: str, move: Callable[..., Move]) -> None:
    if options.dry_run:
        _print_counts(_count(target, options), as_json=options.as_json)
        return
    expected = None if options.yes else _confirm(target, options, verb=verb)
    with DeadLetterQueue(target) as queue:
        moving = move(queue=queue, matches=options.match)
        try:
            _move_with_progress(queue, moving, options, verb=verb, expected=expected)
        except BaseException:
            note(f"Stopped after {moving.tally.done}; the others are still dead letters.")
            raise
    _report(moving.tally, queue, verb=verb, as_json=options.as_json)


def _confirm(target: Target, options: MoveOptions, *, verb: str) -> int:
    if not sys.stdin.isatty():
        raise click.ClickException(
            "cannot ask: standard input is not a terminal; look first with --dry-run, then add --yes"
        )
    counts = _count(target, options)
    _print_counts(counts, as_json=False, to_stderr=True)
    if not click.confirm(f"{verb.capitalize()} {counts.total()} dead letters of {target.name}?", err=True):
        raise click.ClickException("nothing was done")
    return counts.total()


def _move_with_progress(
    queue: DeadLetterQueue, move: Move, options: MoveOptions, *, verb: str, expected: int | None
) -> None:
    size = queue.approximate_size()
    total = expected or min(size, options.limit or size)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown_on = console(to_stderr=True)
    with Progress(*columns, console=shown_on, disable=not shown_on.is_terminal) as bar:
        task = bar.add_task(verb.capitalize(), total=total)
        move_all(
            queue,
            move,
            rate=RateLimit(options.rate),
            limit=options.limit,
            progress=lambda tried: bar.update(task, completed=tried, total=max(tried, total)),
        )


def _count(target: Target, options: MoveOptions) -> Counts:
    counts: Counts = Counter()
    with DeadLetterQueue(target) as queue:
        for letters in queue.letters():
            for letter in filter(options.match, letters):
                counts[letter.tenant_id, letter.reason] += 1
                if counts.total() == options.limit:
                    return counts
    if not counts:
        raise nothing_found(queue)
    return counts


def _print_counts(counts: Counts, *, as_json: bool, to_stderr: bool = False) -> None:
    rows = sorted((tenant or "-", reason, number) for (tenant, reason), number in counts.items())
    if as_json:
        print_json([{"tenant_id": tenant, "reason": reason, "count": number} for tenant, reason, number in rows])
    else:
        print_table(("tenant", "reason", "dead letters"), rows, to_stderr=to_stderr)


def _report(tally: Tally, queue: DeadLetterQueue, *, verb: str, as_json: bool) -> None:
    done = {"redrive": "redriven", "drop": "dropped"}[verb]
    failed = dict(+tally.failed)
    if as_json:
        others = {"copies": tally.copies, "came_back": tally.came_back, "skipped": tally.skipped}
        others = others if verb == "redrive" else {}
        print_json({done: tally.done, **others, "failed": failed})
    else:
        click.echo(f"{tally.done} {done}")
    if tally.copies:
        note(f"Also deleted: {tally.copies} (same content as a message that was sent)")
    if tally.came_back:
        note(f"Left: {tally.came_back} (same content as a message that was sent: failed again, or a copy)")
    if tally.skipped:
        note(f"Skipped: {tally.skipped} (not an envelope; workers reject those at once: drop them, or use --force)")
    if failed:
        refusals = ", ".join(f"{number} x {code}" for code, number in failed.items())
        raise click.ClickException(f"SQS refused {refusals}; those are still dead letters: run the same command again")
    if not tally.tried and not tally.skipped:
        raise nothing_found(queue)
