"""The penalty of an installment: through which days what was unpaid of it bore penalty."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from domain.lending.rules.account import Row
from domain.lending.rules.explaining.explanation import EndedBy, Rounding, Segment
from domain.lending.rules.explaining.numbers import years_text
from domain.lending.rules.explaining.story import Story, ended_by
from domain.lending.rules.explaining.watching import Bore, Why


def penalty_segments(story: Story, n: int) -> tuple[Segment, ...]:
    """The days of one balance each; nothing for the days of grace until they have passed unpaid."""
    segments: list[Segment] = []
    for bore in story.account.penalty.get(n, ()):
        segment = _segment(story, bore)
        if segments and _base(segments[-1]) == _base(segment):
            segment = _joined(story, segments.pop(), segment)
        segments.append(segment)
    if segments and _base(segments[-1]) == _base_now(story, n):
        segments[-1] = replace(segments[-1], ended_by=EndedBy.ASKED, event=None)
    return tuple(segments)


def penalty_rounding(story: Story, n: int, segments: tuple[Segment, ...]) -> tuple[Rounding, ...]:
    """Penalty is rounded as a whole, as often as somebody asks; nothing is carried from one rounding to another."""
    if not segments:
        return ()
    exact_fen = sum((segment.exact_fen for segment in segments), Fraction(0))
    row = story.row(n)
    rounded_fen = row.penalty_fen if row else 0
    return (Rounding(story.on, Why.ASKED, Fraction(0), exact_fen, rounded_fen),)


def _segment(story: Story, bore: Bore) -> Segment:
    rate, terms = story.account.reckoning.penalty, story.terms
    units = rate.basis.at(bore.end) - rate.basis.at(bore.start)
    return Segment(
        start=date.fromordinal(bore.start),
        end=date.fromordinal(bore.end),
        balance_fen=bore.principal_fen + bore.interest_fen,
        interest_fen=bore.interest_fen,
        rate=Fraction(terms.annual_rate) * Fraction(terms.penalty_multiplier),
        years=Fraction(units, rate.basis.per_year),
        years_text=years_text(rate.basis, bore.start, bore.end),
        exact_fen=Fraction(bore.exact, rate.scale),
        rounding=0,
        ended_by=ended_by(bore.event),
        event=bore.event.key if bore.event else None,
    )


def _joined(story: Story, first: Segment, second: Segment) -> Segment:
    basis = story.account.reckoning.penalty.basis
    return replace(
        second,
        start=first.start,
        years=first.years + second.years,
        years_text=years_text(basis, first.start.toordinal(), second.end.toordinal()),
        exact_fen=first.exact_fen + second.exact_fen,
    )


def _base(segment: Segment) -> tuple[int, int]:
    return segment.balance_fen - segment.interest_fen, segment.interest_fen


def _base_now(story: Story, n: int) -> tuple[int, int] | None:
    """What bears penalty after everything of the day; None when nothing does any more."""
    account = story.account
    row: Row | None = next((row for row in account.rows if row.n == n), None)
    if row is None or account.written_off is not None:
        return None
    return account.bearing_fen(row)
