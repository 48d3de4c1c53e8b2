"""Labelled texts for the accuracy of the redaction: what must go is marked in them, everything else must stay."""
# ruff: noqa: RUF003 - reproducible, not secret; ‹ and › are marks

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bench.accuracy.email_templates import EMAIL_CONTEXTS, EMAIL_FORMATS
from bench.accuracy.phone_templates import PHONE_CONTEXTS, PHONE_FORMATS
from bench.accuracy.template_values import fill
from bench.accuracy.trap_templates import TRAPS

if TYPE_CHECKING:
    from collections.abc import Iterator

# « » holds what must go; ‹ › what may go with it or stay, such as `tel:` or an extension: it counts for nobody.
_MARKS = re.compile("[«»‹›]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text.

    Attributes:
        text: the text, without marks.
        kind: `phone` or `email` where something must go; None for a trap, in which nothing may.
        group: the format or the trap that it is an example of.
        goes: the characters that must go, as pairs of start and end.
        may_go: the characters that may go or stay.
    """

    text: str
    kind: str | None
    group: str
    goes: tuple[tuple[int, int], ...]
    may_go: tuple[tuple[int, int], ...]


def labelled_texts(*, seed: int = 11, per_group: int = 40) -> Iterator[Labelled]:
    """Yield the whole set: for every format and every trap so many texts, each with values of its own."""
    random = Random(seed)
    for kind, formats, contexts in (
        ("phone", PHONE_FORMATS, PHONE_CONTEXTS),
        ("email", EMAIL_FORMATS, EMAIL_CONTEXTS),
    ):
        for group, templates in formats.items():
            for number in range(per_group):
                value = fill(templates[number % len(templates)], random)
                yield parsed(fill(random.choice(contexts), random).replace("VALUE", value), kind=kind, group=group)
    for group, templates in TRAPS.items():
        for number in range(per_group):
            yield parsed(fill(templates[number % len(templates)], random), kind=None, group=group)


def parsed(marked: str, *, kind: str | None, group: str) -> Labelled:
    """Return the text that a marked one stands for."""
    spans: dict[str, list[tuple[int, int]]] = {"«": [], "‹": []}
    pieces: list[str] = []
    begun: dict[str, int] = {}
    length = end = 0
    for mark in _MARKS.finditer(marked):
        pieces.append(marked[end : mark.start()])
        length, end = length + len(pieces[-1]), mark.end()
        opening = {"»": "«", "›": "‹"}.get(mark[0])
        if opening is None:
            begun[mark[0]] = length
        else:
            spans[opening].append((begun.pop(opening), length))
    text = "".join([*pieces, marked[end:]])
    return Labelled(text, kind, group, tuple(spans["«"]), tuple(spans["‹"]))
