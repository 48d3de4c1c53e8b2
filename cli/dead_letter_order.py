"""An order: what is to be done to which dead letters, as the options of a command say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.terminal import as_json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.dead_letter import DeadLetter

Command = TypeVar("Command", bound="Callable[..., Any]")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the person wants done.

    Attributes:
        tenant_id: only to dead letters of this tenant; None for all.
        reason: only to those of this reason; None for all.
        limit: to so many at most; None for all.
        rate: most messages a second.
        dry_run: only to count them.
        yes: without asking.
        as_json: and to tell it to a machine.
    """

    tenant_id: str | None
    reason: str | None
    limit: int | None
    rate: float
    dry_run: bool
    yes: bool
    as_json: bool

    def covers(self, letter: DeadLetter) -> bool:
        """Return whether a dead letter is meant."""
        return letter.fits(tenant_id=self.tenant_id, reason=self.reason)


def filters(command: Command) -> Command:
    """Give a command the options that choose dead letters."""
    reason = "Only of this reason: conflict, not_an_envelope …, or failed (as often as the queue allows)."
    return click.option("--tenant", "tenant_id", help="Only of this tenant.")(
        click.option("--reason", help=reason)(command)
    )


def order_options(command: Command) -> Command:
    """Give a command the options of an `Order`."""
    options = (
        as_json_option,
        click.option("--yes", is_flag=True, help="Do not ask; needed where standard input is no terminal."),
        click.option("--dry-run", is_flag=True, help="Only count them, by tenant and reason."),
        click.option("--rate", type=click.FloatRange(0.01, 1000), default=50, show_default=True, help="Most a second."),
        click.option("--limit", type=click.IntRange(1), help="Most in all; without it, all that fit."),
        filters,
    )
    for option in options:
        command = option(command)
    return command
