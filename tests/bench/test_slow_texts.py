"""The search for slow texts finds what is slow."""

from bench.accuracy.slow_texts import microseconds_a_character, repeated, search


def test_the_search_finds_the_units_that_cost_most_by_changing_those_that_cost_much() -> None:
    slowest = search(lambda unit: unit.count("#") / len(unit), rounds=range(2_000))

    assert slowest[0].microseconds > 0.6
    assert slowest[0].unit.count("#") > 0.6 * len(slowest[0].unit)


def test_a_text_repeats_its_unit_and_its_time_is_given_for_one_character() -> None:
    read: list[str] = []

    microseconds = microseconds_a_character(read.append, "ab", characters=5)

    assert repeated("ab", 5) == "ababab"
    assert set(read) == {"ababab"}
    assert 0 <= microseconds < 1e6
