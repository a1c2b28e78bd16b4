"""Lines of a transfer: they balance or they are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.rules.chart import Side
from domain.ledger.rules.lines import Line, Posted, Unbalanced, credit, debit, settled


def test_zeros_are_dropped() -> None:
    assert settled([debit("a", 5), credit("b", 5), credit("c", 0)]) == (
        Posted("a", Side.DEBIT, 5),
        Posted("b", Side.CREDIT, 5),
    )


def test_a_negative_amount_stands_on_the_other_side() -> None:
    assert settled([debit("a", -5), credit("b", -5)]) == (Posted("a", Side.CREDIT, 5), Posted("b", Side.DEBIT, 5))


def test_lines_of_one_account_and_side_become_one() -> None:
    assert settled([debit("a", 2), debit("a", 3), credit("b", 5)]) == (
        Posted("a", Side.DEBIT, 5),
        Posted("b", Side.CREDIT, 5),
    )


def test_an_account_may_stand_on_both_sides() -> None:
    assert settled([debit("a", 2), credit("a", 2)]) == (Posted("a", Side.CREDIT, 2), Posted("a", Side.DEBIT, 2))


def test_one_fen_too_much_is_refused() -> None:
    with pytest.raises(Unbalanced, match="-1 fen"):
        settled([debit("a", 4), credit("b", 5)])


lines = st.builds(Line, st.sampled_from("abc"), st.integers(-50, 50), st.integers(-50, 50))


@given(st.lists(lines, max_size=8))
def test_what_is_kept_is_above_zero_and_means_the_same(given_lines: list[Line]) -> None:
    net_fen = sum(line.debit_fen - line.credit_fen for line in given_lines)
    kept = settled([*given_lines, credit("rest", net_fen)])

    assert all(line.amount_fen > 0 for line in kept)
    for code in ("a", "b", "c"):
        meant = sum(line.debit_fen - line.credit_fen for line in given_lines if line.account_code == code)
        signs = {Side.DEBIT: 1, Side.CREDIT: -1}
        assert sum(signs[line.side] * line.amount_fen for line in kept if line.account_code == code) == meant
