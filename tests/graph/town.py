"""A small town with people at every station of a loan; it is founded once a process, and each that is asked for is its copy."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import literal_column, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import queries as contacts
from domain.borrowers.models import BankCard, CodePurpose
from domain.collections.models import CollectionCase
from domain.collections.rules.case import CloseReason
from domain.credit.models import CreditApplication, ReviewSubject
from domain.credit.queries.reviews import lock_task_of
from domain.credit.services import application as credit_application
from domain.credit.services import limits, lines, tasks
from domain.lending.models import LoanStatus
from domain.lending.queries.loans import lock_loan
from domain.lending.rules.events import Intent
from domain.lending.services import journal, quotes, repayment
from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.queries import unplaced_of
from domain.payments.rules.mandates import MandateSource
from domain.payments.services import attempts, mandates, refunds, signing
from domain.payments.services.attempts import Source
from domain.reconciliation.models import Bill, Discrepancy
from domain.reconciliation.rules.states import BillState, DiscrepancyState, Finding
from domain.shared.actors import SYSTEM, Actor, Role
from domain.shared.clock import Clock
from domain.shared.crypto import Keyring
from domain.shared.db import Base, make_engine, make_sessions
from domain.shared.idempotency import IdempotencyKey
from domain.staff import queries as staff
from domain.staff.services import members
from graph.ids import global_id, read_any
from tests.database import Servers, database_of
from tests.domain.borrowers import builders as people
from tests.domain.credit import builders as credit
from tests.domain.lending.origination import builders as lending
from tests.domain.payments.mandates import CODE_SENT, Debiting
from tests.graph.api import Api, api_of, house_of
from tests.graph.outside import CHANNELS, Outside

BEGAN = people.NOW
"""When the loans began: 2026-01-15, ten in the morning."""
NOW = datetime(2026, 2, 20, 2, 0, tzinfo=UTC)
"""Five days after their first due date."""
PRODUCT = "SUIDAI_INTEREST_ONLY"
OTHER_CARD = "6222020000000000018"
PASSWORD = "correct horse battery"

SPEAKERS = {
    "-": "",  # nobody
    "B": "debtor",
    "R": "reviewer",
    "C": "collector",
    "K": "cashier",
    "F": "finance",
    "A": "admin",
}
"""One letter for each kind of asker, and who in the town is one."""
ALL = "".join(SPEAKERS)
STAFF = "RCKFA"


@dataclass
class Town:
    """`who` names people and members of staff; `ids` the things they have, by global id."""

    api: Api
    who: dict[str, UUID] = field(default_factory=dict[str, UUID])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    keys: dict[str, UUID] = field(default_factory=dict[str, UUID])
    _phones: Iterable[int] = field(default_factory=lambda: count(15_000_000_000))

    async def token(self, who: str) -> str | None:
        if not who:
            return None
        return self.api.speaks(self.who[who]) if who in self.who else await self.api.staff(who)

    def phone(self) -> str:
        """A phone nobody has used."""
        return str(next(iter(self._phones)))

    async def code_for(self, phone: str, purpose: str, at: datetime = NOW) -> str:
        """The code that is sent to a phone."""
        async with self.api.house.sessions.begin() as session:
            return await people.code_for(session, CodePurpose(purpose), phone=phone, at=at)

    async def state(self, but: Iterable[str] = ()) -> dict[str, tuple[int, str | None]]:
        """Every table by the number of its rows and what is in them."""
        await self.api.write_log_ins()
        tables = [table.name for table in Base.metadata.sorted_tables if table.name not in but]
        each = [
            select(
                literal_column(f"'{name}'"),
                literal_column("count(*)"),
                literal_column("md5(string_agg(row::text, '' ORDER BY row::text))"),
            ).select_from(text(f'"{name}" AS row'))
            for name in tables
        ]
        async with self.api.house.sessions() as session:
            return {name: (rows, digest) for name, rows, digest in await session.execute(union_all(*each))}

    async def acts_done(self) -> int:
        """How many idempotency keys stand for something that was done."""
        done = select(IdempotencyKey.id).where(IdempotencyKey.outcome_id.is_not(None))
        async with self.api.house.sessions() as session:
            return len((await session.scalars(done)).all())


def key() -> str:
    """A fresh idempotency key."""
    return uuid4().hex


@dataclass(frozen=True)
class Founded:
    """The town as it began: a database to make others from, and what the things in it are called."""

    database: str
    who: dict[str, UUID]
    ids: dict[str, str]
    keys: dict[str, UUID]


@asynccontextmanager
async def founded(servers: Servers, keyring: Keyring, seeded: str) -> AsyncIterator[Founded]:
    """Found the town, in a database made from a seeded one."""
    async with database_of(servers, seeded) as url:
        async with _lived_in(url, keyring) as town:
            await _settle(town)
            for who in {*town.who, *SPEAKERS.values()}:
                await town.token(who)
            await town.api.write_log_ins()
        yield Founded(name_in(url), town.who, town.ids, town.keys)


@asynccontextmanager
async def like(founded: Founded, servers: Servers, keyring: Keyring) -> AsyncIterator[Town]:
    """A town as the one that was founded, and after it nothing."""
    async with database_of(servers, founded.database) as url, _lived_in(url, keyring) as town:
        town.api.hands.now = NOW
        town.who, town.ids, town.keys = dict(founded.who), dict(founded.ids), dict(founded.keys)
        yield town


def name_in(url: str) -> str:
    """The name of the database in its address."""
    return url.partition("?")[0].rpartition("/")[2]


@asynccontextmanager
async def _lived_in(url: str, keyring: Keyring) -> AsyncIterator[Town]:
    """A database with a house on it, in which nothing has a name yet."""
    engine = make_engine(url)
    hands, outside = people.Hands(), Outside()
    hands.clock = Clock(movable=True, real=lambda: hands.now)
    sessions = make_sessions(engine, keyring)
    kinds = ("identity", "bankcard", "risk")
    async with (
        house_of(sessions, hands.clock, outside, channels=CHANNELS, kinds=kinds) as house,
        api_of(house, hands, outside) as api,
    ):
        yield Town(api)
    await engine.dispose()


async def _settle(town: Town) -> None:
    sessions, hands = town.api.house.sessions, town.api.hands
    async with sessions.begin() as session:
        reviewer = await _member(session, "reviewer")
        for who, phone in (("debtor", "+8613800000001"), ("neighbour", "+8613800000002")):
            town.who[who] = await credit.ready_borrower(session, phone=phone)
            line = await credit.granted_line(session, town.who[who], expires_on=date(2027, 1, 14))
            town.ids[f"{who}'s line"] = global_id("CreditLine", line.id)
            await _loans(session, town, who, reviewer)
        town.who["applicant"] = await credit.ready_borrower(session, phone="+8613800000003")
        town.who["newcomer"] = (await people.borrower(session, phone="13800000004")).id
        await people.registered(session, phone="13800000005", password=PASSWORD)
    hands.now = NOW
    town.who["proven"] = await people.proven_in(sessions, hands, phone="13800000006", number=people.id_number(order=9))
    bound = await people.bound_in(sessions, hands, town.who["proven"])
    town.ids["proven's bound card"] = global_id("BankCard", bound.id)
    waiting = await people.awaiting_code_in(sessions, hands, town.who["proven"], OTHER_CARD)
    town.ids["proven's card"] = global_id("BankCard", waiting.id)
    async with sessions.begin() as session:
        await _reviews(session, town, reviewer)
        await _quotes(session, town)
        await _order(session, town)
        for who in ("debtor", "neighbour"):
            await _money_aside(session, town, who)
        await _mandate(session, town, bound)
        await _cases(session, town)
        await _bill(session, town)


async def _member(session: AsyncSession, username: str) -> Actor:
    member = await staff.by_username(session, username)
    assert member is not None
    return member.actor()


async def _loans(session: AsyncSession, town: Town, who: str, reviewer: Actor) -> None:
    """A loan that runs and is late by five days, one to be reviewed, one to be signed, one too late for that."""
    town.ids[f"{who}'s card"] = global_id("BankCard", await lending.card_of(session, town.who[who]))
    stations = (("running", 10_000_00), ("pending", 5_000_00), ("unsigned", 3_000_00), ("late", 2_000_00))
    for station, amount_fen in stations:
        asked = {"product_code": PRODUCT, "principal_fen": amount_fen}
        loan = await lending.applied_loan(session, town.who[who], **asked)
        town.keys[f"{who}'s {station}"] = loan.id
        town.ids[f"{who}'s {station}"] = global_id("Loan", loan.id)
        town.ids[f"{who}'s {station} quote"] = global_id("LoanQuote", loan.quote_id)
        if station == "pending":
            continue
        await lending.decided(session, reviewer, loan.id, at=NOW if station == "unsigned" else BEGAN)
        if station == "running":
            loan = await lock_loan(session, loan.id)
            loan.move_to(LoanStatus.DISBURSING, BEGAN)
            await lines.use(
                session, line_id=loan.credit_line_id, amount_fen=amount_fen, source=f"loan:{loan.id}:use", at=BEGAN
            )
            await journal.open_loan(session, loan=loan, value_date=date(2026, 1, 15), at=BEGAN)


async def _reviews(session: AsyncSession, town: Town, reviewer: Actor) -> None:
    """An application that another reviewer has taken, one that is free, one that is decided; a change that waits."""
    colleague = await credit.member_of_staff(session, "colleague")
    made = await credit_application.apply(session, borrower_id=town.who["applicant"], at=NOW)
    town.ids["application"] = global_id("CreditApplication", made.id)
    task = await lock_task_of(session, ReviewSubject.CREDIT_APPLICATION, made.id)
    town.ids["taken task"] = global_id("ReviewTask", task.id)
    await tasks.claim(session, actor=colleague, task_id=task.id, at=NOW)
    free = await lock_task_of(session, ReviewSubject.LOAN, town.keys["debtor's pending"])
    town.ids["free task"] = global_id("ReviewTask", free.id)
    own = await lock_task_of(session, ReviewSubject.LOAN, town.keys["neighbour's pending"])
    town.ids["own task"] = global_id("ReviewTask", own.id)
    await tasks.claim(session, actor=reviewer, task_id=own.id, at=NOW)
    done = await lock_task_of(session, ReviewSubject.LOAN, town.keys["debtor's running"])
    town.ids["done task"] = global_id("ReviewTask", done.id)
    latest = (await session.scalars(select(CreditApplication).where(CreditApplication.id != made.id))).first()
    assert latest is not None
    town.ids["open application"] = global_id("CreditApplication", latest.id)
    line = await session.get_one(credit.CreditLine, _key(town.ids["neighbour's line"]))
    change = await limits.ask(
        session, line_id=line.id, limit_fen=60_000_00, freeze=False, reason="asked for", by=reviewer, at=NOW
    )
    town.ids["change"] = global_id("ChangeRequest", change.id)


async def _quotes(session: AsyncSession, town: Town) -> None:
    """Quotes at every stage; `large` is more than is left of the line."""
    asked: dict[str, Any] = {"product_code": PRODUCT, "principal_fen": 1_000_00, "terms": 12}
    for who in ("debtor", "neighbour"):
        for stage, at, opened, confirmed in (
            ("fresh", NOW, None, None),
            ("opened", NOW, NOW - timedelta(seconds=4), None),
            ("confirmed", NOW, NOW, NOW),
            ("expired", NOW - timedelta(hours=2), NOW, NOW),
            ("large", NOW, NOW, NOW),
        ):
            more = {"principal_fen": 40_000_00} if stage == "large" else {}
            row = await quotes.request(session, borrower_id=town.who[who], at=at, **(asked | more))
            row.opened_at, row.confirmed_at = opened, confirmed
            town.ids[f"{who}'s {stage} quote"] = global_id("LoanQuote", row.id)
    row = await quotes.request(session, borrower_id=town.who["proven"], at=NOW, **asked)
    row.opened_at = row.confirmed_at = NOW
    town.ids["proven's quote"] = global_id("LoanQuote", row.id)


async def _order(session: AsyncSession, town: Town) -> None:
    """Something the neighbour wants to pay."""
    order = await repayment.request(
        session,
        borrower_id=town.who["neighbour"],
        loan_id=town.keys["neighbour's running"],
        intent=Intent.INSTALLMENT,
        amount_fen=1_00,
        channel=town.api.house.registry.listing("fake"),
        product="qr",
        at=NOW,
    )
    town.ids["neighbour's order"] = global_id("RepaymentOrder", order.id)
    town.keys["neighbour's order"] = order.id


async def _mandate(session: AsyncSession, town: Town, card: BankCard) -> None:
    """One that awaits its code."""
    made = await mandates.request(
        session, borrower_id=card.borrower_id, bank_card_id=card.id, channel=Debiting("bank"), at=NOW
    )
    await mandates.claim_begin(session, mandate_id=made.id, at=NOW)
    await signing.record(session, mandate_id=made.id, result=CODE_SENT, source=MandateSource.BEGIN, at=NOW)
    town.ids["proven's mandate"] = global_id("Mandate", made.id)


async def _cases(session: AsyncSession, town: Town) -> None:
    """The collector's own case, one that is nobody's, a colleague's, and one that is over."""
    owners = {"collector": await _member(session, "collector"), "colleague": await _collecting(session)}
    for n, (name, loan, owner) in enumerate(
        (
            ("debtor's case", "debtor's running", "collector"),
            ("neighbour's case", "neighbour's running", None),
            ("colleague's case", "debtor's late", "colleague"),
            ("closed case", "neighbour's late", "collector"),
        )
    ):
        borrower = town.who[loan.partition("'")[0]]
        case = CollectionCase(
            number=f"CC20260216{n + 1:06d}",
            loan_id=town.keys[loan],
            borrower_id=borrower,
            overdue_since=date(2026, 2, 15),
            overdue_fen_at_import=1_00,
            imported_at=NOW,
            assigned_to=owners[owner].id if owner else None,
        )
        session.add(case)
        await session.flush()
        if name == "closed case":
            case.close(CloseReason.CURED, NOW)
        town.ids[name] = global_id("CollectionCase", case.id)
    owners["finance"] = await _member(session, "finance")
    for name, owner in owners.items():
        assert owner.id is not None
        town.ids[name] = global_id("StaffMember", owner.id)
    named = await contacts.current_contacts(session, town.who["debtor"])
    town.ids["debtor's contact"] = global_id("Contact", named[0].id)


