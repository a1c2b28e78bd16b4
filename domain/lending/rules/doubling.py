"""Whether money that came after we had given up on it was paid twice."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.lending.rules.events import Intent


@dataclass(frozen=True, slots=True)
class Meant:
    """What a payment was for."""

    intent: Intent
    amount_fen: int


def is_paid_twice(late: Meant, *, since: Collection[Meant], due_fen: int, closed: bool) -> bool:
    """Whether another payment has done meanwhile what a late one was for; `since` are those applied since it was asked.

    An installment was paid by another when nothing is due any more; a prepayment, when the same was prepaid. A payoff,
    when the loan is closed, and on a closed loan any payment. If nothing else was paid since, nothing was paid twice: the
    loan takes the money, due or not.
    """
    if not since:
        return False
    if closed:
        return True
    match late.intent:
        case Intent.INSTALLMENT:
            return due_fen == 0
        case Intent.PREPAY:
            return late in since
        case Intent.PAYOFF:
            return False
