"""What borrowers announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class CheckRequested:
    """Pictures wait for the identity provider."""

    topic: ClassVar[str] = "borrowers.check_requested"
    check_id: UUID


@dataclass(frozen=True)
class CardGivenUp:
    """A borrower unbinds a card: from now on nothing is debited from it."""

    topic: ClassVar[str] = "borrowers.card_given_up"
    card_id: UUID
