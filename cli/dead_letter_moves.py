"""`dead-letters redrive` and `drop`: counted first, asked about, then done at a pace, and added up."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.confirmation import confirm, refuse_unless_answerable
from cli.dead_letter_job import Tally, work_through
from cli.dead_letter_order import Order, order_options
from cli.dead_letter_queue import DeadLetterQueue
from cli.drop import Drop
from cli.failures import NothingFound
from cli.pace import Pace
from cli.redrive import Redrive
from cli.target import Target, with_target
from cli.terminal import console, note, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.dead_letter_job import Job

MOST_GROUPS_NAMED = 5

Groups = Counter[tuple[str | None, str]]


@click.command()
@with_target
@order_options
@click.option("--force", is_flag=True, help="Send also what is not an envelope, though workers give it up at once.")
def redrive(target: Target, *, force: bool, **options: Any) -> None:
    """Send dead letters back to the ingest queue, to be processed again.

    It may be interrupted at any point: nothing gets lost, and nothing is stored twice.
    """
    order = Order(**options)
    job = partial(Redrive, sqs=target.client("sqs"), ingest_queue_url=target.output("queue_url"), force=force)
    _carry_out(target, order, verb="redrive", job=job)


@click.command()
@with_target
@order_options
def drop(target: Target, **options: Any) -> None:
    """Delete dead letters for good."""
    _carry_out(target, Order(**options), verb="drop", job=Drop)


def nothing_found(queue: DeadLetterQueue) -> NothingFound:
    """Return the failure that says what there is instead of what was asked for."""
    if not queue.looked_at:
        return NothingFound("There are no dead letters.")
    groups = [f"{number} x {tenant or '-'} {reason}" for (tenant, reason), number in queue.looked_at.most_common()]
    more = ", …" if len(groups) > MOST_GROUPS_NAMED else ""
    there_is = ", ".join(groups[:MOST_GROUPS_NAMED]) + more
    return NothingFound(f"No dead letter fits; there are {queue.looked_at.total()}: {there_is}")


def _carry_out(target: Target, order: Order, *, verb: str, job: Callable[..., Job]) -> None:
    if order.dry_run:
        _print_groups(_count(target, order), as_json=order.as_json)
        return
    expected = None if order.yes else _ask(target, order, verb=verb)
    with DeadLetterQueue(target) as queue:
        work = job(queue=queue, chosen=order.covers)
        try:
            _work_through(queue, work, order, verb=verb, expected=expected)
        except BaseException:
            note(f"Stopped after {work.tally.done}; the others are where they were.")
            raise
    _report(work.tally, queue, verb=verb, as_json=order.as_json)


def _ask(target: Target, order: Order, *, verb: str) -> int:
    refuse_unless_answerable()
    groups = _count(target, order)
    _print_groups(groups, as_json=False, to_stderr=True)
    confirm(f"{verb.capitalize()} {groups.total()} dead letters of {target.name}?")
    return groups.total()


def _work_through(queue: DeadLetterQueue, work: Job, order: Order, *, verb: str, expected: int | None) -> None:
    waiting = queue.waiting()
    total = expected or min(waiting, order.limit or waiting)
    with _progress() as bar:
        task = bar.add_task(verb.capitalize(), total=total)
        work_through(
            queue,
            work,
            pace=Pace(order.rate),
            limit=order.limit,
            progress=lambda handled: bar.update(task, completed=handled, total=max(handled, total)),
        )


def _count(target: Target, order: Order) -> Groups:
    groups: Groups = Counter()
    with DeadLetterQueue(target) as queue:
        for letters in queue.letters():
            for letter in filter(order.covers, letters):
                groups[letter.tenant_id, letter.reason] += 1
                if groups.total() == order.limit:
                    return groups
    if not groups:
        raise nothing_found(queue)
    return groups


def _print_groups(groups: Groups, *, as_json: bool, to_stderr: bool = False) -> None:
    rows = sorted((tenant or "-", reason, number) for (tenant, reason), number in groups.items())
    if as_json:
        print_json([{"tenant_id": tenant, "reason": reason, "count": number} for tenant, reason, number in rows])
    else:
        print_table(("tenant", "reason", "dead letters"), rows, to_stderr=to_stderr)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown_on = console(to_stderr=True)
    return Progress(*columns, console=shown_on, disable=not shown_on.is_terminal)


def _report(tally: Tally, queue: DeadLetterQueue, *, verb: str, as_json: bool) -> None:
    done = {"redrive": "redriven", "drop": "dropped"}[verb]
    if as_json:
        others = {"copies": tally.copies, "skipped": tally.skipped} if verb == "redrive" else {}
        print_json({done: tally.done, **others, "failed": dict(+tally.failed)})
    else:
        click.echo(f"{tally.done} {done}")
    if tally.copies:
        note(f"Deleted as well, for saying the same as one that was sent: {tally.copies}.")
    if tally.skipped:
        note(
            f"Left alone, for being no envelopes: {tally.skipped}. Workers give those up at once: drop them, or --force"
        )
    if tally.failed.total():
        refusals = ", ".join(f"{number} x {code}" for code, number in (+tally.failed).items())
        raise click.ClickException(f"SQS refused {refusals}; those are dead letters still: run the same command again")
    if not tally.handled and not tally.skipped:
        raise nothing_found(queue)
