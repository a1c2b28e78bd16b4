"""The worked examples of the arithmetic, explained word for word, and the questions borrowers ask."""

from datetime import date
from fractions import Fraction
from typing import ClassVar

import pytest

from domain.lending.errors import InstallmentNotFound
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, ExcessRefunded, Intent, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.explaining import EndedBy, Explanation, PartKind, What, Why, explain
from domain.lending.rules.methods import forget, register
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy, Terms
from tests.domain.lending.loans import loan, on, paid_on_time


def told(terms: Terms, events: list[Event], day: str, what: What, n: int | None = None) -> Explanation:
    return next(each for each in explain(terms, events, on(day), n) if each.what is what)


def late_payer() -> list[Event]:
    """Row 3 of the worked loan missed, and 500.00 paid on 5 May."""
    return [*paid_on_time(loan(), 2), Paid("late", on("2026-05-05"), 10, 500_00)]


def test_why_do_i_owe_11_50() -> None:
    penalty = told(loan(), paid_on_time(loan(), 2), "2026-05-05", What.PENALTY, 3)

    assert penalty.result == 11_50
    assert penalty.filled == "958.30 × 0.144 × 1.5 × 20/360 = 11.4996 ≈ 11.50"
    (segment,) = penalty.segments
    assert (segment.start, segment.end, segment.days) == (on("2026-04-15"), on("2026-05-05"), 20)
    assert (segment.balance_fen, segment.rate, segment.years) == (958_30, Fraction("0.216"), Fraction(20, 360))
    assert segment.exact_fen == Fraction("1149.96")
    (rounding,) = penalty.roundings
    assert (rounding.exact_fen, rounding.rounded_fen, rounding.why) == (segment.exact_fen, 11_50, Why.ASKED)


def test_where_did_my_500_go() -> None:
    parts = {each.what: each.parts for each in explain(loan(), late_payer(), on("2026-05-05"), 3)}

    assert {what: [(part.kind, part.event, part.amount_fen) for part in of_it] for what, of_it in parts.items()} == {
        What.PENALTY: [(PartKind.PAID, "late", 11_50)],
        What.INTEREST: [(PartKind.PAID, "late", 121_41)],
        What.PRINCIPAL: [(PartKind.PAID, "late", 367_09)],
    }


def test_why_is_there_penalty_again_ten_days_later() -> None:
    penalty = told(loan(), late_payer(), "2026-05-15", What.PENALTY, 3)

    assert penalty.filled == (
        "958.30 × 0.144 × 1.5 × 20/360 + 591.21 × 0.144 × 1.5 × 10/360 = 15.04686 ≈ 15.05; 15.05 − 11.50 − 0.00 = 3.55"
    )
    first, second = penalty.segments
    assert (first.ended_by, first.event, first.end) == (EndedBy.PAID, "late", second.start)
    assert (second.ended_by, second.event) == (EndedBy.ASKED, None)
    due = told(loan(), late_payer(), "2026-05-15", What.DUE)
    assert due.result == 1674_47
    assert due.filled == "3.55 + 591.21 + 109.91 + 969.80 = 1674.47"


def test_why_is_my_payoff_8241_75() -> None:
    terms = loan(day_count=DayCount.ACT_360)
    events = paid_on_time(terms, 4)

    payoff = told(terms, events, "2026-06-01", What.PAYOFF)
    accrued = told(terms, events, "2026-06-01", What.ACCRUED)

    assert payoff.filled == "0.00 + 55.67 + 8186.08 + 0.00 = 8241.75"
    assert accrued.filled == "8186.08 × 0.144 × 17/360 = 55.665344 ≈ 55.67"


