"""The benchmarks' inputs are reproducible, and the arithmetic on their results is right."""

import json

import pytest

from bench.accuracy.adversarial_texts import ADVERSARIAL
from bench.accuracy.log_lines import log_text
from bench.compare.worker_batches import batch_of, text_lengths
from bench.cost.model import PRICES, Model
from bench.report.report import at_least, at_most, compared, shown


def test_a_log_text_has_the_requested_length_and_is_the_same_in_every_run() -> None:
    assert len(log_text(size=5000)) == 5000
    assert log_text(size=5000) == log_text(size=5000)
    assert log_text(size=5000) != log_text(size=5000, seed=8)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_an_adversarial_text_has_the_requested_length(name: str) -> None:
    assert len(ADVERSARIAL[name](8192)) == 8192


def test_the_texts_of_a_batch_have_the_announced_lengths() -> None:
    records = batch_of(10)["Records"]

    assert [len(json.loads(record["body"])["text"]) for record in records] == list(text_lengths(10))


def test_every_price_names_its_source_and_when_it_was_in_force() -> None:
    prices = json.loads(PRICES.read_text())["prices"]

    assert prices
    assert all(price["source"] and price["in_force"] and price["price"] > 0 for price in prices.values())


def model_of(**assumed: float) -> Model:
    written = json.loads(PRICES.read_text())
    assumptions = {name: entry["value"] for name, entry in written["assumptions"].items()}
    return Model({name: price["price"] for name, price in written["prices"].items()}, assumptions | assumed)


def test_a_concurrent_batch_takes_as_long_as_its_longest_log_and_a_sequential_one_as_long_as_all_logs() -> None:
    model = model_of(dynamodb_call_seconds=0)

    assert model.worker_seconds([100, 1000], concurrent=True) == pytest.approx(50)
    assert model.worker_seconds([100, 1000], concurrent=False) == pytest.approx(55)


def test_a_batch_that_exceeds_lambdas_longest_timeout_has_no_price() -> None:
    assert model_of().items([2800] * 10, concurrent=False) is None
    assert model_of().items([2800] * 10, concurrent=True) is not None


def test_the_best_alternative_is_the_smallest_unless_larger_is_better() -> None:
    measured = {"ours": 2.0, "a": 4.0, "b": 8.0}

    assert [(c.best_name, c.factor) for c in compared("x", measured)] == [("a", 2.0)]
    assert [(c.best_name, c.factor) for c in compared("x", measured, larger_is_better=True)] == [("b", 0.25)]


def test_a_claim_that_was_not_measured_is_neither_met_nor_broken() -> None:
    assert at_most("x", None, 1).met is None
    assert at_most("x", 1.1, 1).met is False
    assert at_least("x", 1.1, 1).met is True


def test_numbers_are_shown_with_three_digits() -> None:
    assert [shown(value) for value in (1234.5, 99.0, 0.5, 0, None, "x")] == ["1,234", "99", "0.5", "0", "–", "x"]
