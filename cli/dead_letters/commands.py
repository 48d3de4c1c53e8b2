"""`dead-letters list` and `show`, and the group of all its commands."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from cli.advice import advised
from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from cli.dead_letters.letter import grouped_copies
from cli.dead_letters.moving import drop, nothing_found, redrive
from cli.dead_letters.options import filter_options
from cli.failures import NothingFound
from cli.target import Target, with_target
from cli.terminal import as_json_option, note, preview, print_details, print_json, print_table, print_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.dead_letters.letter import DeadLetter

SHORT_ID_CHARS = 8


@click.group()
def dead_letters() -> None:
    """Look at what could not be processed, send it back, or delete it."""


@dead_letters.command("list")
@with_target
@filter_options
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most this many.")
@as_json_option
def list_(target: Target, *, tenant_id: str | None, reason: str | None, limit: int, as_json: bool) -> None:
    """List dead letters, oldest first. Texts are shown redacted; with --json, as they were sent.

    One that was kept several times is listed once, with the number of its copies. Nothing is removed from the queue,
    but other readers do not see these messages while the command runs.
    """
    with DeadLetterQueue(target) as queue:
        found = chain.from_iterable(queue.letters())
        listed = grouped_copies(
            (letter for letter in found if letter.matches(tenant_id=tenant_id, reason=reason)), limit
        )
    if as_json:
        print_json([copies[0].as_json() | {"copies": len(copies)} for copies in listed])
    elif listed:
        print_table(("id", "tenant", "log id", "reason", "sent at (UTC)", "text, redacted"), map(_row, listed))
    if not listed:
        raise nothing_found(queue)
    if len(listed) == limit:
        note(f"Showing {limit}; there may be more: --limit {limit * 10}")


@dead_letters.command()
@click.argument("id_", metavar="ID")
@with_target
@as_json_option
def show(target: Target, *, id_: str, as_json: bool) -> None:
    """Show one dead letter, with its whole text as it was sent.

    ID is an id from `dead-letters list`, or the message_id of a 202; the beginning is enough.
    """
    with DeadLetterQueue(target) as queue:
        found = [letter for letters in queue.letters() for letter in letters if _has_id(letter, id_)]
    if not found:
        raise NothingFound(f"No dead letter has an id that begins with {id_}; see: {advised('dead-letters', 'list')}")
    ids = sorted({letter.accepted_id for letter in found})
    if len(ids) > 1:
        raise click.ClickException(
            f"ID must match one dead letter, but {id_} matches {', '.join(ids)}; give more of it"
        )
    for letter in found:  # every copy of it, and more than one message after an interrupted redrive
        print_json(letter.as_json()) if as_json else _print_letter(letter)


def _has_id(letter: DeadLetter, begin: str) -> bool:
    return letter.accepted_id.startswith(begin) or letter.message_id.startswith(begin)


def _row(copies: Sequence[DeadLetter]) -> tuple[str, ...]:
    letter = copies[0]
    return (
        letter.accepted_id[:SHORT_ID_CHARS],
        letter.tenant_id or "-",
        letter.sort_key or "-",
        letter.reason if len(copies) == 1 else f"{letter.reason}, {len(copies)} copies",
        f"{letter.sent_at:%Y-%m-%d %H:%M:%S}",
        preview(letter.text),
    )


def _print_letter(letter: DeadLetter) -> None:
    pairs = [
        ("id", letter.accepted_id),
        ("message id", None if letter.message_id == letter.accepted_id else letter.message_id),
        ("tenant", letter.tenant_id),
        ("log id", letter.sort_key),
        ("reason", letter.reason),
        ("sent at", letter.sent_at.isoformat()),
        ("received at", letter.envelope.received_at if letter.envelope else None),
        ("characters", len(letter.text)),
    ]
    print_details(pairs)
    click.echo()
    print_text(letter.text)


dead_letters.add_command(redrive)
dead_letters.add_command(drop)
