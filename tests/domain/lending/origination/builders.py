"""Loans on their way: a product, a borrower with a line, a confirmed quote, and a loan at each station before its money."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import bound_cards
from domain.credit.models import CreditLine, ReviewSubject, ReviewVerdict
from domain.credit.queries.reviews import lock_task_of
from domain.credit.services import tasks
from domain.lending.flows import contract as contract_flow
from domain.lending.flows import funding as funding_flow
from domain.lending.models import Contract, Funding, Loan, LoanProduct, ProductVersion, Quote
from domain.lending.services import application, quotes, review
from domain.messaging.models import Message
from domain.shared.actors import Actor
from domain.shared.db import Sessions
from tests.domain.credit.builders import EVER, NOW, Hands, granted_line, member_of_staff, ready_borrower, set_up
from tests.domain.lending.origination.fakes import Funder, Notary, payout, signature
from tests.domain.parties import signed

NOTES = {"product_code": "INTEREST_FIRST", "principal_fen": 40_000_00, "terms": 12}
"""The notes' own loan: 40,000.00 over 12 months, interest first."""


async def product(session: AsyncSession, code: str = "INTEREST_FIRST", **changes: Any) -> ProductVersion:
    row = LoanProduct(code=code, name_en="Interest first", name_zh="先息后本")
    session.add(row)
    await session.flush()
    facts: dict[str, Any] = {
        "version": 1,
        "effective_from": EVER,
        "method": "INTEREST_ONLY",
        "min_terms": 3,
        "max_terms": 36,
        "min_amount_fen": 1_000_00,
        "max_amount_fen": 200_000_00,
        "amount_step_fen": 100_00,
        "annual_rate": Decimal("0.144"),
        "day_count": "ACT_360",
        "penalty_multiplier": Decimal("1.5"),
        "penalty_base": "PRINCIPAL",
        "grace_days": 0,
        "prepay": "REDUCE_INSTALLMENT",
        "prepay_fee_rate": Decimal(0),
        "min_tail_fen": 0,
        "dpd_switch": 90,
        "dpd_threshold_fen": 0,
        "waterfall": {
            "current": ["penalty", "interest", "principal"],
            "late": ["principal", "interest", "penalty"],
            "recovery": ["principal", "interest", "penalty"],
        },
        "funder": "fake",
        "min_read_seconds": 10,
        "quote_valid_minutes": 30,
        "sign_within_days": 7,
    }
    version = ProductVersion(product_id=row.id, **(facts | changes))
    session.add(version)
    await session.flush()
    return version


async def confirmed_quote(session: AsyncSession, borrower_id: UUID, at: datetime = NOW, **changes: Any) -> Quote:
    """A quote, opened ten seconds before `at` and confirmed at it."""
    row = await quotes.request(session, borrower_id=borrower_id, at=at, **(NOTES | changes))
    row.opened_at = row.confirmed_at = at
    await session.flush()
    return row


async def card_of(session: AsyncSession, borrower_id: UUID) -> UUID:
    return (await bound_cards(session, borrower_id))[0].id


async def applied_loan(session: AsyncSession, borrower_id: UUID, at: datetime = NOW, **changes: Any) -> Loan:
    quote = await confirmed_quote(session, borrower_id, at, **changes)
    return await application.apply(
        session,
        borrower_id=borrower_id,
        quote_id=quote.id,
        purpose="RENOVATION",
        bank_card_id=await card_of(session, borrower_id),
        at=at,
    )


async def decided(
    session: AsyncSession,
    actor: Actor,
    loan_id: UUID,
    verdict: ReviewVerdict = ReviewVerdict.APPROVED,
    at: datetime = NOW,
) -> Loan:
    task = await lock_task_of(session, ReviewSubject.LOAN, loan_id)
    await tasks.claim(session, actor=actor, task_id=task.id, at=at)
    return await review.decide(session, actor=actor, loan_id=loan_id, verdict=verdict, reason="looked at", at=at)


@dataclass
class Counter:
    """A loan and everyone it meets before its money is out; each step commits for real."""

    sessions: Sessions
    loan_id: UUID
    borrower_id: UUID
    reviewer: Actor
    hands: Hands = field(default_factory=Hands)
    notary: Notary = field(default_factory=Notary)
    funder: Funder = field(default_factory=Funder)

    async def send(self) -> None:
        await contract_flow.send(self.sessions, self.hands.clock, self.notary, loan_id=self.loan_id)

    async def ask_notary(self, **later: float) -> None:
        self.hands.wait(**later)
        contract_id = (await self.contract()).id
        await contract_flow.ask(self.sessions, self.hands.clock, self.notary, contract_id=contract_id)

    async def hear_notary(self, state: str = "SIGNED", event: str = "E1", key: bytes | None = None) -> int:
        body = signature((await self.contract()).reference, state, event)
        raw = signed(body, self.hands.now, key) if key else signed(body, self.hands.now)
        answer = await contract_flow.receive_callback(self.sessions, self.hands.clock, self.notary, "fake", raw)
        return answer.status

    async def fetch(self) -> None:
        contract_id = (await self.contract()).id
        await contract_flow.fetch(self.sessions, self.hands.clock, self.notary, contract_id=contract_id)

    async def sign(self) -> None:
        await self.send()
        await self.hear_notary()
        await self.fetch()

    async def disburse(self) -> None:
        await funding_flow.disburse(self.sessions, self.hands.clock, self.funder, loan_id=self.loan_id)

    async def ask_funder(self, **later: float) -> None:
        self.hands.wait(**later)
        funding_id = (await self.fundings())[-1].id
        await funding_flow.ask(self.sessions, self.hands.clock, self.funder, funding_id=funding_id)

    async def hear_funder(self, state: str = "SUCCEEDED", amount_fen: int = 40_000_00, event: str = "E1") -> int:
        body = payout((await self.fundings())[0].reference, state, amount_fen, event)
        raw = signed(body, self.hands.now)
        answer = await funding_flow.receive_callback(self.sessions, self.hands.clock, self.funder, "fake", raw)
        return answer.status

    async def loan(self) -> Loan:
        async with self.sessions() as session:
            return await session.get_one(Loan, self.loan_id)

    async def line(self) -> CreditLine:
        async with self.sessions() as session:
            return await session.get_one(CreditLine, (await session.get_one(Loan, self.loan_id)).credit_line_id)

    async def contract(self) -> Contract:
        async with self.sessions() as session:
            return (await session.scalars(select(Contract).where(Contract.loan_id == self.loan_id))).one()

    async def fundings(self) -> list[Funding]:
        async with self.sessions() as session:
            rows = select(Funding).where(Funding.loan_id == self.loan_id).order_by(Funding.id)
            return list(await session.scalars(rows))

    async def count(self, model: type) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(model)) or 0

    async def messages(self) -> list[str]:
        async with self.sessions() as session:
            return sorted(await session.scalars(select(Message.template_code)))


async def counter(sessions: Sessions, *, approved: bool = True) -> Counter:
    """The notes' loan, applied for and, unless told otherwise, approved."""
    async with sessions.begin() as session:
        await set_up(session)
        await product(session)
        borrower_id = await ready_borrower(session)
        await granted_line(session, borrower_id)
        reviewer = await member_of_staff(session, "anna")
        loan = await applied_loan(session, borrower_id)
        if approved:
            await decided(session, reviewer, loan.id)
    return Counter(sessions, loan.id, borrower_id, reviewer)


__all__ = ["NOTES", "Counter", "applied_loan", "card_of", "confirmed_quote", "counter", "date", "decided", "product"]
