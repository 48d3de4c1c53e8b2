"""What fits into one message follows from the worker's time and the limits of SQS and DynamoDB."""

import json

import pytest

from handlers.web.doors import logs
from infra.budget import (
    MAX_ATTRIBUTES_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_SECONDS_PER_CHAR,
    least_timeout_seconds,
    max_text_chars,
    visibility_timeout_seconds,
)

ITEM_BYTES = 400 * 1024
UNBOUNDED = max_text_chars(worker_timeout_seconds=900, processing_seconds_per_char=0)
ASTRAL = "\N{GRINNING FACE}"


def utf8_bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def test_the_default_worker_has_15_minutes_of_visibility_and_140_seconds_for_a_text() -> None:
    assert visibility_timeout_seconds(consumer_timeout_seconds=150) == 900
    assert max_text_chars(worker_timeout_seconds=150, processing_seconds_per_char=0.05) == 2800


@pytest.mark.parametrize(
    ("timeout", "cost", "chars"), [(40, 0.05, 600), (310, 0.1, 3000), (717, 0.7, 1010), (35, 0.05, 500)]
)
def test_no_character_is_lost_to_rounding(timeout: int, cost: float, chars: int) -> None:
    assert max_text_chars(worker_timeout_seconds=timeout, processing_seconds_per_char=cost) == chars


@pytest.mark.parametrize(
    ("cost", "timeout"), [(0, 1), (0.05, 35), (0.0501, 36), (1.5, 760), (MAX_SECONDS_PER_CHAR, 900)]
)
def test_the_least_timeout_leaves_time_for_the_shortest_part(cost: float, timeout: int) -> None:
    assert least_timeout_seconds(cost) == timeout
    assert cost == 0 or max_text_chars(worker_timeout_seconds=timeout, processing_seconds_per_char=cost) >= 500


@pytest.mark.parametrize("cost", [0.0, 0.000001])
def test_a_fast_worker_is_bounded_by_what_can_be_stored(cost: float) -> None:
    assert max_text_chars(worker_timeout_seconds=900, processing_seconds_per_char=cost) == UNBOUNDED


def test_the_longest_text_of_the_widest_characters_fits_into_one_message() -> None:
    envelope = {
        "version": 1,
        "tenant_id": "t" * 64,
        "log_id": '"' * 256,
        "source": "text_upload",
        "text": ASTRAL * UNBOUNDED,
        "received_at": "2026-01-31T22:47:57.559836+00:00",
        "part": 99999,
        "parts": 99999,
        "whole_sha256": "0" * 64,
        "timestamp": "2026-01-31T22:47:57.123456789+00:00",
        "severity": {"number": 24},
        # Each takes four bytes in UTF-8 and twelve in the message.
        "attributes": {"": ASTRAL * (MAX_ATTRIBUTES_BYTES // 4)},
    }

    assert len(json.dumps(envelope)) <= MAX_MESSAGE_BYTES


def test_ingest_accepts_as_many_attributes_as_fit() -> None:
    assert logs.MAX_ATTRIBUTES_BYTES == MAX_ATTRIBUTES_BYTES


@pytest.mark.parametrize("text", [ASTRAL * UNBOUNDED, "a@b.co " * (UNBOUNDED // 7), "555-0199\n" * (UNBOUNDED // 9)])
def test_original_and_redacted_text_fit_into_one_item_with_everything_else(text: str) -> None:
    redacted = text.replace("a@b.co", "[REDACTED]").replace("555-0199", "[REDACTED]")
    rest = {
        "tenant_id": "t" * 64,
        "log_id": "l" * 256 + "#00001",
        "source": "text_upload",
        "processed_at": "2026-01-31T22:47:57.559836+00:00",
        "received_at": "2026-01-31T22:47:57.559836+00:00",
        "message_id": "0" * 36,
        "fingerprint": "0" * 36 + ":" + "0" * 64,
        "redactions": json.dumps({"phone": UNBOUNDED, "email": UNBOUNDED}),
        "expires_at": "1" * 21,
        "timestamp": "2026-01-31T22:47:57.123456789+00:00",
        "severity": "{}",
        "attributes": "a" * 2 * MAX_ATTRIBUTES_BYTES,
        "original_attributes": "a" * MAX_ATTRIBUTES_BYTES,
    }

    names = ("original_text", "modified_data", *rest)
    assert utf8_bytes(text, redacted, *names, *rest.values()) <= ITEM_BYTES
