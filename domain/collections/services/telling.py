"""Telling a debtor by SMS that an installment is overdue: on the days the strategy says, on each of them once."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import phone_of
from domain.collections.models import CollectionTask, ContactDecision
from domain.collections.queries import work as queries
from domain.collections.queries.cases import Key
from domain.collections.queries.work import Untold
from domain.collections.rules.contact import Channel, Party
from domain.collections.rules.strategy import Step, step_of
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.collections.services import guard
from domain.collections.services.policies import Rules, rules_on
from domain.lending.errors import MethodUnusable
from domain.lending.services.history import history_of
from domain.messaging import services as messaging
from domain.messaging.models import Message
from domain.shared.actors import SYSTEM
from domain.shared.days import business_day
from domain.shared.money import yuan

log = structlog.get_logger()

TEMPLATE = "OVERDUE_NOTICE"


@dataclass(frozen=True, slots=True)
class Told:
    """How many were queued. `after` is where the next part begins; None: nobody is left to tell."""

    queued: int
    after: Key | None


async def tell_overdue(session: AsyncSession, *, at: datetime, limit: int = 200, after: Key | None = None) -> Told:
    """Queue today's messages that are missing, up to `limit` of them. What the guard refuses now is not sent later."""
    today = business_day(at)
    rules = await rules_on(session, today)
    if not _speaks(rules):
        return Told(0, None)
    untold = await queries.untold(session, rules.strategy, today=today, after=after, limit=limit)
    told: Counter[UUID] = Counter()
    for one in untold:
        if await _tell(session, one, rules, at, already=one.told + told[one.case.id]):
            told[one.case.id] += 1
    return Told(told.total(), untold[-1].key if len(untold) == limit else None)


async def recheck_missed(session: AsyncSession, *, at: datetime, loan_id: UUID, n: int) -> Message | None:
    """A day after a due date, look again: if the installment is overdue and today's message is missing, queue it.

    It is the very message that the morning's work queues, so whichever comes first, there is one.
    """
    today = business_day(at)
    rules = await rules_on(session, today)
    if not _speaks(rules):
        return None
    for one in await queries.untold(session, rules.strategy, today=today, only=(loan_id, n)):
        return await _tell(session, one, rules, at, already=one.told)
    return None


def _speaks(rules: Rules) -> bool:
    return any(step.action is TaskKind.SMS for step in rules.strategy)


async def _tell(session: AsyncSession, one: Untold, rules: Rules, at: datetime, *, already: int) -> Message | None:
    step = step_of(rules.strategy, TaskKind.SMS, one.overdue_day)
    if step is None or already >= step.max_per_day:
        return None
    # Not the projected row: its penalty may be of an earlier day.
    history = await history_of(session, one.loan)
    try:
        position = history.position(business_day(at))
    except MethodUnusable as trouble:
        log.error("telling.left", loan=one.loan.number, reason=str(trouble))
        return None
    owed_fen = next((row.outstanding_fen for row in position.rows if row.n == one.installment.n), 0)
    if not owed_fen:
        return None
    _, decision = await guard.ask(
        session, one.case, channel=Channel.SMS, party=Party.DEBTOR, by=SYSTEM, at=at, rules=rules
    )
    if not decision.allowed:
        return None
    message = await _queue(session, one, owed_fen, decision, at)
    if message is not None:
        session.add(_done(one, step, message, at))
    return message


async def _queue(
    session: AsyncSession, one: Untold, owed_fen: int, decision: ContactDecision, at: datetime
) -> Message | None:
    loan, installment = one.loan, one.installment
    return await messaging.queue(
        session,
        borrower_id=loan.borrower_id,
        to_phone=await phone_of(session, loan.borrower_id),
        template=TEMPLATE,
        params={
            "number": loan.number,
            "n": str(installment.n),
            "amount": yuan(owed_fen),
            "due": installment.due_on.isoformat(),
        },
        once_key=f"overdue:{installment.id}:{one.overdue_day}",
        at=at,
        loan_id=loan.id,
        decision_id=decision.id,
        facts={"installment": installment.n, "days_past_due": (business_day(at) - installment.due_on).days},
    )


def _done(one: Untold, step: Step, message: Message, at: datetime) -> CollectionTask:
    return CollectionTask(
        case_id=one.case.id,
        borrower_id=one.case.borrower_id,
        key=f"{TaskKind.SMS}:{one.installment.id}:{one.overdue_day}",
        kind=TaskKind.SMS,
        rule=step.name,
        on_day=business_day(at),
        priority=step.priority,
        status=TaskStatus.DONE,
        due_at=at,
        made_at=at,
        ended_at=at,
        message_id=message.id,
    )
