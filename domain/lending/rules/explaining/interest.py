"""The interest of an installment: through which days which balance earned it, and when that became whole fen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from domain.lending.rules.explaining.explanation import EndedBy, Rounding, Segment
from domain.lending.rules.explaining.numbers import years_text
from domain.lending.rules.explaining.story import Story, ended_by
from domain.lending.rules.explaining.watching import Dropped, Earned, Rounded, Why
from domain.lending.rules.position import periods_to_come


@dataclass(slots=True)
class Working:
    """Segments and roundings of one installment's interest, in order; `carried` is what the last rounding left over."""

    story: Story
    segments: list[Segment] = field(default_factory=list[Segment])
    roundings: list[Rounding] = field(default_factory=list[Rounding])
    carried: Fraction = Fraction(0)

    @property
    def rounded_fen(self) -> int:
        return sum(rounding.rounded_fen for rounding in self.roundings)

    @property
    def open_segments(self) -> list[Segment]:
        """Those that no rounding has taken in yet."""
        return [segment for segment in self.segments if segment.rounding == len(self.roundings)]

    def earn(self, earned: Earned, *, forecast: bool = False) -> None:
        rate, terms = self.story.account.reckoning.interest, self.story.terms
        start, exact = earned.start, Fraction(earned.exact, rate.scale)
        before = self.open_segments[-1] if self.open_segments else None
        if before and (before.balance_fen, before.forecast) == (earned.balance_fen, forecast):
            # what came in between did not touch the balance
            self.segments.pop()
            start, exact = before.start.toordinal(), before.exact_fen + exact
        self.segments.append(
            Segment(
                start=date.fromordinal(start),
                end=date.fromordinal(earned.end),
                balance_fen=earned.balance_fen,
                interest_fen=0,
                rate=Fraction(terms.annual_rate),
                years=Fraction(rate.basis.at(earned.end) - rate.basis.at(start), rate.basis.per_year),
                years_text=years_text(rate.basis, start, earned.end),
                exact_fen=exact,
                rounding=len(self.roundings),
                ended_by=ended_by(earned.event),
                event=earned.event.key if earned.event else None,
                forecast=forecast,
            )
        )

    def round(self, rounded: Rounded) -> None:
        scale = self.story.account.reckoning.interest.scale
        if rounded.why in {Why.DUE, Why.FORECAST} and self.open_segments:
            self.segments[-1] = replace(self.segments[-1], ended_by=EndedBy.DUE, event=None)
        rounding = Rounding(
            on=date.fromordinal(rounded.on),
            why=rounded.why,
            carried_fen=self.carried,
            exact_fen=Fraction(rounded.exact, scale),
            rounded_fen=rounded.fen,
            event=rounded.event.key if rounded.event else None,
        )
        self.roundings.append(rounding)
        self.carried = rounding.left_over_fen


def interest_so_far(story: Story, n: int) -> Working:
    """What an installment earned up to the day, and what of it became whole fen."""
    working = Working(story)
    for note in story.account.interest.get(n, ()):
        match note:
            case Earned():
                working.earn(note)
            case Rounded():
                working.round(note)
            case Dropped():
                working.carried = Fraction(0)
    _end_where_asked(working)
    return working


def _end_where_asked(working: Working) -> None:
    """The last segment goes on where the balance is the same still, whatever happened on the day."""
    for segment in working.open_segments[-1:]:
        if segment.balance_fen == working.story.account.undue_fen:
            working.segments[-1] = replace(segment, ended_by=EndedBy.ASKED, event=None)


def interest_to_fall_due(story: Story, n: int) -> Working:
    """The same, and of an installment that is not due yet what it will earn if nothing more is paid."""
    working = interest_so_far(story, n)
    for note in _to_come(story, n):
        if isinstance(note, Earned):
            working.earn(note, forecast=True)
        elif working.open_segments:
            working.round(note)
    return working


def _to_come(story: Story, n: int) -> Iterator[Earned | Rounded]:
    account = story.account
    rate = account.reckoning.interest
    exact = account.accrued
    for row, start, balance_fen in periods_to_come(account):
        earned = balance_fen * rate.per_fen(start, row.due)
        exact += earned
        if row.n == n:
            if earned:
                yield Earned(start, row.due, balance_fen, earned, None)
            yield Rounded(row.due, exact, rate.rounded_fen(exact), Why.FORECAST, None)
        exact = 0


def accrued_today(story: Story, n: int) -> tuple[Sequence[Segment], Sequence[Rounding]]:
    """What the running installment earned since its last whole fen, and how a payoff on the day would round that."""
    working = interest_so_far(story, n)
    account = story.account
    segments = [replace(segment, rounding=0) for segment in working.open_segments]
    if segments:
        working.round(Rounded(account.day, account.accrued, account.accrued_fen, Why.ASKED, None))
    return segments, working.roundings[-1:] if segments else ()
