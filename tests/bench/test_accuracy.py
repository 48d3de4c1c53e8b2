"""The accuracy benchmark counts what it says it counts."""

from bench.accuracy.labelled_texts import labelled_texts, parsed
from bench.accuracy.scoring import score


def test_marks_become_places_in_the_text_without_marks() -> None:
    text = parsed("call ‹tel:›«555-0199» now", kind="phone", group="g")

    assert text.text == "call tel:555-0199 now"
    assert text.goes == ((9, 17),)
    assert text.may_go == ((5, 9),)


def test_the_labelled_set_is_the_same_at_every_run() -> None:
    assert list(labelled_texts(per_group=3)) == list(labelled_texts(per_group=3))


def test_no_place_and_no_mark_is_left_in_a_labelled_text() -> None:
    texts = list(labelled_texts(per_group=8))

    assert [text for text in texts if set(text.text) & set("«»‹›") or "VALUE" in text.text] == []
    assert [text for text in texts if (text.kind is None) != (not text.goes)] == []


def test_a_label_is_found_only_when_every_letter_and_digit_of_it_goes() -> None:
    text = parsed("«(415) 555-2671» x", kind="phone", group="g")

    without_brackets = score("phone", [(text, [("phone", 1, 14)])])
    without_last_digit = score("phone", [(text, [("phone", 1, 13)])])

    assert without_brackets.found["g"] == 1
    assert without_last_digit.found["g"] == 0


def test_two_places_that_cover_a_label_together_find_it() -> None:
    text = parsed("«bob@example.com»", kind="email", group="g")

    result = score("email", [(text, [("email", 0, 8), ("email", 8, 15)])])

    assert result.recall() == 1


def test_a_place_that_takes_more_than_the_label_is_wrong_unless_it_may_go() -> None:
    text = parsed("id9 «555-0199»‹ x12›", kind="phone", group="g")

    assert score("phone", [(text, [("phone", 4, 16)])]).wrong == 0
    assert score("phone", [(text, [("phone", 2, 12)])]).wrong == 1


def test_a_trap_of_which_something_goes_is_hurt_and_lowers_precision() -> None:
    label = parsed("«555-0199»", kind="phone", group="g")
    trap = parsed("order 555-0199", kind=None, group="orders")

    result = score("phone", [(label, [("phone", 0, 8)]), (trap, [("phone", 6, 14)])])

    assert result.hurt["orders"] == 1
    assert result.precision() == 0.5
