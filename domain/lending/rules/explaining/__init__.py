"""Why an amount of a loan is what it is: formula, values, days with balances and rates, roundings, what was paid of it.

An explanation is no second arithmetic. It is the one replay with its steps written down (`watching`), told for one
amount: those of an installment, or those of the whole loan. What it comes to is the position's own figure.
"""

from collections.abc import Iterable
from datetime import date

from domain.lending.errors import InstallmentNotFound
from domain.lending.rules.events import Event
from domain.lending.rules.explaining import installment
from domain.lending.rules.explaining.explanation import (
    Addend,
    Change,
    EndedBy,
    Explanation,
    Figures,
    Input,
    Part,
    PartKind,
    Rounding,
    Segment,
    Text,
    Unit,
    What,
)
from domain.lending.rules.explaining.story import Story, story_of
from domain.lending.rules.explaining.watching import Why
from domain.lending.rules.explaining.whole_loan import explain_loan
from domain.lending.rules.plan import make_plan
from domain.lending.rules.terms import Terms

__all__ = [
    "Addend",
    "Change",
    "EndedBy",
    "Explanation",
    "Figures",
    "Input",
    "Part",
    "PartKind",
    "Rounding",
    "Segment",
    "Story",
    "Text",
    "Unit",
    "What",
    "Why",
    "explain",
    "explained",
    "story_of",
]


def explain(terms: Terms, events: Iterable[Event], on: date, n: int | None = None) -> tuple[Explanation, ...]:
    """The amounts of installment `n` on a day, or those of the whole loan, events of that day included.

    An installment that a new plan does not reach any more asks nothing, and is told so. Raises InstallmentNotFound.
    """
    return explained(story_of(terms, events, on), n)


def explained(story: Story, n: int | None = None) -> tuple[Explanation, ...]:
    """The same of a story that was told already."""
    if n is None:
        return explain_loan(story)
    rows = len(make_plan(story.terms))
    if not 1 <= n <= rows:
        raise InstallmentNotFound(n=n, rows=rows)
    return installment.penalty(story, n), installment.interest(story, n), installment.principal(story, n)
