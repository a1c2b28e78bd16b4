"""Selects on mandates, and on the debits made under them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Borrower
from domain.payments.errors import MandateNotFound
from domain.payments.models import Mandate, PaymentAttempt, PaymentOrder
from domain.payments.rules.mandates import FINAL, MandateStatus
from domain.payments.rules.states import AttemptState, OrderStatus, PaymentMethod
from domain.shared.paging import Order

BY_SIGNING = Order((Mandate.created_at, Mandate.id))


async def lock_mandate(session: AsyncSession, mandate_id: UUID) -> Mandate:
    """Raises NoResultFound."""
    return await session.get_one(Mandate, mandate_id, with_for_update=True, populate_existing=True)


async def lock_own_mandate(session: AsyncSession, mandate_id: UUID, borrower_id: UUID) -> Mandate:
    """A borrower's own mandate; another's does not exist for him. Raises MandateNotFound."""
    mandate = await session.get(Mandate, mandate_id, with_for_update=True, populate_existing=True)
    if mandate is None or mandate.borrower_id != borrower_id:
        raise MandateNotFound
    return mandate


async def mandate_of(session: AsyncSession, mandate_id: UUID, borrower_id: UUID) -> Mandate:
    """The same, only to be looked at. Raises MandateNotFound."""
    mandate = await session.get(Mandate, mandate_id)
    if mandate is None or mandate.borrower_id != borrower_id:
        raise MandateNotFound
    return mandate


async def hold_signer(session: AsyncSession, borrower_id: UUID) -> None:
    """Let a borrower ask for mandates of his accounts one after another; what others write about him goes on."""
    await session.execute(select(Borrower.id).where(Borrower.id == borrower_id).with_for_update(key_share=True))


async def unended_mandates(
    session: AsyncSession, *, borrower_id: UUID, bank_card_id: UUID | None, channel: str
) -> Sequence[Mandate]:
    """The mandates of a card at a channel, or of the borrower's account there, that are not over; locked."""
    rows = select(Mandate).where(
        Mandate.borrower_id == borrower_id,
        Mandate.bank_card_id.is_not_distinct_from(bank_card_id),
        Mandate.channel == channel,
        Mandate.status.not_in(FINAL),
    )
    rows = rows.order_by(Mandate.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(rows)).all()


async def unended_mandates_of_card(session: AsyncSession, bank_card_id: UUID) -> Sequence[Mandate]:
    """The mandates of a card that are not over, locked."""
    rows = select(Mandate).where(Mandate.bank_card_id == bank_card_id, Mandate.status.not_in(FINAL))
    rows = rows.order_by(Mandate.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(rows)).all()


async def count_mandates(session: AsyncSession, *, borrower_id: UUID, since: datetime) -> int:
    counted = select(func.count()).where(Mandate.borrower_id == borrower_id, Mandate.created_at > since)
    return await session.scalar(counted) or 0


def mandates_listed(*, borrower_id: UUID) -> Select[Mandate]:
    """For `paging.rows_in` by BY_SIGNING and for `paging.total`."""
    return select(Mandate).where(Mandate.borrower_id == borrower_id)


async def mandates_by_id(session: AsyncSession, mandate_ids: Sequence[UUID]) -> dict[UUID, Mandate]:
    """Those of these mandates that exist."""
    rows = await session.scalars(select(Mandate).where(Mandate.id.in_(mandate_ids)))
    return {mandate.id: mandate for mandate in rows}


async def mandate_numbered(session: AsyncSession, channel: str, mandate_no: str) -> UUID | None:
    """The mandate a channel knows by this number."""
    return await session.scalar(select(Mandate.id).where(Mandate.channel == channel, Mandate.mandate_no == mandate_no))


async def due_mandate_asks(session: AsyncSession, at: datetime, limit: int) -> Sequence[UUID]:
    """Mandates that are to be asked about, or whose time is over: for `flows.ask_mandate`."""
    rows = select(Mandate.id).where(Mandate.ask_at <= at).order_by(Mandate.ask_at, Mandate.id).limit(limit)
    return (await session.scalars(rows)).all()


async def mandates_to_debit(session: AsyncSession, borrower_id: UUID, on: date) -> Sequence[Mandate]:
    """The mandates in force on a day, the one that was signed last first."""
    rows = select(Mandate).where(
        Mandate.borrower_id == borrower_id,
        Mandate.status == MandateStatus.ACTIVE,
        or_(Mandate.valid_to.is_(None), Mandate.valid_to >= on),
    )
    return (await session.scalars(rows.order_by(Mandate.signed_at.desc(), Mandate.id.desc()))).all()


async def withheld_at(session: AsyncSession, once_key: str) -> bool:
    """Whether there is an order for this loan and moment already."""
    return await session.scalar(select(PaymentOrder.id).where(PaymentOrder.once_key == once_key)) is not None


async def unfinished_withholdings(session: AsyncSession, loan_id: UUID) -> Sequence[PaymentOrder]:
    """Withholdings of a loan by which money may still move, or that were not begun."""
    rows = select(PaymentOrder).where(
        PaymentOrder.loan_id == loan_id,
        PaymentOrder.method == PaymentMethod.WITHHOLDING,
        PaymentOrder.status.in_((OrderStatus.CREATED, OrderStatus.PROCESSING)),
    )
    return (await session.scalars(rows.order_by(PaymentOrder.id))).all()


async def declined_debits(
    session: AsyncSession, loan_id: UUID, since: datetime
) -> Sequence[tuple[PaymentAttempt, Mandate]]:
    """The debits of a loan that were begun since a moment and declined, and under which mandate, oldest first."""
    rows = (
        select(PaymentAttempt, Mandate)
        .join(PaymentOrder, PaymentOrder.id == PaymentAttempt.order_id)
        .join(Mandate, Mandate.id == PaymentOrder.mandate_id)
        .where(
            PaymentOrder.loan_id == loan_id,
            PaymentOrder.method == PaymentMethod.WITHHOLDING,
            PaymentAttempt.state == AttemptState.DECLINED,
            PaymentAttempt.submitted_at >= since,
        )
    )
    return [(attempt, mandate) for attempt, mandate in await session.execute(rows.order_by(PaymentAttempt.id))]


async def paid_himself_at(session: AsyncSession, loan_id: UUID) -> datetime | None:
    """When the borrower last paid something for a loan by his own hand."""
    return await session.scalar(
        select(func.max(PaymentOrder.paid_at)).where(
            PaymentOrder.loan_id == loan_id, PaymentOrder.method == PaymentMethod.ACTIVE
        )
    )


async def mandates_with_token(session: AsyncSession, channel: str, token_index: bytes) -> Sequence[Mandate]:
    """The mandates of a channel that have this token, locked."""
    rows = select(Mandate).where(Mandate.channel == channel, Mandate.token_index == token_index)
    locked = rows.order_by(Mandate.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


async def mandates_without_index(session: AsyncSession, channel: str, *, limit: int) -> Sequence[Mandate]:
    """Mandates in force that were signed before tokens had an index, locked; those another holds are left to him."""
    rows = select(Mandate).where(
        Mandate.channel == channel,
        Mandate.token_sealed.is_not(None),
        Mandate.token_index.is_(None),
        Mandate.status.not_in(FINAL),
    )
    locked = rows.order_by(Mandate.id).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(locked.execution_options(populate_existing=True))).all()
