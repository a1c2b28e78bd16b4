"""A run, another run and a borrower who pays, all at the same moment: one debit, and nobody waits for ever."""

import asyncio

from domain.lending.queries.loans import lock_loan
from domain.lending.rules.events import Intent
from domain.lending.services import repayment
from domain.payments.models import PaymentOrder
from domain.payments.services import orders
from domain.shared.db import Sessions
from tests.domain.lending.reminders.builders import at, lender
from tests.domain.lending.rows import settled_attempt
from tests.domain.lending.services.debits import DUE, MORNING, debtor, ran, requested
from tests.domain.payments.builders import Debt, Offer, an_order


async def test_two_workers_that_run_at_once_ask_for_one_debit(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        loans = [await debtor(session) for _ in range(3)]

    async def run() -> dict[str, int]:
        async with sessions.begin() as session:
            done = await ran(session, MORNING)
            await asyncio.sleep(0.05)  # hold the loans, so that the other surely comes meanwhile
            return done

    figures = await asyncio.gather(run(), run())

    assert sorted(figures, key=str) == [{"done_before": 3}, {"requested": 3}]
    async with sessions() as session:
        assert [len(await requested(session, loan)) for loan in loans] == [1, 1, 1]


async def test_a_borrower_who_pays_while_the_run_looks_is_not_debited_for_it(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        loan = await debtor(session)
        attempt_id = await settled_attempt(session, loan, 496_00, paid_at=at(DUE, 9))
    locked = asyncio.Event()

    async def pays() -> None:
        async with sessions.begin() as session:
            await lock_loan(session, loan.id)
            locked.set()
            await asyncio.sleep(0.1)  # so that the run is waiting for the loan by now
            await repayment.apply_settled(session, attempt_id=attempt_id, at=MORNING)

    async def runs() -> dict[str, int]:
        await locked.wait()
        async with sessions.begin() as session:
            return await ran(session, MORNING)

    _, figures = await asyncio.gather(pays(), runs())

    assert figures == {"nothing_due": 1}


async def test_createrepayment_and_the_run_hold_the_loan_one_after_the_other(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        loan = await debtor(session)

    async def pays() -> PaymentOrder:
        async with sessions.begin() as session:
            return await repayment.request(
                session,
                borrower_id=loan.borrower_id,
                loan_id=loan.id,
                intent=Intent.INSTALLMENT,
                amount_fen=None,
                channel=Offer(),
                product="page",
                at=MORNING,
            )

    async def runs() -> dict[str, int]:
        async with sessions.begin() as session:
            return await ran(session, MORNING)

    page, figures = await asyncio.gather(pays(), runs())
    assert figures == {"requested": 1}
    async with sessions.begin() as session:
        debit = (await requested(session, loan))[0]
        assert (page.amount_fen, debit.amount_fen) == (496_00, 496_00)
        await orders.abandon(session, order_id=debit.id, at=MORNING)


async def test_the_run_and_a_borrower_who_orders_do_not_wait_for_each_other(sessions: Sessions) -> None:
    """He holds his loan and wants a number; the run holds other loans and must not hold the numbers meanwhile."""
    async with sessions.begin() as session:
        await lender(session)
        loans = sorted([await debtor(session) for _ in range(2)], key=lambda loan: loan.id)
    locked = asyncio.Event()

    async def orders_something() -> None:
        async with sessions.begin() as session:
            await lock_loan(session, loans[1].id)
            locked.set()
            await asyncio.sleep(0.2)  # so that the run has gone as far as it can by now
            await an_order(session, Debt(loans[1].id, loans[1].borrower_id), at=MORNING)

    async def runs() -> dict[str, int]:
        await locked.wait()
        async with sessions.begin() as session:
            return await ran(session, MORNING)

    _, figures = await asyncio.gather(orders_something(), runs())

    assert figures == {"requested": 2}
