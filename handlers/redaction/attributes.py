"""Redacts a map of attributes: texts, numbers and keys at any depth; everything else stays as it was."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from handlers.redaction.redacting import MARKER, Span, spans
from handlers.redaction.rules import DEFAULT_KINDS

# How many keys, the innermost ones, stand before a value as its label: in `phone.home` the outer one says more.
_KEYS_IN_LABEL = 3
_SPACES = str.maketrans(".\n\r", "   ")


class RedactedAttributes(NamedTuple):
    """A map without what had to go, and how many of each kind went; every kind asked for has its count."""

    attributes: dict[str, Any]
    counts: Mapping[str, int]


class _Piece(NamedTuple):
    """One text, number or key, with the keys that lead to it."""

    path: tuple[str, ...]
    text: str


def redact_attributes(attributes: Mapping[str, Any], kinds: Iterable[str] = DEFAULT_KINDS) -> RedactedAttributes:
    """Replace every match of the kinds in a JSON map.

    A value is read with its keys as a label: `{"phone": 4155552671}` as `phone: 4155552671`. A number that goes
    becomes the marker, a text. A key that goes is replaced too, and gets a number if another one has its name.

    Raises:
        ValueError: for a kind that no rule has.
    """
    pieces: list[_Piece] = []
    _collect(attributes, (), pieces)
    texts, counts = _redact_each(pieces, tuple(kinds))
    return RedactedAttributes(_rebuilt_map(attributes, iter(texts)), counts)


def _collect(value: Any, path: tuple[str, ...], pieces: list[_Piece]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            pieces.append(_Piece(path, key))
            _collect(inner, (*path, key)[-_KEYS_IN_LABEL:], pieces)
    elif isinstance(value, list | tuple):
        for inner in value:
            _collect(inner, path, pieces)
    elif (text := _text_of(value)) is not None:
        pieces.append(_Piece(path, text))


def _text_of(value: Any) -> str | None:
    """Return what is scanned of a value; None for one that cannot hold anything personal."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # JavaScript and protobuf know a phone number as 4155552671.0, and Python writes a large one with an exponent.
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _redact_each(pieces: list[_Piece], kinds: tuple[str, ...]) -> tuple[list[str], dict[str, int]]:
    """Return the pieces redacted, and the counts. No rule reads past an empty line, so one scan of all is enough."""
    labels = [_label(piece.path) for piece in pieces]
    document = "".join(f"{label}{piece.text}\n\n" for label, piece in zip(labels, pieces, strict=True))
    found = deque(spans(document, kinds))
    counts = dict.fromkeys(kinds, 0)
    redacted: list[str] = []
    line = 0
    for label, piece in zip(labels, pieces, strict=True):
        start = line + len(label)
        end = start + len(piece.text)
        inside = [span for span in _taken_until(end, found) if span.end > start]
        redacted.append(_without(piece.text, inside, start=start))
        for span in inside:
            counts[span.kind] += 1
        line = end + 2
    return redacted, counts


def _taken_until(end: int, found: deque[Span]) -> Iterator[Span]:
    while found and found[0].start < end:
        yield found.popleft()


def _without(text: str, gone: Iterable[Span], *, start: int) -> str:
    """Return a text that stands at `start` of the document without some spans of the document."""
    kept, end = [], 0
    for span in gone:
        # A match may begin in the label. What goes of a key goes where the key itself is scanned.
        kept += [text[end : max(span.start - start, 0)], MARKER]
        end = span.end - start
    return "".join([*kept, text[end:]])


def _label(path: tuple[str, ...]) -> str:
    # As one would write it: the rules read `customer phone number: 4155552671` where they miss it with dots or quotes.
    return f"{' '.join(path)}: ".translate(_SPACES) if path else ""


def _rebuilt(value: Any, texts: Iterator[str]) -> Any:
    if isinstance(value, Mapping):
        return _rebuilt_map(value, texts)
    if isinstance(value, list | tuple):
        return [_rebuilt(inner, texts) for inner in value]
    text = _text_of(value)
    if text is None:
        return value
    redacted = next(texts)
    if isinstance(value, str):
        return redacted
    return value if redacted == text else MARKER


def _rebuilt_map(value: Mapping[str, Any], texts: Iterator[str]) -> dict[str, Any]:
    entries = [(key, next(texts), _rebuilt(inner, texts)) for key, inner in value.items()]
    taken = {key for key, redacted, _ in entries if redacted == key}
    numbers: dict[str, int] = defaultdict(lambda: 1)
    rebuilt: dict[str, Any] = {}
    for key, redacted, inner in entries:
        name = redacted
        while redacted != key and name in taken:
            numbers[redacted] += 1
            name = f"{redacted} {numbers[redacted]}"
        taken.add(name)
        rebuilt[name] = inner
    return rebuilt
