"""A refusal that leaves something behind: the transaction commits, and only then is the asker told no."""

from dataclasses import dataclass
from typing import TypeVar

from domain.shared.errors import DomainError

DoneT = TypeVar("DoneT")


@dataclass(frozen=True, slots=True)
class Refused:
    """What a service returns, rather than raises, when its trace must stay: a counted try, a login record, a revoked session.

    The edge lets its transaction commit and calls `done(outcome)` afterwards:

        async with transaction() as session:
            outcome = await sessions.login(session, ...)
        logged_in = done(outcome)
    """

    refusal: DomainError


def done(outcome: DoneT | Refused) -> DoneT:
    """What was done. After the commit: raises the refusal if that is what came out."""
    if isinstance(outcome, Refused):
        raise outcome.refusal
    return outcome
