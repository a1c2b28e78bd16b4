"""From a person who has proved everything to a running loan, each party slow, lost or doubled once, all commits real."""

from datetime import date

from sqlalchemy import select

from domain.credit import flows as credit
from domain.credit.models import ApplicationStatus, CreditApplication, CreditLine, ReviewVerdict, RiskDecision
from domain.credit.services import application as credit_application
from domain.ledger import queries as ledger
from domain.lending.models import Installment, Loan, LoanStatus
from domain.lending.services import application, quotes
from domain.messaging.models import Message
from domain.shared.db import Sessions
from tests.domain.credit.builders import Hands, member_of_staff, ready_borrower, reviewed, set_up
from tests.domain.credit.engine import Engine, letter
from tests.domain.lending.origination.builders import NOTES, Counter, card_of, decided, product
from tests.domain.lending.origination.fakes import paid_out
from tests.domain.parties import signed


async def test_a_loan_comes_about(sessions: Sessions) -> None:
    hands, engine = Hands(), Engine(answer=TimeoutError())

    # Applied for, returned once, mended, approved.
    async with sessions.begin() as session:
        await set_up(session)
        await product(session)
        anna = await member_of_staff(session, "anna")
        borrower_id = await ready_borrower(session)
        first = await credit_application.apply(session, borrower_id=borrower_id, at=hands.now)
    async with sessions.begin() as session:
        await reviewed(session, anna, first, ReviewVerdict.RETURNED, hands.wait(minutes=5))
    async with sessions.begin() as session:
        second = await credit_application.apply(session, borrower_id=borrower_id, at=hands.wait(minutes=5))
    async with sessions.begin() as session:
        await reviewed(session, anna, second, at=hands.wait(minutes=5))

    # The engine's answer is lost, asking finds it thinking, its callback comes twice.
    async with sessions() as session:
        decision = (await session.scalars(select(RiskDecision))).one()
    await credit.submit_risk(sessions, hands.clock, engine, decision_id=decision.id)
    hands.wait(seconds=10)
    await credit.ask_risk(sessions, hands.clock, engine, decision_id=decision.id)
    for _ in range(2):
        raw = signed(letter(decision.reference), hands.now)
        assert (await credit.receive_risk_callback(sessions, hands.clock, engine, "fake", raw)).status == 200
    assert len(engine.sent) == 1

    # Quoted, read, confirmed, applied for, approved.
    async with sessions.begin() as session:
        quote = await quotes.request(session, borrower_id=borrower_id, at=hands.now, **NOTES)
    facts = {"borrower_id": borrower_id, "quote_id": quote.id}
    async with sessions.begin() as session:
        await quotes.open_disclosure(session, at=hands.now, **facts)
    async with sessions.begin() as session:
        await quotes.confirm_disclosure(session, at=hands.wait(seconds=10), **facts)
    async with sessions.begin() as session:
        card_id = await card_of(session, borrower_id)
        loan = await application.apply(session, purpose="RENOVATION", bank_card_id=card_id, at=hands.now, **facts)
    async with sessions.begin() as session:
        await decided(session, anna, loan.id, at=hands.wait(minutes=5))

    # Signed, told twice; paid out after a timeout, found by asking, and told once more.
    desk = Counter(sessions, loan.id, borrower_id, anna, hands)
    await desk.send()
    assert [await desk.hear_notary(), await desk.hear_notary(event="E2")] == [200, 200]
    await desk.fetch()
    desk.funder.answer, desk.funder.told = TimeoutError(), paid_out()
    await desk.disburse()
    await desk.ask_funder(seconds=10)
    assert await desk.hear_funder() == 200
    assert len(desk.funder.sent) == len(desk.notary.sent) == 1

    async with sessions() as session:
        applications = (await session.scalars(select(CreditApplication).order_by(CreditApplication.id))).all()
        line = (await session.scalars(select(CreditLine))).one()
        running = (await session.scalars(select(Loan))).one()
        rows = (await session.scalars(select(Installment).order_by(Installment.n))).all()
        books = {each.code: each.balance_fen for each in await ledger.trial_balance(session) if each.balance_fen}
        sent = sorted(await session.scalars(select(Message.template_code)))
    assert [row.status for row in applications] == [ApplicationStatus.RETURNED, ApplicationStatus.APPROVED]
    assert applications[1].supersedes_id == applications[0].id
    assert (line.limit_fen, line.used_fen, line.reserved_fen) == (50_000_00, 40_000_00, 0)
    assert (running.status, running.value_date) == (LoanStatus.ACTIVE, date(2026, 1, 15))
    assert sum(row.principal_fen for row in rows) == 40_000_00
    assert sum(row.interest_fen for row in rows) == quote.total_interest_fen == 5_840_00
    assert books == {"loans.principal": 40_000_00, "funders.payable.fake": 40_000_00}
    assert sent == ["CREDIT_APPROVED", "CREDIT_RETURNED", "DISBURSED", "SIGN_CONTRACT"]
