"""`prove` says what holds, shows what does not, and refuses what it does not understand."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from cli.__main__ import main
from proofs.isolation.declared import declared
from proofs.isolation.refusal import NotTranslatable
from proofs.isolation.theorems import ASSUMED, NOT_COVERED, THEOREMS
from tests.support.isolation_mutations import MUTATIONS

if TYPE_CHECKING:
    from proofs.isolation.stack import Stack

ADD_SCAN = next(mutation for mutation in MUTATIONS if mutation.name == "add Scan")

stack_with = cache(declared)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the program have one way to authenticate, which is run once."""
    monkeypatch.setattr("cli.prove.AUTHENTICATIONS", ["api-key"])
    monkeypatch.setattr("cli.prove.declared", stack_with)
    return monkeypatch


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["prove", *arguments], standalone_mode=False)


@pytest.mark.usefixtures("program")
def test_every_sentence_is_printed_with_its_outcome_and_what_it_rests_on() -> None:
    result = run()

    lines = result.stdout.splitlines()
    assert result.return_value == 0
    assert lines[0] == "auth api-key, as declared:"
    assert lines[1 : len(THEOREMS) + 1] == [f"  proved     {theorem.sentence}" for theorem in THEOREMS]
    assert [line.strip() for line in lines[len(THEOREMS) + 1 :]] == ["Assumed:", *ASSUMED, "Not covered:", *NOT_COVERED]


def test_a_request_that_gets_through_is_shown_and_makes_the_exit_code_3(program: pytest.MonkeyPatch) -> None:
    def broken(auth: str) -> Stack:
        return ADD_SCAN.make(stack_with(auth))

    program.setattr("cli.prove.declared", broken)

    shown, data = run(), run("--json")

    outcomes = {verdict["theorem"]: verdict["outcome"] for verdict in json.loads(data.stdout)}
    assert (shown.return_value, data.return_value) == (3, 3)
    assert ADD_SCAN.expected(broken("api-key")) in shown.stdout
    assert {name for name, outcome in outcomes.items() if outcome == "broken"} == set(ADD_SCAN.breaks)
    assert {outcome for name, outcome in outcomes.items() if name not in ADD_SCAN.breaks} == {"proved"}


def test_a_policy_that_it_does_not_understand_is_an_error(program: pytest.MonkeyPatch) -> None:
    def unknown(_: str) -> Stack:
        raise NotTranslatable("a proof needs a known operator, got 'DateLessThan'")

    program.setattr("cli.prove.declared", unknown)

    result = CliRunner().invoke(main, ["prove"])

    assert (result.exit_code, result.stderr) == (1, "Error: a proof needs a known operator, got 'DateLessThan'\n")
