"""A list of texts stands for all texts: it shows every way in which patterns can be true of one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.isolation.globs import Glob, arn_glob, glob, holds, in_any_case, literal, representatives, starting_with
from proofs.isolation.refusal import NotTranslatable

patterns = st.frozensets(st.text("ab*?:", max_size=4).map(glob), min_size=1, max_size=4)
short_texts = ["".join(letters) for size in range(5) for letters in itertools.product("ab:x", repeat=size)]


def way(asked: frozenset[Glob], text: str) -> frozenset[Glob]:
    return frozenset(pattern for pattern in asked if holds(pattern, text))


@given(patterns)
def test_whatever_is_true_of_a_text_is_true_of_one_in_the_list(asked: frozenset[Glob]) -> None:
    assert {way(asked, text) for text in short_texts} <= {way(asked, text) for text in representatives(asked, 1)}


@given(patterns, st.integers(2, 4))
def test_the_list_has_as_many_different_texts_of_each_way_as_there_can_be(asked: frozenset[Glob], count: int) -> None:
    listed = representatives(asked, count)

    for ways in {way(asked, text) for text in short_texts}:
        possible = sum(way(asked, text) == ways for text in short_texts)
        assert sum(way(asked, text) == ways for text in listed) >= min(count, possible)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (literal("a*"), "a*", True),
        (literal("a*"), "ab", False),
        (starting_with("a"), "abc", True),
        (starting_with("a"), "ba", False),
        (glob("a*c?"), "abbcd", True),
        (glob("a*c?"), "ac", False),
        (in_any_case("tenant_id"), "Tenant_ID", True),
        (in_any_case("tenant_id"), "tenant-id", False),
        (arn_glob("arn:aws:sqs:*:1:q*"), "arn:aws:sqs:r:1:q:x", True),
        (arn_glob("arn:aws:sqs:*:1:q"), "arn:aws:sqs:r:2:1:q", False),
    ],
)
def test_a_pattern_is_true_of_a_text_or_not(pattern: Glob, text: str, *, expected: bool) -> None:
    assert holds(pattern, text) is expected


def test_an_arn_has_six_fields() -> None:
    with pytest.raises(NotTranslatable, match="six fields"):
        arn_glob("arn:aws:sqs:q")


def test_no_text_is_listed_twice() -> None:
    assert sorted(representatives(frozenset({literal("a")}), 3, ("a", "b", "a"))) == ["", "a", "b", "c"]
