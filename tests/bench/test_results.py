"""Results of one measurement take the place of its earlier ones, and leave those of the others."""

from typing import Any

from bench.__main__ import updated


def results(seconds: int, **tables: int) -> dict[str, Any]:
    return {
        "machine": "a",
        "seconds": seconds,
        "quick": False,
        "reports": [{"name": name, "value": value} for name, value in tables.items()],
    }


def test_a_new_report_takes_the_place_of_its_earlier_one() -> None:
    assert updated(results(600, cold=1, accuracy=2, cost=3), results(5, accuracy=9)) == results(
        600, cold=1, accuracy=9, cost=3
    )


def test_a_report_of_a_measurement_that_was_not_made_before_comes_last() -> None:
    assert updated(results(600, cold=1), results(5, accuracy=9)) == results(600, cold=1, accuracy=9)


def test_results_of_everything_replace_all() -> None:
    assert updated(results(600, cold=1, cost=2), results(700, cold=3, cost=4)) == results(700, cold=3, cost=4)
