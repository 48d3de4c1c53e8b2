"""What the solver proves of the declared policies, and what it finds once there is a mistake in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from proofs.isolation.declared import AUTHENTICATIONS, declared
from proofs.isolation.theorems import ASSUMED, NOT_COVERED, THEOREMS, Theorem, prove
from tests.support.checkout import ROOT
from tests.support.isolation_mutations import MUTATIONS

if TYPE_CHECKING:
    from proofs.isolation.stack import Stack

CUSTOMER_KEY = "arn:aws:kms:us-east-1:123456789012:key/customer"
NAMED = {theorem.name: theorem for theorem in THEOREMS}

each_theorem = pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.name)


@cache
def stack_with(auth: str) -> Stack:
    return declared(auth)


@each_theorem
@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_the_declared_policies_prove_it(theorem: Theorem, auth: str) -> None:
    verdict = prove(theorem, stack_with(auth))

    assert verdict.is_proved, [*map(str, verdict.counterexamples), verdict.unsettled]


def test_a_customers_own_key_changes_nothing() -> None:
    stack = declared("api-key", kmsKeyArn=CUSTOMER_KEY, fingerprintKeyGeneration="2")

    assert len(stack.fingerprint_keys) == 2
    assert [theorem.name for theorem in THEOREMS if not prove(theorem, stack).is_proved] == []


def test_every_theorem_can_fail() -> None:
    assert {name for mutation in MUTATIONS for name in mutation.breaks} == NAMED.keys()


def test_the_page_on_security_has_every_theorem() -> None:
    page = (ROOT / "docs/security.md").read_text()
    rows = [f'| <a id="{theorem.name}"></a>`{theorem.name}` | {theorem.sentence} |' for theorem in THEOREMS]

    shown = page.partition("<!-- theorems -->")[2].partition("<!-- /theorems -->")[0].split("\n")
    assert [row for row in shown if row.startswith("| <a")] == rows
    assert [theorem.name for theorem in THEOREMS if f"(#{theorem.name})" not in page] == []
    assert f"make {len(MUTATIONS)} mistakes" in page
    assert [sentence for sentence in (*ASSUMED, *NOT_COVERED) if f"\n  {sentence}\n" not in page] == []