async def _collecting(session: AsyncSession) -> Actor:
    made = await members.create(
        session, username="colleague2", name="同事", password=PASSWORD, roles=[Role.COLLECTOR], by=SYSTEM, at=NOW
    )
    return made.actor()


async def _money_aside(session: AsyncSession, town: Town, who: str) -> None:
    """Two payments of a wrong sum: one waits for a person, the other is on its way back."""
    listing = town.api.house.registry.listing("fake")
    for name in ("aside", "way back"):
        order = await repayment.request(
            session,
            borrower_id=town.who[who],
            loan_id=town.keys[f"{who}'s running"],
            intent=Intent.INSTALLMENT,
            amount_fen=1_00,
            channel=listing,
            product="qr",
            at=NOW,
        )
        attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
        paid = PaymentResult(PaymentState.SUCCEEDED, amount_fen=1_01, currency="CNY")
        await attempts.apply_result(session, attempt_id=attempt.id, result=paid, source=Source.QUERY, at=NOW)
        row = await unplaced_of(session, attempt.id)
        assert row is not None
        town.ids[f"{who}'s {name}"] = global_id("UnplacedPayment", row.id)
    await refunds.of_unplaced(session, unplaced_id=row.id, reason="wrong sum", by=SYSTEM, channel=listing, at=NOW)


async def _bill(session: AsyncSession, town: Town) -> None:
    """A day for which the channel `fake` has no bill, which nobody has decided about, and one that was decided."""
    bill = Bill(channel="fake", day=date(2026, 2, 19), state=BillState.NOT_READY, wanted_at=NOW)
    session.add(bill)
    await session.flush()
    for name, state in (("missing bill", DiscrepancyState.OPEN), ("decided bill", DiscrepancyState.RESOLVED)):
        row = Discrepancy(
            number=f"RD {name}",
            bill_id=bill.id,
            channel=bill.channel,
            day=bill.day,
            finding=Finding.NO_BILL,
            subject=name,
            theirs_fen=0,
            ours_fen=0,
            state=state,
            found_at=NOW,
        )
        session.add(row)
        await session.flush()
        town.ids[name] = global_id("Discrepancy", row.id)


def _key(text: str) -> UUID:
    return read_any(text)[1]
