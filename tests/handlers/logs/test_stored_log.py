"""The stored log: parts joined to what was sent, and never something that is not whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.record import Record
from handlers.logs.stored_log import Incomplete, whole_log


def record(
    text: str = "x",
    *,
    part: int = 1,
    parts: int = 1,
    original: str | None = "o",
    emails: int = 0,
    whole_sha256: str | None = None,
    fingerprint: str | None = None,
    request: int = 0,
) -> Record:
    return Record(
        tenant_id="acme",
        log_id="123",
        source="text_upload",
        original_text=original,
        modified_data=text,
        processed_at=f"2026-01-31T22:47:{part:02d}.000000+00:00",
        received_at=f"2026-01-31T22:47:00.{request:06d}+00:00",
        message_id=f"m{part}",
        redactions={"email": emails, "phone": 1},
        part=part,
        parts=parts,
        whole_sha256=whole_sha256,
        fingerprint=fingerprint,
    )


def test_a_log_of_one_record_is_shown_unchanged() -> None:
    assert whole_log([record("text", original="was")]) == {
        "path": "tenants/acme/processed_logs/123",
        "tenant_id": "acme",
        "log_id": "123",
        "source": "text_upload",
        "modified_data": "text",
        "original_text": "was",
        "processed_at": "2026-01-31T22:47:01.000000+00:00",
        "received_at": "2026-01-31T22:47:00.000000+00:00",
        "message_id": "m1",
        "redactions": {"email": 0, "phone": 1},
        "part": 1,
        "parts": 1,
    }


def test_parts_are_joined_and_their_redactions_added_up() -> None:
    shown = whole_log([record(f"{part} ", part=part, parts=3, original=f"{part}", emails=part) for part in (1, 2, 3)])

    assert (shown["modified_data"], shown["original_text"]) == ("1 2 3 ", "123")
    assert shown["redactions"] == {"email": 6, "phone": 3}
    assert (shown["processed_at"], shown["message_id"], shown["parts"]) == (
        "2026-01-31T22:47:03.000000+00:00",
        "m1",
        3,
    )
    assert not {"part", "fingerprint", "whole_sha256"} & set(shown)


def test_parts_of_two_texts_under_one_id_are_never_joined() -> None:
    with pytest.raises(Incomplete, match="1 of 2 parts"):
        whole_log([record("a1", part=1, parts=2, whole_sha256="a"), record("b2", part=2, parts=2, whole_sha256="b")])


def test_an_original_that_was_not_kept_is_not_shown() -> None:
    assert "original_text" not in whole_log([record(original=None)])
    assert "original_text" not in whole_log([record(part=part, parts=2, original=None) for part in (1, 2)])


@given(st.integers(2, 6).flatmap(lambda parts: st.tuples(st.just(parts), st.sets(st.integers(1, parts), min_size=1))))
def test_a_log_is_shown_only_if_it_has_every_part(parts_and_stored: tuple[int, set[int]]) -> None:
    parts, stored = parts_and_stored
    records = [record(part=part, parts=parts) for part in sorted(stored)]

    if len(stored) == parts:
        assert whole_log(records)["parts"] == parts
    else:
        with pytest.raises(Incomplete, match=f"{len(stored)} of {parts} parts"):
            whole_log(records)


def test_parts_of_a_longer_text_under_the_same_id_do_not_hide_the_first_one() -> None:
    first = [record(f"{part}", part=part, parts=2) for part in (1, 2)]
    of_another = [record("other", part=part, parts=4) for part in (3, 4)]

    assert whole_log(first + of_another)["modified_data"] == "12"


def test_no_fingerprint_is_ever_shown() -> None:
    for number in (1, 2):
        shown = whole_log([record(part=part, parts=number, fingerprint="key:secret") for part in range(1, number + 1)])

        assert "secret" not in str(shown)
        assert "fingerprint" not in shown


def test_parts_stored_before_and_after_an_update_are_one_log() -> None:
    before, after = record("1", part=1, parts=2, whole_sha256="a"), record("2", part=2, parts=2, fingerprint="k:b")

    assert whole_log([before, after])["modified_data"] == "12"


def test_parts_that_were_stored_before_and_after_an_update_are_one_log_where_they_were_received_together() -> None:
    first, second = record("1", part=1, parts=2, fingerprint="k:a"), record("2", part=2, parts=2, whole_sha256="a")

    assert whole_log([first, second])["modified_data"] == "12"


def test_a_part_of_another_text_from_before_an_update_is_never_joined() -> None:
    claimed = record("a1", part=1, parts=2, fingerprint="k:a", request=1)
    other = record("b2", part=2, parts=2, whole_sha256="b", request=2)

    with pytest.raises(Incomplete, match="1 of 2 parts"):
        whole_log([claimed, other])
