"""Cuts texts at random: redacting the parts and joining them must give the whole text redacted."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import click

from handlers.redaction import DEFAULT_KINDS, KINDS, redact, safe_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = (
    *("Phone", "phone=", "Tel.: ", "Telefon: ", "Handy ", "téléphone : ", "電話: ", "телефон ", "Phone (home):   "),
    *('"phone": ', "phone_numbers=[", "<phone>", "call me at ", "reach Jane at ", "text YES to ", "my number is "),
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
_CUTS_A_TEXT = 25


@click.command
@click.option("--cuts", "number", type=click.IntRange(1), default=1_000_000, show_default=True, help="How many cuts.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same cuts.")
def cuts(*, number: int, seed: int) -> None:
    """Cut texts full of labels and line breaks at random; redact the parts, and compare them with the whole."""
    inside = 0
    for done, (text, position, kinds, cut) in enumerate(random_cuts(number, seed=seed), start=1):
        inside += 0 < cut < len(text)
        if redact(text[:cut], kinds).text + redact(text[cut:], kinds).text != redact(text, kinds).text:
            raise click.ClickException(f"cut {done}, at {cut} (for {position}), changes what is redacted of {text!r}")
    click.echo(f"{number:,} cuts, {inside:,} of them inside a text: every time the parts join to the whole.")


def random_cuts(number: int, *, seed: int) -> Iterator[tuple[str, int, tuple[str, ...], int]]:
    """Yield so many times a text, where it was to be cut at the latest, the kinds to redact, and the safe cut."""
    random = Random(seed)
    for done in range(number):
        if done % _CUTS_A_TEXT == 0:
            text = "".join(random.choices(PIECES, k=random.randint(2, 12)))
            kinds = random.choice((DEFAULT_KINDS, DEFAULT_KINDS, KINDS))
        position = random.randint(0, len(text))
        yield text, position, kinds, safe_cut(text, position, kinds=kinds)
