"""Concurrency: order, failures and the time limit."""

import threading

import pytest

from handlers.processing.concurrency import run_concurrently


def test_results_come_in_the_order_of_the_items() -> None:
    futures = run_concurrently(str, [3, 1, 2], timeout_seconds=5)

    assert [future.result() for future in futures] == ["3", "1", "2"]


def test_all_items_run_at_the_same_time() -> None:
    all_here = threading.Barrier(10)

    futures = run_concurrently(lambda _: all_here.wait(timeout=5), range(10), timeout_seconds=5)

    assert sorted(future.result() for future in futures) == list(range(10))


def test_an_item_that_raises_does_not_affect_the_others() -> None:
    bad, good = run_concurrently(lambda item: 1 // item, [0, 1], timeout_seconds=5)

    assert isinstance(bad.exception(), ZeroDivisionError)
    assert good.result() == 1


def test_an_item_that_hangs_is_left_behind_when_the_time_is_up() -> None:
    never = threading.Event()

    hanging, done = run_concurrently(lambda wait: never.wait() if wait else True, [True, False], timeout_seconds=0.2)

    assert not hanging.done()
    assert done.result() is True
    never.set()


def test_without_items_nothing_is_called() -> None:
    assert run_concurrently(pytest.fail, [], timeout_seconds=5) == []
