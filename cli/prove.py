"""`prove`: shows by a solver that the policies of a stack keep tenants apart, whatever is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cli.target import Targets
from cli.terminal import as_json_option, note, print_json, visible
from proofs.isolation.declared import AUTHENTICATIONS, declared
from proofs.isolation.deployed import deployed, in_embedded_cloud, in_export
from proofs.isolation.refusal import NotTranslatable
from proofs.isolation.theorems import ASSUMED, NOT_COVERED, THEOREMS, Verdict
from proofs.isolation.theorems import prove as prove_theorem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofs.isolation.stack import Stack

NOT_PROVED = 3
"""The exit code of a sentence that does not hold or that the solver could not settle."""


@click.command()
@click.option("--local", is_flag=True, help="The policies on the embedded cloud that `make dev` runs on this machine.")
@click.option("--stack", metavar="NAME", help="The policies of this Pulumi stack as deployed, read from AWS.")
@as_json_option
def prove(*, local: bool, stack: str | None, as_json: bool) -> int:
    """Prove that no request reaches another tenant's rows, and what else docs/security.md says of all requests.

    Without a target: the policies as the program declares them, in every `auth`. Exits with 0 if every sentence is
    proved, and with 3 if one does not hold or cannot be settled; then a request that gets through is shown.
    """
    try:
        verdicts = [prove_theorem(theorem, one) for one in _stacks(local=local, stack=stack) for theorem in THEOREMS]
    except NotTranslatable as refused:
        raise click.ClickException(str(refused)) from refused
    if as_json:
        print_json([_as_json(verdict) for verdict in verdicts])
    else:
        _print(verdicts)
    return 0 if all(verdict.is_proved for verdict in verdicts) else NOT_PROVED


def _stacks(*, local: bool, stack: str | None) -> Iterator[Stack]:
    if not local and stack is None:
        yield from (declared(auth) for auth in AUTHENTICATIONS)
        return
    targets = click.get_current_context().find_object(Targets) or Targets()
    target = targets.choose(local=local, stack=stack)
    note(f"Using {target.name}.")
    if target.is_local:
        found = in_embedded_cloud(target.client, target.outputs)
    else:
        found = in_export(json.loads(targets.pulumi(["stack", "export", "--stack", str(stack)])))
    yield deployed(f"{target.name}, as deployed", found, target.client)


def _print(verdicts: list[Verdict]) -> None:
    shown = None
    for verdict in verdicts:
        if verdict.stack.name != shown:
            shown = verdict.stack.name
            click.echo(visible(f"{shown}:"))
        click.echo(f"  {_outcome(verdict):<9}  {verdict.theorem.sentence}")
        for counterexample in verdict.counterexamples:
            click.echo(visible(f"             {counterexample}"))
        if verdict.unsettled:
            click.echo(f"             {verdict.unsettled}")
    for heading, sentences in (("Assumed:", ASSUMED), ("Not covered:", NOT_COVERED)):
        click.echo(heading)
        for sentence in sentences:
            click.echo(f"  {sentence}")


def _outcome(verdict: Verdict) -> str:
    if verdict.counterexamples:
        return "broken"
    return "unsettled" if verdict.unsettled else "proved"


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "stack": verdict.stack.name,
        "theorem": verdict.theorem.name,
        "sentence": verdict.theorem.sentence,
        "outcome": _outcome(verdict),
        "counterexamples": [counterexample.as_json() for counterexample in verdict.counterexamples],
        "unsettled": verdict.unsettled,
        "seconds": round(verdict.seconds, 3),
    }
