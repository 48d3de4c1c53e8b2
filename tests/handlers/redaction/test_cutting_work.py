"""No text makes a cut read much: a search for the worst one counts the characters that the scanner reads."""

import contextlib
import random

import pytest

from handlers.logs.parts import CannotBeCut, cut
from handlers.redaction import DEFAULT_KINDS
from handlers.redaction.rules.rule import REACH_CHARS
from tests.support.counting_scanner import CountingScanner, count_scanning

# Twice the longest part that a stack makes.
PART_CHARS = 200_000
# Where any place close to a cut may be within a match, the part is read once, from its beginning. All else that a cut
# reads lies around its place: 150 times the reach of a match in the worst text that longer searches found.
MOST_CHARS = PART_CHARS + 250 * REACH_CHARS
ATOMS = [
    *("admin@company.com", "jane.doe+tag@mail.example.co.uk", "bob%40example.com", "用户@例子.公司", "aa@bb.cc.", "a@"),
    *("555-0199", "+1 (800) 555-0199 ext. 7", "+44 20 7946 0958", "4155552671", "bytes=200-1023", "phone=", "mailto:"),
    *("ssh -p 22 -i key.pem root@db.example.com", "://app:secret@db.example.com", "b'", "%3D", "\\n", "x" * 40),
    *"@1-() +x,.a|\t",
]
Unit = tuple[str, ...]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> CountingScanner:
    return count_scanning(monkeypatch)


@pytest.mark.parametrize(
    ("seed", "steps"), [(1, 30), *(pytest.param(n, 100, marks=pytest.mark.slow) for n in (1, 2, 3))]
)
def test_a_search_finds_no_text_that_makes_a_cut_read_much(counting: CountingScanner, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    worst = [(0, (atom,)) for atom in ATOMS]

    for _ in range(steps):
        unit = mutated(chance.choice(worst)[1], chance)
        read = characters_read(counting, unit)
        assert read <= MOST_CHARS, f"a cut of {''.join(unit)!r}, again and again, reads {read:,} characters"
        worst = sorted({*worst, (read, unit)}, reverse=True)[:10]

    # The search does search: cuts that read nothing would prove nothing.
    assert worst[0][0] > 20 * REACH_CHARS


def characters_read(counting: CountingScanner, unit: Unit) -> int:
    piece = "".join(unit)
    text = piece * (2 * PART_CHARS // len(piece))
    counting.characters = 0
    with contextlib.suppress(CannotBeCut):
        next(cut(text, max_chars=PART_CHARS, kinds=DEFAULT_KINDS))
    return counting.characters


def mutated(unit: Unit, chance: random.Random) -> Unit:
    """Return a unit with an atom more, another atom, or one less."""
    place, atom = chance.randrange(len(unit)), (chance.choice(ATOMS),)
    before, after = unit[:place], unit[place + 1 :]
    return chance.choice([unit[: place + 1] + atom + after, before + atom + after, before + after or atom])