def test_why_is_my_next_bill_687_22_after_prepaying_3000() -> None:
    terms = loan(day_count=DayCount.ACT_360)
    events = [*paid_on_time(terms, 4), Paid("pre", on("2026-06-01"), 10, 3000_00, Intent.PREPAY)]

    interest = told(terms, events, "2026-06-01", What.INTEREST, 5)
    principal = told(terms, events, "2026-06-01", What.PRINCIPAL, 5)

    assert interest.result + principal.result == 687_22
    assert interest.filled == (
        "8186.08 × 0.144 × 17/360 = 55.665344 ≈ 55.67; 5241.75 × 0.144 × 14/360 = 29.3538 ≈ 29.35; "
        "55.67 + 29.35 − 55.67 − 0.00 = 29.35"
    )
    assert [rounding.why for rounding in interest.roundings] == [Why.EARLY, Why.FORECAST]
    signed, anew = principal.changes
    assert (anew.on, anew.event, anew.spread_fen, anew.of) == (on("2026-06-01"), "pre", 5241_75, 8)
    assert (anew.before_fen, anew.stays_fen, anew.given_fen) == (signed.after_fen, 2944_33, 657_87)
    assert principal.filled == (
        "min(max(687.22 − 29.35, 0), 5241.75) + 2944.33 = 3602.20; 3602.20 − 2944.33 − 0.00 = 657.87"
    )
    assert "A = round(S / Σ_k Π_(j≤k) 1 / (1 + r × f_j))" in principal.formula.en


def test_what_early_interest_leaves_below_a_fen_goes_into_the_next_rounding() -> None:
    events: list[Event] = [Paid("some", on("2026-01-20"), 1, 30_00)]

    interest = told(loan(day_count=DayCount.ACT_365), events, "2026-02-15", What.INTEREST, 1)

    early, due = interest.roundings
    assert (early.why, early.event, due.why, due.on) == (Why.EARLY, "some", Why.DUE, on("2026-02-15"))
    assert due.carried_fen == early.left_over_fen == Fraction(9, 73)
    assert interest.filled.startswith("12000.00 × 0.144 × 5/365 = 23.6712328767… ≈ 23.67; 0.0012")


def test_a_row_that_is_not_due_says_what_it_will_be() -> None:
    row = {each.what: each for each in explain(loan(), [], on("2026-01-20"), 2)}

    assert row[What.INTEREST].result == 132_77
    assert [segment.forecast for segment in row[What.INTEREST].segments] == [True]
    assert row[What.INTEREST].notes[0].en == (
        "It falls due on 2026-03-15; this is what it will be if nothing more is paid before."
    )
    assert row[What.PENALTY].notes[0].en == "It falls due on 2026-03-15; nothing of it is late."


def test_the_running_row_tells_what_was_earned_from_what_will_be() -> None:
    interest = told(loan(), [], "2026-01-20", What.INTEREST, 1)

    assert [(each.end, each.forecast, each.ended_by) for each in interest.segments] == [
        (on("2026-01-20"), False, EndedBy.ASKED),
        (on("2026-02-15"), True, EndedBy.DUE),
    ]
    assert interest.result == 144_00


def test_a_row_settled_early_says_until_when_it_earned() -> None:
    events: list[Event] = [Paid("ahead", on("2026-02-01"), 1, 1_014_68)]

    interest = told(loan(), events, "2026-03-01", What.INTEREST, 1)

    assert [(each.start, each.end, each.ended_by, each.event) for each in interest.segments] == [
        (on("2026-01-15"), on("2026-02-01"), EndedBy.PAID, "ahead")
    ]
    assert "2026-02-01" in interest.notes[0].en
    assert told(loan(), events, "2026-03-01", What.INTEREST, 2).segments[0].start == on("2026-02-01")


def test_within_grace_there_is_no_penalty_yet_and_the_day_from_which_it_would_count_is_said() -> None:
    terms = loan(grace_days=3)

    within = told(terms, [], "2026-02-18", What.PENALTY, 1)
    after = told(terms, [], "2026-02-19", What.PENALTY, 1)

    assert (within.result, within.segments) == (0, ())
    assert (
        within.notes[0].en == "What is paid through 2026-02-18 bears no penalty; what is not bears it from 2026-02-15."
    )
    assert (after.segments[0].start, after.segments[0].days) == (on("2026-02-15"), 4)


