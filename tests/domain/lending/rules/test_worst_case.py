"""The dearest way to pay a loan: measured on the loan's own replay, and held below the ceiling."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy_financial
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.lending.errors import CostAboveCeiling
from domain.lending.rules.cost import CostMeasure, Paying, rate_of_paying
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Paid
from domain.lending.rules.payoff import payoff_quote
from domain.lending.rules.position import RowPosition
from domain.lending.rules.quoting import Ceiling, ceiling_test, hold_below, work_out
from domain.lending.rules.reckoning import due_dates
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import PenaltyBase, Terms
from domain.lending.rules.worst_case import EVERY_PATH, LATE_BY, Path, WorstCase, worst_case
from tests.domain.lending.loans import METHODS, any_terms, loan, paid_on_time

NOMINAL = CostMeasure.NOMINAL
CEILING = Ceiling(NOMINAL, Decimal("0.24"), "a guideline")
FEE = Decimal("0.01")


def paid_late(terms: Terms, months: int) -> Sequence[Paying]:
    """The same path by whole replays: each month what its installment asks for by then, in the end what is due."""
    dues = due_dates(terms.value_date, terms.terms + months)
    events: list[Event] = []
    payings: list[Paying] = []
    for month in range(1, len(dues)):
        position = replay(terms, events, dues[month])
        rows = [row for row in position.rows if month - months > 0 and row.due == dues[month - months]]
        fen = sum(_open_fen(row) for row in rows) if month < len(dues) - 1 else position.due_fen
        if not fen:
            continue
        paid = Paid(str(month), dues[month], month, fen)
        events.append(paid)
        principal_fen = replay(terms, events, dues[month]).allocations[paid.key].principal_fen
        payings.append(Paying(month, fen, principal_fen))
    assert replay(terms, events, dues[-1]).closed
    return payings


def _open_fen(row: RowPosition) -> int:
    return row.open_penalty_fen + row.open_interest_fen + row.open_principal_fen


def by_replays(terms: Terms, measure: CostMeasure) -> Decimal:
    """The worst rate of all paths, worked out the long way."""
    rates = [work_out(terms).cost.by(measure)]
    rates += [rate_of_paying(terms, paid_late(terms, months), measure) for months in LATE_BY]
    for month, day in enumerate(due_dates(terms.value_date, terms.terms)[1:-1], 1) if terms.prepay_fee_rate else ():
        kept = [event for event in paid_on_time(terms, terms.terms) if event.date < day]
        before = [Paying(_month(terms, event.date), event.amount_fen, 0) for event in kept if isinstance(event, Paid)]
        payoff = payoff_quote(terms, [event for event in kept if event.amount_fen], day)  # type: ignore[union-attr]
        rates.append(rate_of_paying(terms, [*before, Paying(month, payoff.total_fen, 0)], measure))
    return max(rates)


def _month(terms: Terms, day: date) -> int:
    return due_dates(terms.value_date, terms.terms).index(day)


@settings(max_examples=40)
@given(any_terms(), st.sampled_from([NOMINAL, CostMeasure.EFFECTIVE]))
def test_the_short_way_and_whole_replays_agree(terms: Terms, measure: CostMeasure) -> None:
    assert worst_case(terms, measure).rate == by_replays(terms, measure)


@given(any_terms(), st.sampled_from(CostMeasure))
def test_the_worst_is_never_below_what_is_planned(terms: Terms, measure: CostMeasure) -> None:
    worst, planned = worst_case(terms, measure), work_out(terms).cost.by(measure)

    assert worst.rate >= planned
    assert (worst.path is Path.ON_TIME) == (worst.rate == planned)
    assert worst_case(terms, measure, (Path.ON_TIME,)) == WorstCase(Path.ON_TIME, 0, planned)


def test_penalty_makes_a_late_loan_dearer_than_a_punctual_one() -> None:
    terms = loan()
    worst = worst_case(terms, NOMINAL)
    flows = [-terms.principal_fen, *[0] * 14]
    for each in paid_late(terms, 2):
        flows[each.month] += each.amount_fen

    # Two months: past 90 days principal is settled first, which is the borrower's luck.
    assert worst == WorstCase(Path.LATE, 2, Decimal("0.157573"))
    assert abs(float(worst.rate) - 12 * numpy_financial.irr(flows)) < 1e-6


def test_without_penalty_nothing_is_dearer_than_being_on_time() -> None:
    assert worst_case(loan(penalty_multiplier=Decimal(0)), NOMINAL).path is Path.ON_TIME


def test_a_fee_weighs_most_on_who_pays_off_first() -> None:
    worst = worst_case(loan(prepay_fee_rate=FEE, method="INTEREST_ONLY"), NOMINAL)

    # A month's interest of 1.2 % and a fee of 1 %, twelve times.
    assert worst == WorstCase(Path.PREPAID, 1, Decimal("0.264000"))


def test_days_over_360_are_no_fee() -> None:
    # January has 31 days: paid off then, the month is dearer by itself, and yet nothing is charged for leaving.
    assert worst_case(loan(day_count=DayCount.ACT_360), NOMINAL, (Path.PREPAID,)).path is Path.ON_TIME


@pytest.mark.parametrize("method", METHODS)
def test_penalty_is_simple_so_late_for_ever_stays_below_its_own_rate(method: str) -> None:
    terms = loan(method=method, penalty_base=PenaltyBase.PRINCIPAL_AND_INTEREST, terms=3, day_count=DayCount.ACT_365)

    assert work_out(terms).cost.simple <= worst_case(terms, CostMeasure.SIMPLE).rate < Decimal("0.217")


def test_what_is_below_the_ceiling_on_time_and_above_it_when_left_early_is_refused_with_the_figures() -> None:
    figures = work_out(loan(prepay_fee_rate=FEE, method="INTEREST_ONLY"))
    assert figures.cost.nominal == Decimal("0.144000")

    with pytest.raises(CostAboveCeiling) as refused:
        hold_below(CEILING, figures)

    assert str(refused.value) == (
        "Paid off after 1 month, the loan has a yearly cost of 0.264000 (NOMINAL), which is above the ceiling of 0.24."
    )
    assert refused.value.message("zh-CN") == "第 1 个月提前结清时，综合年化成本为 0.264000（NOMINAL），超过上限 0.24。"


def test_a_path_the_policy_does_not_name_is_not_tested() -> None:
    figures = work_out(loan(prepay_fee_rate=FEE, method="INTEREST_ONLY"))
    lenient = replace(CEILING, paths=(Path.ON_TIME, Path.LATE))

    assert hold_below(lenient, figures).worst.path is Path.LATE
    assert not ceiling_test(CEILING, figures).holds


def test_a_policy_without_paths_means_all_of_them() -> None:
    old = Ceiling.read({"measure": "NOMINAL", "limit": "0.24"}, "an older value")

    assert old.paths == EVERY_PATH
    assert Ceiling.read(old.kept(), old.source) == old
    assert Ceiling.read({"measure": "NOMINAL", "limit": "0.24", "paths": ["LATE"]}, "a").paths == (Path.LATE,)
