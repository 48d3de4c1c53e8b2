"""Draws docs/images/*.svg: `make images`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docs.images.svg import document, rect, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = 15
_HEAD = 6


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box with a title and lines below it.

    Attributes:
        kind: the style: box, blue, green or red; with `dashed`, what not every stack has.
        number: of the step that takes place here, as in the README's list.
    """

    title: str
    lines: Sequence[str] = ()
    kind: str = "box"
    number: int | None = None
    x: float
    y: float
    width: float = 98
    height: float = 58

    def svg(self) -> list[str]:
        """Return its elements."""
        middle = self.x + self.width / 2
        first = self.y + self.height / 2 - len(self.lines) * _LINE / 2 + 4
        return [
            rect(self.kind, x=self.x, y=self.y, width=self.width, height=self.height, radius=6),
            text(self.title, "strong centre", x=middle, y=first),
            *(
                text(line, "small muted centre", x=middle, y=first + _LINE * row)
                for row, line in enumerate(self.lines, start=1)
            ),
            *(_badge(self.number, x=self.x + 6, y=self.y + 4) if self.number else ()),
        ]


def _badge(number: int, *, x: float, y: float) -> list[str]:
    return [f'<circle class="badge" cx="{x:g}" cy="{y:g}" r="9"/>', text(str(number), "number centre", x=x, y=y + 4)]


def arrow(*points: tuple[float, float], kind: str = "") -> list[str]:
    """Return a line through the points with a head at its end; its last piece is level or upright."""
    (x0, y0), (x, y) = points[-2:]
    dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
    back = (x - dx * _HEAD, y - dy * _HEAD)
    line = " ".join(f"{px:g},{py:g}" for px, py in [*points[:-1], back])
    sides = [(back[0] + dy * 4, back[1] + dx * 4), (back[0] - dy * 4, back[1] - dx * 4)]
    head = " ".join(f"{px:g},{py:g}" for px, py in [(x, y), *sides])
    prefix = f"{kind} " if kind else ""
    return [f'<polyline class="{prefix}line" points="{line}"/>', f'<polygon class="{prefix}head" points="{head}"/>']


def _picture(title: str, *parts: list[str], boxes: Sequence[Box], height: float) -> str:
    elements = [*(line for box in boxes for line in box.svg()), *(line for part in parts for line in part)]
    return document(title, elements, height=height)


def _lines(kind: str, *lines: str, x: float, y: float) -> list[str]:
    return [text(line, kind, x=x, y=y + _LINE * row) for row, line in enumerate(lines)]


def architecture() -> str:
    """Return the way from the client to the table, and where failures go."""
    left, middle, right = 8, 131, 254
    boxes = [
        Box(title="Client", lines=["sends HTTP"], x=left, y=14),
        Box(title="HTTP API", lines=["throttles"], x=middle, y=14),
        Box(title="Ingest", lines=["Lambda"], kind="blue", number=1, x=right, y=14),
        Box(title="Queue", lines=["SQS, a group", "per tenant"], number=2, x=right, y=100),
        Box(title="Worker", lines=["Lambda,", "redacts"], kind="blue", number=3, x=middle, y=100),
        Box(title="Records", lines=["DynamoDB,", "by tenant"], kind="green", number=4, x=left, y=100),
        Box(
            title="Dead-letter queue",
            lines=["failed three times or never can work"],
            kind="red",
            number=5,
            x=middle,
            y=186,
            width=221,
            height=46,
        ),
    ]
    return _picture(
        "Architecture: client, HTTP API, ingest function, ingest queue, worker function and table of records; "
        "what fails goes to the dead-letter queue",
        arrow((106, 34), (131, 34)),
        arrow((131, 52), (106, 52)),
        _lines("small muted centre", "log", x=118, y=28),
        _lines("small muted centre", "202", x=119, y=66),
        arrow((229, 43), (254, 43)),
        arrow((303, 72), (303, 100)),
        arrow((254, 129), (229, 129)),
        arrow((131, 129), (106, 129)),
        arrow((180, 158), (180, 186), kind="failure"),
        arrow((303, 158), (303, 186), kind="failure"),
        _lines("small", "Every 202 ends as", "a record or as", "a dead letter.", x=left, y=198),
        boxes=boxes,
        height=242,
    )


