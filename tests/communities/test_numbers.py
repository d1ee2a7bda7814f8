"""Numbers that come from outside are numbers or nothing, never an error."""

import pytest

from communities.numbers import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("0042", 42), ("999999999999999999", 10**18 - 1),
        ("9" * 19, None), ("9" * 5000, None), ("-1", None), ("1.0", None), (" 1", None), ("", None), (None, None),
        ("٣", None), ("²", None), ("１２", None),
    ],
)  # fmt: skip
def test_only_ascii_digits_spell_a_number(text, number):
    assert whole_number(text) == number


def test_no_more_digits_than_are_asked_for():
    assert (whole_number("999", digits=3), whole_number("1000", digits=3)) == (999, None)


def test_a_household_to_merge_into_with_5000_digits_is_none(client_for, editor, household):
    answer = client_for(editor).get(f"/ho-dan/{household.pk}/gop/", {"vao": "9" * 5000})
    assert answer.status_code == 200
