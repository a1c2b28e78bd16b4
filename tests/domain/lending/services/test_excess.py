"""What a borrower paid too much goes back by the payments he made, or by bank; never more than is held."""

import asyncio
import functools
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import (
    ExcessNotRefundable,
    ExcessNotYetHeld,
    ExcessTooSmall,
    LoanClosed,
    LoanNotRunning,
    PaymentInFuture,
)
from domain.lending.models import Loan
from domain.lending.rules.events import Intent
from domain.lending.services import excess, payoff, receipts, repayment
from domain.messaging.models import Message
from domain.payments.models import Refund, RefundPurpose
from domain.payments.ports import Capabilities, RefundAbility, RefundResult, RefundState
from domain.payments.services import giving_back
from domain.payments.services.attempts import Source
from domain.payments.services.orders import ChannelOffer
from domain.shared.actors import SYSTEM
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.outbox import OutboxRow, OutboxState
from tests.domain.lending.reminders.builders import lender, lent
from tests.domain.lending.rows import new_loan, noon, running_loan
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import pay
from tests.domain.payments.builders import Offer
from tests.domain.payments.refunds import CAN

TODAY = date(2026, 3, 1)
CHANNELS = {"alipay": Offer("alipay", CAN)}


async def _overpaid(session: AsyncSession, *extra: int) -> Loan:
    """A loan that was paid 100.00 a day and then off, with so much too much."""
    loan = await running_loan(session)
    await pay(session, loan, 100_00, TODAY - timedelta(days=1), "PREPAY")
    owed_fen = (await payoff.quote(session, loan.id, noon(TODAY))).amount_fen
    await pay(session, loan, owed_fen + sum(extra), TODAY, "PAYOFF")
    return loan


async def _refund(
    session: AsyncSession, loan: Loan, fen: int | None = None, channels: dict[str, ChannelOffer] | None = None
) -> list[Refund]:
    return await excess.refund(
        session,
        loan_id=loan.id,
        amount_fen=fen,
        reason="too much",
        channels=CHANNELS if channels is None else channels,
        by=SYSTEM,
        at=noon(TODAY),
    )


async def _went_back(session: AsyncSession, refund: Refund) -> None:
    """The channel says so, and the loan hears of it."""
    await giving_back.claim(session, refund_id=refund.id, can=CAN, at=noon(TODAY))
    told = RefundResult(RefundState.SUCCEEDED, amount_fen=refund.amount_fen)
    await giving_back.apply_result(session, refund_id=refund.id, result=told, source=Source.ANSWER, at=noon(TODAY))
    assert await the_books_hold(session), "while its loan is yet to hear of it"
    await excess.take_off(session, refund_id=refund.id, at=noon(TODAY))
    for row in await session.scalars(select(OutboxRow).where(OutboxRow.topic == "payments.refunded")):
        row.state = OutboxState.DONE
    await session.flush()


async def test_all_of_it_goes_back_by_the_latest_payment(session: AsyncSession) -> None:
    loan = await _overpaid(session, 10_00)
    (refund,) = await _refund(session, loan)
    assert (refund.amount_fen, refund.purpose, loan.excess_fen) == (10_00, RefundPurpose.EXCESS, 10_00)
    came = (await balances(session))["clearing.alipay"]

    await _went_back(session, refund)

    after = await balances(session)
    assert (after.get("borrowers.excess"), loan.excess_fen) == (None, 0)
    assert after["clearing.alipay"] == came - 10_00
    assert await the_books_hold(session)


async def test_it_is_taken_off_the_loan_once(session: AsyncSession) -> None:
    loan = await _overpaid(session, 10_00)
    (refund,) = await _refund(session, loan, 4_00)
    await _went_back(session, refund)
    await excess.take_off(session, refund_id=refund.id, at=noon(TODAY))

    assert loan.excess_fen == 6_00
    assert await the_books_hold(session)


async def test_what_is_on_its_way_back_is_not_sent_again(session: AsyncSession) -> None:
    loan = await _overpaid(session, 10_00)
    await _refund(session, loan, 6_00)

    with pytest.raises(ExcessTooSmall, match=r"4\.00"):
        await _refund(session, loan, 4_01)
    (rest,) = await _refund(session, loan)
    assert rest.amount_fen == 4_00
    with pytest.raises(ExcessTooSmall):
        await _refund(session, loan)


async def test_a_payment_without_room_leaves_the_rest_to_an_earlier_one(session: AsyncSession) -> None:
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(TODAY))).amount_fen
    first = owed_fen - 1_00
    await pay(session, loan, first, TODAY, "PREPAY")
    left_fen = (await payoff.quote(session, loan.id, noon(TODAY))).amount_fen
    await pay(session, loan, left_fen + 10_00, TODAY, "PAYOFF")
    (back,) = await _refund(session, loan, 10_00)
    assert back.amount_fen == 10_00

    # The latest payment brought 11.00 of which 10.00 goes back; only 1.00 more fits into it.
    loan.excess_fen += 5_00
    await session.flush()
    assert [each.amount_fen for each in await _refund(session, loan, 5_00)] == [left_fen, 5_00 - left_fen]


