"""`python -m cli redact`: the pipeline's own redaction, with reasons, on streams of any length."""

import io
import json

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.__main__ import main
from cli.chunks import LOOK_AHEAD_CHARS, Position, chunks_of
from handlers.redaction import redact

TEXT = "mail bob@example.com\nssh root@db.example.com up, call 555-0199\n"


def run(*arguments: str, stdin: str | bytes = TEXT) -> Result:
    return CliRunner().invoke(main, ["redact", *arguments], input=stdin)


def test_standard_output_is_the_redacted_text_and_nothing_else() -> None:
    result = run()

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "mail [REDACTED]\nssh root@db.example.com up, call [REDACTED]\n"


def test_every_other_byte_is_unchanged() -> None:
    odd = b"\x00\xff\xfe call 555-0199 \r\n\xf0\x9f\x98\x80\xed\xa0\x80\xc3"

    result = run(stdin=odd)

    assert result.stdout_bytes == odd.replace(b"555-0199", b"[REDACTED]")


def test_an_explanation_names_position_rule_and_result() -> None:
    result = run("--explain", "--json")

    shown = json.loads(result.stdout)
    assert shown["counts"] == {"email": 1, "phone": 1}
    found = [(at["line"], at["column"], at["text"], at["kind"]) for at in shown["findings"]]
    assert found == [
        (1, 6, "bob@example.com", "email"),
        (2, 1, "ssh root@db.example.com", None),
        (2, 34, "555-0199", "phone"),
    ]
    assert all(at["rule"] and "«" in at["example"] for at in shown["findings"])


def test_an_explanation_for_people_goes_to_standard_error() -> None:
    result = run("--explain")

    assert result.stdout == run().stdout
    for expected in ("1:6", "bob@example.com", "redacted: email", "login on a command line", "kept"):
        assert expected in result.stderr


def test_control_characters_never_reach_the_terminal_in_an_explanation() -> None:
    result = run("--explain", "--kinds", "email", stdin="\x1b[2J ü\u202e@example.com")

    assert [c for c in result.stderr if not c.isprintable() and c != "\n"] == []


def test_the_kinds_can_be_chosen() -> None:
    shown = json.loads(run("--kinds", "email,ip", "--json", stdin="a@example.com 10.0.0.1 555-0199").stdout)

    assert shown == {"counts": {"email": 1, "ip": 1}, "text": "[REDACTED] [REDACTED] 555-0199"}


@pytest.mark.parametrize("kinds", ["mail", "", "email,"])
def test_an_unknown_kind_is_wrong_usage(kinds: str) -> None:
    result = run("--kinds", kinds)

    assert result.exit_code == 2
    assert "email" in result.stderr


WORDS = st.sampled_from(
    ["bob@example.com", "555-0199", "+1 (123) 456-7890", "call", "\n", "ssh", "root@db.example.com", "é", "😀", "%40"]
)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=60), separator=st.sampled_from([" ", ",", ""]))
def test_redacting_the_chunks_equals_redacting_the_whole(words: list[str], separator: str) -> None:
    text = separator.join(words * 5) + "\n" + "filler " * (LOOK_AHEAD_CHARS // 7 + 20) + separator.join(words)

    chunks = list(chunks_of(io.BytesIO(text.encode()), kinds=("email", "phone"), chunk_chars=64))

    assert len(chunks) > 1
    assert "".join(chunk for chunk, _ in chunks) == text
    assert "".join(redact(chunk).text for chunk, _ in chunks) == redact(text).text


def test_positions_are_those_of_the_whole_stream() -> None:
    text = "".join(f"line {number} of bob@example.com\n" for number in range(1, 1200))

    chunks = chunks_of(io.BytesIO(text.encode()), kinds=("email",), chunk_chars=1000)

    offset = 0
    for chunk, position in chunks:
        before = text[:offset]
        assert (position.line, position.column) == (before.count("\n") + 1, offset - before.rfind("\n"))
        offset += len(chunk)
    assert offset == len(text)


def test_positions_continue_from_the_last_one() -> None:
    position = Position().after("ab\ncd\nef", 4)

    assert (position.line, position.column) == (2, 2)
    assert position.after("ab\ncd\nef", 5) == Position(2, 3, 5)
