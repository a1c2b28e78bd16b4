"""Sums in capital numerals read as the rule's own examples, and read back as the sum they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.papers.capitals import in_capitals

DIGITS = {character: digit for digit, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        # The first six are those of 《支付结算办法》, annex 1.
        (1409_50, "人民币壹仟肆佰零玖元伍角整"),
        (6007_14, "人民币陆仟零柒元壹角肆分"),
        (1680_32, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (107000_53, "人民币壹拾万柒仟元零伍角叁分"),
        (16409_02, "人民币壹万陆仟肆佰零玖元零贰分"),
        (325_04, "人民币叁佰贰拾伍元零肆分"),
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (12000_00, "人民币壹万贰仟元整"),
        (200000_00, "人民币贰拾万元整"),
        (100000001_00, "人民币壹亿零壹元整"),
        (10_01, "人民币壹拾元零壹分"),
    ],
)
def test_sums_are_written_as_the_rule_says(fen: int, said: str) -> None:
    assert in_capitals(fen) == said


@given(st.one_of(st.integers(0, 10**14 - 1), st.integers(0, 10**7), st.integers(0, 10**6).map(lambda n: n * 10**5)))
def test_they_read_back_as_the_same_sum(fen: int) -> None:
    assert read(in_capitals(fen)) == fen


@pytest.mark.parametrize("fen", [-1, 10**14])
def test_what_has_no_such_numerals_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="capital numerals"):
        in_capitals(fen)


def read(said: str) -> int:
    """The sum in fen, by a reader who knows digits and places only."""
    yuan = digit = group = 0
    fen = 0
    for character in said.removeprefix("人民币").removesuffix("整"):
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in PLACES:
            group, digit = group + digit * PLACES[character], 0
        elif character == "万":
            yuan, group, digit = yuan + (group + digit) * 10**4, 0, 0
        elif character == "亿":
            yuan, group, digit = (yuan + group + digit) * 10**8, 0, 0
        elif character == "元":
            fen, digit = (yuan + group + digit) * 100, 0
        else:
            fen, digit = fen + digit * {"角": 10, "分": 1}[character], 0
    return fen
