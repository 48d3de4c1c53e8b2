"""The accuracy benchmark: how labels are parsed, and how found and wrong spans are scored."""

from bench.accuracy.labelled_texts import labelled_texts, parsed
from bench.accuracy.scoring import score


def test_marks_become_spans_of_the_text_without_marks() -> None:
    text = parsed("call ‹tel:›«555-0199» now", kind="phone", group="g")

    assert text.text == "call tel:555-0199 now"
    assert text.goes == ((9, 17),)
    assert text.may_go == ((5, 9),)


def test_the_labelled_set_is_the_same_at_every_run() -> None:
    assert list(labelled_texts(per_group=3)) == list(labelled_texts(per_group=3))


def test_no_placeholder_and_no_mark_is_left_in_a_labelled_text() -> None:
    texts = list(labelled_texts(per_group=8))

    assert [text for text in texts if set(text.text) & set("«»‹›") or "VALUE" in text.text] == []
    assert [text for text in texts if (text.kind is None) != (not text.goes)] == []


def test_a_label_is_found_only_if_all_of_its_letters_and_digits_are_redacted() -> None:
    text = parsed("«(415) 555-2671» x", kind="phone", group="g")

    without_brackets = score("phone", [(text, [("phone", 1, 14)])])
    without_last_digit = score("phone", [(text, [("phone", 1, 13)])])

    assert without_brackets.found["g"] == 1
    assert without_last_digit.found["g"] == 0


def test_a_label_is_found_if_two_spans_together_cover_it() -> None:
    text = parsed("«bob@example.com»", kind="email", group="g")

    result = score("email", [(text, [("email", 0, 8), ("email", 8, 15)])])

    assert result.recall() == 1


def test_a_span_larger_than_its_label_is_wrong_unless_the_rest_is_optional() -> None:
    text = parsed("id9 «555-0199»‹ x12›", kind="phone", group="g")

    assert score("phone", [(text, [("phone", 4, 16)])]).wrong == 0
    assert score("phone", [(text, [("phone", 2, 12)])]).wrong == 1


def test_redacting_part_of_a_trap_is_counted_and_lowers_precision() -> None:
    label = parsed("«555-0199»", kind="phone", group="g")
    trap = parsed("order 555-0199", kind=None, group="orders")

    result = score("phone", [(label, [("phone", 0, 8)]), (trap, [("phone", 6, 14)])])

    assert result.hurt["orders"] == 1
    assert result.precision() == 0.5
