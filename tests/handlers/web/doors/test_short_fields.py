"""Short fields: as many as a request may have are taken, and one more is refused before anything is parsed."""

import pytest

from handlers.web.doors.short_fields import ShortFields
from handlers.web.refusals import Refused


@pytest.fixture(autouse=True)
def _three_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.web.doors.short_fields._MOST", 2)


@pytest.mark.parametrize(
    "field",
    [b"\x12\x00", b"\x12\x0f" + b"x" * 15, b"\x92\x80\x00\x8f\x00" + b"x" * 15],
    ids=["empty", "fifteen bytes", "written long"],
)
def test_one_short_field_too_many_is_refused(field: bytes) -> None:
    fields = ShortFields(2)
    fields.refuse_too_many_in(field * 2)

    with pytest.raises(Refused, match="at most 2 fields"):
        fields.refuse_too_many_in(field * 3)


@pytest.mark.parametrize("field", [b"\x12\x10" + b"x" * 16, b"\x1a\x00"], ids=["sixteen bytes", "another number"])
def test_other_fields_are_not_counted(field: bytes) -> None:
    ShortFields(2).refuse_too_many_in(field * 100)
