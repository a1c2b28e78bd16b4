"""A portfolio in a database: loans that lived through the real services, copied until there are enough of them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bench import books, copies
from bench.database import sessions_on
from bench.loans import SEED, terms_like
from bench.report import Group
from bench.timing import Effort
from domain.ledger.services.accounts import open_chart
from domain.lending.models import Loan, LoanStatus, RepaymentStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Intent
from domain.lending.rules.terms import PrepayPolicy, Terms
from domain.lending.services import journal, repayment, waiver
from domain.shared.actors import SYSTEM
from domain.shared.days import business_day
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from tests.domain.lending.rows import new_version, noon, running_loan

TODAY = date(2026, 6, 1)
PRODUCTS = 12

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """So many loans in all; `lived` of them lived through the services, the others are their copies."""

    lived: int
    loans: int


def many(loans: int) -> Size:
    return Size(lived=max(1, loans // 25), loans=loans)


def few(loans: int) -> Size:
    return Size(lived=2, loans=min(loans, 24))


def groups(size: Size, effort: Effort, database: str | None, say: Say) -> list[Group]:
    return asyncio.run(_groups(size, effort, database, say))


async def _groups(size: Size, effort: Effort, database: str | None, say: Say) -> list[Group]:
    async with sessions_on(database, say) as sessions:
        await settle(sessions, size, say)
        return await books.groups(sessions, TODAY, effort, say)


async def settle(sessions: Sessions, size: Size, say: Say) -> None:
    """Let loans live until TODAY and copy them."""
    say(f"{size.lived} loans live their lives")
    random = Random(SEED)  # noqa: S311  not a secret: the same portfolio each time
    products = [_product(random) for _ in range(PRODUCTS)]
    async with sessions.begin() as session:
        await open_chart(session)
        versions = [(await new_version(session, product)).id for product in products]
    for n in range(size.lived):
        async with sessions.begin() as session:
            await _live(session, random, products[n % PRODUCTS], versions[n % PRODUCTS])
    say(f"{size.loans} loans are made of them")
    async with sessions.begin() as session:
        await books.without_time_limit(session)
        await copies.multiply(session, size.loans // size.lived)
    async with sessions.begin() as session:
        await books.without_time_limit(session)
        await books.analyze(session)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a borrower pays: how many days late at most, how likely not at all, how likely ahead of time."""

    late: int = 0
    never: float = 0.0
    ahead: float = 0.0


HABITS = [Habit()] * 13 + [Habit(late=12, never=0.05)] * 4 + [Habit(late=40, never=0.3)] * 2 + [Habit(ahead=0.3)]


async def _live(session: AsyncSession, random: Random, product: Terms, version_id: UUID) -> None:
    """One loan, paid as its borrower is in the habit of."""
    terms = replace(
        product,
        principal_fen=100_00 * random.randint(30, 2000),
        terms=random.choice([12, 24, 36]),
        value_date=TODAY - timedelta(days=random.randint(20, 500)),
    )
    loan = await running_loan(session, terms, version_id=version_id)
    habit = random.choice(HABITS)
    for installment in (await queries.installments_of(session, [loan.id]))[loan.id]:
        day = installment.due_on + timedelta(days=random.randint(0, habit.late))
        if day >= TODAY or loan.status is not LoanStatus.ACTIVE:
            return
        chance = random.random()
        if chance < habit.never:
            continue
        if chance < habit.ahead:
            await _pay(session, loan, 1_000_00 * random.randint(1, 20), Intent.PREPAY, day)
        if due_fen := (await journal.history_of(session, loan)).position(day).due_fen:
            await _pay(session, loan, due_fen, Intent.INSTALLMENT, day)
        if habit.late and chance > 0.9:
            await _mend(session, loan, random, noon(day + timedelta(days=1)))


async def _pay(session: AsyncSession, loan: Loan, amount_fen: int, intent: Intent, day: date) -> None:
    await repayment.record_offline(
        session,
        loan_id=loan.id,
        payment_id=new_id(),
        amount_fen=amount_fen,
        intent=intent,
        value_date=day,
        at=noon(day),
        actor=SYSTEM,
    )


async def _mend(session: AsyncSession, loan: Loan, random: Random, at: datetime) -> None:
    """What happens to late payers: a payment is taken back, and some of what is due then is let go of."""
    made = (await queries.repayments_of(session, [loan.id]))[loan.id]
    if standing := [each.id for each in made if each.status is RepaymentStatus.APPLIED]:
        await repayment.reverse(session, repayment_id=random.choice(standing), reason="bounced", at=at, actor=SYSTEM)
    due = (await journal.history_of(session, loan)).position(business_day(at))
    if not due.penalty_fen + due.interest_fen:
        return
    await waiver.waive(
        session, loan_id=loan.id, penalty_fen=10_00, interest_fen=5_00, reason="goodwill", at=at, actor=SYSTEM
    )


def _product(random: Random) -> Terms:
    """Terms of a product; each loan has a sum, a length and a day of its own."""
    return replace(
        terms_like(1_00, Decimal(random.choice(["0.12", "0.144", "0.18", "0.2399"])), 1, TODAY, DayCount.ACT_365),
        method=random.choice(["EQUAL_INSTALLMENT"] * 6 + ["EQUAL_PRINCIPAL"] * 2 + ["INTEREST_ONLY", "BULLET"]),
        day_count=random.choice(list(DayCount)),
        grace_days=random.choice([0, 3]),
        prepay=random.choice(list(PrepayPolicy)),
        prepay_fee_rate=Decimal(random.choice(["0", "0.01"])),
    )
