"""The morning's work: what the strategy wants today and is missing, done in parts that can be taken up again."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.models import CollectionCase, CollectionTask
from domain.collections.queries import contacting
from domain.collections.queries import work as queries
from domain.collections.queries.cases import Key, any_work
from domain.collections.rules.contact import Party, tally
from domain.collections.rules.guard import unreachable
from domain.collections.rules.strategy import Step
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.collections.services import promises
from domain.collections.services.policies import rules_on
from domain.collections.services.telling import tell_overdue
from domain.shared.days import business_day, end_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next part begins: in which of STAGES, and beyond which row of it."""

    stage: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """What a part did. `next` None: all is done for today."""

    figures: dict[str, int] = field(default_factory=dict[str, int])
    next: Place | None = None


@dataclass(frozen=True, slots=True)
class _Done:
    """`more`: the stage goes on, beyond `after`; what was done is found no longer."""

    figures: dict[str, int]
    more: bool = False
    after: Key | None = None


async def work(session: AsyncSession, *, at: datetime, limit: int, place: Place | None = None) -> Worked:
    """Do a part of today's work, up to `limit` things of one stage. It asks what is missing: a repeat does nothing."""
    if place is None and not await any_work(session):
        return Worked()
    place = place or Place(0)
    figures: dict[str, int] = {}
    for stage in range(place.stage, len(STAGES)):
        done = await STAGES[stage](session, at, limit, place.after if stage == place.stage else None)
        figures |= done.figures
        if done.more:
            return Worked(figures, Place(stage, done.after))
        if any(done.figures.values()) and stage + 1 < len(STAGES):
            return Worked(figures, Place(stage + 1))
    return Worked(figures)


async def _judge(session: AsyncSession, at: datetime, _limit: int, _after: Key | None) -> _Done:
    """First, so that a debtor whose promise is broken is called this very day."""
    judged = await promises.judge(session, at=at)
    return _Done({"kept": judged.kept, "broken": judged.broken})


async def _tell(session: AsyncSession, at: datetime, limit: int, after: Key | None) -> _Done:
    told = await tell_overdue(session, at=at, limit=limit, after=after)
    return _Done({"told": told.queued}, told.after is not None, told.after)


async def _call(session: AsyncSession, at: datetime, limit: int, _after: Key | None) -> _Done:
    """Calls that are missing, and those of earlier days that have become more pressing."""
    today = business_day(at)
    made = raised = 0
    for step in (await rules_on(session, today)).strategy:
        if step.action is not TaskKind.CALL or made == limit:
            continue
        raised += await _raise(session, step, at)
        cases = await queries.lock_uncalled(session, step, today=today, limit=limit - made)
        session.add_all(_task(case, step, f"{TaskKind.CALL}:{today}", at) for case in cases)
        made += len(cases)
    await session.flush()
    return _Done({"calls": made, "raised": raised}, made == limit)


async def _locate(session: AsyncSession, at: datetime, limit: int, after: Key | None) -> _Done:
    """Debtors to be located: only who provably cannot be reached, and of each case once."""
    today = business_day(at)
    rules = await rules_on(session, today)
    step = next((step for step in rules.strategy if step.action is TaskKind.LOCATE), None)
    if step is None:
        return _Done({"locates": 0})
    cases = await queries.lock_unlocated(session, step, today=today, after=after, limit=limit)
    made = 0
    debtors = await contacting.debtors(session, {case.borrower_id for case in cases})
    for case in cases:
        debtor = debtors[case.borrower_id]
        counted = tally(debtor.made, today=today, party=Party.DEBTOR, number=None, own_number=debtor.number)
        if unreachable(rules.packs, counted):
            session.add(_task(case, step, TaskKind.LOCATE, at, evidence=counted.failed))
            made += 1
    await session.flush()
    more = len(cases) == limit
    return _Done({"locates": made}, more, (cases[-1].overdue_since, cases[-1].id) if more else None)


Stage = Callable[[AsyncSession, datetime, int, Key | None], Awaitable[_Done]]

STAGES: tuple[Stage, ...] = (_judge, _tell, _call, _locate)


async def _raise(session: AsyncSession, step: Step, at: datetime) -> int:
    raised = (
        update(CollectionTask)
        .where(
            CollectionTask.kind == step.action,
            CollectionTask.rule != step.name,
            queries.covered(step, business_day(at)),
        )
        .values(rule=step.name, priority=step.priority)
        .returning(CollectionTask.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(raised)).all())


def _task(case: CollectionCase, step: Step, key: str, at: datetime, evidence: Iterable[UUID] = ()) -> CollectionTask:
    today = business_day(at)
    return CollectionTask(
        case_id=case.id,
        borrower_id=case.borrower_id,
        key=key,
        kind=step.action,
        rule=step.name,
        on_day=today,
        priority=step.priority,
        status=TaskStatus.OPEN,
        due_at=end_of(today),
        made_at=at,
        evidence=[str(attempt) for attempt in evidence],
    )
