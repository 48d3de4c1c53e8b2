"""The options that choose dead letters, and those of the commands that redrive or drop them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.terminal import as_json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.dead_letters.letter import DeadLetter

Command = TypeVar("Command", bound="Callable[..., Any]")


@dataclass(frozen=True, kw_only=True)
class MoveOptions:
    """What the operator asked for.

    Attributes:
        tenant_id: only dead letters of this tenant; None for all.
        reason: only those with this reason; None for all.
        limit: at most this many; None for all.
        rate: at most this many messages a second.
        dry_run: only count them.
        yes: do not ask.
        as_json: print JSON.
    """

    tenant_id: str | None
    reason: str | None
    limit: int | None
    rate: float
    dry_run: bool
    yes: bool
    as_json: bool

    def match(self, letter: DeadLetter) -> bool:
        """Return whether a dead letter is among those asked for."""
        return letter.matches(tenant_id=self.tenant_id, reason=self.reason)


def filter_options(command: Command) -> Command:
    """Add the options that choose dead letters."""
    reason = "Only this reason: conflict, not_an_envelope …, or failed (any number of times)."
    tenant_option = click.option("--tenant", "tenant_id", help="Only this tenant.")
    return tenant_option(click.option("--reason", help=reason)(command))


def move_options(command: Command) -> Command:
    """Add the options of `MoveOptions`."""
    options = (
        as_json_option,
        click.option("--yes", is_flag=True, help="Do not ask. Required if standard input is not a terminal."),
        click.option("--dry-run", is_flag=True, help="Only count, by tenant and reason."),
        click.option(
            "--rate", type=click.FloatRange(0.01, 1000), default=50, show_default=True, help="Messages a second."
        ),
        click.option("--limit", type=click.IntRange(1), help="At most this many; the default is all that match."),
        filter_options,
    )
    for option in options:
        command = option(command)
    return command
