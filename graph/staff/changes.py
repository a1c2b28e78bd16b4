"""The kinds of changes that take two people: what each is about, and what makes it true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.services import limits
from domain.operations.services import policies
from domain.payments.services import settings
from domain.staff.models import ChangeRequest
from domain.staff.services.changes import Apply


@dataclass(frozen=True, slots=True)
class ChangeKind:
    subject: str
    """The type of what is changed, as in its global id."""
    apply: Apply


KINDS: Mapping[str, ChangeKind] = {
    limits.KIND: ChangeKind("CreditLine", limits.apply_change),
    settings.KIND: ChangeKind("PaymentChannel", settings.apply_change),
    policies.KIND: ChangeKind("PolicyValue", policies.apply_change),
}


async def apply(session: AsyncSession, change: ChangeRequest, at: datetime) -> None:
    """Make an approved change true, whatever kind it is of."""
    await KINDS[change.kind].apply(session, change, at)
