"""Selects on bank cards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import CardNotBound, CardNotFound
from domain.borrowers.models import BankCard, Profile
from domain.borrowers.queries.facts import opened_identity
from domain.borrowers.queries.people import box_of
from domain.borrowers.rules.machine import CardStatus
from domain.shared.paging import Order
from domain.shared.secret import SecretStr

BY_CREATION = Order((BankCard.created_at, BankCard.id))
_OVER = (CardStatus.REFUSED, CardStatus.UNBOUND)


@dataclass(frozen=True, slots=True)
class FourElements:
    """Name, identity number, card and phone (四要素). `token` stands for the card at who verified it.

    `number` is for a channel that signs a mandate, and None of a card that was bound before numbers were kept for that.
    """

    name: SecretStr = field(repr=False)
    id_number: SecretStr = field(repr=False)
    token: SecretStr = field(repr=False)
    phone: SecretStr = field(repr=False)
    last4: str
    bank_code: str | None
    bank_name: str | None
    verifier: str
    number: SecretStr | None = field(default=None, repr=False)


async def bank_card(session: AsyncSession, *, card_id: UUID, borrower_id: UUID) -> BankCard:
    """His own card, whatever its state. Raises CardNotFound."""
    row = await session.get(BankCard, card_id)
    if row is None or row.borrower_id != borrower_id:
        raise CardNotFound
    return row


async def lock_card(session: AsyncSession, card_id: UUID) -> BankCard:
    """Raises CardNotFound."""
    row = await session.get(BankCard, card_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise CardNotFound
    return row


def bank_cards(*, borrower_id: UUID) -> Select[BankCard]:
    """For `paging.rows_in` by BY_CREATION and for `paging.total`."""
    return select(BankCard).where(BankCard.borrower_id == borrower_id)


async def bound_cards(session: AsyncSession, borrower_id: UUID) -> Sequence[BankCard]:
    """Those that can be used now, the newest first."""
    return (
        await session.scalars(
            bank_cards(borrower_id=borrower_id)
            .where(BankCard.status == CardStatus.BOUND)
            .order_by(BankCard.bound_at.desc(), BankCard.id.desc())
        )
    ).all()


async def lock_live_card(session: AsyncSession, *, borrower_id: UUID, card_index: bytes) -> BankCard | None:
    """The binding of this card that is not over."""
    return await session.scalar(
        bank_cards(borrower_id=borrower_id)
        .where(BankCard.card_index == card_index, BankCard.status.not_in(_OVER))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def cards_by_id(session: AsyncSession, card_ids: Sequence[UUID]) -> dict[UUID, BankCard]:
    """Those of these cards that exist."""
    rows = await session.scalars(select(BankCard).where(BankCard.id.in_(card_ids)))
    return {card.id: card for card in rows}


async def count_cards(session: AsyncSession, *, borrower_id: UUID, since: datetime) -> int:
    counted = select(func.count()).where(BankCard.borrower_id == borrower_id, BankCard.created_at > since)
    return await session.scalar(counted) or 0


async def four_elements(session: AsyncSession, card_id: UUID) -> FourElements:
    """Of a bound card, for a party that verifies or debits it. Raises CardNotFound, CardNotBound."""
    card = await session.get(BankCard, card_id)
    if card is None:
        raise CardNotFound
    if card.status is not CardStatus.BOUND or card.token_sealed is None:
        raise CardNotBound(status=card.status)
    box = await box_of(session, card.borrower_id)
    identity = await opened_identity(session, await session.get_one(Profile, card.profile_id))
    return FourElements(
        name=identity.name,
        id_number=identity.id_number,
        token=SecretStr(box.open("token", card.token_sealed)),
        phone=SecretStr(box.open("phone", card.phone_sealed)),
        last4=card.last4,
        bank_code=card.bank_code,
        bank_name=card.bank_name,
        verifier=card.provider,
        number=SecretStr(box.open("card_number", card.card_number_sealed)) if card.card_number_sealed else None,
    )


async def due_card_asks(session: AsyncSession, at: datetime, limit: int) -> Sequence[UUID]:
    """Cards of which nobody knows how far they are and whose verifier is to be asked now: for `flows.ask_card`."""
    return (
        await session.scalars(
            select(BankCard.id).where(BankCard.ask_at <= at).order_by(BankCard.ask_at, BankCard.id).limit(limit)
        )
    ).all()
