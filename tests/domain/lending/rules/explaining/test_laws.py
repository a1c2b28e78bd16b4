"""What holds for every explanation of every amount of every loan and history."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.lending.rules.events import Event, ExcessRefunded, Reversed, WrittenOff
from domain.lending.rules.explaining import EndedBy, Explanation, Part, PartKind, Segment, What, explained, story_of
from domain.lending.rules.explaining.story import Story
from domain.lending.rules.plan import make_plan
from domain.lending.rules.position import Position, RowPosition
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from domain.shared.money import round_half_up, yuan
from tests.domain.lending.day_by_day import DayByDay
from tests.domain.lending.loans import any_day, any_history, any_terms

laws = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def any_story(draw: st.DrawFn) -> tuple[Terms, list[Event], date]:
    """A loan of any kind with payments, waivers, reversals, now and then written off or with excess sent back."""
    terms = draw(any_terms())
    events = draw(any_history(terms))
    sometimes = draw(st.integers(0, 9))
    if sometimes < 2:
        events.append(WrittenOff("off", draw(any_day(terms)), 100))
    if sometimes in {1, 2}:
        events.append(ExcessRefunded("back", draw(any_day(terms)), 101, draw(st.integers(1, 500))))
    return terms, events, draw(any_day(terms))


def of_every_row(story: Story) -> Iterator[tuple[RowPosition | None, Explanation]]:
    for planned in make_plan(story.terms):
        row = next((row for row in story.position.rows if row.n == planned.n), None)
        for explanation in explained(story, planned.n):
            yield row, explanation


def figures(row: RowPosition | None, what: What) -> tuple[int, int, int, int]:
    """Asked, paid, waived, outstanding, as the position has them; a row that is gone asks nothing."""
    if row is None:
        return 0, 0, 0, 0
    name = what.lower()
    waived = getattr(row, f"waived_{name}_fen", 0)
    return getattr(row, f"{name}_fen"), getattr(row, f"paid_{name}_fen"), waived, getattr(row, f"open_{name}_fen")


def of_the_loan(position: Position) -> dict[What, int]:
    return {
        What.DUE: position.due_fen,
        What.ACCRUED: position.accrued_fen,
        What.UNDUE: position.undue_fen,
        What.PREPAYMENT_FEE: position.fee_fen,
        What.PAYOFF: position.payoff_fen,
        What.EXCESS: position.excess_fen,
        What.DAYS_PAST_DUE: position.dpd,
    }


@laws
@given(any_story())
def test_an_explanation_comes_to_the_positions_own_figure(drawn: tuple[Terms, list[Event], date]) -> None:
    terms, events, on = drawn
    story, position = story_of(terms, events, on), replay(terms, events, on)

    assert story.position == position
    for row, told in of_every_row(story):
        said = told.figures
        assert said
        asked_paid_waived_open = said.asked_fen, said.paid_fen, said.waived_fen, said.outstanding_fen
        assert asked_paid_waived_open == figures(row, told.what)
        assert told.result == said.outstanding_fen
    assert {told.what: told.result for told in explained(story)} == of_the_loan(position)


def years(terms: Terms, segment: Segment, *, penalty: bool) -> Fraction:
    """What part of a year the days are, one by one, by arithmetic of another hand."""
    slow = DayByDay(terms, [], terms.value_date)
    days = (segment.start + timedelta(days=n) for n in range(segment.days))
    return sum((slow.fraction_of(day, penalty) for day in days), Fraction(0))


@laws
@given(any_story())
def test_segments_are_exact_and_follow_each_other(drawn: tuple[Terms, list[Event], date]) -> None:
    terms, events, on = drawn
    for _, told in of_every_row(story_of(terms, events, on)):
        penalty = told.what is What.PENALTY
        for segment in told.segments:
            rate = Fraction(terms.annual_rate) * (Fraction(terms.penalty_multiplier) if penalty else 1)
            assert segment.days > 0
            assert segment.rate == rate
            assert segment.years == years(terms, segment, penalty=penalty)
            assert segment.years == sum(map(Fraction, segment.years_text.split(" + ")))
            assert segment.exact_fen == segment.balance_fen * rate * segment.years
            assert 0 <= segment.interest_fen <= segment.balance_fen
            assert segment.forecast == (segment.start >= on)
        for before, after in pairwise(told.segments):
            assert before.end == after.start
            assert before.balance_fen > after.balance_fen or before.rounding < after.rounding or after.forecast


@laws
@given(any_story())
def test_roundings_are_half_up_of_their_segments_and_add_up_to_what_is_asked(
    drawn: tuple[Terms, list[Event], date],
) -> None:
    story = story_of(*drawn)
    accrued = next(told for told in explained(story) if told.what is What.ACCRUED)
    for told in (*(told for _, told in of_every_row(story)), accrued):
        assert {segment.rounding for segment in told.segments} <= set(range(len(told.roundings)))
        for number, rounding in enumerate(told.roundings):
            mine = sum((each.exact_fen for each in told.segments if each.rounding == number), Fraction(0))
            assert rounding.exact_fen == rounding.carried_fen + mine
            assert rounding.rounded_fen == round_half_up(rounding.exact_fen)
            assert -Fraction(1, 2) <= rounding.left_over_fen <= Fraction(1, 2)
        for before, after in pairwise(told.roundings):
            assert after.carried_fen in {before.left_over_fen, 0}
        if told.what in {What.PENALTY, What.INTEREST} and told.figures:
            assert sum(rounding.rounded_fen for rounding in told.roundings) == told.figures.asked_fen


@laws
@given(any_story())
def test_parts_add_up_to_what_was_paid_and_waived(drawn: tuple[Terms, list[Event], date]) -> None:
    terms, events, on = drawn
    reversed_keys = {event.payment_key for event in events if isinstance(event, Reversed)}
    for _, told in of_every_row(story_of(terms, events, on)):
        assert told.figures
        assert sum_of(told, PartKind.PAID) == told.figures.paid_fen
        assert sum_of(told, PartKind.WAIVED) == told.figures.waived_fen
        for part in told.parts:
            assert part.amount_fen > 0
            assert part.on <= on
            assert (part.kind is PartKind.REVERSED) == (part.event in reversed_keys) == (part.reversal is not None)


def sum_of(told: Explanation, kind: PartKind) -> int:
    return sum(part.amount_fen for part in told.parts if part.kind is kind)


@laws
@given(any_story())
def test_the_principal_of_an_installment_is_the_story_of_its_plans(drawn: tuple[Terms, list[Event], date]) -> None:
    story = story_of(*drawn)
    for row, told in of_every_row(story):
        if told.what is not What.PRINCIPAL:
            continue
        assert told.figures
        assert told.changes[0].before_fen == 0
        assert told.changes[-1].after_fen == told.figures.asked_fen
        for change in told.changes:
            assert change.after_fen == change.given_fen + change.tail_fen + change.stays_fen
            assert change.balance_fen <= change.spread_fen
        for before, after in pairwise(told.changes):
            assert before.after_fen == after.before_fen
            assert before.on <= after.on
        assert row is not None or (told.changes[-1].place == 0 and told.notes)


@laws
@given(any_story())
def test_sums_are_their_addends(drawn: tuple[Terms, list[Event], date]) -> None:
    for told in explained(story_of(*drawn)):
        added = sum(addend.amount_fen for addend in told.addends)
        if told.what in {What.DUE, What.UNDUE, What.PAYOFF}:
            assert told.result == added
        if told.what is What.ACCRUED:
            assert told.result == added + sum(rounding.rounded_fen for rounding in told.roundings)
        if told.what is What.EXCESS:
            assert told.result == max(sum_of(told, PartKind.HELD) - sum_of(told, PartKind.REFUNDED), 0)


def worth(text: str) -> Fraction:
    """What a filled-in formula comes to."""
    python = re.sub(r"\d+(\.\d+)?", lambda number: f"Fraction('{number[0]}')", text)
    return eval(python.replace("−", "-").replace("×", "*"), {"Fraction": Fraction, "min": min, "max": max})


@laws
@given(any_story())
def test_a_formula_with_its_figures_filled_in_is_true_and_ends_in_the_figure(
    drawn: tuple[Terms, list[Event], date],
) -> None:
    story = story_of(*drawn)
    for told in (*(told for _, told in of_every_row(story)), *explained(story)):
        if told.what is What.DAYS_PAST_DUE:
            assert told.filled.endswith(str(told.result))
            continue
        lines = told.filled.split("; ")
        assert lines[-1].endswith(yuan(told.result))
        for line in lines:
            left, _, right = line.partition(" = ")
            exact, _, rounded = right.partition(" ≈ ")
            if right and "…" not in left and "…" not in exact:
                assert worth(left) == Fraction(exact)
            if rounded:
                assert abs(Fraction(exact.rstrip("…")) - Fraction(rounded)) <= Decimal("0.005")


@laws
@given(any_story())
def test_what_ended_a_segment_happened_on_the_day_on_which_it_ends(drawn: tuple[Terms, list[Event], date]) -> None:
    terms, events, on = drawn
    story = story_of(terms, events, on)
    for _, told in of_every_row(story):
        for segment in told.segments:
            assert (segment.event is None) == (segment.ended_by in {EndedBy.DUE, EndedBy.ASKED})
            if segment.event is not None:
                assert story.happened[segment.event].date == segment.end
            if segment.ended_by is EndedBy.ASKED:
                assert segment.end == on
        for part in told.parts:
            assert happened_on(story, part) == part.on


def happened_on(story: Story, part: Part) -> date:
    return story.happened[part.event].date