def data_flow() -> str:
    """Return the five steps of one log line, each with what happens when it fails."""
    steps = [
        ("Ingest", ["parses the request once", "and makes an envelope"], "blue"),
        ("Queue", ["takes the envelope;", "only then the client gets 202"], "box"),
        ("Worker", ["gets up to ten logs at once,", "processes them concurrently"], "blue"),
        ("Records", ["each is written once, with", "credentials of its tenant only"], "green"),
    ]
    failures = [
        ("4xx and a code", ["the request breaks", "the contract"]),
        ("500, Retry-After", ["SQS does not say yes:", "the client sends again"]),
        ("Retry", ["what failed, after", "a growing delay"]),
        ("Conflict", ["another text under", "the same log id"]),
    ]
    boxes, arrows = [], []
    for row, ((title, lines, kind), (failure, reasons)) in enumerate(zip(steps, failures, strict=True)):
        y = 14 + 84 * row
        boxes.append(Box(title=title, lines=lines, kind=kind, number=row + 1, x=8, y=y, width=184))
        boxes.append(Box(title=failure, lines=reasons, kind="red", x=216, y=y, width=136))
        arrows += arrow((192, y + 29), (216, y + 29), kind="failure")
        arrows += arrow((100, y + 58), (100, y + 84)) if row < len(steps) - 1 else []
    boxes.append(
        Box(
            title="Dead-letter queue",
            lines=["conflicts, three failures, what is no envelope:", "kept for people to fix and redrive"],
            kind="red",
            number=5,
            x=30,
            y=350,
            width=322,
        )
    )
    return _picture(
        "Data flow: the five steps of one log line from the request to the record, and what happens when a step fails",
        arrows,
        arrow((284, 324), (284, 350), kind="failure"),
        boxes=boxes,
        height=418,
    )


def isolation_boxes() -> list[Box]:
    """Return the functions, the sessions that they assume, and the tables; dashed, what `auth: none` does not have."""
    left, middle, right = 8, 128, 254
    return [
        Box(title="Ingest", lines=["role: ingest"], kind="blue", x=left, y=10, height=44),
        Box(title="Worker", lines=["role: worker"], kind="blue", x=left, y=74),
        Box(title="Session", lines=["role:", "tenant-writer"], kind="green", x=middle, y=74),
        Box(title="Query", lines=["role: query"], kind="blue dashed", x=left, y=152),
        Box(title="Session", lines=["role:", "tenant-reader"], kind="green dashed", x=middle, y=152),
        Box(title="Authorizer", lines=["role: authorizer"], kind="blue dashed", x=left, y=230),
        Box(title="Keys", lines=["hashes only"], kind="box", x=right, y=230),
        Box(title="Keys-usage", lines=["day of last use"], kind="box", x=right, y=302),
        Box(
            title="Records", lines=["only rows of", "the tenant in", "the session's", "tag"], x=right, y=74, height=136
        ),
    ]


def isolation() -> str:
    """Return which function reaches which table, and through which role."""
    return _picture(
        "Isolation: worker and query function reach the table of records only in a session tagged with one tenant; "
        "the ingest function reaches no table; the authorizer reads the table of API keys",
        _lines("small muted", "reaches no table", x=128, y=36),
        arrow((106, 103), (128, 103)),
        arrow((226, 103), (254, 103)),
        arrow((106, 181), (128, 181)),
        arrow((226, 181), (254, 181)),
        arrow((106, 259), (254, 259)),
        _lines("small muted", "GetItem by hash", x=132, y=253),
        arrow((57, 288), (57, 331), (254, 331)),
        _lines("small muted", "PutItem", x=132, y=325),
        _lines("small muted", "Dashed: not with auth: none.", "Authorizer: only with api-key.", x=8, y=380),
        boxes=isolation_boxes(),
        height=404,
    )


def write(folder: Path) -> None:
    """Write every picture."""
    for draw in (architecture, data_flow, isolation):
        (folder / f"{draw.__name__.replace('_', '-')}.svg").write_text(draw())


if __name__ == "__main__":
    write(Path(__file__).parent)
