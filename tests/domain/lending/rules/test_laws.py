"""What holds for every loan and every history."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.lending.rules.events import Event, ExcessRefunded, Intent, Paid, Reversed, WrittenOff
from domain.lending.rules.payoff import payoff_quote
from domain.lending.rules.plan import make_plan
from domain.lending.rules.position import Position
from domain.lending.rules.replay import check_payment, replay
from domain.lending.rules.terms import Component, PenaltyBase, Terms
from tests.domain.lending.loans import USUAL_ORDERS, any_day, any_history, any_terms, loan, on, sums, went

laws = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def draw_loan(data: st.DataObject) -> tuple[Terms, list[Event], date]:
    terms = data.draw(any_terms())
    events = data.draw(any_history(terms))
    if data.draw(st.integers(0, 9)) == 0:
        events.append(WrittenOff("off", data.draw(any_day(terms)), len(events)))
    return terms, events, data.draw(any_day(terms))


def next_sequence(events: list[Event]) -> int:
    return max((event.sequence for event in events), default=-1) + 1


@laws
@given(any_terms())
def test_the_principal_of_a_plan_is_the_loan(terms: Terms) -> None:
    plan = make_plan(terms)

    assert sum(row.principal_fen for row in plan) == terms.principal_fen
    assert all(row.principal_fen >= 0 and row.interest_fen >= 0 for row in plan)
    assert [row.n for row in plan] == list(range(1, len(plan) + 1))


@laws
@given(st.data())
def test_whatever_happens_the_principal_of_the_rows_is_the_loan(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)

    position = replay(terms, events, to)

    assert sum(row.principal_fen for row in position.rows) == terms.principal_fen
    assert [row.n for row in position.rows] == sorted({row.n for row in position.rows})


@laws
@given(st.data())
def test_nothing_is_ever_negative(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)

    position = replay(terms, events, to)

    totals = position.totals
    sums_of_all = [
        *(getattr(row, name) for row in position.rows for name in row.__slots__ if name.endswith("_fen")),
        *(getattr(totals, name) for name in totals.__slots__),
        *(getattr(row, name) for row in position.open for name in ("principal_fen", "interest_fen")),
        *(row.outstanding_fen for row in position.rows),
        *(row.open_penalty_fen for row in position.rows),
        *(row.open_interest_fen for row in position.rows),
        *(row.open_principal_fen for row in position.rows),
        position.penalty_fen,
        position.interest_fen,
        position.principal_fen,
        position.accrued_fen,
        position.undue_fen,
        position.fee_fen,
        position.dpd,
    ]
    assert min(sums_of_all) >= 0
    assert all(part.amount_fen > 0 for each in position.allocations.values() for part in each.parts)


@laws
@given(st.data())
def test_every_payment_is_its_parts(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)

    allocations = replay(terms, events, to).allocations

    for payment in (event for event in events if event.key in allocations):
        assert isinstance(payment, Paid)
        went = allocations[payment.key]
        sums_of_it = (went.penalty_fen, went.interest_fen, went.principal_fen, went.fee_fen, went.excess_fen)
        assert sum(sums_of_it) == payment.amount_fen
        assert min(sums_of_it) >= 0
        assert sum(part.amount_fen for part in went.parts) == went.applied_fen
        assert len({(part.n, part.component) for part in went.parts}) == len(went.parts)


@laws
@given(st.data())
def test_what_was_lent_and_earned_is_paid_waived_given_up_or_still_owed(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)

    position = replay(terms, events, to)

    totals = position.totals
    earned = terms.principal_fen + totals.interest_earned_fen + totals.penalty_earned_fen
    gone = (
        totals.paid_principal_fen
        + totals.paid_interest_fen
        + totals.paid_penalty_fen
        + totals.waived_interest_fen
        + totals.waived_penalty_fen
    )
    owed = position.payoff_fen - position.fee_fen
    if given_up := position.written_off:
        assert earned - gone == given_up.penalty_fen + given_up.interest_fen + given_up.principal_fen
        recovered = sum(each.applied_fen for each in position.allocations.values() if each.recovery)
        waived = sum(each.penalty_fen + each.interest_fen for each in position.waivers.values() if each.after_write_off)
        assert earned - gone - recovered - waived == owed
        assert totals.recovery_fen == recovered
    else:
        assert earned - gone == owed
    assert totals.fee_earned_fen == totals.paid_fee_fen


@laws
@given(st.data())
def test_the_rows_say_the_same_as_the_position(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)

    position = replay(terms, events, to)

    billed = [row for row in position.rows if row.billed]
    undue = [row for row in position.rows if not row.billed and not row.settled]
    assert sum(row.open_penalty_fen for row in billed) == position.penalty_fen
    assert sum(row.open_interest_fen for row in billed) == position.interest_fen
    assert sum(row.open_principal_fen for row in billed) == position.principal_fen
    assert sum(row.open_principal_fen for row in undue) == position.undue_fen
    assert [(row.n, row.due, row.open_principal_fen, row.open_interest_fen) for row in undue] == [
        (row.n, row.due, row.principal_fen, row.interest_fen) for row in position.open
    ]
    assert all((row.status == "PAID") == (row.paid_on is not None) for row in position.rows)
    assert position.closed == all(row.status == "PAID" for row in position.rows)
    assert all(row.outstanding_fen == 0 for row in position.rows if row.status == "PAID")


@laws
@given(st.data())
def test_a_payoff_leaves_nothing_within_grace_too(data: st.DataObject) -> None:
    terms, events, on = draw_loan(data)
    quote = payoff_quote(terms, events, on)
    assume(quote.total_fen > 0)
    payment = Paid("payoff", on, next_sequence(events), quote.total_fen, Intent.PAYOFF)
    known = [event for event in events if event.date <= on or isinstance(event, Reversed)]
    paid = {event.key for event in known}
    known = [event for event in known if not isinstance(event, Reversed) or event.payment_key in paid]

    check_payment(terms, known, payment)
    later = replay(terms, [*known, payment], on + timedelta(days=400))

    assert later.closed
    assert later.allocations["payoff"].excess_fen == 0
    assert later.payoff_fen == 0


@laws
@given(st.data())
def test_a_fen_less_than_the_payoff_does_not_close_the_loan(data: st.DataObject) -> None:
    terms, events, on = draw_loan(data)
    quote = payoff_quote(terms, events, on)
    assume(quote.total_fen > 1)
    payment = Paid("payoff", on, next_sequence(events), quote.total_fen - 1, Intent.PAYOFF)

    assert not replay(terms, [*events, payment], on).closed


@laws
@given(st.data())
def test_what_was_earned_never_falls_as_days_pass(data: st.DataObject) -> None:
    terms, events, on = draw_loan(data)
    later = on + timedelta(days=data.draw(st.integers(1, 60)))

    before, after = replay(terms, events, on), replay(terms, events, later)

    assert after.totals.penalty_earned_fen >= before.totals.penalty_earned_fen
    assert after.totals.interest_earned_fen >= before.totals.interest_earned_fen


@laws
@given(st.data())
def test_a_reversal_restores_the_exact_former_position(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)
    n = next_sequence(events)
    payment = Paid("new", data.draw(any_day(terms)), n, data.draw(sums(terms)), data.draw(st.sampled_from(Intent)))
    reversal = Reversed("reversal", data.draw(any_day(terms)), n + 1, "new")

    assert replay(terms, [*events, payment, reversal], to) == replay(terms, events, to)


@laws
@given(st.data())
def test_the_order_of_recording_does_not_matter(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)

    assert replay(terms, data.draw(st.permutations(events)), to) == replay(terms, events, to)


@laws
@given(st.data())
def test_what_happens_later_does_not_change_an_earlier_position(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)
    later = Paid("later", to + timedelta(days=1), next_sequence(events), data.draw(sums(terms)))

    assert replay(terms, [*events, later], to) == replay(terms, events, to)


def cost_fen(position: Position) -> int:
    return position.totals.interest_earned_fen + position.totals.penalty_earned_fen


SOONER = {"prepay_fee_rate": Decimal(0), "dpd_switch": 10**6, "penalty_base": PenaltyBase.PRINCIPAL, **USUAL_ORDERS}


@settings(laws, max_examples=300)
@given(st.data())
def test_paying_a_sum_sooner_never_costs_more(data: st.DataObject) -> None:
    """Within one waterfall order that takes interest before principal, without fees, with penalty on principal alone."""
    terms = data.draw(any_terms(**SOONER))
    n = data.draw(st.integers(1, 6))
    payments = [Paid(str(k), data.draw(any_day(terms)), k, data.draw(sums(terms))) for k in range(n)]
    moved = data.draw(st.sampled_from(payments))
    earliest = terms.value_date.toordinal()
    sooner = replace(moved, date=date.fromordinal(data.draw(st.integers(earliest, moved.date.toordinal()))))
    end = terms.value_date + timedelta(days=31 * terms.terms + 400)

    late = replay(terms, payments, end)
    soon = replay(terms, [sooner if each is moved else each for each in payments], end)

    assert cost_fen(soon) <= cost_fen(late) + n


def test_where_interest_bears_penalty_too_a_sum_paid_later_can_cost_less() -> None:
    """The named exception to the law above: a fen of overdue interest then costs more a day than a fen of undue principal.

    72.00 on the value date are principal, and save 12 x 0.86 of interest. The same 72.00 on day 16 are interest that has
    accrued; the first row asks for 72.00 less, and they save 21.6 % a year on it for the 334 days from its due date on.
    """
    facts = {"method": "INTEREST_ONLY", "penalty_base": PenaltyBase.PRINCIPAL_AND_INTEREST}
    maturity = on("2027-01-15")
    as_principal = replay(loan(**facts), [Paid("p", on("2026-01-15"), 1, 72_00)], maturity)
    as_interest = replay(loan(**facts), [Paid("p", on("2026-01-31"), 1, 72_00)], maturity)
    days_overdue = [(maturity - row.due).days for row in make_plan(loan(**facts))[:-1]]

    def penalty(open_fen: list[int]) -> int:
        return sum(
            round(fen * Fraction("0.216") * days / 360) for fen, days in zip(open_fen, days_overdue, strict=True)
        )

    assert went(as_principal.allocations["p"]) == (0, 0, 72_00)
    assert cost_fen(as_principal) == 12 * 143_14 + penalty([143_14] * 11)
    assert went(as_interest.allocations["p"]) == (0, 72_00, 0)
    assert cost_fen(as_interest) == 12 * 144_00 + penalty([72_00, *[144_00] * 10])
    assert cost_fen(as_principal) - cost_fen(as_interest) == 3_06

    facts["penalty_base"] = PenaltyBase.PRINCIPAL
    later, sooner = (
        cost_fen(replay(loan(**facts), [Paid("p", day, 1, 72_00)], maturity))
        for day in (on("2026-01-31"), on("2026-01-15"))
    )
    assert later - sooner == 12 * 86


def test_where_principal_goes_before_interest_it_pays_to_wait_for_the_due_date() -> None:
    """The other exception: before the due date interest is paid first whatever the order, and unpaid interest costs nothing."""
    order = (Component.PENALTY, Component.PRINCIPAL, Component.INTEREST)
    terms = loan(waterfall=order, terms=2)
    end = on("2026-03-15")
    early = replay(terms, [Paid("p", on("2026-02-14"), 1, 1_000_00)], end)
    punctual = replay(terms, [Paid("p", on("2026-02-15"), 1, 1_000_00)], end)

    assert went(early.allocations["p"]) == (0, 139_35, 860_65)
    assert went(punctual.allocations["p"]) == (0, 0, 1_000_00)
    assert cost_fen(early) > cost_fen(punctual) + 1


@laws
@given(st.data())
def test_excess_is_held_until_it_is_refunded(data: st.DataObject) -> None:
    terms, events, to = draw_loan(data)
    held_fen = replay(terms, events, to).excess_fen
    part_fen = data.draw(st.integers(0, held_fen))

    position = replay(terms, [*events, ExcessRefunded("refund", to, next_sequence(events), part_fen)], to)

    assert position.excess_fen == held_fen - part_fen
    assert position.over_refunded_fen == 0
