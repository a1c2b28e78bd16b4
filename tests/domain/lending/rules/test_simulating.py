"""What if: worked examples, and what holds for every loan, every history and whatever is supposed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.lending.errors import LoanClosed, NothingToWaive, PaymentNotPositive, PayoffTooSmall, WaiverNotPositive
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Intent, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.payoff import payoff_quote
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from domain.lending.rules.simulating import Meanwhile, Outlook, Simulation, simulate
from domain.lending.rules.terms import Terms
from domain.shared.errors import DomainError
from tests.domain.lending.loans import any_history, any_terms, loan, on, paid_on_time, sums, went

laws = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

ACT_360 = loan(day_count=DayCount.ACT_360)
FOUR_ROWS = paid_on_time(ACT_360, 4)
JUNE = on("2026-06-01")
PREPAID = Paid("maybe", JUNE, 0, 3_000_00, Intent.PREPAY)


def prepaying() -> Simulation:
    return simulate(ACT_360, FOUR_ROWS, [PREPAID], today=JUNE)


# Worked to the fen


def test_a_prepayment_shows_where_it_goes_and_the_next_bill_before_and_after() -> None:
    would = prepaying()

    assert went(would.after.position.allocations["maybe"]) == (0, 55_67, 2944_33)
    bills = [each.next_bill for each in (would.before, would.after)]
    assert [(bill.due, bill.principal_fen + bill.interest_fen) for bill in bills if bill] == [
        (on("2026-06-15"), 1080_49),
        (on("2026-06-15"), 687_22),
    ]
    assert would.before.position.payoff_fen == 8241_75
    assert would.after.position.payoff_fen == 8241_75 - 3_000_00


def test_the_saving_is_the_interest_that_need_not_be_paid() -> None:
    would = prepaying()

    assert would.before.charges is not None
    assert would.after.charges is not None
    assert would.before.charges.interest_fen == 965_94  # the plan's own
    assert would.saving_fen == 965_94 - would.after.charges.interest_fen > 0
    assert would.after.to_come.principal_fen == would.before.to_come.principal_fen - 2944_33


def test_a_payoff_saves_what_interest_was_to_come_and_closes_the_loan() -> None:
    payoff = Paid("maybe", JUNE, 0, 8241_75, Intent.PAYOFF)

    would = simulate(ACT_360, FOUR_ROWS, [payoff], today=JUNE)

    assert would.after.position.closed
    assert (would.after.next_bill, would.after.last_due, would.after.to_come.total_fen) == (None, None, 0)
    assert would.saving_fen == would.before.to_come.interest_fen - 55_67


def test_a_fee_for_paying_early_is_taken_off_the_saving() -> None:
    terms = replace(ACT_360, prepay_fee_rate=Decimal("0.01"))
    total_fen = payoff_quote(terms, FOUR_ROWS, JUNE).total_fen

    would = simulate(terms, FOUR_ROWS, [Paid("maybe", JUNE, 0, total_fen, Intent.PAYOFF)], today=JUNE)

    assert would.saving_fen == would.before.to_come.interest_fen - 55_67 - 81_86


def test_paying_late_costs_the_penalty_and_saves_nothing() -> None:
    may = on("2026-05-05")
    known = paid_on_time(loan(), 2)
    late = Paid("late", may, 0, 1079_71 + 11_50)

    would = simulate(loan(), known, [late], today=on("2026-04-01"), meanwhile=Meanwhile.NOTHING)

    assert went(would.after.position.allocations["late"]) == (11_50, 121_41, 958_30)
    assert would.saving_fen == -11_50
    assert would.planned == ()


def test_what_falls_due_meanwhile_is_supposed_paid_on_its_day() -> None:
    today, later = on("2026-02-20"), JUNE

    would = simulate(ACT_360, FOUR_ROWS[:1], [PREPAID], today=today)

    assert [(each.date, each.amount_fen) for each in would.planned] == [
        (row.due, row.principal_fen + row.interest_fen) for row in make_plan(ACT_360)[1:4]
    ]
    assert (would.on, would.before.position.dpd) == (later, 0)
    assert would.saving_fen == prepaying().saving_fen
    assert went(would.after.position.allocations["maybe"]) == (0, 55_67, 2944_33)


def test_arrears_are_supposed_paid_today() -> None:
    would = simulate(loan(), [], [], today=on("2026-02-20"), on=on("2026-03-01"))

    ((planned),) = would.planned
    assert planned.date == on("2026-02-20")
    assert planned.amount_fen == 1079_71 + replay(loan(), [], on("2026-02-20")).penalty_fen


def test_a_reversal_together_with_the_right_payment_is_a_correction() -> None:
    wrong = Paid("wrong", on("2026-02-20"), 1, 1079_71)
    right = [Reversed("undo", on("2026-02-25"), 0, "wrong"), Paid("right", on("2026-02-15"), 0, 1079_71)]

    would = simulate(loan(), [wrong], right[::-1], today=on("2026-02-25"))

    assert [event.key for event in would.supposed] == ["undo", "right"]
    assert went(would.after.position.allocations["right"]) == (0, 144_00, 935_71)
    assert would.after.position.penalty_fen == 0
    assert would.saving_fen
    assert would.saving_fen > 0


def test_a_waiver_saves_what_it_lets_go_of() -> None:
    today = on("2026-02-25")

    would = simulate(loan(), [], [Waived("kind", today, 0, 1_00, 50_00)], today=today)

    assert would.saving_fen == 51_00


def test_of_a_loan_that_is_written_off_nothing_is_planned() -> None:
    today = on("2026-06-20")

    would = simulate(loan(), [], [WrittenOff("off", today, 0)], today=today, on=on("2026-09-01"))

    assert would.after.position.written_off is not None
    assert (would.after.charges, would.after.yearly_cost, would.saving_fen) == (None, None, None)


def test_the_yearly_cost_on_due_days_is_the_quote_s() -> None:
    cost = simulate(loan(), paid_on_time(loan(), 4), [], today=on("2026-05-20")).before.yearly_cost

    assert cost is not None
    assert abs((cost.nominal or 0) - Decimal("0.144")) < Decimal("0.000002")
    assert (cost.effective or 0) > Decimal("0.15")


def test_money_on_another_day_leaves_the_nominal_rate_without_meaning() -> None:
    cost = prepaying().after.yearly_cost

    assert cost is not None
    assert cost.nominal is None
    assert Decimal("0.15") < (cost.effective or 0) < Decimal("0.16")
    assert abs((cost.simple or 0) - Decimal("0.146")) < Decimal("0.0002")


def test_a_loan_paid_back_on_its_first_day_has_no_yearly_cost() -> None:
    begins = loan().value_date
    would = simulate(loan(), [], [Paid("back", begins, 0, 12_000_00, Intent.PAYOFF)], today=begins)

    cost = would.after.yearly_cost
    assert cost is not None
    assert (cost.nominal, cost.effective, cost.simple) == (None, None, None)


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (Paid("x", JUNE, 0, 0), PaymentNotPositive),
        (Paid("x", JUNE, 0, -1), PaymentNotPositive),
        (Paid("x", JUNE, 0, 8241_74, Intent.PAYOFF), PayoffTooSmall),
        (Waived("x", JUNE, 0, 0, 0), WaiverNotPositive),
        (Waived("x", JUNE, 0, -1, 5), WaiverNotPositive),
        (Waived("x", JUNE, 0, 1_00, 1_00), NothingToWaive),
    ],
)
def test_what_could_not_be_recorded_cannot_be_supposed(event: Event, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        simulate(ACT_360, FOUR_ROWS, [event], today=JUNE)


@pytest.mark.parametrize("event", [Paid("x", JUNE, 0, 1_00), WrittenOff("x", JUNE, 0)])
def test_nothing_more_happens_to_a_loan_that_is_paid(event: Event) -> None:
    payoff = Paid("payoff", JUNE, 0, 8241_75, Intent.PAYOFF)

    with pytest.raises(LoanClosed):
        simulate(ACT_360, FOUR_ROWS, [payoff, event], today=JUNE)


@pytest.mark.parametrize("event", [WrittenOff("x", on("2026-06-19"), 0), Waived("x", on("2026-06-19"), 0, 0, 1_00)])
def test_what_is_of_a_day_on_which_it_was_owed_is_refused_where_the_loan_is_settled_by_now(event: Event) -> None:
    today, owed = on("2026-06-20"), Paid("owed", on("2026-06-19"), 0, 1_00)
    last = FOUR_ROWS[-1].sequence
    all_but_little = replay(ACT_360, FOUR_ROWS, today).payoff_fen - 1_00
    history = [*FOUR_ROWS, Paid("all but little", today, last + 1, all_but_little, Intent.PREPAY)]
    assert [each.key for each in simulate(ACT_360, history, [event], today=today).supposed] == ["x"]

    with pytest.raises(LoanClosed) as refused:
        simulate(ACT_360, history, [owed, event], today=today)

    assert refused.value.fields == ("x",)


def test_a_day_before_the_last_supposed_one_cannot_be_looked_at() -> None:
    with pytest.raises(ValueError, match="lies before"):
        simulate(ACT_360, FOUR_ROWS, [PREPAID], today=on("2026-05-20"), on=on("2026-05-31"))


# What always holds


@st.composite
def any_case(draw: st.DrawFn) -> tuple[Terms, list[Event], date]:
    """A loan with what is known of it on some day."""
    terms = draw(any_terms())
    today = terms.value_date + timedelta(days=draw(st.integers(0, 31 * terms.terms + 30)))
    known = [event for event in draw(any_history(terms, most=5, reversals=False)) if event.date <= today]
    return terms, known, today


@st.composite
def anything_supposed(draw: st.DrawFn, terms: Terms, known: list[Event], today: date) -> list[Event]:
    last = (today - terms.value_date).days + 100
    supposed: list[Event] = []
    for n in range(draw(st.integers(0, 3))):
        day = terms.value_date + timedelta(days=draw(st.integers(0, last)))
        kind = draw(st.sampled_from(["pay", "pay", "pay", "waive", "write off"]))
        if kind == "pay":
            supposed.append(Paid(f"if {n}", day, 0, draw(sums(terms)), draw(st.sampled_from(Intent))))
        elif kind == "waive":
            supposed.append(Waived(f"if {n}", day, 0, draw(st.integers(0, 2_000)), draw(st.integers(0, 2_000))))
        elif draw(st.integers(0, 2)) == 0:
            supposed.append(WrittenOff(f"if {n}", day, 0))
    payments = [event.key for event in known if isinstance(event, Paid)]
    if payments and draw(st.integers(0, 3)) == 0:
        supposed.append(Reversed("if undone", today, 0, draw(st.sampled_from(payments))))
    return supposed


def tried(data: st.DataObject, meanwhile: Meanwhile) -> tuple[Terms, list[Event], Simulation] | None:
    """A simulation of whatever may be; None where it is refused."""
    terms, known, today = data.draw(any_case())
    supposed = data.draw(anything_supposed(terms, known, today))
    try:
        return terms, known, simulate(terms, known, supposed, today=today, meanwhile=meanwhile)
    except DomainError:
        return None


def test_nothing_paid_until_a_day_is_something_to_suppose() -> None:
    would = simulate(loan(), [], [], today=on("2026-02-10"), on=on("2026-03-10"), meanwhile=Meanwhile.NOTHING)

    assert would.before.position.dpd == 0
    assert would.after.position.dpd == 23
    assert would.saving_fen == -would.after.position.penalty_fen < 0


@laws
@given(st.data())
def test_supposing_nothing_changes_nothing_and_saves_nothing(data: st.DataObject) -> None:
    terms, known, today = data.draw(any_case())
    ahead = timedelta(days=data.draw(st.sampled_from([0, 0, 1, 40, 400])))

    would = simulate(terms, known, [], today=today, on=today + ahead)

    assert would.before == would.after
    assert would.saving_fen == 0
    if not ahead:
        assert would.after.position == replay(terms, known, today)


@settings(laws, max_examples=250)
@given(st.data(), st.sampled_from(Meanwhile))
def test_what_is_recorded_comes_out_as_it_was_simulated(data: st.DataObject, meanwhile: Meanwhile) -> None:
    """Recorded one after another, in the simulation's order or, what is dated alike left so, in any other."""
    case = tried(data, meanwhile)
    if case is None:
        return
    terms, known, would = case
    journal = list(known)
    for event in (*would.supposed, *would.planned):
        journal.append(replace(event, sequence=max((each.sequence for each in journal), default=0) + 1))

    assert replay(terms, journal, would.on) == would.after.position
    assert replay(terms, data.draw(st.permutations(journal)), would.on) == would.after.position


