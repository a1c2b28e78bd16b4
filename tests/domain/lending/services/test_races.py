"""Two at once, on two connections: a loan's lock and the unique constraints decide."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.models import CreditLine
from domain.lending.models import Loan, LoanStatus, Repayment
from domain.lending.queries import journal as journals
from domain.lending.queries import loans as queries
from domain.lending.rules.events import Intent
from domain.lending.services import close_of_day, payoff, repayment, waiver, write_off
from domain.shared.actors import SYSTEM
from domain.shared.days import SHANGHAI
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import the_books_hold

TODAY = date(2026, 2, 15)


async def _loan(sessions: Sessions) -> UUID:
    async with sessions.begin() as session:
        return (await running_loan(session)).id


async def _attempt(sessions: Sessions, loan_id: UUID, fen: int, intent: str = "INSTALLMENT") -> UUID:
    async with sessions.begin() as session:
        loan = await session.get_one(Loan, loan_id)
        return await settled_attempt(session, loan, fen, paid_at=noon(TODAY), intent=intent)


async def _apply(sessions: Sessions, attempt_id: UUID) -> UUID | None:
    async with sessions.begin() as session:
        made = await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(TODAY))
        await asyncio.sleep(0.05)  # hold the loan, so that the other surely comes meanwhile
        return made.id if made else None


async def test_the_same_payment_twice_at_once_is_one_repayment(sessions: Sessions) -> None:
    loan_id = await _loan(sessions)
    attempt_id = await _attempt(sessions, loan_id, 1079_71)
    first, second = await asyncio.gather(*[_apply(sessions, attempt_id) for _ in range(2)])

    assert first == second
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Repayment)) == 1
        assert await the_books_hold(session)


async def test_the_same_payment_by_hand_twice_at_once_is_one_repayment(sessions: Sessions) -> None:
    loan_id, payment_id = await _loan(sessions), new_id()

    async def by_hand() -> UUID:
        async with sessions.begin() as session:
            made = await repayment.record_offline(
                session,
                loan_id=loan_id,
                payment_id=payment_id,
                amount_fen=100_00,
                intent=Intent.INSTALLMENT,
                value_date=TODAY,
                at=noon(TODAY),
                actor=SYSTEM,
            )
            await asyncio.sleep(0.05)
            return made.id

    first, second = await asyncio.gather(by_hand(), by_hand())

    assert first == second
    async with sessions() as session:
        assert await the_books_hold(session)


async def test_two_payments_at_once_are_applied_one_after_the_other(sessions: Sessions) -> None:
    loan_id = await _loan(sessions)
    attempts = [await _attempt(sessions, loan_id, fen) for fen in (600_00, 479_71)]
    await asyncio.gather(*[_apply(sessions, attempt_id) for attempt_id in attempts])

    async with sessions() as session:
        made = (await queries.repayments_of(session, [loan_id]))[loan_id]
        line = await session.get_one(CreditLine, (await session.get_one(Loan, loan_id)).credit_line_id)
        assert sum(each.interest_fen for each in made) == 144_00
        assert line.used_fen == 12_000_00 - 935_71
        assert await the_books_hold(session)


async def test_two_payoffs_at_once_close_the_loan_and_one_waits_for_a_person(sessions: Sessions) -> None:
    loan_id = await _loan(sessions)
    async with sessions() as session:
        owed_fen = (await payoff.quote(session, loan_id, noon(TODAY))).amount_fen
    attempts = [await _attempt(sessions, loan_id, owed_fen, "PAYOFF") for _ in range(2)]
    outcomes = await asyncio.gather(*[_apply(sessions, attempt_id) for attempt_id in attempts])

    assert outcomes.count(None) == 1
    async with sessions() as session:
        assert (await session.get_one(Loan, loan_id)).status is LoanStatus.SETTLED
        assert await the_books_hold(session)


async def test_what_is_done_to_a_loan_at_once_from_days_gone_by_is_done_one_after_the_other(sessions: Sessions) -> None:
    """A payment, a waiver, two write-offs and the night: whoever comes first, all count, and from their own days."""
    loan_id, today = await _loan(sessions), date(2026, 4, 20)
    attempt_id = await _attempt(sessions, loan_id, 500_00)
    who = {"loan_id": loan_id, "at": noon(today), "actor": SYSTEM}

    async def held(act: Callable[[AsyncSession], Awaitable[object]]) -> None:
        async with sessions.begin() as session:
            await act(session)
            await asyncio.sleep(0.02)

    def pays(session: AsyncSession) -> Awaitable[object]:
        return repayment.apply_settled(session, attempt_id=attempt_id, at=noon(today))

    def waives(session: AsyncSession) -> Awaitable[object]:
        fen = {"penalty_fen": 1_00, "interest_fen": 0}
        return waiver.waive(session, **who, **fen, reason="hardship", value_date=date(2026, 2, 20))

    def writes_off(session: AsyncSession) -> Awaitable[object]:
        return write_off.write_off(session, **who, reason="insolvent", value_date=date(2026, 4, 1))

    def nightly(session: AsyncSession) -> Awaitable[object]:
        return close_of_day.look_again(session, at=noon(today))

    await asyncio.gather(*[held(act) for act in (pays, waives, writes_off, writes_off, nightly)])

    async with sessions() as session:
        journal = (await journals.events_of(session, [loan_id]))[loan_id]
        assert sorted(event.kind for event in journal) == ["PAID", "WAIVED", "WRITTEN_OFF"]
        assert [event.sequence for event in journal] == [1, 2, 3]
        loan = await session.get_one(Loan, loan_id)
        assert (loan.status, loan.principal_open_fen) == (LoanStatus.WRITTEN_OFF, 12_000_00 - 356_00)
        first = (await queries.installments_of(session, [loan_id]))[loan_id][0]
        assert (first.paid_principal_fen, first.waived_penalty_fen) == (356_00, 1_00)
        assert await the_books_hold(session)


async def test_many_loans_at_once_do_not_stand_in_each_others_way(sessions: Sessions) -> None:
    loans = [await _loan(sessions) for _ in range(6)]
    attempts = [await _attempt(sessions, loan_id, 1079_71) for loan_id in loans]
    assert None not in await asyncio.gather(*[_apply(sessions, attempt_id) for attempt_id in attempts])

    async with sessions() as session:
        assert await the_books_hold(session)


async def test_the_night_waits_for_a_payment_and_holds_nothing_it_needs(sessions: Sessions) -> None:
    loan_id = await _loan(sessions)
    night = datetime(2026, 1, 20, 0, 20, tzinfo=SHANGHAI)
    async with sessions.begin() as session:
        attempt_id = await settled_attempt(session, await session.get_one(Loan, loan_id), 100_00, paid_at=night)
    locked = asyncio.Event()

    async def paid() -> None:
        async with sessions.begin() as session:
            await queries.lock_loan(session, loan_id)
            locked.set()
            await asyncio.sleep(0.2)  # so that the night is waiting for the loan by now
            assert await repayment.apply_settled(session, attempt_id=attempt_id, at=night)

    async def accrued() -> int:
        await locked.wait()
        async with sessions.begin() as session:
            return await close_of_day.accrue(session, at=night)

    _, accruals = await asyncio.gather(paid(), accrued())

    assert accruals == 0  # the payment brought the loan to this day already
    async with sessions() as session:
        assert await the_books_hold(session)
