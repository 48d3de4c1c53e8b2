"""Bodies: lines and elements come out as they were written, and no body costs much more than its size."""

import json
import time
import tracemalloc
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.web.bodies import MAX_VALUES, elements_of, lines_of, refuse_too_many_values
from handlers.web.refusals import Code, Refused

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
spaces = st.text(" \t\n\r", max_size=3)


@given(st.lists(st.text(st.characters(exclude_characters="\n"))))
def test_lines_keep_their_numbers_and_blank_ones_are_skipped(lines: list[str]) -> None:
    read = list(lines_of("\n".join(lines)))

    assert read == [(number, line.strip(" \t\r")) for number, line in enumerate(lines) if line.strip(" \t\r")]


def test_only_a_line_feed_ends_a_line() -> None:
    text = '{"text": "a\u2028b\x85c\x0bd\x0ce"}\r\n{"text": "f"}'

    assert [line for _, line in lines_of(text)] == ['{"text": "a\u2028b\x85c\x0bd\x0ce"}', '{"text": "f"}']


def test_lines_are_read_one_at_a_time() -> None:
    text = "ab\n" * 5_000_000
    tracemalloc.start()

    first = list(islice(lines_of(text), 10_000))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(first) == 10_000
    # The text once more and the lines that were asked for; a list of all lines takes 300 MB.
    assert peak < 90_000_000


@given(st.lists(json_values), spaces, spaces)
def test_elements_are_returned_as_written(values: list[object], before: str, between: str) -> None:
    written = [json.dumps(value) for value in values]
    body = before + "[" + between + f"{before},{between}".join(written) + before + "]" + between

    assert list(elements_of(body)) == list(enumerate(written))


@pytest.mark.parametrize(
    "body",
    ["", "[", "{}", "5", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "[1] x", "[1],", "[NaN]", "[-Infinity]",
     "[01]", "['a']", '["a]', '["\t"]', "[tru]", "[" * 1000, "[" * 100_000, '[{"a":' * 100_000, "[1\x00]", "[\u00a01]",
     "[\ufeff1]", "[" + "]" * 2],
)  # fmt: skip
def test_a_body_that_is_not_one_array_is_refused(body: str) -> None:
    with pytest.raises(Refused) as refused:
        list(elements_of(body))

    assert refused.value.refusal.code is Code.INVALID_JSON


@given(st.text('[]{},:"\\ntrue0-.e ') | st.text())
def test_any_body_is_parsed_or_refused(body: str) -> None:
    try:
        elements = [json.loads(element) for _, element in elements_of(body)]
    except Refused as refused:
        assert refused.refusal.code is Code.INVALID_JSON
    else:
        assert elements == json.loads(body)


def test_a_number_may_have_any_number_of_digits() -> None:
    digits = "9" * 100_000

    assert [element for _, element in elements_of(f"[{digits}, 1e{digits}]")] == [digits, f"1e{digits}"]


def test_a_refusal_quotes_nothing_of_the_body() -> None:
    with pytest.raises(Refused) as refused:
        list(elements_of('[{"text": "s3cret"}, s3cret]'))

    assert "s3cret" not in refused.value.refusal.detail


def test_as_many_values_as_a_request_may_hold_are_accepted() -> None:
    refuse_too_many_values("[" + "1," * (MAX_VALUES - 1) + "1]")


@pytest.mark.parametrize("unit", ["1,", "[],", "{},", '"\\"",', "["])
def test_more_are_refused_before_they_are_parsed(unit: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_too_many_values("[" + unit * (MAX_VALUES + 1) + "1]")

    assert refused.value.refusal.code is Code.PAYLOAD_TOO_LARGE


@pytest.mark.parametrize("text", ["1,[{", '\\",[', "\n,", "\\", 'a"b,'])
def test_the_content_of_a_string_is_not_counted(text: str) -> None:
    refuse_too_many_values(json.dumps({"text": text * MAX_VALUES}))


@pytest.mark.parametrize("unit", ['"', '\\"', "\\", '","', '"\\'])
def test_an_unbalanced_body_takes_no_longer(unit: str) -> None:
    body = "," * (MAX_VALUES // 2) + unit * (8_000_000 // len(unit)) + "[" * MAX_VALUES
    started = time.process_time()

    with suppress(Refused):
        refuse_too_many_values(body)

    # Two seconds where it was measured; anything quadratic takes days.
    assert time.process_time() - started < 20
