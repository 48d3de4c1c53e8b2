"""Texts of a request that are not known, as variables of the solver.

The solver's own theory of strings does not settle some of these questions within minutes. So a variable ranges over a
list of texts instead, one for each way in which the patterns that it is asked for can be true of it (see
`proofs.isolation.globs`): nothing is lost by that. Variables that are compared with each other share a list, which then
has as many texts of each way as there are variables, so that any of them can differ.

A policy variable beside other text, such as `${aws:PrincipalTag/tenant_id}*`, ties two texts together in more ways than
such a list shows. There, a counterexample is still one, but that none is found proves nothing: `is_exact` says so.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import z3

from proofs.isolation.globs import Glob, holds, literal, representatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TRUE, FALSE = z3.BoolVal(val=True), z3.BoolVal(val=False)
_BITS = 16
WANTED = ("acme", "globex", "acme-2")
"""Names of tenants that people can tell apart; tried before others."""


@dataclass(frozen=True)
class Text:
    """A text: known, or a variable with a name."""

    known: str | None = None
    name: str = ""

    @property
    def term(self) -> Any:
        """The variable of the solver; its values are numbers of texts."""
        return z3.BitVec(self.name, _BITS)


@dataclass(frozen=True)
class Wildcard:
    """`*` or `?` among other texts."""

    sign: str


@dataclass(frozen=True)
class _Tied:
    """A formula that one text has a pattern in which other texts occur."""

    formula: Any
    text: Text
    parts: tuple[Text | Wildcard, ...]

    def texts(self) -> list[Text]:
        found = [self.text, *(part for part in self.parts if isinstance(part, Text))]
        return list(dict.fromkeys(text for text in found if text.known is None))

    def holds(self, values: dict[Text, str]) -> bool:
        def value(text: Text) -> str:
            return values[text] if text.known is None else text.known

        signs = {"*": ".*", "?": "."}
        regex = "".join(signs[p.sign] if isinstance(p, Wildcard) else re.escape(value(p)) for p in self.parts)
        return re.fullmatch(regex, value(self.text), re.DOTALL) is not None


class Texts:
    """The texts of one question to the solver, and what is asked of them."""

    def __init__(self) -> None:
        self._variables: list[Text] = []
        self._asked: dict[tuple[Text, Glob], Any] = {}
        self._group: dict[Text, Text] = {}
        self._tied: list[_Tied] = []
        self._rules: list[Any] = []
        self._lists: dict[Text, tuple[str, ...]] = {}

    @property
    def is_exact(self) -> bool:
        """Whether that nothing is found means that there is nothing."""
        return not self._tied

    def variable(self, name: str) -> Text:
        """Return a text of which nothing is known; each name only once."""
        text = Text(name=f"{name}~{len(self._variables)}")
        self._variables.append(text)
        return text

    def either(self, condition: Any, one: Text, other: Text) -> Text:
        """Return a text that is the one if a formula is true and the other if it is not."""
        chosen = self.variable("either")
        self._rules.append(z3.If(condition, self.equal(chosen, one), self.equal(chosen, other)))
        return chosen

    def first(self, choices: Iterable[tuple[Any, Text]]) -> Text:
        """Return a text that is each of these while a formula is true; of the formulas, only one may be."""
        chosen = self.variable("first")
        self._rules += [z3.Implies(condition, self.equal(chosen, text)) for condition, text in choices]
        return chosen

    def equal(self, one: Text, other: Text) -> Any:
        """Return the formula that two texts are the same."""
        if one.known is not None and other.known is not None:
            return z3.BoolVal(one.known == other.known)
        if one.known is not None:
            return self.has(other, literal(one.known))
        if other.known is not None:
            return self.has(one, literal(other.known))
        self._join(one, other)
        return one.term == other.term

    def is_one_of(self, text: Text, known: Iterable[str]) -> Any:
        """Return the formula that a text is one of these."""
        return z3.Or(*(self.equal(text, Text(one)) for one in known))

    def has(self, text: Text, pattern: Glob) -> Any:
        """Return the formula that a text has a pattern."""
        if text.known is not None:
            return z3.BoolVal(holds(pattern, text.known))
        if (text, pattern) not in self._asked:
            self._asked[text, pattern] = z3.Bool(f"{text.name} has pattern {len(self._asked)}")
        return self._asked[text, pattern]

    def has_parts(self, text: Text, parts: Sequence[Text | Wildcard]) -> Any:
        """Return the formula that a text consists of these texts and wildcards."""
        if len(parts) == 1 and isinstance(parts[0], Text):
            return self.equal(text, parts[0])
        tied = _Tied(z3.Bool(f"{text.name} tied {len(self._tied)}"), text, tuple(parts))
        if not tied.texts():
            return z3.BoolVal(tied.holds({}))
        self._tied.append(tied)
        for one, other in itertools.pairwise(tied.texts()):
            self._join(one, other)
        return tied.formula

    def rules(self) -> list[Any]:
        """Return what ties the formulas to the texts; ask for it once everything is asked of them."""
        self._lists = {group: self._list(group) for group in dict.fromkeys(map(self._root, self._variables))}
        rules = list(self._rules)
        rules += [z3.ULT(text.term, len(self._list_of(text))) for text in self._variables]
        for (text, pattern), formula in self._asked.items():
            rules.append(formula == self._among(text, [holds(pattern, known) for known in self._list_of(text)]))
        rules += [tied.formula == self._ways(tied) for tied in self._tied]
        return rules

    def value(self, model: z3.ModelRef, text: Text) -> str:
        """Return the text that the solver chose."""
        if text.known is not None:
            return text.known
        number: int = model.eval(text.term, model_completion=True).as_long()
        return self._list_of(text)[number]

    def _list_of(self, text: Text) -> tuple[str, ...]:
        return self._lists[self._root(text)]

    def _list(self, group: Text) -> tuple[str, ...]:
        members = [text for text in self._variables if self._root(text) == group]
        patterns = frozenset(pattern for text, pattern in self._asked if self._root(text) == group)
        tied = [tied for tied in self._tied if self._root(tied.texts()[0]) == group]
        wanted = WANTED if len(members) > 1 else ()
        return representatives(patterns, len(members), (*wanted, *(text for one in tied for text in _fitting(one))))

    def _among(self, text: Text, fits: Sequence[bool]) -> Any:
        """Return the formula that a text is one of those of its list that fit, or none of those that do not."""
        few = sum(fits) * 2 <= len(fits)
        named = z3.Or(*(text.term == number for number, fit in enumerate(fits) if fit == few))
        return named if few else z3.Not(named)

    def _ways(self, tied: _Tied) -> Any:
        texts = tied.texts()
        *others, last = texts
        ways = []
        for choice in itertools.product(*(enumerate(self._list_of(text)) for text in others)):
            chosen = {text: known for text, (_, known) in zip(others, choice, strict=True)}
            fits = [tied.holds({**chosen, last: known}) for known in self._list_of(last)]
            if any(fits):
                numbers = [text.term == number for text, (number, _) in zip(others, choice, strict=True)]
                ways.append(z3.And(*numbers, self._among(last, fits)))
        return z3.Or(*ways)

    def _join(self, one: Text, other: Text) -> None:
        first, second = self._root(one), self._root(other)
        if first != second:
            self._group[second] = first

    def _root(self, text: Text) -> Text:
        while text in self._group:
            text = self._group[text]
        return text


def _fitting(tied: _Tied) -> Iterator[str]:
    """Yield texts that have such a pattern."""
    for name in WANTED:
        for between in ("", "-2", "x"):
            parts = [
                between if isinstance(p, Wildcard) else p.known if p.known is not None else name for p in tied.parts
            ]
            yield "".join(parts)
