"""Who does what when something was announced: the whole table, read once from top to bottom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import flows as borrowers
from domain.borrowers.events import CardGivenUp, CheckRequested
from domain.collections.services import cases
from domain.credit import flows as credit
from domain.credit.events import ApplicationSubmitted, RiskRequested
from domain.lending.events import (
    ContractSigned,
    FundingRetried,
    LoanApproved,
    LoanProjected,
    LoanRepaid,
    LoanSettled,
    RemittanceRequested,
    SignatureReported,
)
from domain.lending.flows import contract, funding, remittance
from domain.lending.flows import withholding as debiting
from domain.lending.services import excess, receipts, repayment, withholding
from domain.messaging import flows as messaging
from domain.messaging.events import MessageQueued
from domain.operations.events import ClockMoved
from domain.payments import flows as payments
from domain.payments import queries as payment_queries
from domain.payments.events import (
    AskDue,
    BatchAskDue,
    MoneyPutAside,
    PaymentHappened,
    PaymentSettled,
    RefundDue,
    RefundRequested,
    RefundSucceeded,
    WithholdingDeclined,
    WithholdingNotMade,
    WithholdingRequested,
)
from domain.payments.services import mandates, refunds
from domain.reconciliation import flows as reconciliation
from domain.reconciliation.events import BillKept, BillWanted
from domain.reconciliation.queries import bills as bill_queries
from jobs import asks, ticks
from jobs.deliveries import Deliveries
from jobs.house import House
from jobs.timetable import TIMETABLE
from plugins.spec import PaymentEvent

DELIVERIES = Deliveries()


async def _apply_payment(session: AsyncSession, *, at: datetime, attempt_id: UUID) -> None:
    await repayment.apply_settled(session, attempt_id=attempt_id, at=at)


async def _put_aside(session: AsyncSession, *, at: datetime, unplaced_id: UUID) -> None:
    await refunds.by_itself(session, unplaced_id=unplaced_id, at=at)


async def _refunded(session: AsyncSession, *, at: datetime, refund_id: UUID) -> None:
    await excess.take_off(session, refund_id=refund_id, at=at)
    await receipts.for_refund(session, refund_id=refund_id, at=at)


async def _thank(session: AsyncSession, *, at: datetime, loan_id: UUID, repayment_id: UUID) -> None:
    await receipts.for_repayment(session, loan_id=loan_id, repayment_id=repayment_id, at=at)


async def _say_settled(session: AsyncSession, *, at: datetime, loan_id: UUID) -> None:
    await receipts.for_settlement(session, loan_id=loan_id, at=at)


async def _refresh_case(session: AsyncSession, *, at: datetime, loan_id: UUID) -> None:
    await cases.refresh(session, loan_id=loan_id, at=at)


async def _check(house: House, *, check_id: UUID) -> None:
    await borrowers.run_check(house.sessions, house.clock, house.registry.provider("identity"), check_id=check_id)


async def _send(house: House, *, message_id: UUID) -> None:
    await messaging.send(house.sessions, house.clock, house.registry.provider("sms"), message_id=message_id)


async def _collect_reports(house: House, *, application_id: UUID) -> None:
    sources = house.report_sources()
    await credit.collect_reports(house.sessions, house.clock, sources, application_id=application_id)


async def _ask_risk_engine(house: House, *, decision_id: UUID) -> None:
    await credit.submit_risk(house.sessions, house.clock, house.registry.provider("risk"), decision_id=decision_id)


async def _send_contract(house: House, *, loan_id: UUID) -> None:
    await contract.send(house.sessions, house.clock, house.registry.provider("esign"), loan_id=loan_id)


async def _fetch_signed(house: House, *, contract_id: UUID) -> None:
    await contract.fetch(house.sessions, house.clock, house.registry.provider("esign"), contract_id=contract_id)


async def _disburse(house: House, *, loan_id: UUID) -> None:
    await funding.disburse(house.sessions, house.clock, house.registry.provider("funding"), loan_id=loan_id)


async def _ask_channel(house: House, *, attempt_id: UUID) -> None:
    async with house.sessions() as session:
        code = await payment_queries.channel_of(session, attempt_id)
    channel, answers = house.registry.channel(code), house.registry.capabilities(code).query
    await payments.ask(house.sessions, house.clock, channel, attempt_id=attempt_id, answers=answers)


async def _refund(house: House, *, refund_id: UUID) -> None:
    async with house.sessions() as session:
        code = await payment_queries.channel_of_refund(session, refund_id)
    channel, can = house.registry.channel(code), house.registry.capabilities(code)
    await payments.refund(house.sessions, house.clock, channel, can, refund_id=refund_id)


async def _remit(house: House, *, remittance_id: UUID) -> None:
    party = house.registry.provider("funding")
    await remittance.remit(house.sessions, house.clock, party, remittance_id=remittance_id)


async def _fetch_bill(house: House, *, bill_id: UUID, again: bool) -> None:
    """From a channel that cannot be used now nothing is fetched: the bill stays wanted, and is asked for again."""
    async with house.sessions() as session:
        code = await bill_queries.channel_of(session, bill_id)
    if channel := house.registry.ready_channels().get(code):
        kinds = house.registry.capabilities(code).bill
        await reconciliation.fetch(house.sessions, house.clock, channel, kinds=kinds, bill_id=bill_id, again=again)


async def _reconcile(house: House, *, bill_id: UUID) -> None:
    async with house.sessions() as session:
        code = await bill_queries.channel_of(session, bill_id)
    await reconciliation.reconcile(house.sessions, house.clock, house.registry.channel(code), bill_id=bill_id)


async def _withhold(house: House, *, order_id: UUID) -> None:
    await debiting.debit(_desk(house), house.registry.resting(), order_id=order_id)


async def _ask_batch(house: House, *, batch_id: UUID) -> None:
    await payments.ask_batch(_desk(house), batch_id=batch_id)


def _desk(house: House) -> payments.DebitDesk:
    registry = house.registry
    return payments.DebitDesk(
        house.sessions, house.clock, registry.ready_channels(), registry.capabilities, withholding.still_wanted
    )


async def _after_declined_debit(session: AsyncSession, *, at: datetime, attempt_id: UUID) -> None:
    await withholding.declined(session, attempt_id=attempt_id, at=at)


async def _after_debit_not_made(session: AsyncSession, *, at: datetime, attempt_id: UUID) -> None:
    await withholding.not_made(session, attempt_id=attempt_id, at=at)


async def _revoke_of_card(session: AsyncSession, *, at: datetime, card_id: UUID) -> None:
    await mandates.revoke_of_card(session, card_id=card_id, at=at)


async def _tell_observers(
    house: House, *, event_id: UUID, name: str, channel: str, order_no: str, at: datetime, facts: dict[str, Any]
) -> None:
    await house.registry.announce(PaymentEvent(name, channel, order_no, at, facts, event_id=str(event_id)))


async def _walk_schedule(house: House, **_: Any) -> None:
    await ticks.run_due(house.sessions, house.clock, TIMETABLE)
    await asks.run(house)


DELIVERIES.apply(PaymentSettled, _apply_payment)
DELIVERIES.apply(MoneyPutAside, _put_aside)
DELIVERIES.apply(RefundSucceeded, _refunded)
DELIVERIES.apply(LoanProjected, _refresh_case)
DELIVERIES.apply(LoanRepaid, _thank)
DELIVERIES.apply(LoanSettled, _say_settled)
DELIVERIES.follow(CheckRequested, _check)
DELIVERIES.follow(MessageQueued, _send)
DELIVERIES.follow(ApplicationSubmitted, _collect_reports)
DELIVERIES.follow(RiskRequested, _ask_risk_engine)
DELIVERIES.follow(LoanApproved, _send_contract)
DELIVERIES.follow(SignatureReported, _fetch_signed)
DELIVERIES.follow(ContractSigned, _disburse)
DELIVERIES.follow(FundingRetried, _disburse)
DELIVERIES.apply(CardGivenUp, _revoke_of_card)
DELIVERIES.apply(WithholdingDeclined, _after_declined_debit)
DELIVERIES.apply(WithholdingNotMade, _after_debit_not_made)
DELIVERIES.follow(WithholdingRequested, _withhold)
DELIVERIES.follow(AskDue, _ask_channel)
DELIVERIES.follow(BatchAskDue, _ask_batch)
DELIVERIES.follow(RefundRequested, _refund)
DELIVERIES.follow(RefundDue, _refund)
DELIVERIES.follow(RemittanceRequested, _remit)
DELIVERIES.follow(BillWanted, _fetch_bill)
DELIVERIES.follow(BillKept, _reconcile)
DELIVERIES.follow(PaymentHappened, _tell_observers)
DELIVERIES.follow(ClockMoved, _walk_schedule)
