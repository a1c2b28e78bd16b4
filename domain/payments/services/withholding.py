"""Whether a debit may be begun, and its claim: mandate in force, card bound, channel able, sum still wanted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard, CardStatus
from domain.payments import queries
from domain.payments.models import Mandate, PaymentAttempt, PaymentOrder
from domain.payments.ports import Capabilities
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.states import OrderStatus
from domain.payments.services import attempts, signing
from domain.shared.days import business_day

Wanted = Callable[[AsyncSession, PaymentOrder, datetime], Awaitable[bool]]
"""Whether what an order asks for is still owed and may be taken now; asked with the order's loan locked."""


class Held(StrEnum):
    """Why a debit is not begun; the next run tries."""

    OVER = "OVER"
    MANDATE = "MANDATE"
    CARD = "CARD"
    CHANNEL = "CHANNEL"
    NOT_WANTED = "NOT_WANTED"


@dataclass(frozen=True, slots=True)
class ToDebit:
    """A claimed attempt, and what the channel knows the borrower's account by."""

    order: PaymentOrder
    attempt: PaymentAttempt
    token: str


async def held(
    session: AsyncSession, *, order_id: UUID, can: Capabilities, wanted: Wanted, at: datetime
) -> Held | None:
    """Why an order may not be debited now; None: it may. Locks its loan, itself and its mandate."""
    order = await queries.lock_order(session, order_id)
    if order.status not in {OrderStatus.CREATED, OrderStatus.PROCESSING} or at >= order.expires_at:
        return Held.OVER
    if order.mandate_id is None:
        raise ValueError(f"order {order.number} is not a withholding")
    mandate = await queries.lock_mandate(session, order.mandate_id)
    if not mandate.in_force(business_day(at)) or order.amount_fen > mandate.cap_fen:
        return Held.MANDATE
    if not await _account_stands(session, mandate):
        return Held.CARD
    if not can.autodebit or not can.min_fen <= order.amount_fen <= can.max_fen:
        return Held.CHANNEL
    return None if await wanted(session, order, at) else Held.NOT_WANTED


async def _account_stands(session: AsyncSession, mandate: Mandate) -> bool:
    """Whether the card that is debited is still bound; an account at the channel is the channel's to know."""
    if mandate.bank_card_id is None:
        return True
    card = await session.get_one(BankCard, mandate.bank_card_id, populate_existing=True)
    return card.status is CardStatus.BOUND


async def claim(
    session: AsyncSession, *, order_id: UUID, can: Capabilities, wanted: Wanted, at: datetime
) -> ToDebit | Held:
    """Begin a debit, SUBMITTING, to be committed before the channel hears of it; or take up one that was surely not sent.

    Held where it may not be made, or was made before. Raises OrderNotPayable, AnotherPaymentLive, WishAlreadyPaid.
    """
    if reason := await held(session, order_id=order_id, can=can, wanted=wanted, at=at):
        return reason
    order = await queries.lock_order(session, order_id)
    if order.status is OrderStatus.CREATED:
        # A debit does not wait for a borrower: when the call is over and the channel has had its time, it knows.
        order.final_at = at + CALL_LIMIT + can.query_final_after
    claimed = await attempts.claim(session, order_id=order_id, at=at, automatic=True)
    if not claimed.fresh or order.mandate_id is None:
        return Held.OVER
    mandate = await session.get_one(Mandate, order.mandate_id)
    return ToDebit(claimed.order, claimed.attempt, await signing.token_of(session, mandate))
