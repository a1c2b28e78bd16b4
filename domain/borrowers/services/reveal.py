"""Showing a piece of personal data to a member of staff who says what for; it is written down in the same transaction."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import NothingToReveal
from domain.borrowers.queries import facts, people
from domain.borrowers.rules import texts
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.crypto import keyring_of
from domain.shared.secret import SecretStr


class PersonalField(StrEnum):
    PHONE = "PHONE"
    NAME = "NAME"
    ID_NUMBER = "ID_NUMBER"
    ID_ADDRESS = "ID_ADDRESS"
    CURRENT_ADDRESS = "CURRENT_ADDRESS"
    EMAIL = "EMAIL"


async def reveal(
    session: AsyncSession, *, borrower_id: UUID, field: PersonalField, purpose: str, actor: Actor, at: datetime
) -> SecretStr:
    """The field in the clear. Whether the asker's role allows it is the edge's question.

    Raises BorrowerNotFound, NothingToReveal, BadText for a purpose nobody could understand.
    """
    why = texts.short(purpose, field="purpose", least=4, most=200)
    borrower = await people.borrower(session, borrower_id)
    column = field.value.lower()
    row = borrower if field is PersonalField.PHONE else await facts.current_profile(session, borrower_id)
    sealed = getattr(row, f"{column}_sealed", None)
    if sealed is None:
        raise NothingToReveal(fields=("field",))
    audit.record(
        session,
        actor=actor,
        action="personal_data.revealed",
        subject=("borrower", borrower_id),
        at=at,
        field=field.value,
        purpose=why,
    )
    return SecretStr(borrower.box(keyring_of(session)).open(column, sealed))
