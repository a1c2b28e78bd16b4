"""Paying before it is due: rows ahead, prepayments and the plans they make."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Intent, Paid, Reversed
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import PrepayPolicy
from tests.domain.lending.loans import VALUE_DATE, due, loan, on, paid_on_time, went


def test_a_payment_that_due_takes_whole_does_not_round_what_accrued() -> None:
    terms = loan(principal_fen=333_33, day_count=DayCount.ACT_365)
    first = make_plan(terms)[0]
    late = first.due + timedelta(days=1)
    exact = replay(terms, [Paid("p", late, 1, first.principal_fen + first.interest_fen)], make_plan(terms)[1].due)

    assert exact.rows[1].interest_fen == make_plan(terms)[1].interest_fen


def test_what_rounding_leaves_of_accrued_interest_stays_in_its_period() -> None:
    """A day earns 4.645...: 4.65 is billed for the first, 4.64 for the second, and no fen is made by asking twice."""
    events = [Paid("one", on("2026-01-16"), 1, 1_00), Paid("two", on("2026-01-17"), 2, 1_00)]

    row = replay(loan(), events, on("2026-02-15")).rows[0]

    assert (row.interest_fen, row.paid_interest_fen) == (144_00, 2_00)


def test_a_fee_is_rounded_half_up() -> None:
    terms = loan(principal_fen=150, prepay_fee_rate=Decimal("0.01"))

    assert replay(terms, [], VALUE_DATE).fee_fen == 2
    prepaid = replay(terms, [Paid("p", VALUE_DATE, 1, 51, Intent.PREPAY)], VALUE_DATE).allocations["p"]
    assert (prepaid.principal_fen, prepaid.fee_fen, prepaid.excess_fen) == (50, 1, 0)


def test_a_row_paid_whole_before_it_is_due_is_settled_and_the_next_period_is_longer() -> None:
    early = Paid("early", on("2026-02-05"), 1, 97_55 + 935_71)

    position = replay(loan(), [early], on("2026-02-05"))

    assert went(position.allocations["early"]) == (0, 97_55, 935_71)
    first, second = position.rows[:2]
    assert (first.settled, first.status, first.paid_on, first.interest_fen) == (
        True,
        "PAID",
        on("2026-02-05"),
        97_55,
    )
    assert position.open[0].due == on("2026-03-15")
    assert second.interest_fen == round(11_064_29 * 0.144 / 12 * (1 + 10 / 31))
    assert due(replay(loan(), [early], on("2026-02-20"))) == (0, 0, 0)


def test_a_settled_row_ends_its_period_and_what_rounding_left_of_it() -> None:
    """23.2258 had accrued and 23.23 were paid: the next row is not given the 0.0042 back, which would make it 244.12."""
    early = Paid("early", on("2026-01-20"), 1, 23_23 + 935_71)

    assert replay(loan(), [early], on("2026-03-15")).rows[1].interest_fen == 244_13


def test_rows_without_principal_are_not_settled_ahead() -> None:
    terms = loan(method="INTEREST_ONLY")
    early = Paid("early", on("2026-02-05"), 1, 1_000_00)

    position = replay(terms, [early], on("2026-02-15"))

    assert position.undue_fen == 12_000_00 - (1_000_00 - 97_55)
    assert not position.rows[0].settled
    assert position.rows[0].billed


def test_an_installment_that_would_take_everything_is_a_prepayment_with_its_fee() -> None:
    terms = loan(prepay_fee_rate=Decimal("0.01"))
    everything_but_the_fee = 12_000_00

    position = replay(terms, [Paid("all", VALUE_DATE, 1, everything_but_the_fee)], VALUE_DATE)

    assert position.allocations["all"].fee_fen == 118_81
    assert position.undue_fen == 118_81
    assert len(position.open) == 12


def test_an_installment_a_fen_short_of_everything_pays_rows_ahead_without_a_fee() -> None:
    terms = loan(prepay_fee_rate=Decimal("0.01"))
    short = Paid("short", on("2026-02-05"), 1, 12_000_00 + 97_55 - 1)

    position = replay(terms, [short], on("2026-02-05"))

    assert went(position.allocations["short"]) == (0, 97_55, 11_999_99)
    assert position.allocations["short"].fee_fen == 0
    assert [(row.n, row.principal_fen) for row in position.open] == [(12, 1)]


def test_the_worked_example_of_a_prepayment() -> None:
    terms = loan(day_count=DayCount.ACT_360)
    events = paid_on_time(terms, 4)
    assert replay(terms, events, on("2026-06-01")).payoff_fen == 8241_75

    events.append(Paid("prepay", on("2026-06-01"), 10, 3000_00, Intent.PREPAY))
    position = replay(terms, events, on("2026-06-01"))

    assert went(position.allocations["prepay"]) == (0, 55_67, 2944_33)
    assert position.open[0].due == on("2026-06-15")
    assert position.open[0].principal_fen + position.open[0].interest_fen == 687_22


def test_reducing_the_term_keeps_the_installment_and_drops_rows() -> None:
    terms = loan(prepay=PrepayPolicy.REDUCE_TERM)
    events = [*paid_on_time(terms, 4), Paid("prepay", on("2026-05-15"), 10, 3000_00, Intent.PREPAY)]

    position = replay(terms, events, on("2026-05-15"))

    sums = [row.principal_fen + row.interest_fen for row in position.open]
    assert sums[:-1] == [1079_71] * (len(sums) - 1)
    assert 0 < sums[-1] < 1079_71
    assert [row.n for row in position.rows] == list(range(1, len(position.rows) + 1))
    assert len(position.rows) == 9


def test_a_tail_below_the_minimum_is_folded_into_the_row_before() -> None:
    events = [Paid("prepay", VALUE_DATE, 1, 1_900_00, Intent.PREPAY)]
    kept = replay(
        loan(method="EQUAL_PRINCIPAL", prepay=PrepayPolicy.REDUCE_TERM, min_tail_fen=100_00), events, VALUE_DATE
    )
    folded = replay(
        loan(method="EQUAL_PRINCIPAL", prepay=PrepayPolicy.REDUCE_TERM, min_tail_fen=100_01), events, VALUE_DATE
    )

    assert [row.principal_fen for row in kept.open] == [1_000_00] * 10 + [100_00]
    assert [row.principal_fen for row in folded.open] == [1_000_00] * 9 + [1_100_00]


@pytest.mark.parametrize("policy", PrepayPolicy)
def test_of_an_interest_only_loan_a_prepayment_shrinks_only_the_last_principal(policy: PrepayPolicy) -> None:
    terms = loan(method="INTEREST_ONLY", prepay=policy, min_tail_fen=12_000_00)

    position = replay(terms, [Paid("p", VALUE_DATE, 1, 11_999_00, Intent.PREPAY)], VALUE_DATE)

    assert [row.principal_fen for row in position.open] == [0] * 11 + [1_00]


def test_a_prepayment_that_only_reaches_the_interest_makes_no_new_plan() -> None:
    terms = loan()
    small = Paid("small", on("2026-02-05"), 1, 50_00, Intent.PREPAY)

    position = replay(terms, [small], on("2026-02-05"))

    assert went(position.allocations["small"]) == (0, 50_00, 0)
    assert [row.principal_fen for row in position.open] == [row.principal_fen for row in make_plan(terms)]
    assert position.open[0].interest_fen == 144_00 - 50_00


def test_a_prepayment_the_day_before_a_due_date_still_leaves_that_row() -> None:
    position = replay(loan(), [Paid("p", on("2026-02-14"), 1, 5_000_00, Intent.PREPAY)], on("2026-02-14"))

    assert position.open[0].due == on("2026-02-15")
    assert position.open[0].principal_fen > 0


def test_a_payoff_that_history_made_too_small_prepays_what_it_can() -> None:
    payoff_fen = replay(loan(), paid_on_time(loan(), 1), on("2026-03-01")).payoff_fen
    events = [*paid_on_time(loan(), 1), Paid("payoff", on("2026-03-01"), 5, payoff_fen, Intent.PAYOFF)]
    assert replay(loan(), events, on("2026-03-01")).closed

    position = replay(loan(), [*events, Reversed("r", on("2026-03-05"), 6, "row 1")], on("2026-03-05"))

    assert not position.closed
    assert position.allocations["payoff"].excess_fen == 0
    assert position.undue_fen < 1_100_00
