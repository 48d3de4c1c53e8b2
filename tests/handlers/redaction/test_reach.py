"""What stands far behind a place decides nothing there, whatever the text; a search goes for chains of near-matches."""

import random

import pytest

from handlers.redaction import KINDS, redact, safe_cut, spans
from handlers.redaction.rules import DEFAULT_KINDS, RULES
from handlers.redaction.rules.rule import Rule
from handlers.redaction.settling import DECIDED_WITHIN_CHARS
from tests.support.redaction_texts import FRAGMENTS, NUMBER_PARTS, SHORT

# In each, a number that goes frees the one before it, or the one behind it.
CHAINS = [
    ("%401-555-0199", ""),
    ("(0212) 345 67 8", "(0212) 345 67"),
    ("(044 668 18 00", "(%3D"),
    ("\x008 (656) 907-0293", ""),
    ("01 23 45 67 8923\u200b", ""),
    ("\uff10415 555-2671\x1b[31m", "\uff10415 555-26;"),
    ("+353 1 234 5678\u200b4\x1b[31m6", "\x1b[31555-0199"),
]
SEPARATORS = ["", "", "", " ", ", ", "-", ".", "|", "\\n", "%40", "\u200b", "\x1b[31m", "["]


@pytest.mark.parametrize(("unit", "end"), CHAINS)
def test_what_stands_far_behind_a_number_decides_nothing_about_it(unit: str, end: str) -> None:
    text = unit * (2 * DECIDED_WITHIN_CHARS // len(unit)) + end

    for position in (1, 1000, DECIDED_WITHIN_CHARS):
        assert spans_up_to(position, text[: position + DECIDED_WITHIN_CHARS]) == spans_up_to(position, text)


@pytest.mark.parametrize(("unit", "end"), CHAINS)
def test_a_chain_of_numbers_cut_anywhere_joins_to_the_whole(unit: str, end: str) -> None:
    text = unit * (6_000 // len(unit)) + end
    whole = redact(text).text

    for position in (4_000, len(text) - len(unit) - 4, len(text) - 5):
        cut = safe_cut(text, position)
        assert redact(text[:cut]).text + redact(text[cut:]).text == whole
    assert redact(whole).text == whole


def test_a_number_frees_the_one_before_it_but_not_a_whole_chain() -> None:
    assert redact("%401-555-0199" * 2).text == "%[REDACTED]%[REDACTED]"
    assert redact("%401-555-0199" * 4).text == "%401-555-0199%40[REDACTED]%[REDACTED]%[REDACTED]"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_search_finds_no_text_whose_parts_are_redacted_unlike_the_whole(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        text, kinds = random_chain(chance), chance.choice([DEFAULT_KINDS, DEFAULT_KINDS, KINDS])
        whole = redact(text, kinds).text
        assert redact(whole, kinds).text == whole, f"redacting {text!r} twice takes more"
        for position in chance.sample(range(len(text)), min(4, len(text))):
            cut = safe_cut(text, position, kinds=kinds)
            parts = redact(text[:cut], kinds).text + redact(text[cut:], kinds).text
            assert parts == whole, f"cut {cut}, for {position}, changes what is redacted of {text!r}"


@pytest.mark.slow
@pytest.mark.parametrize("separator", ["", " ", ","])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_examples_repeated_and_cut_join_to_the_whole(rule: Rule, separator: str) -> None:
    chance = random.Random(1)
    for example in (*rule.matches, *rule.ignores):
        text = separator.join([example.replace("«", "").replace("»", "")] * chance.randint(1, 500))[:10_000]
        cut = safe_cut(text, chance.randint(0, len(text)), kinds=KINDS)
        assert redact(text[:cut], KINDS).text + redact(text[cut:], KINDS).text == redact(text, KINDS).text


def random_chain(chance: random.Random) -> str:
    """Return a piece or several, repeated, with something else at the beginning, in between, or at the end."""
    pieces = [*FRAGMENTS, *NUMBER_PARTS * 3, *SHORT * 3]
    unit = "".join(chance.choice(pieces)[:60] + chance.choice(SEPARATORS) for _ in range(chance.randint(1, 3)))
    odd = [chance.choice(pieces) if chance.random() < share else "" for share in (0.4, 0.3, 0.5)]
    units = [odd[1] if odd[1] and chance.random() < 0.1 else unit for _ in range(chance.randint(1, 500))]
    text = odd[0] + "".join(units)[: chance.randint(4_000, 24_000)]
    return text[: len(text) - chance.randint(0, len(unit))] + odd[2] or unit


def spans_up_to(position: int, text: str) -> list[object]:
    return [span for span in spans(text) if span.start < position]