def test_of_penalty_on_interest_too_the_interest_is_told_apart() -> None:
    terms = loan(penalty_base=PenaltyBase.PRINCIPAL_AND_INTEREST)
    events: list[Event] = [Waived("let go", on("2026-02-20"), 1, 0, 44_00)]

    penalty = told(terms, events, "2026-02-25", What.PENALTY, 1)

    assert [(each.balance_fen, each.interest_fen, each.ended_by) for each in penalty.segments] == [
        (1079_71, 144_00, EndedBy.WAIVED),
        (1035_71, 100_00, EndedBy.ASKED),
    ]


def test_a_waiver_and_a_reversed_payment_are_told_with_what_they_did() -> None:
    events: list[Event] = [
        Paid("cheque", on("2026-02-20"), 1, 1100_00),
        Waived("let go", on("2026-03-01"), 2, 1_00, 0),
        Reversed("bounced", on("2026-03-02"), 3, "cheque"),
    ]

    penalty = told(loan(), events, "2026-03-05", What.PENALTY, 1)

    assert [(part.kind, part.event, part.amount_fen, part.reversal) for part in penalty.parts] == [
        (PartKind.WAIVED, "let go", 1_00, None),
        (PartKind.REVERSED, "cheque", 2_81, "bounced"),
    ]
    assert penalty.figures
    assert (penalty.figures.paid_fen, penalty.figures.waived_fen) == (0, 1_00)


def test_reduce_term_tells_of_the_tail_that_was_folded_in_and_of_the_rows_that_are_gone() -> None:
    terms = loan(prepay=PrepayPolicy.REDUCE_TERM, min_tail_fen=1000_00)
    events = [*paid_on_time(terms, 2), Paid("pre", on("2026-03-15"), 10, 5000_00, Intent.PREPAY)]

    last = told(terms, events, "2026-03-20", What.PRINCIPAL, 6)
    gone = told(terms, events, "2026-03-20", What.PRINCIPAL, 12)

    change = last.changes[-1]
    assert (change.place, change.of, change.level_fen) == (4, 4, 1079_71)
    assert 0 < change.tail_fen < 1000_00
    assert change.given_fen + change.tail_fen == change.after_fen == last.result
    assert last.formula.en.startswith(
        "principal = min(max(A − I, 0), B) + t − paid; A is what stayed level in the plan at"
    )
    assert (gone.result, gone.changes[-1].place, gone.changes[-1].before_fen) == (0, 0, 1066_84)
    assert gone.notes[0].en == "The new plan made after the prepayment of 2026-03-15 ends before it."


def test_after_a_write_off_it_says_that_penalty_stopped() -> None:
    events: list[Event] = [WrittenOff("off", on("2026-05-20"), 1)]

    penalty = told(loan(), events, "2027-05-20", What.PENALTY, 1)
    running = told(loan(), events, "2027-05-20", What.INTEREST, 5)

    assert (penalty.segments[-1].end, penalty.segments[-1].ended_by) == (on("2026-05-20"), EndedBy.WRITTEN_OFF)
    assert "2026-05-20" in penalty.notes[0].en
    assert (running.roundings[0].why, running.roundings[0].on) == (Why.WRITTEN_OFF, on("2026-05-20"))


@pytest.mark.parametrize(
    ("day", "order"), [("2026-05-16", "oldest installment first"), ("2026-05-17", "all installments' principal")]
)
def test_the_order_of_the_next_payment_is_said(day: str, order: str) -> None:
    due = told(loan(), [], day, What.DUE)

    assert order in due.notes[0].en


def test_days_past_due_name_the_installment_they_count_from() -> None:
    late = told(loan(), paid_on_time(loan(), 2), "2026-05-05", What.DAYS_PAST_DUE)

    assert (late.result, late.filled) == (20, "2026-05-05 − 2026-04-15 = 20")
    assert ("installment", "3") in [(value.name, value.value) for value in late.inputs]


