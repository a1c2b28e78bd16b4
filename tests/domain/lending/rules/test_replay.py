"""What becomes of a loan, told in single cases: paid on time, late, too much, waived, reversed, written off."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, ExcessRefunded, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Component, PenaltyBase
from tests.domain.lending.loans import VALUE_DATE, due, loan, on, paid_on_time, payments, went


def test_on_the_value_date_nothing_has_accrued() -> None:
    position = replay(loan(), [], VALUE_DATE)

    assert position.payoff_fen == position.undue_fen == 12_000_00
    assert [(row.due, row.principal_fen, row.interest_fen) for row in position.open] == [
        (row.due, row.principal_fen, row.interest_fen) for row in make_plan(loan())
    ]


@pytest.mark.parametrize("method", ["EQUAL_INSTALLMENT", "EQUAL_PRINCIPAL", "INTEREST_ONLY", "BULLET"])
@pytest.mark.parametrize("day_count", DayCount)
def test_a_loan_paid_as_planned_costs_what_was_planned(method: str, day_count: DayCount) -> None:
    terms = loan(method=method, day_count=day_count)
    plan = make_plan(terms)

    position = replay(terms, paid_on_time(terms, 12), plan[-1].due)

    assert position.closed
    assert [row.interest_fen for row in position.rows] == [row.interest_fen for row in plan]
    assert position.totals.interest_earned_fen == sum(row.interest_fen for row in plan)
    assert position.totals.penalty_earned_fen == 0
    assert all(row.paid_on == row.due for row in position.rows)


def test_a_payment_on_its_due_date_is_on_time() -> None:
    position = replay(loan(), paid_on_time(loan(), 1), on("2026-02-16"))

    assert due(position) == (0, 0, 0)
    assert position.dpd == 0


def test_statuses_follow_what_was_paid() -> None:
    pay = payments()
    events = [pay(on("2026-02-15"), 1079_71), pay(on("2026-03-15"), 500_00)]

    position = replay(loan(), events, on("2026-04-15"))

    assert [row.status for row in position.rows[:4]] == ["PAID", "PARTIAL", "DUE", "PENDING"]


@pytest.mark.parametrize("written_off", [False, True])
def test_a_row_on_which_nothing_can_come_any_more_is_paid_since_the_last_fen_fell_due(written_off: bool) -> None:
    terms = loan(principal_fen=2, annual_rate=Decimal(0), terms=3)
    first, second, third = make_plan(terms)
    assert [first.principal_fen, second.principal_fen, third.principal_fen] == [1, 1, 0]
    given_up: list[Event] = [WrittenOff("off", first.due, 1)] if written_off else []

    rows = replay(terms, given_up, second.due).rows

    assert [(row.status, row.paid_on) for row in rows] == [
        ("DUE", None),
        ("DUE", None),
        ("PAID", first.due if written_off else second.due),
    ]


def test_the_worked_example_of_a_missed_row() -> None:
    events = paid_on_time(loan(), 2)
    assert due(replay(loan(), events, on("2026-05-05"))) == (11_50, 121_41, 958_30)

    events.append(Paid("late", on("2026-05-05"), 10, 500_00))
    position = replay(loan(), events, on("2026-05-05"))
    assert position.dpd == 20
    assert went(position.allocations["late"]) == (11_50, 121_41, 367_09)

    later = replay(loan(), events, on("2026-05-15"))
    assert later.penalty_fen == 3_55
    assert later.due_fen == 1674_47


def test_within_grace_nothing_is_late_and_after_it_penalty_counts_from_the_due_date() -> None:
    terms = loan(grace_days=3)
    last_day = replay(terms, [], on("2026-02-18"))
    day_after = replay(terms, [], on("2026-02-19"))

    assert (last_day.penalty_fen, last_day.dpd) == (0, 0)
    assert day_after.dpd == 4
    assert day_after.penalty_fen == round(935_71 * 0.144 * 1.5 * 4 / 360)


def test_what_is_paid_on_the_last_day_of_grace_never_bears_penalty() -> None:
    terms = loan(grace_days=3)
    paid = Paid("in grace", on("2026-02-18"), 1, 1000_00)

    position = replay(terms, [paid], on("2026-02-25"))

    assert position.penalty_fen == round(79_71 * 0.144 * 1.5 * 10 / 360)


def test_penalty_does_not_stop_at_maturity_and_is_simple() -> None:
    terms = loan(method="BULLET", terms=1)
    one, two = (replay(terms, [], on("2026-02-15") + timedelta(days=days)).penalty_fen for days in (500, 1000))

    assert two == 2 * one == 2 * round(12_000_00 * 0.144 * 1.5 * 500 / 360)


def test_penalty_on_interest_too_if_the_product_says_so() -> None:
    terms = loan(penalty_base=PenaltyBase.PRINCIPAL_AND_INTEREST)

    assert replay(terms, [], on("2026-02-25")).penalty_fen == round(1079_71 * 0.144 * 1.5 * 10 / 360)


def test_of_interest_only_what_is_unpaid_bears_penalty() -> None:
    terms = loan(penalty_base=PenaltyBase.PRINCIPAL_AND_INTEREST)
    paid = Paid("p", on("2026-02-15"), 1, 100_00)
    waived = Waived("w", on("2026-02-15"), 2, 0, 30_00)

    ten_days_late = replay(terms, [paid, waived], on("2026-02-25"))

    assert due(ten_days_late)[1:] == (14_00, 935_71)
    assert ten_days_late.penalty_fen == round((935_71 + 14_00) * 0.144 * 1.5 * 10 / 360)


def test_a_row_with_less_open_than_the_threshold_is_not_past_due() -> None:
    pay = payments()
    events = [pay(on("2026-02-15"), 1079_71 - 100)]

    assert replay(loan(dpd_threshold_fen=100), events, on("2026-03-01")).dpd == 0
    assert replay(loan(dpd_threshold_fen=99), events, on("2026-03-01")).dpd == 14


def test_up_to_the_switch_the_oldest_row_comes_first_and_above_it_all_principal() -> None:
    terms = loan(dpd_switch=90)
    day_90, day_91 = on("2026-02-15") + timedelta(days=90), on("2026-02-15") + timedelta(days=91)

    before = replay(terms, [Paid("p", day_90, 1, 1500_00)], day_90).allocations["p"]
    after = replay(terms, [Paid("p", day_91, 1, 1500_00)], day_91).allocations["p"]

    assert [part.component for part in before.parts][:3] == [
        Component.PENALTY,
        Component.INTEREST,
        Component.PRINCIPAL,
    ]
    assert went(after) == (0, 0, 1500_00)
    assert [(part.n, part.days_past_due) for part in after.parts] == [(1, 91), (2, 63)]


def test_the_orders_are_the_products_data() -> None:
    terms = loan(waterfall=(Component.PRINCIPAL, Component.PENALTY, Component.INTEREST))
    late = Paid("p", on("2026-03-01"), 1, 940_00)

    assert went(replay(terms, [late], late.date).allocations["p"])[2] == 935_71


def test_what_is_too_much_is_held_and_never_applied_again() -> None:
    terms = loan(terms=1)
    events = [Paid("double", on("2026-02-15"), 1, 20_000_00), Paid("again", on("2026-02-20"), 2, 5_00)]

    position = replay(terms, events, on("2026-03-01"))

    assert position.closed
    assert position.excess_fen == 20_000_00 + 5_00 - 12_144_00
    refunded = replay(terms, [*events, ExcessRefunded("back", on("2026-02-21"), 3, 7_861_00)], on("2026-03-01"))
    assert refunded.excess_fen == 0


def test_a_refund_of_excess_that_history_took_away_shows() -> None:
    events = [
        Paid("all", on("2026-02-15"), 1, 12_144_00),
        Paid("double", on("2026-02-15"), 2, 500_00),
        ExcessRefunded("back", on("2026-02-20"), 3, 500_00),
        Reversed("r", on("2026-02-25"), 4, "all"),
    ]

    position = replay(loan(terms=1), events, on("2026-02-25"))

    assert (position.excess_fen, position.over_refunded_fen) == (0, 500_00)


def test_a_waiver_takes_what_is_due_oldest_first_and_the_rest_lapses() -> None:
    waived = Waived("w", on("2026-03-20"), 1, penalty_fen=1_000_00, interest_fen=150_00)
    before = replay(loan(), [], on("2026-03-20"))

    position = replay(loan(), [waived], on("2026-03-20"))

    assert position.waivers["w"].penalty_fen == before.penalty_fen
    assert [(part.n, part.component, part.amount_fen) for part in position.waivers["w"].parts if part.n == 1] == [
        (1, Component.PENALTY, before.rows[0].penalty_fen),
        (1, Component.INTEREST, 144_00),
    ]
    assert position.interest_fen == before.interest_fen - 150_00
    assert replay(loan(), [waived], on("2026-03-21")).penalty_fen > 0


def test_a_waiver_does_not_reach_interest_that_is_not_due() -> None:
    waived = Waived("w", on("2026-02-10"), 1, penalty_fen=1, interest_fen=100_00)

    assert replay(loan(), [waived], on("2026-02-10")).waivers["w"].interest_fen == 0


def test_a_reversal_counts_from_the_payments_day_even_if_it_became_known_later() -> None:
    events = [*paid_on_time(loan(), 1), Reversed("r", on("2026-12-31"), 9, "row 1")]

    assert replay(loan(), events, on("2026-02-20")) == replay(loan(), [], on("2026-02-20"))


def test_a_payment_recorded_late_takes_its_place_by_date_and_sequence() -> None:
    first = Paid("first", on("2026-02-15"), 1, 1079_71)
    recorded_late = Paid("recorded late", on("2026-02-10"), 2, 1079_71)

    position = replay(loan(), [first, recorded_late], on("2026-02-15"))

    assert list(position.allocations) == ["recorded late", "first"]


def test_writing_off_stops_interest_and_penalty_and_makes_everything_due() -> None:
    events = [WrittenOff("off", on("2026-05-20"), 1)]

    on_the_day = replay(loan(), events, on("2026-05-20"))
    long_after = replay(loan(), events, on("2027-05-20"))

    assert on_the_day.undue_fen == on_the_day.accrued_fen == 0
    assert on_the_day.principal_fen == 12_000_00
    assert due(on_the_day) == due(long_after)
    assert on_the_day.payoff_fen == replay(loan(), [], on("2026-05-20")).payoff_fen
    assert on_the_day.written_off is not None
    assert on_the_day.written_off.interest_fen == on_the_day.interest_fen


def test_what_comes_after_a_write_off_is_recovery_principal_first() -> None:
    events: list[Event] = [WrittenOff("off", on("2026-05-20"), 1), Paid("late", on("2026-06-01"), 2, 12_100_00)]

    position = replay(loan(), events, on("2026-06-01"))

    assert went(position.allocations["late"]) == (0, 100_00, 12_000_00)
    assert position.totals.recovery_fen == position.allocations["late"].recovery_fen == 12_100_00
    assert position.totals.paid_principal_fen == 0


def test_a_payment_of_a_day_before_the_write_off_is_no_recovery() -> None:
    events: list[Event] = [WrittenOff("off", on("2026-05-20"), 1), Paid("found", on("2026-05-19"), 2, 1_000_00)]

    position = replay(loan(), events, on("2026-06-01"))

    assert not position.allocations["found"].recovery
    assert position.totals.recovery_fen == 0
