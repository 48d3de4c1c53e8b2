"""A search for slow texts: units repeated, the slowest kept and mutated, so that nobody has to think of them."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PIECES = (
    *"0123456789abexzAZ .-_+()@:;,/'\"\\%=&#[]<>\n\t\0",
    *("%2B", "%40", "%3D", "%25", "%20", "%C3%BC", "\\u0040", "\\n", "\\u00a0", "&#64;", "&commat;", "=40", "&#x40;"),
    *("@a.", "@b.co", ".com", "a.a", "xn--", "-a.", "://", "mailto:", "ssh ", "git@", "b'", "#EXT#"),
    *(
        "phone",
        "tel",
        "call ",
        "order ",
        "number",
        "Mobil",
        "fax: ",
        "text ",
        "+1",
        "+49 ",
        "00 ",
        "(0)",
        "555-",
        "0199",
    ),
    *("123 ", "01 ", "06.", " x1", "ext. ", "ms ", "ED]", "[REDACTED]", "Bearer ", "AKIA", "-----BEGIN ", "eyJ", "sk-"),
    *("é", "ü", "я", "漢", "。", "\u00a0", "\u200b", "\u00ad", "·", "\uff10", "😀", "\x1b[31m", "\ud800"),
)
_SEARCH_CHARS = 2_000
_KEPT = 12
_UNIT_CHARS = 60


class Slow(NamedTuple):
    """A unit, and how many microseconds a character a text takes that repeats it."""

    microseconds: float
    unit: str


def search(cost: Callable[[str], float], *, rounds: Iterable[object], seed: int = 1) -> list[Slow]:
    """Return the slowest units found in so many rounds, the slowest first.

    Args:
        cost: microseconds a character of a text that repeats the unit.
        rounds: one unit is tried in each.
        seed: the same seed tries the same units, as long as they cost the same.
    """
    random = Random(seed)
    slowest: dict[str, float] = {}
    for _ in rounds:
        unit = _next_unit(random, list(slowest))
        slowest[unit] = cost(unit)
        if len(slowest) > _KEPT:
            del slowest[min(slowest, key=slowest.__getitem__)]
    return sorted((Slow(cost(unit), unit) for unit in slowest), reverse=True)


def rounds_for(seconds: float) -> Iterator[None]:
    """Yield until so many seconds are over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield


def microseconds_a_character(find: Callable[[str], object], unit: str, *, characters: int) -> float:
    """Return the processor time of the faster of two runs, because whatever else happens only adds to it."""
    text = repeated(unit, characters)
    return min(_seconds(find, text) for _ in range(2)) / len(text) * 1e6


def repeated(unit: str, characters: int) -> str:
    """Return a text of at least so many characters."""
    return unit * (characters // len(unit) + 1)


def _seconds(find: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    find(text)
    return time.process_time() - start


def _next_unit(random: Random, kept: list[str]) -> str:
    if not kept or random.random() < 0.3:  # noqa: PLR2004 - three of ten begin anew
        return "".join(random.choices(PIECES, k=random.randint(1, 6)))
    unit = random.choice(kept)
    at, piece = random.randint(0, len(unit)), random.choice(PIECES)
    changed = random.choice((_inserted, _replaced, _without, _doubled))(unit, at, piece)
    return changed[:_UNIT_CHARS] or piece


def _inserted(unit: str, at: int, piece: str) -> str:
    return unit[:at] + piece + unit[at:]


def _replaced(unit: str, at: int, piece: str) -> str:
    return unit[:at] + piece + unit[at + 1 :]


def _without(unit: str, at: int, _piece: str) -> str:
    return unit[:at] + unit[at + 1 :]


def _doubled(unit: str, at: int, piece: str) -> str:
    return unit[:at] * 2 + piece + unit[at:]


def searcher(*, name: str) -> Any:
    """Return what answers an order to search: the slowest units, with their seconds at several sizes."""
    from bench.accuracy.redactors import REDACTORS

    find = REDACTORS[name]()

    def order(*, seconds: float, sizes: list[int], units: int) -> list[dict[str, Any]]:
        return list(_found(find, seconds=seconds, sizes=sizes, units=units))

    return order


def _found(find: Callable[[str], object], *, seconds: float, sizes: list[int], units: int) -> Iterator[dict[str, Any]]:
    def cost(unit: str) -> float:
        return microseconds_a_character(find, unit, characters=_SEARCH_CHARS)

    for slow in search(cost, rounds=rounds_for(seconds))[:units]:
        taken = {size: min(_seconds(find, repeated(slow.unit, size)) for _ in range(3)) for size in sizes}
        yield {"unit": slow.unit, "seconds": taken}