@pytest.mark.parametrize(
    "channels",
    [
        {},
        {"alipay": Offer("alipay", Capabilities())},
        {"alipay": Offer("alipay", Capabilities(refund=frozenset({RefundAbility.FULL})))},
    ],
    ids=["gone", "gives nothing back", "gives back the whole only"],
)
async def test_where_no_channel_can_the_cashier_is_told_the_way_by_bank(
    session: AsyncSession, channels: dict[str, ChannelOffer]
) -> None:
    loan = await _overpaid(session, 10_00)

    with pytest.raises(ExcessNotRefundable, match="recordOfflineRefund"):
        await _refund(session, loan, channels=channels)


async def test_by_bank_it_is_taken_down_once(session: AsyncSession) -> None:
    loan, refund_id = await _overpaid(session, 10_00), new_id()

    async def take_down(fen: int = 10_00, on: date = TODAY, number: UUID = refund_id) -> None:
        await excess.record_offline(
            session,
            loan_id=loan.id,
            refund_id=number,
            amount_fen=fen,
            value_date=on,
            reason="by bank",
            by=SYSTEM,
            at=noon(TODAY),
        )

    with pytest.raises(PaymentInFuture):
        await take_down(on=TODAY + timedelta(days=1))
    for before in (TODAY - timedelta(days=1), date.min):
        with pytest.raises(ExcessNotYetHeld):
            await take_down(on=before)
    await take_down()
    await take_down()
    after = await balances(session)

    assert (after["bank.operating"], loan.excess_fen) == (-10_00, 0)
    with pytest.raises(ExcessTooSmall):
        await take_down(1, number=new_id())
    assert await the_books_hold(session)


async def test_what_went_back_and_was_none_is_taken_back_by_bank_and_the_books_hold_nothing_of_it(
    session: AsyncSession,
) -> None:
    """The double payment that was sent back had never come: the loan is settled, and its borrower has money of ours."""
    loan = await _overpaid(session)
    common: dict[str, Any] = {"loan_id": loan.id, "at": noon(TODAY), "value_date": TODAY}
    record = functools.partial(repayment.record_offline, session, amount_fen=50_00, actor=SYSTEM, **common)
    with pytest.raises(LoanClosed):
        await record(payment_id=new_id(), intent=Intent.INSTALLMENT)
    double = await record(payment_id=new_id(), intent=Intent.INSTALLMENT, value_date=TODAY - timedelta(days=1))
    held_fen = loan.excess_fen
    await excess.record_offline(
        session, refund_id=new_id(), amount_fen=held_fen, reason="too much", by=SYSTEM, **common
    )
    await repayment.reverse(session, repayment_id=double.id, reason="it never came", at=noon(TODAY), actor=SYSTEM)
    assert (await balances(session))["borrowers.excess"] == -held_fen

    await record(payment_id=new_id(), intent=Intent.INSTALLMENT, amount_fen=held_fen)

    assert ((await balances(session)).get("borrowers.excess", 0), loan.excess_fen, loan.status) == (0, 0, "SETTLED")
    assert await the_books_hold(session)


async def test_by_bank_nothing_is_sent_that_is_on_its_way_through_a_channel(session: AsyncSession) -> None:
    loan = await _overpaid(session, 10_00)
    await _refund(session, loan)

    with pytest.raises(ExcessTooSmall, match=r"0\.00"):
        await excess.record_offline(
            session,
            loan_id=loan.id,
            refund_id=new_id(),
            amount_fen=1,
            value_date=TODAY,
            reason="by bank",
            by=SYSTEM,
            at=noon(TODAY),
        )


async def test_a_loan_that_was_never_paid_out_holds_nothing(session: AsyncSession) -> None:
    loan = await new_loan(session)

    with pytest.raises(LoanNotRunning):
        await _refund(session, loan)


async def test_the_borrower_is_told_once_that_money_went_back(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(TODAY))).amount_fen
    await pay(session, loan, owed_fen + 10_00, TODAY, "PAYOFF")
    (refund,) = await _refund(session, loan)
    await _went_back(session, refund)
    for _ in range(2):
        await receipts.for_refund(session, refund_id=refund.id, at=noon(TODAY))

    sent = (await session.scalars(select(Message).where(Message.once_key == f"refund_sent:{refund.id}"))).all()
    assert len(sent) == 1


async def test_of_two_cashiers_at_once_one_sends_it(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        loan = await _overpaid(session, 10_00)

    async def send() -> None:
        async with sessions.begin() as session:
            await _refund(session, loan)
            await asyncio.sleep(0.05)  # hold the loan, so that the other surely comes meanwhile

    outcomes = await asyncio.gather(send(), send(), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [ExcessTooSmall.__name__, "NoneType"]
