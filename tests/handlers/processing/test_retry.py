"""Retries: the delay grows and is bounded."""

from handlers.processing.retry import retry_delay_seconds


def test_the_delay_doubles_with_every_failure() -> None:
    delays = [retry_delay_seconds(base_seconds=10, receive_count=count) for count in (1, 2, 3)]

    assert delays == [10, 20, 40]


def test_the_delay_never_exceeds_a_quarter_of_an_hour() -> None:
    assert retry_delay_seconds(base_seconds=10, receive_count=60) == 900
