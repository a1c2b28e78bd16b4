"""Payments that are refused, and histories that cannot be."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.lending.errors import LoanClosed, PaymentBeforeValueDate, PaymentNotPositive, PayoffTooSmall
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, ExcessRefunded, Intent, Paid, Reversed
from domain.lending.rules.replay import check_payment, replay
from domain.shared.days import add_months
from tests.domain.lending.loans import VALUE_DATE, loan, on


@pytest.mark.parametrize(
    ("events", "payment", "refusal"),
    [
        ([], {"amount_fen": 0}, PaymentNotPositive),
        ([], {"amount_fen": -1}, PaymentNotPositive),
        ([], {"date": on("2026-01-14")}, PaymentBeforeValueDate),
        ([], {"amount_fen": 12_000_00, "intent": Intent.PAYOFF, "date": on("2026-01-16")}, PayoffTooSmall),
        ([Paid("all", VALUE_DATE, 0, 12_000_00, Intent.PAYOFF)], {}, LoanClosed),
    ],
)
def test_a_payment_that_must_not_be_taken_is_refused(
    events: list[Event], payment: dict[str, Any], refusal: type[Exception]
) -> None:
    usual = {"key": "new", "date": on("2026-02-01"), "sequence": 9, "amount_fen": 1_00}

    with pytest.raises(refusal):
        check_payment(loan(), events, Paid(**(usual | payment)))


def test_a_payoff_refused_as_too_small_says_what_it_takes() -> None:
    payment = Paid("new", VALUE_DATE, 1, 11_999_99, Intent.PAYOFF)

    with pytest.raises(PayoffTooSmall, match=r"takes 12000\.00 yuan; 11999\.99 yuan is not enough"):
        check_payment(loan(), [], payment)


def test_what_is_owed_can_be_paid() -> None:
    check_payment(loan(), [], Paid("new", on("2026-02-15"), 1, 1079_71))


def test_what_was_refunded_and_is_excess_no_more_can_be_paid_back_once() -> None:
    events = [
        Paid("all", VALUE_DATE, 1, 12_000_00, Intent.PAYOFF),
        Paid("never was", VALUE_DATE, 2, 500_00),
        ExcessRefunded("back", on("2026-01-20"), 3, 500_00),
        Reversed("r", on("2026-01-21"), 4, "never was"),
    ]
    paid_back = Paid("new", on("2026-02-01"), 5, 500_00)

    check_payment(loan(), events, paid_back)
    after = replay(loan(), [*events, paid_back], on("2026-02-01"))
    assert (after.over_refunded_fen, after.excess_fen, after.closed) == (0, 0, True)
    with pytest.raises(LoanClosed):
        check_payment(loan(), [*events, paid_back], replace(paid_back, key="again", sequence=6))
    with pytest.raises(LoanClosed):
        check_payment(loan(), events, replace(paid_back, date=on("2026-01-19")))


def test_a_history_that_cannot_be_is_a_bug() -> None:
    paid = Paid("p", VALUE_DATE, 1, 1)
    with pytest.raises(ValueError, match="same key"):
        replay(loan(), [paid, paid], VALUE_DATE)
    with pytest.raises(ValueError, match="reversed"):
        replay(loan(), [Reversed("r", VALUE_DATE, 1, "unknown")], VALUE_DATE)
    with pytest.raises(ValueError, match="value date"):
        replay(loan(), [Paid("p", VALUE_DATE - timedelta(days=1), 1, 1)], VALUE_DATE)
    with pytest.raises(ValueError, match="begins on"):
        replay(loan(), [], VALUE_DATE - timedelta(days=1))


def test_a_hundred_events_on_thirty_six_months_replay_in_milliseconds() -> None:
    """Not a benchmark: a day loop or a fraction that grows would be a hundred times over this."""
    terms = loan(terms=36, principal_fen=40_000_00, day_count=DayCount.ACT_ACT)
    events: list[Event] = [
        Paid(str(n), add_months(VALUE_DATE, n // 3) + timedelta(days=10 * (n % 3)), n, 450_00) for n in range(1, 101)
    ]
    started = time.process_time()
    replay(terms, events, on("2029-06-01"))

    assert time.process_time() - started < 0.25


def test_a_back_dated_payment_is_checked_though_a_later_one_was_reversed() -> None:
    later = Paid("later", on("2026-03-01"), 1, 1079_71)
    events = [later, Reversed("r", on("2026-03-02"), 2, "later")]

    check_payment(loan(), events, Paid("new", on("2026-02-15"), 3, 1079_71))
