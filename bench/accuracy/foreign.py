"""Log lines of other systems: what the default kinds alter there, and what each kind takes, by mistake or rightly."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from typing import TYPE_CHECKING

from bench.report.report import Table
from handlers.redaction import KINDS, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bench.report.report import Cell

_WORD = re.compile(r"[^\s\[\](){}<>,;\"'=/@|#]+")
_BETWEEN_COLONS = re.compile(r"[^:]+")
# A port, as after `10.0.0.1`; and the rest of a host name that begins with its address, as `10.0.0.1.example.com`.
_PORT = re.compile(r"(?<=\.\d):\d{1,5}$|(?<=\.\d\d):\d{1,5}$|(?<=\.\d\d\d):\d{1,5}$|:$")
_HOST = re.compile(r"^((?:\d{1,3}\.){3}\d{1,3})\.[a-z][\w.\-]+$")
_VERSION = re.compile(r"(?:~|\bversion[ :=]{1,2})$", re.IGNORECASE)


def altered_lines(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each line of which a default kind goes, with the name of the first rule that takes it."""
    for line in lines:
        if found := spans(line):
            yield found[0].rule, line


def addresses(line: str) -> set[tuple[int, int]]:
    """Return where IP addresses stand, by Python's `ipaddress`: whole words, or what colons part; no versions."""
    found: set[tuple[int, int]] = set()
    for word in _WORD.finditer(line):
        for part in (word, *_BETWEEN_COLONS.finditer(line, *word.span())):
            address = _HOST.sub(r"\1", _PORT.sub("", part[0].rstrip(".")))
            if _is_address(address) and not _VERSION.search(line, 0, part.start()):
                found.add((part.start(), part.start() + len(address)))
                break
    return found


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def altered_by_file(lines_of: Mapping[str, list[str]]) -> Table:
    """Return how many lines of each file the default kinds alter."""
    rows: list[list[Cell]] = []
    total: Counter[str] = Counter()
    for file, lines in lines_of.items():
        rules = Counter(rule for rule, _ in altered_lines(lines))
        total += rules
        rows.append([file, len(lines), rules.total(), _listed(rules)])
    rows.append(["all", sum(map(len, lines_of.values())), total.total(), _listed(total)])
    return Table("foreign lines altered by the default kinds", ["", "lines", "altered", "by which rule"], rows)


def taken_by_kind(lines_of: Mapping[str, list[str]]) -> Table:
    """Return what each kind takes from foreign lines, and how much of that is an IP address by an independent check."""
    places: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    false: Counter[str] = Counter()
    missed = 0
    for line in (line for of_file in lines_of.values() for line in of_file):
        right = addresses(line)
        found = spans(line, KINDS)
        taken = {(span.start, span.end) for span in found if span.kind == "ip"}
        missed += len(right - taken)
        lines.update({span.kind for span in found})
        places.update(span.kind for span in found)
        false.update(span.kind for span in found if span.kind != "ip" or (span.start, span.end) not in right)
    rows: list[list[Cell]] = [
        [kind, places[kind], lines[kind], false[kind], missed if kind == "ip" else None] for kind in KINDS
    ]
    note = (
        "A place taken by `ip` is right if Python's `ipaddress` accepts the whole word there and no version is named;"
        " for every other kind each place counts as false. Missed are the addresses that only `ipaddress` finds."
    )
    return Table("foreign lines: what each kind takes", ["", "places", "lines", "false", "missed"], rows, note)


def _listed(rules: Counter[str]) -> str:
    return ", ".join(f"{rule} {count}" for rule, count in rules.items())
