"""The identity number of GB 11643."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.borrowers.errors import BadIdNumber, UnderAge
from domain.borrowers.rules import identity_numbers
from tests.domain.borrowers.builders import id_number

TODAY = date(2026, 1, 15)


def test_the_example_of_the_standard_holds() -> None:
    assert identity_numbers.read("11010519491231002X").born_on == date(1949, 12, 31)
    assert identity_numbers.read("440524188001010014").born_on == date(1880, 1, 1)


def test_a_small_x_and_spaces_around_do_not_matter() -> None:
    assert identity_numbers.read(" 11010519491231002x ").text == "11010519491231002X"


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_no_single_slip_of_a_digit_goes_unseen(born: date, order: int, place: int, slip: int) -> None:
    right = id_number(f"{born:%Y%m%d}", order)
    wrong = right[:place] + str((int(right[place]) + slip) % 10) + right[place + 1 :]

    assert identity_numbers.read(right).born_on == born
    with pytest.raises(BadIdNumber):
        identity_numbers.read(wrong)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "110105491231002",
        "110105194912310021",
        "1101051949123100２X",
        id_number("19900230"),
        id_number("19901301"),
        id_number(region="990101"),
        id_number(region="000101"),
        "x" * 18,
    ],
)
def test_what_is_no_identity_number_is_refused(number: str) -> None:
    with pytest.raises(BadIdNumber) as refusal:
        identity_numbers.read(number)

    assert refusal.value.fields == ("idNumber",)


def test_a_person_is_adult_from_the_eighteenth_birthday_on() -> None:
    assert identity_numbers.of_an_adult(id_number("20080115"), today=TODAY)
    with pytest.raises(UnderAge) as refusal:
        identity_numbers.of_an_adult(id_number("20080116"), today=TODAY)

    assert "18" in str(refusal.value)


def test_nobody_is_born_tomorrow_or_two_centuries_ago() -> None:
    for born in ("20260116", "18991231"):
        with pytest.raises(BadIdNumber):
            identity_numbers.of_an_adult(id_number(born), today=TODAY)


def test_its_repr_shows_nothing() -> None:
    assert "1949" not in repr(identity_numbers.read("11010519491231002X"))
