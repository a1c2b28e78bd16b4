"""Payoff quotes, and what a payment would do."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Intent, Paid
from domain.lending.rules.payoff import next_bill, payoff_quote, preview, valid_until
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from tests.domain.lending.loans import loan


def test_a_quote_is_its_parts() -> None:
    terms = loan(day_count=DayCount.ACT_360, prepay_fee_rate=Decimal("0.01"))
    events: list[Event] = [
        Paid(str(row.n), row.due, row.n, row.principal_fen + row.interest_fen) for row in make_plan(terms)[:4]
    ]

    quote = payoff_quote(terms, events, date(2026, 6, 1))

    assert (quote.penalty_fen, quote.interest_fen, quote.principal_fen) == (0, 0, 0)
    assert quote.accrued_fen == 55_67
    assert quote.accrued_fen + quote.undue_fen == 8241_75
    assert quote.fee_fen == 81_86
    assert quote.total_fen == 8241_75 + 81_86


def test_a_quote_lapses_with_its_day_in_shanghai() -> None:
    evening = datetime(2026, 6, 1, 15, 50, tzinfo=UTC)  # 23:50 in Shanghai
    noon = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    half_an_hour = timedelta(minutes=30)

    assert valid_until(date(2026, 6, 1), evening, half_an_hour) == datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
    assert valid_until(date(2026, 6, 1), noon, half_an_hour) == noon + half_an_hour


def test_paying_ahead_shows_the_longer_next_bill_beforehand() -> None:
    terms = loan()
    planned = next_bill(replay(terms, [], date(2026, 2, 5)))
    would = preview(terms, [], Paid("maybe", date(2026, 2, 5), 1, 97_55 + 935_71))

    assert planned is not None
    assert planned.due == date(2026, 2, 15)
    assert would.next_bill is not None
    assert would.next_bill.due == date(2026, 3, 15)
    assert would.next_bill.interest_fen > make_plan(terms)[1].interest_fen
    assert would.due_fen == 0


def test_a_prepayment_the_day_before_a_due_date_shows_the_row_it_leaves() -> None:
    would = preview(loan(), [], Paid("maybe", date(2026, 2, 14), 1, 5_000_00, Intent.PREPAY))

    assert would.next_bill is not None
    assert would.next_bill.due == date(2026, 2, 15)
    assert not would.closes


def test_after_a_payoff_there_is_no_next_bill() -> None:
    terms = loan(prepay_fee_rate=Decimal("0.01"))
    total_fen = payoff_quote(terms, [], date(2026, 2, 14)).total_fen

    would = preview(terms, [], Paid("maybe", date(2026, 2, 14), 1, total_fen, Intent.PAYOFF))

    assert would.closes
    assert would.next_bill is None
    assert would.allocation.fee_fen == 120_00