def test_excess_is_what_payments_left_over_less_what_went_back() -> None:
    events: list[Event] = [
        Paid("all", on("2026-01-15"), 1, 12_500_00, Intent.PAYOFF),
        ExcessRefunded("back", on("2026-01-16"), 2, 200_00),
    ]

    excess = told(loan(), events, "2026-01-20", What.EXCESS)

    assert excess.filled == "500.00 − 200.00 = 300.00"
    assert [(part.kind, part.event) for part in excess.parts] == [(PartKind.HELD, "all"), (PartKind.REFUNDED, "back")]


def test_what_was_refunded_and_is_excess_no_more_is_owed_back() -> None:
    events: list[Event] = [
        Paid("all", on("2026-01-15"), 1, 12_500_00, Intent.PAYOFF),
        ExcessRefunded("back", on("2026-01-16"), 2, 500_00),
        Reversed("r", on("2026-01-17"), 3, "all"),
    ]

    excess = told(loan(), events, "2026-01-20", What.EXCESS)

    assert excess.filled == "max(− 500.00, 0) = 0.00"
    assert [note.en for note in excess.notes] == [
        "500.00 yuan more was refunded than is held: history changed after it, and the borrower owes it back."
    ]


@pytest.mark.parametrize("n", [0, -1, 13])
def test_a_row_that_never_was_is_refused_and_the_rows_there_are_are_named(n: int) -> None:
    with pytest.raises(InstallmentNotFound, match=f"no installment {n}; its installments are 1 to 12"):
        explain(loan(), [], on("2026-01-20"), n)


class Halves:
    """A fifth method: half of what is left, every time."""

    code = "HALVES"
    name: ClassVar = {"zh": "逐期减半", "en": "half of the rest"}

    def due_months(self, terms: int) -> range:
        return range(1, terms + 1)

    def level_fen(self, balance_fen: int, periods: object) -> None:
        return None

    def principals(self, balance_fen: int, periods: list[object], level_fen: int | None) -> list[int]:
        given: list[int] = []
        for _ in range(len(periods) - 1):
            given.append(balance_fen // 2)
            balance_fen -= given[-1]
        return [*given, balance_fen]


def test_a_method_that_says_no_rule_is_explained_by_what_it_gave() -> None:
    register(Halves())
    try:
        second = told(loan(method="HALVES"), [], "2026-01-15", What.PRINCIPAL, 2)
        last = told(loan(method="HALVES"), [], "2026-01-15", What.PRINCIPAL, 12)
    finally:
        forget("HALVES")

    assert second.formula.en == "principal = “half of the rest” − paid"
    assert second.filled == "3000.00"
    assert last.formula.en.startswith("principal = B − paid")


class Waits(Halves):
    """A method whose first installment asks interest only, and the others the same principal."""

    code = "WAITS"

    def principals(self, balance_fen: int, periods: list[object], level_fen: int | None) -> list[int]:
        others = len(periods) - 1
        return [0, *[balance_fen // others] * (others - 1), balance_fen - balance_fen // others * (others - 1)]


def test_where_a_later_row_is_settled_the_remainder_of_the_running_one_lapses() -> None:
    register(Waits())
    terms = loan(method="WAITS", terms=3, day_count=DayCount.ACT_365)
    try:
        ahead: list[Event] = [Paid("ahead", on("2026-01-20"), 1, 23_67 + 6_000_00)]
        running = told(terms, ahead, "2026-02-15", What.INTEREST, 1)
    finally:
        forget("WAITS")

    early, due = running.roundings
    assert early.left_over_fen == Fraction(9, 73)
    assert (due.why, due.carried_fen) == (Why.DUE, 0)


def test_thirty_days_a_month_are_written_as_twelfths_and_leap_years_apart() -> None:
    bullet = told(loan(method="BULLET"), [], "2027-01-15", What.INTEREST, 1)
    leap = told(loan(day_count=DayCount.ACT_ACT, value_date=date(2023, 12, 15)), [], "2024-01-15", What.INTEREST, 1)

    assert [segment.years_text for segment in bullet.segments] == ["12/12"]
    assert [segment.years_text for segment in leap.segments] == ["17/365 + 14/366"]
