"""The review queue: one reviewer takes a task, and he decides it once."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import (
    FieldReasonsMissing,
    ReviewTaskClosed,
    ReviewTaskNotClaimed,
    ReviewTaskTaken,
    UnknownReviewField,
)
from domain.credit.models import (
    ApplicationStatus,
    CreditApplication,
    ReviewDecision,
    ReviewSubject,
    ReviewTask,
    ReviewTaskStatus,
    ReviewVerdict,
    RiskDecision,
    RiskStatus,
)
from domain.credit.queries.reviews import decision_of, lock_task_of, review_queue
from domain.credit.services import application, review, tasks
from domain.messaging.models import Message
from domain.shared.actors import Actor
from domain.shared.outbox import OutboxRow
from domain.shared.paging import Order, Window
from domain.shared.reasons import ReasonMissing
from tests.domain.credit.builders import NOW, member_of_staff, ready_borrower, reviewed, set_up

APPROVED, RETURNED, REJECTED = ReviewVerdict.APPROVED, ReviewVerdict.RETURNED, ReviewVerdict.REJECTED


@pytest.fixture
async def anna(session: AsyncSession) -> Actor:
    await set_up(session)
    return await member_of_staff(session, "anna")


@pytest.fixture
async def bert(session: AsyncSession) -> Actor:
    return await member_of_staff(session, "bert")


@pytest.fixture
async def row(session: AsyncSession, anna: Actor) -> CreditApplication:
    return await application.apply(session, borrower_id=await ready_borrower(session), at=NOW)


@pytest.fixture
async def task(session: AsyncSession, row: CreditApplication) -> ReviewTask:
    return await lock_task_of(session, ReviewSubject.CREDIT_APPLICATION, row.id)


async def decide(
    session: AsyncSession, actor: Actor, row: CreditApplication, verdict: ReviewVerdict, **more: object
) -> None:
    facts = {"reason": "looked at", "field_reasons": {"employment": "which one?"}} | more
    await review.decide(
        session,
        actor=actor,
        application_id=row.id,
        verdict=verdict,
        risk_provider="fake",
        at=NOW,
        **facts,  # type: ignore[arg-type]  # facts of a test
    )


async def test_a_task_is_taken_by_one(session: AsyncSession, anna: Actor, bert: Actor, task: ReviewTask) -> None:
    await tasks.claim(session, actor=anna, task_id=task.id, at=NOW)
    await tasks.claim(session, actor=anna, task_id=task.id, at=NOW)

    with pytest.raises(ReviewTaskTaken):
        await tasks.claim(session, actor=bert, task_id=task.id, at=NOW)
    with pytest.raises(ReviewTaskTaken):
        await tasks.release(session, actor=bert, task_id=task.id)
    await tasks.release(session, actor=anna, task_id=task.id)
    await tasks.claim(session, actor=bert, task_id=task.id, at=NOW)
    assert task.claimed_by == bert.id


async def test_only_who_took_a_task_decides_it(
    session: AsyncSession, anna: Actor, bert: Actor, row: CreditApplication, task: ReviewTask
) -> None:
    with pytest.raises(ReviewTaskNotClaimed):
        await decide(session, anna, row, APPROVED)
    await tasks.claim(session, actor=anna, task_id=task.id, at=NOW)
    with pytest.raises(ReviewTaskTaken):
        await decide(session, bert, row, APPROVED)

    assert row.status is ApplicationStatus.SUBMITTED
    assert await session.scalar(select(func.count()).select_from(ReviewDecision)) == 0


async def test_nobody_decides_a_task_twice(
    session: AsyncSession, anna: Actor, bert: Actor, row: CreditApplication, task: ReviewTask
) -> None:
    await reviewed(session, anna, row, REJECTED)

    for actor in (anna, bert):
        with pytest.raises(ReviewTaskClosed):
            await tasks.claim(session, actor=actor, task_id=task.id, at=NOW)
        with pytest.raises(ReviewTaskClosed):
            await decide(session, actor, row, APPROVED)
    assert row.status is ApplicationStatus.REJECTED


async def test_a_return_says_field_by_field_what_to_mend(
    session: AsyncSession, anna: Actor, row: CreditApplication, task: ReviewTask
) -> None:
    await tasks.claim(session, actor=anna, task_id=task.id, at=NOW)
    with pytest.raises(FieldReasonsMissing):
        await decide(session, anna, row, RETURNED, field_reasons={"employment": " "})
    with pytest.raises(UnknownReviewField, match="salary"):
        await decide(session, anna, row, RETURNED, field_reasons={"salary": "too high"})
    with pytest.raises(ReasonMissing):
        await decide(session, anna, row, RETURNED, reason=" ")
    assert (row.status, task.status) == (ApplicationStatus.SUBMITTED, ReviewTaskStatus.CLAIMED)

    await decide(session, anna, row, RETURNED, field_reasons={"employment.monthlyPay": "another figure"})

    decision = await decision_of(session, task.id)
    assert decision is not None
    assert decision.field_reasons == {"employment.monthlyPay": "another figure"}
    assert (row.status, task.status) == (ApplicationStatus.RETURNED, ReviewTaskStatus.DONE)
    assert await session.scalar(select(Message.template_code)) == "CREDIT_RETURNED"


async def test_an_approval_goes_to_the_risk_engine(session: AsyncSession, anna: Actor, row: CreditApplication) -> None:
    await reviewed(session, anna, row, APPROVED)

    decision = (await session.scalars(select(RiskDecision))).one()
    assert row.status is ApplicationStatus.RISK_PENDING
    assert (decision.status, decision.provider, decision.ask_at) == (RiskStatus.SUBMITTING, "fake", None)
    announced = (await session.scalars(select(OutboxRow).where(OutboxRow.topic == "credit.risk_requested"))).one()
    assert announced.payload == {"decision_id": str(decision.id)}


async def test_the_queue_is_read_page_by_page_from_either_end(session: AsyncSession, anna: Actor) -> None:
    order = Order((ReviewTask.opened_at, ReviewTask.id), newest_first=False)
    for n in range(5):
        borrower_id = await ready_borrower(session, phone=f"+861380000{n:04d}")
        await application.apply(session, borrower_id=borrower_id, at=NOW)
    whole = await review_queue(session, Window(limit=10))

    first = await review_queue(session, Window(limit=2))
    key = order.key(first[-1])
    then = await review_queue(session, Window(limit=2, cursor=[key[0].isoformat(), str(key[1])]))
    last = await review_queue(session, Window(limit=3, backward=True))

    assert [*first, *then] == list(whole[:4])
    assert list(last) == [whole[4], whole[3], whole[2]]
