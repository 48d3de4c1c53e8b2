"""What the benchmarks feed on is made the same at every run, and the reckoning over it is right."""

import json

import pytest

from bench.accuracy.adversarial_texts import ADVERSARIAL
from bench.accuracy.log_lines import log_text
from bench.compare.batches import batch_of, lengths_of
from bench.cost.model import PRICES, Model
from bench.report.claims import at_least, at_most, compared
from bench.report.report import shown


def test_a_log_text_is_as_long_as_asked_for_and_the_same_at_every_run() -> None:
    assert len(log_text(size=5000)) == 5000
    assert log_text(size=5000) == log_text(size=5000)
    assert log_text(size=5000) != log_text(size=5000, seed=8)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_an_adversarial_text_is_as_long_as_asked_for(name: str) -> None:
    assert len(ADVERSARIAL[name](8192)) == 8192


def test_the_texts_of_a_batch_have_their_lengths() -> None:
    records = batch_of(10)["Records"]

    assert [len(json.loads(record["body"])["text"]) for record in records] == list(lengths_of(10))


def test_every_price_names_its_source_and_when_it_was_in_force() -> None:
    prices = json.loads(PRICES.read_text())["prices"]

    assert prices
    assert all(price["source"] and price["in_force"] and price["price"] > 0 for price in prices.values())


def model_of(**assumed: float) -> Model:
    written = json.loads(PRICES.read_text())
    assumptions = {name: entry["value"] for name, entry in written["assumptions"].items()}
    return Model(
        {name: price["price"] for name, price in written["prices"].items()},
        assumptions | assumed,
        ingest_seconds=0,
        record_seconds=0,
    )


def test_side_by_side_a_batch_takes_as_long_as_its_longest_log_and_else_as_long_as_all() -> None:
    model = model_of(dynamodb_call_seconds=0)

    assert model.worker_seconds([100, 1000], side_by_side=True) == pytest.approx(50)
    assert model.worker_seconds([100, 1000], side_by_side=False) == pytest.approx(55)


def test_a_batch_that_lambda_has_no_time_for_has_no_price() -> None:
    assert model_of().items([2800] * 10, side_by_side=False) is None
    assert model_of().items([2800] * 10, side_by_side=True) is not None


def test_the_best_alternative_is_the_smallest_unless_larger_is_better() -> None:
    measured = {"ours": 2.0, "a": 4.0, "b": 8.0}

    assert [(c.best_name, c.factor) for c in compared("x", measured)] == [("a", 2.0)]
    assert [(c.best_name, c.factor) for c in compared("x", measured, larger_is_better=True)] == [("b", 0.25)]


def test_a_claim_that_was_not_measured_is_neither_met_nor_missed() -> None:
    assert at_most("x", None, 1).met is None
    assert at_most("x", 1.1, 1).met is False
    assert at_least("x", 1.1, 1).met is True


def test_numbers_are_shown_with_three_digits() -> None:
    assert [shown(value) for value in (1234.5, 99.0, 0.5, 0, None, "x")] == ["1,234", "99", "0.5", "0", "–", "x"]
