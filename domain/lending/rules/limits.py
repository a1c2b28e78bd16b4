"""What may be asked of a product: how much, for how long, from when; and what every product itself must keep to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.lending.errors import (
    AmountAboveMaximum,
    AmountBelowMinimum,
    AmountNotAStep,
    PurposeRefused,
    TermsNotOffered,
    ValueDateNotPossible,
)
from domain.shared.money import yuan

FEWEST_TERMS, MOST_TERMS = 3, 36
DAYS_AHEAD = 31
"""How far ahead a quote may assume the money to come."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a product: sums in fen, terms in months."""

    min_amount_fen: int
    max_amount_fen: int
    amount_step_fen: int
    min_terms: int
    max_terms: int


def check_request(limits: Limits, *, principal_fen: int, terms: int, value_date: date, today: date) -> None:
    """Refuse what the product does not offer.

    Raises AmountBelowMinimum, AmountAboveMaximum, AmountNotAStep, TermsNotOffered, ValueDateNotPossible.
    """
    amount = yuan(principal_fen)
    if principal_fen < limits.min_amount_fen:
        raise AmountBelowMinimum(amount=amount, minimum=yuan(limits.min_amount_fen), fields=("principal",))
    if principal_fen > limits.max_amount_fen:
        raise AmountAboveMaximum(amount=amount, maximum=yuan(limits.max_amount_fen), fields=("principal",))
    if principal_fen % limits.amount_step_fen:
        raise AmountNotAStep(amount=amount, step=yuan(limits.amount_step_fen), fields=("principal",))
    if not limits.min_terms <= terms <= limits.max_terms:
        raise TermsNotOffered(terms=terms, minimum=limits.min_terms, maximum=limits.max_terms, fields=("terms",))
    latest = today + timedelta(days=DAYS_AHEAD)
    if not today <= value_date <= latest:
        raise ValueDateNotPossible(earliest=today, latest=latest, day=value_date, fields=("valueDate",))


def purpose_refusal(purpose: str, refused: Iterable[str]) -> PurposeRefused | None:
    """Why a loan for this is not given; None if it may be. Codes are the same in capitals and small letters."""
    if purpose.casefold() in {code.casefold() for code in refused}:
        return PurposeRefused(purpose=purpose, fields=("purpose",))
    return None
