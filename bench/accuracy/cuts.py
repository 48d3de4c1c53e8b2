"""Cuts texts at random: redacting the parts and joining them must give the whole text redacted."""

from __future__ import annotations

import functools
import itertools
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import click

from handlers.redaction import DEFAULT_KINDS, KINDS, redact, safe_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = (
    *("Phone", "phone=", "Tel.: ", "Telefon: ", "Handy ", "téléphone : ", "電話: ", "телефон ", "Phone (home):   "),
    *('"phone": ', "phone_numbers=[", "<phone>", "call me at ", "reach Jane at ", "text YES to ", "my number is "),
    *("Phone:\n", "tel:\r\n  ", "phones: [", '"phones": ["', '", "', " / ", ", 467 3396", "and "),
    *(
        "020 7946 0958",
        "+43 5381 93036 426",
        "8 (656) 907-0293",
        "06.12.34.56.78",
        "467 3395",
        "4155552671",
        "555-0199",
    ),
    *("(415) 555-2671", "+1 (800) 555-0199 ext. 7", "415%20555%202671", "+49 30 123456 15:04:05", "192.168.1.20"),
    *(
        " office",
        " Fax",
        " ms",
        " x12",
        "order ",
        "bytes=",
        "\\n",
        "%3D",
        "\x1b[31m",
        "\u200b",
        "\u00ad",
        "\u00a0",
        "\0",
    ),
    *("jane@example.com", "jane%40example.com", "jane&#64;example.com", '"jane.doe"@example.com', "用户@例子.公司"),
    *("ssh -p 22 root@db.example.com", "git@github.com:a/b", "://app:pw@db.example.com", "[REDACTED]", "a@", "@b.co"),
    *("4111 1111 1111 1111", "078-05-1120", "DE89 3704 0044 0532 0130 00", "AKIAIOSFODNN7EXAMPLE", "Bearer "),
    *("\n", "\r\n", "\n", " ", " ", ", ", "-", ".", ":", "=", "|", "/", "(", ")", "+", "1", "23", "456", "x"),
)
_CUTS_A_TEXT = 50


class Cut(NamedTuple):
    """A text, where it was to be cut at the latest, and where it was cut; whether its parts join to the whole."""

    text: str
    position: int
    place: int
    joins: bool


@click.command
@click.option("--cuts", "number", type=click.IntRange(1), default=1_000_000, show_default=True, help="How many cuts.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same cuts.")
def cuts(*, number: int, seed: int) -> None:
    """Cut texts full of labels and line breaks at random; redact the parts, and compare them with the whole."""
    inside = 0
    for done, cut in enumerate(itertools.islice(random_cuts(seed=seed), number), start=1):
        inside += 0 < cut.place < len(cut.text)
        if not cut.joins:
            raise click.ClickException(
                f"cut {done}, at {cut.place} (for {cut.position}), changes what is redacted of {cut.text!r}"
            )
    click.echo(f"{number:,} cuts, {inside:,} of them inside a text: every time the parts join to the whole.")


def random_cuts(*, seed: int) -> Iterator[Cut]:
    """Yield cuts without end, each text cut at several places."""
    random = Random(seed)
    while True:
        text = "".join(random.choices(PIECES, k=random.randint(2, 12)))
        yield from cuts_of(text, random.choice((DEFAULT_KINDS, DEFAULT_KINDS, KINDS)), random)


def cuts_of(text: str, kinds: tuple[str, ...], random: Random) -> Iterator[Cut]:
    """Yield cuts of a text, of which the whole is redacted once, and the parts once for each place."""

    @functools.cache
    def redacted(start: int, end: int) -> str:
        return redact(text[start:end], kinds).text

    @functools.cache
    def joins(place: int) -> bool:
        return redacted(0, place) + redacted(place, len(text)) == redacted(0, len(text))

    for position in random.sample(range(len(text) + 1), min(_CUTS_A_TEXT, len(text) + 1)):
        place = safe_cut(text, position, kinds=kinds)
        yield Cut(text, position, place, joins(place))
