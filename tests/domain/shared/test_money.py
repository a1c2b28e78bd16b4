"""Whole fen, one way of rounding, one way of writing yuan."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.money import MOST_FEN, fen_of, is_fen, round_half_up, round_ratio, yuan


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("1/2", 1), ("3/2", 2), ("5/2", 3), ("-1/2", 0), ("-3/2", -1), ("49/100", 0), ("51/100", 1), ("-51/100", -1)],
)
def test_a_half_goes_up(exact: str, rounded: int) -> None:
    assert round_half_up(Fraction(exact)) == rounded


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_rounding_is_the_floor_of_a_half_more(numerator: int, denominator: int) -> None:
    expected = (Fraction(numerator, denominator) + Fraction(1, 2)).__floor__()

    assert round_ratio(numerator, denominator) == expected
    assert round_half_up(Fraction(numerator, denominator)) == expected


@pytest.mark.parametrize(("fen", "text"), [(107971, "1079.71"), (0, "0.00"), (5, "0.05"), (-150, "-1.50")])
def test_yuan_are_written_with_two_decimals(fen: int, text: str) -> None:
    assert yuan(fen) == text
    assert fen_of(text) == fen


@given(st.integers(-(10**16), 10**16))
def test_what_is_written_is_read_again(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen


@pytest.mark.parametrize(
    "text", ["1079.7", "1079", "1e3", "+1.00", "01.00", ".50", "1,000.00", " 1.00", "1.00\n", "1.000", "", "１.00"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        fen_of(text)


@pytest.mark.parametrize("given", [0, 1, -1, MOST_FEN, -MOST_FEN])
def test_whole_fen_are_a_sum(given: int) -> None:
    assert is_fen(given)


@pytest.mark.parametrize("given", [None, True, 1.0, "1", MOST_FEN + 1], ids=["none", "true", "float", "text", "huge"])
def test_anything_else_is_not(given: object) -> None:
    assert not is_fen(given)