def sums_of(outlook: Outlook) -> list[int]:
    position, rest, life = outlook.position, outlook.to_come, outlook.charges
    rows = [getattr(row, name) for row in position.open for name in ("principal_fen", "interest_fen")]
    lived = [life.penalty_fen, life.interest_fen, life.fee_fen] if life else []
    return [rest.penalty_fen, rest.interest_fen, rest.principal_fen, position.payoff_fen, *rows, *lived]


@laws
@given(st.data(), st.sampled_from(Meanwhile))
def test_nothing_is_negative_and_every_payment_is_its_parts(data: st.DataObject, meanwhile: Meanwhile) -> None:
    case = tried(data, meanwhile)
    if case is None:
        return
    _, _, would = case

    assert min(*sums_of(would.before), *sums_of(would.after)) >= 0
    for event in (*would.supposed, *would.planned):
        if isinstance(event, Paid):
            spread = would.after.position.allocations[event.key]
            assert spread.applied_fen + spread.fee_fen + spread.excess_fen == event.amount_fen
    assert all(would.after.position.allocations[each.key].excess_fen == 0 for each in would.planned)


@laws
@given(st.data())
def test_a_payoff_that_is_simulated_closes_the_loan_at_nothing(data: st.DataObject) -> None:
    terms, known, today = data.draw(any_case())
    total_fen = payoff_quote(terms, known, today).total_fen
    if not total_fen:
        return

    would = simulate(terms, known, [Paid("payoff", today, 0, total_fen, Intent.PAYOFF)], today=today)

    assert (would.after.position.payoff_fen, would.after.to_come.total_fen) == (0, 0)
    assert would.after.position.allocations["payoff"].excess_fen == 0
    assert would.before.charges is not None
    assert would.after.charges is not None
    rest = would.before.position
    assert would.saving_fen == would.before.to_come.interest_fen - rest.interest_fen - rest.accrued_fen - rest.fee_fen


@laws
@given(st.data())
def test_a_loan_paid_as_planned_costs_the_same_on_whatever_day_it_is_looked_at(data: st.DataObject) -> None:
    """What was to come is what came: the rest of a plan is told to the fen beforehand."""
    terms, known, today = data.draw(any_case())
    later = today + timedelta(days=data.draw(st.integers(1, 31 * terms.terms + 60)))

    now = simulate(terms, known, [], today=today).before
    then = simulate(terms, known, [], today=today, on=later).before

    assert then.charges == now.charges
    assert then.yearly_cost == now.yearly_cost


@laws
@given(st.data())
def test_whatever_is_paid_the_principal_paid_and_to_come_is_the_loan(data: st.DataObject) -> None:
    case = tried(data, Meanwhile.AS_PLANNED)
    if case is None or case[2].after.position.written_off:
        return
    terms, _, would = case

    position = would.after.position
    assert position.totals.paid_principal_fen + would.after.to_come.principal_fen == terms.principal_fen
