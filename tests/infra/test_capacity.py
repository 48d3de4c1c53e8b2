"""Limits and alarms follow from how much the worker processes."""

import pytest

from infra.budget import (
    DEAD_LETTER_RETENTION_SECONDS,
    MAX_BACKLOG_SECONDS,
    MAX_RECEIVES,
    MAX_WORKER_TIMEOUT_SECONDS,
    RETENTION_SECONDS,
    visibility_timeout_seconds,
)
from infra.capacity import Capacity
from infra.settings import Settings

DAY = 86_400
DEFAULT = Capacity.of(Settings())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(), "drain rate: 20 a second (logs of 1,000 characters); more than that waits"),
        (
            Settings(worker_max_concurrency=2, worker_batch_size=1),
            "drain rate: 0.04 a second (logs of 1,000 characters)",
        ),
        (Settings(processing_seconds_per_char=0.0001), "drain rate: 10,000 a second (logs of 1,000 characters)"),
        (Settings(processing_seconds_per_char=0), "drain rate: 1000 logs at once, without simulated work"),
    ],
)
def test_the_drain_rate_is_given_in_logs_of_1000_characters(settings: Settings, said: str) -> None:
    assert Capacity.of(settings).drain_rate().startswith(said)


def test_a_dead_letter_always_has_days_left() -> None:
    assert DEAD_LETTER_RETENTION_SECONDS - RETENTION_SECONDS >= 7 * DAY


def test_what_is_accepted_at_the_limit_of_the_backlog_is_tried_three_times_before_it_expires() -> None:
    tries = MAX_RECEIVES * visibility_timeout_seconds(consumer_timeout_seconds=MAX_WORKER_TIMEOUT_SECONDS)

    assert MAX_BACKLOG_SECONDS + tries < RETENTION_SECONDS


def test_hours_of_work_in_one_request_are_too_much_and_a_full_body_without_simulated_work_is_not() -> None:
    assert DEFAULT.max_processing_seconds_per_request() < 838_858
    assert Capacity.of(Settings(processing_seconds_per_char=0)).max_processing_seconds_per_request() > 0


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        (Settings(), 4 * 150),
        (Settings(worker_timeout_seconds=900), 4 * 900),
        (Settings(worker_timeout_seconds=35), 300),
        (Settings(processing_seconds_per_char=0), 300),
    ],
)
def test_a_message_is_too_old_after_four_times_the_time_of_a_full_size_log(settings: Settings, seconds: int) -> None:
    assert Capacity.of(settings).alarming_age_seconds() == seconds


def test_the_backlog_alarms_long_before_ingest_refuses() -> None:
    messages = DEFAULT.alarming_backlog_messages()

    assert messages * 140 / 1000 == pytest.approx(MAX_BACKLOG_SECONDS / 10)
    assert Capacity.of(Settings(processing_seconds_per_char=0)).alarming_backlog_messages() == MAX_BACKLOG_SECONDS * 100
