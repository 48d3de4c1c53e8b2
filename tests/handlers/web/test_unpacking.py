"""Unpacking: gives back what was packed, or a reason, within bounds of time and memory."""

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.web.refusals import Code, Refused
from handlers.web.unpacking import MAX_UNPACKED_BYTES, unpacked


@given(st.lists(st.binary(), min_size=1, max_size=4))
def test_several_gzip_members_are_decompressed_as_one(members: list[bytes]) -> None:
    assert unpacked(b"".join(map(gzip.compress, members))) == b"".join(members)


def test_a_body_as_large_as_the_limit_is_decompressed() -> None:
    whole = bytes(MAX_UNPACKED_BYTES)

    assert unpacked(gzip.compress(whole, 1, mtime=0)) == whole


def test_one_byte_more_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        unpacked(gzip.compress(bytes(MAX_UNPACKED_BYTES + 1), 1))

    assert refused.value.refusal.code is Code.PAYLOAD_TOO_LARGE
    assert str(MAX_UNPACKED_BYTES) in refused.value.refusal.detail


def test_a_bomb_is_refused_before_it_is_decompressed() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    tracemalloc.start()

    with pytest.raises(Refused) as refused:
        unpacked(bomb)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.refusal.code is Code.PAYLOAD_TOO_LARGE
    assert peak < 4 * MAX_UNPACKED_BYTES


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"plain text", "not gzip"),
        (gzip.compress(b"abc", mtime=0)[:-1], "ends early"),
        (gzip.compress(b"abc", mtime=0)[:5], "ends early"),
        (gzip.compress(b"abc", mtime=0) + b"garbage", "not gzip"),
        (gzip.compress(b"abc", mtime=0)[:-8] + bytes(8), "not gzip"),
        (b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 20, "not gzip"),
        (b"\x1f\x8b\x07" + bytes(7), "not gzip"),
    ],
)
def test_incomplete_or_invalid_gzip_is_refused(packed: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        unpacked(packed)

    assert refused.value.refusal.code is Code.INVALID_REQUEST


@given(st.binary())
def test_any_bytes_are_decompressed_or_refused(packed: bytes) -> None:
    for body in (packed, b"\x1f\x8b\x08" + packed, gzip.compress(packed, mtime=0) + packed):
        try:
            unpacked(body)
        except Refused as refused:
            assert refused.refusal.code is Code.INVALID_REQUEST


EMPTY = gzip.compress(b"", mtime=0)
FOUR_MILLION = 4_000_000


@pytest.mark.parametrize(
    "packed",
    [
        EMPTY * (FOUR_MILLION // len(EMPTY)),
        b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * FOUR_MILLION + b"\0" + EMPTY[10:],
        EMPTY + bytes(FOUR_MILLION),
    ],
    ids=["two hundred thousand members", "a name of four million bytes", "four million bytes of padding"],
)
def test_a_hostile_body_takes_seconds_at_most(packed: bytes) -> None:
    started = time.process_time()

    assert unpacked(packed) == b""

    # One second where it was measured; anything quadratic takes hours.
    assert time.process_time() - started < 10
