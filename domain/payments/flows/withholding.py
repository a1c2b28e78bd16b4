"""A debit under a mandate: what is open for the loan makes way, then claim, call, record."""

from uuid import UUID

import structlog

from domain.payments.flows import batching
from domain.payments.flows import mandate_calls as calls
from domain.payments.flows.asking import must_be_its, record
from domain.payments.flows.debiting import DebitDesk
from domain.payments.flows.paying import replace_open
from domain.payments.models import PaymentOrder
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.states import OrderStatus
from domain.payments.services import orders, withholding
from domain.payments.services.attempts import Source
from domain.payments.services.withholding import Held, ToDebit
from domain.shared.errors import DomainError
from domain.shared.failpoints import failpoint

log = structlog.get_logger()


async def withhold(desk: DebitDesk, *, order_id: UUID) -> PaymentOrder:
    """Debit what a withholding order asks for, at most once; calling it again is harmless.

    Where its channel takes batches it goes with all others that wait for that channel, if there are enough of them.
    The borrower's open page is closed first, and nothing is debited while anything else may move money for the loan, or
    without a mandate in force, or for what is no longer `wanted`: then an order that was not begun is closed, and the
    next run tries. A debit whose process died, or whose answer nobody knows, is asked about and not sent again.
    """
    async with desk.sessions() as session:
        order = await session.get_one(PaymentOrder, order_id)
    if await _went_with_others(desk, order):
        async with desk.sessions() as session:
            return await session.get_one(PaymentOrder, order_id)
    try:
        told = await _claimed(desk, order)
    except DomainError as refusal:
        told = refusal.code
    if not isinstance(told, ToDebit):
        log.info("payments.not_withheld", order_id=str(order_id), reason=str(told))
        async with desk.sessions.begin() as session:
            return await orders.abandon(session, order_id=order_id, at=await desk.clock.now(session))
    failpoint("payments.after_submitting")
    channel = desk.channels[order.channel]
    answer = await calls.debit(channel, told.order, told.attempt, token=told.token, limit=CALL_LIMIT)
    return (await record(desk.sessions, desk.clock, told.attempt.id, answer, Source.ANSWER)).order


async def _went_with_others(desk: DebitDesk, order: PaymentOrder) -> bool:
    if order.status is not OrderStatus.CREATED or order.channel not in desk.channels:
        return False
    if desk.capabilities(order.channel).batch_autodebit < 2:
        return False
    return await batching.debit_together(desk, order)


async def _claimed(desk: DebitDesk, order: PaymentOrder) -> ToDebit | Held:
    if order.channel not in desk.channels:
        return Held.CHANNEL
    can = desk.capabilities(order.channel)
    if order.status is OrderStatus.CREATED:
        # Asked before a page is closed that the borrower may still want.
        async with desk.sessions.begin() as session:
            at = await desk.clock.now(session)
            if reason := await withholding.held(session, order_id=order.id, can=can, wanted=desk.wanted, at=at):
                return reason
        await replace_open(desk.sessions, desk.clock, desk.channels, order_id=order.id, automatic=True)
    async with desk.sessions.begin() as session:
        at = await desk.clock.now(session)
        told = await withholding.claim(session, order_id=order.id, can=can, wanted=desk.wanted, at=at)
        if isinstance(told, ToDebit):
            must_be_its(desk.channels[order.channel], told.attempt)
        return told
