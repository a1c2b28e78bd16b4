"""Bank card numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.borrowers.errors import BadCardNumber
from domain.borrowers.rules import card_numbers


def with_check_digit(body: str) -> str:
    return next(body + digit for digit in "0123456789" if card_numbers._luhn(body + digit))


@pytest.mark.parametrize("number", ["4111111111111111", "5500005555555559", "6212345678900000003"])
def test_known_numbers_hold(number: str) -> None:
    assert card_numbers.read(number) == number


def test_spaces_and_hyphens_do_not_count() -> None:
    assert card_numbers.read("4111 1111-1111 1111") == "4111111111111111"


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_no_single_slip_goes_unseen(body: str, place: int, slip: int) -> None:
    right = with_check_digit("6" + body[1:])
    place %= len(right)
    wrong = right[:place] + str((int(right[place]) + slip) % 10) + right[place + 1 :]

    assert card_numbers.read(right) == right
    with pytest.raises(BadCardNumber):
        card_numbers.read(wrong)


@pytest.mark.parametrize(
    "number", ["", "0" * 16, "41111111111", "4" * 20, "4111 1111 1111 111a", "４１１１１１１１１１１１１１１１"]
)
def test_what_is_no_card_number_is_refused(number: str) -> None:
    with pytest.raises(BadCardNumber) as refusal:
        card_numbers.read(number)

    assert refusal.value.fields == ("cardNumber",)
