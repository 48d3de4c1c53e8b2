"""The search for slow texts."""

from bench.accuracy.slow_texts import microseconds_a_character, repeated, search


def test_the_search_mutates_slow_units_to_find_the_slowest() -> None:
    slowest = search(lambda unit: unit.count("#") / len(unit), rounds=range(2_000))

    assert slowest[0].microseconds > 0.6
    assert slowest[0].unit.count("#") > 0.6 * len(slowest[0].unit)


def test_a_text_repeats_its_unit_and_is_timed_per_character() -> None:
    read: list[str] = []

    microseconds = microseconds_a_character(read.append, "ab", characters=5)

    assert repeated("ab", 5) == "ababab"
    assert set(read) == {"ababab"}
    assert 0 <= microseconds < 1e6
