"""What reconciliation announces by the outbox."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BillWanted:
    """A bill is to be fetched from its channel, and then compared; `again` although it is here."""

    topic: ClassVar[str] = "reconciliation.bill_wanted"
    bill_id: UUID
    again: bool = False


@dataclass(frozen=True, slots=True)
class BillKept:
    """What a channel has for a day is here: it is to be read, compared and settled."""

    topic: ClassVar[str] = "reconciliation.bill_kept"
    bill_id: UUID
