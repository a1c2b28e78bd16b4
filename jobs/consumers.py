"""Who does what when something was announced: the whole table, read once from top to bottom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import flows as borrowers
from domain.borrowers.events import CheckRequested
from domain.collections.services import cases
from domain.credit import flows as credit
from domain.credit.events import RiskRequested
from domain.lending.events import (
    ContractSigned,
    FundingRetried,
    LoanApproved,
    LoanProjected,
    LoanRepaid,
    LoanSettled,
    SignatureReported,
)
from domain.lending.flows import contract, funding
from domain.lending.services import receipts, repayment
from domain.messaging import flows as messaging
from domain.messaging.events import MessageQueued
from domain.operations.events import ClockMoved
from domain.payments import flows as payments
from domain.payments import queries as payment_queries
from domain.payments.events import AskDue, PaymentSettled
from jobs import asks, ticks
from jobs.deliveries import Deliveries
from jobs.house import House
from jobs.timetable import TIMETABLE

DELIVERIES = Deliveries()


async def _apply_payment(session: AsyncSession, *, at: datetime, attempt_id: UUID) -> None:
    await repayment.apply_settled(session, attempt_id=attempt_id, at=at)


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
    await payments.ask(house.sessions, house.clock, house.registry.channel(code), attempt_id=attempt_id)


async def _walk_schedule(house: House, **_: Any) -> None:
    await ticks.run_due(house.sessions, house.clock, TIMETABLE)
    await asks.run(house)


DELIVERIES.apply(PaymentSettled, _apply_payment)
DELIVERIES.apply(LoanProjected, _refresh_case)
DELIVERIES.apply(LoanRepaid, _thank)
DELIVERIES.apply(LoanSettled, _say_settled)
DELIVERIES.follow(CheckRequested, _check)
DELIVERIES.follow(MessageQueued, _send)
DELIVERIES.follow(RiskRequested, _ask_risk_engine)
DELIVERIES.follow(LoanApproved, _send_contract)
DELIVERIES.follow(SignatureReported, _fetch_signed)
DELIVERIES.follow(ContractSigned, _disburse)
DELIVERIES.follow(FundingRetried, _disburse)
DELIVERIES.follow(AskDue, _ask_channel)
DELIVERIES.follow(ClockMoved, _walk_schedule)
