"""Every select on messaging's tables."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messaging.models import Message, MessageTemplate
from domain.messaging.rules.machine import MessageStatus
from domain.shared.paging import Order

BY_CREATION = Order((Message.created_at, Message.id))


async def lock_message(session: AsyncSession, message_id: UUID) -> Message | None:
    return await session.get(Message, message_id, with_for_update=True, populate_existing=True)


def messages(*, borrower_id: UUID) -> Select[Message]:
    """The messages to a borrower, for `paging.rows_in` by BY_CREATION and for `paging.total`."""
    return select(Message).where(Message.borrower_id == borrower_id)


async def template(session: AsyncSession, *, code: str, language: str, on: date) -> MessageTemplate:
    """The wording in force on a day. Raises LookupError: a message nobody has worded is a bug."""
    row = await session.scalar(
        select(MessageTemplate)
        .where(MessageTemplate.code == code, MessageTemplate.language == language, MessageTemplate.effective_from <= on)
        .order_by(MessageTemplate.version.desc())
        .limit(1)
    )
    if row is None:
        raise LookupError(f"no wording of {code} in {language} is in force on {on}")
    return row


async def template_of(session: AsyncSession, message: Message) -> MessageTemplate:
    """The very wording a message was queued with."""
    return (
        await session.scalars(
            select(MessageTemplate).where(
                MessageTemplate.code == message.template_code,
                MessageTemplate.language == message.language,
                MessageTemplate.version == message.template_version,
            )
        )
    ).one()


async def worded(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[tuple[Message, str]]:
    """Messages, each with the very wording it was queued with."""
    same_wording = and_(
        MessageTemplate.code == Message.template_code,
        MessageTemplate.language == Message.language,
        MessageTemplate.version == Message.template_version,
    )
    found = await session.execute(
        select(Message, MessageTemplate.body).join(MessageTemplate, same_wording).where(Message.id.in_(ids))
    )
    return [(message, body) for message, body in found]


async def message_of(session: AsyncSession, message_id: UUID, *, borrower_id: UUID | None) -> Message | None:
    """A message to this borrower; with None, to whomever."""
    row = await session.get(Message, message_id)
    return row if row is not None and borrower_id in (None, row.borrower_id) else None


async def lock_waiting(session: AsyncSession, *, at: datetime, limit: int) -> Sequence[Message]:
    """Messages that waited for their hour and may go now; those another process is taking are left to it."""
    return (
        await session.scalars(
            select(Message)
            .where(Message.status == MessageStatus.QUEUED, Message.released_at.is_(None), Message.send_after <= at)
            .order_by(Message.send_after, Message.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def due_asks(session: AsyncSession, at: datetime, limit: int) -> Sequence[UUID]:
    """Messages of which nobody knows what became and whose provider is to be asked now."""
    return (
        await session.scalars(
            select(Message.id).where(Message.ask_at <= at).order_by(Message.ask_at, Message.id).limit(limit)
        )
    ).all()
