"""What holds of single kinds of events, for every loan and every history before them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.lending.rules.allocation import Part
from domain.lending.rules.events import Event, Intent, Paid, Waived, WrittenOff
from domain.lending.rules.plan import make_plan
from domain.lending.rules.position import Position
from domain.lending.rules.replay import in_effect, replay
from domain.lending.rules.terms import Component, PrepayPolicy, Terms
from tests.domain.lending.loans import any_day, any_history, any_terms, due, loan, sums

laws = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def running(draw: st.DrawFn, **fixed: object) -> tuple[Terms, list[Event], date, int]:
    """A loan, what counts of its history up to a day, that day, and the next sequence."""
    terms = draw(any_terms(**fixed))
    day = draw(any_day(terms))
    events = [event for event in in_effect(draw(any_history(terms, most=7))) if event.date <= day]
    return terms, events, day, 1000


def figures(position: Position) -> tuple[object, ...]:
    """A position without what it says of single events."""
    return (*due(position), position.accrued_fen, position.undue_fen, position.dpd, position.open, position.rows)


# --- waivers -----------------------------------------------------------------------------------------------------------


@laws
@given(running(), st.integers(0, 5_000), st.integers(0, 5_000))
def test_a_waiver_takes_what_was_asked_or_what_is_due_and_nothing_else_moves(
    drawn: tuple[Terms, list[Event], date, int], penalty_fen: int, interest_fen: int
) -> None:
    terms, events, day, n = drawn
    before = replay(terms, events, day)
    after = replay(terms, [*events, Waived("w", day, n, penalty_fen, interest_fen)], day)
    waived = after.waivers["w"]

    assert (waived.penalty_fen, waived.interest_fen) == (
        min(penalty_fen, before.penalty_fen),
        min(interest_fen, before.interest_fen),
    )
    assert due(after) == (
        before.penalty_fen - waived.penalty_fen,
        before.interest_fen - waived.interest_fen,
        before.principal_fen,
    )
    assert (after.accrued_fen, after.undue_fen, after.open) == (before.accrued_fen, before.undue_fen, before.open)
    assert after.totals.interest_earned_fen == before.totals.interest_earned_fen
    assert after.totals.penalty_earned_fen == before.totals.penalty_earned_fen
    assert after.dpd <= before.dpd


@laws
@given(running(), st.integers(1, 5_000), st.integers(1, 5_000))
def test_a_waiver_goes_to_the_oldest_row_first(
    drawn: tuple[Terms, list[Event], date, int], penalty_fen: int, interest_fen: int
) -> None:
    terms, events, day, n = drawn
    before = {row.n: row for row in replay(terms, events, day).rows if row.billed}
    parts = replay(terms, [*events, Waived("w", day, n, penalty_fen, interest_fen)], day).waivers["w"].parts

    def taken(component: Component) -> list[Part]:
        return [part for part in parts if part.component is component]

    for component, name in ((Component.PENALTY, "open_penalty_fen"), (Component.INTEREST, "open_interest_fen")):
        rows = [row.n for row in before.values() if getattr(row, name)]
        took = taken(component)
        assert [part.n for part in took] == rows[: len(took)]
        assert all(part.amount_fen == getattr(before[part.n], name) for part in took[:-1])


@laws
@given(running(), st.integers(0, 90))
def test_what_a_waiver_asked_beyond_what_was_due_lapses(drawn: tuple[Terms, list[Event], date, int], days: int) -> None:
    terms, events, day, n = drawn
    given = replay(terms, events, day)
    later = day + timedelta(days=days)
    exactly = Waived("w", day, n, given.penalty_fen, given.interest_fen)
    far_more = replace(exactly, penalty_fen=10**9, interest_fen=10**9)

    assert figures(replay(terms, [*events, exactly], later)) == figures(replay(terms, [*events, far_more], later))


# --- write-offs ---------------------------------------------------------------------------------------------------------


@laws
@given(running(), st.integers(0, 500))
def test_a_write_off_makes_all_of_it_due_and_stops_the_clock(
    drawn: tuple[Terms, list[Event], date, int], days: int
) -> None:
    terms, events, day, n = drawn
    before = replay(terms, events, day)
    after = replay(terms, [*events, WrittenOff("w", day, n)], day + timedelta(days=days))

    assert (after.undue_fen, after.accrued_fen, after.fee_fen, after.open) == (0, 0, 0, ())
    assert due(after) == (
        before.penalty_fen,
        before.interest_fen + before.accrued_fen,
        before.principal_fen + before.undue_fen,
    )
    assert after.totals.interest_earned_fen == before.totals.interest_earned_fen
    assert after.totals.penalty_earned_fen == before.totals.penalty_earned_fen
    assert after.written_off is not None
    assert (after.written_off.on, after.written_off.principal_fen) == (day, after.principal_fen)


@laws
@given(running(), st.integers(1, 10**7), st.integers(0, 300))
def test_after_a_write_off_money_goes_to_whole_components_in_order_and_the_rest_is_excess(
    drawn: tuple[Terms, list[Event], date, int], amount_fen: int, days: int
) -> None:
    terms, events, day, n = drawn
    off = WrittenOff("w", day, n)
    owed = replay(terms, [*events, off], day)
    paid = Paid("p", day + timedelta(days=days), n + 1, amount_fen)
    went = replay(terms, [*events, off, paid], paid.date).allocations["p"]

    left_fen = amount_fen
    for component in terms.recovery_waterfall:
        name = f"{component.lower()}_fen"
        assert getattr(went, name) == min(left_fen, getattr(owed, name))
        left_fen -= getattr(went, name)
    assert (went.fee_fen, went.excess_fen, went.recovery_fen) == (0, left_fen, amount_fen - left_fen)


# --- excess -------------------------------------------------------------------------------------------------------------


@settings(laws, max_examples=50)
@given(st.data())
def test_excess_is_never_applied_again(data: st.DataObject) -> None:
    """A loan stands as if the payer had kept what was too much."""
    terms = data.draw(any_terms(prepay_fee_rate=Decimal(0), terms=data.draw(st.integers(1, 4))))
    events = in_effect(data.draw(any_history(terms, most=9)))
    to = data.draw(any_day(terms))
    position = replay(terms, events, to)
    excess = {key: went.excess_fen for key, went in position.allocations.items() if went.excess_fen}
    assume(excess)

    kept_back = [
        replace(event, amount_fen=event.amount_fen - excess.get(event.key, 0)) if isinstance(event, Paid) else event
        for event in events
    ]
    without = [event for event in kept_back if not (isinstance(event, Paid) and event.amount_fen == 0)]

    assert figures(replay(terms, without, to)) == figures(position)
    assert position.totals.excess_fen == sum(excess.values())


# --- new plans ----------------------------------------------------------------------------------------------------------


@laws
@given(running(prepay_fee_rate=Decimal(0)), st.data())
def test_a_new_plan_keeps_to_the_due_dates_of_the_old(
    drawn: tuple[Terms, list[Event], date, int], data: st.DataObject
) -> None:
    terms, events, day, n = drawn
    before = replay(terms, events, day)
    prepaid = Paid("p", day, n, data.draw(sums(terms)), Intent.PREPAY)
    after = replay(terms, [*events, prepaid], day)
    old, new = [row.due for row in before.open], [row.due for row in after.open]
    planned = {row.due: row.n for row in make_plan(terms)}

    assert new == old[: len(new)]
    assert all(planned[row.due] == row.n for row in after.rows)
    if after.undue_fen:
        assert new
        assert len(new) == len(old) or (terms.prepay is PrepayPolicy.REDUCE_TERM and terms.method.startswith("EQUAL"))
        assert sum(row.principal_fen for row in after.open) == after.undue_fen


@settings(laws, max_examples=40)
@given(st.data())
def test_a_shortened_plan_has_no_small_tail(data: st.DataObject) -> None:
    """Of loans whose installments are above what counts as small; a tail is folded once, into the row before it."""
    facts = {"prepay": PrepayPolicy.REDUCE_TERM, "min_tail_fen": 1_000, "prepay_fee_rate": Decimal(0)}
    method = data.draw(st.sampled_from(["EQUAL_INSTALLMENT", "EQUAL_PRINCIPAL"]))
    principal_fen = data.draw(st.integers(5_000_00, 200_000_00))
    terms, events, day, n = data.draw(running(method=method, principal_fen=principal_fen, **facts))
    before = replay(terms, events, day)
    after = replay(terms, [*events, Paid("p", day, n, data.draw(sums(terms)), Intent.PREPAY)], day)
    assume(0 < after.undue_fen < before.undue_fen)

    assert len(after.open) == 1 or after.open[-1].principal_fen >= terms.min_tail_fen
    assert after.allocations["p"].excess_fen == 0


# --- lateness -----------------------------------------------------------------------------------------------------------


@laws
@given(st.data())
def test_what_is_paid_within_grace_never_bears_penalty(data: st.DataObject) -> None:
    terms = data.draw(any_terms(grace_days=data.draw(st.integers(1, 12)), dpd_threshold_fen=0))
    plan = make_plan(terms)
    late = [data.draw(st.integers(0, terms.grace_days)) for _ in plan]
    events: list[Event] = [
        Paid(str(row.n), row.due + timedelta(days=days), row.n, row.principal_fen + row.interest_fen)
        for row, days in zip(plan, late, strict=True)
        if row.principal_fen + row.interest_fen
    ]
    for days in (0, data.draw(st.integers(1, 400))):
        position = replay(terms, events, plan[-1].due + timedelta(days=terms.grace_days + days))
        assert position.closed
        assert position.totals.penalty_earned_fen == 0
        assert position.totals.interest_earned_fen == sum(row.interest_fen for row in plan)


@laws
@given(running(), st.data())
def test_days_past_due_count_from_the_oldest_row_above_the_threshold(
    drawn: tuple[Terms, list[Event], date, int], data: st.DataObject
) -> None:
    terms, events, day, _ = drawn
    opens = [row.open_principal_fen + row.open_interest_fen for row in replay(terms, events, day).rows if row.billed]
    terms = replace(terms, dpd_threshold_fen=data.draw(st.sampled_from([terms.dpd_threshold_fen, *opens])))
    position = replay(terms, events, day)
    late = [
        (day - row.due).days
        for row in position.rows
        if row.billed and row.open_principal_fen + row.open_interest_fen > terms.dpd_threshold_fen
    ]

    assert position.dpd == (late[0] if late and late[0] > terms.grace_days else 0)


@laws
@given(running(penalty_multiplier=Decimal("1.3")))
def test_a_row_bears_no_penalty_through_the_last_day_of_grace(drawn: tuple[Terms, list[Event], date, int]) -> None:
    terms, events, day, _ = drawn

    for row in replay(terms, events, day).rows:
        if (day - row.due).days <= terms.grace_days:
            assert row.penalty_fen == 0


@laws
@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 36))
def test_due_days_are_the_value_dates_day_or_the_months_last(value_date: date, months: int) -> None:
    plan = make_plan(loan(value_date=value_date, terms=months))

    for row in plan:
        months_on = (row.due.year - value_date.year) * 12 + row.due.month - value_date.month
        next_day = row.due + timedelta(days=1)
        assert months_on == row.n
        assert row.due.day == value_date.day or (row.due.day < value_date.day and next_day.day == 1)
