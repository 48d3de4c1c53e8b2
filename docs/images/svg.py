"""SVG that is legible at 360 px, in light and in dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 360
# On a wide page a picture is shown larger than on a phone, but not as wide as the page.
_WIDE = 1.5
# The background is drawn too: the browser's colour scheme and the page's may differ.
_STYLE = """<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px } .strong { font-weight: 600 } .small { font-size: 11px }
.right { text-anchor: end } .centre { text-anchor: middle } .muted { fill: #495059 }
.page { fill: #ffffff } .ours { fill: #0969da } .other { fill: #9aa4ae }
.box { fill: #f6f8fa; stroke: #818b98 } .blue { fill: #ddf4ff; stroke: #0969da }
.green { fill: #dafbe1; stroke: #1a7f37 } .red { fill: #ffebe9; stroke: #cf222e } .dashed { stroke-dasharray: 4 3 }
.line { fill: none; stroke: #59636e; stroke-width: 1.5 } .head { fill: #59636e }
.failure.line { stroke: #cf222e } .failure.head { fill: #cf222e }
.badge { fill: #1f2328 } .number { fill: #ffffff; font-weight: 600; font-size: 11px }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .muted { fill: #b7bdc8 }
.page { fill: #0d1117 } .ours { fill: #4493f8 } .other { fill: #6e7681 }
.box { fill: #151b23; stroke: #656c76 } .blue { fill: #0c2d6b; stroke: #4493f8 }
.green { fill: #033a16; stroke: #3fb950 } .red { fill: #4c1518; stroke: #f85149 }
.line { stroke: #9198a1 } .head { fill: #9198a1 }
.failure.line { stroke: #f85149 } .failure.head { fill: #f85149 }
.badge { fill: #e6edf3 } .number { fill: #0d1117 }
}
</style>"""


def document(title: str, elements: Iterable[str], *, height: float) -> str:
    """Return a picture; `title` says what it shows to those who cannot see it."""
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH * _WIDE:g}" height="{height * _WIDE:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">'
    return "\n".join([head, _STYLE, '<rect class="page" width="100%" height="100%"/>', *elements, "</svg>\n"])


def text(words: str, kind: str = "", *, x: float, y: float) -> str:
    """Return one line of text on the baseline `y`."""
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:.4g}" y="{y:.4g}">{escape(words)}</text>'


def rect(kind: str, *, x: float, y: float, width: float, height: float, radius: float = 2) -> str:
    """Return a rectangle with round corners."""
    place = f'x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}"'
    return f'<rect class="{kind}" {place} rx="{radius:g}"/>'
