"""Who may apply for credit, and how often."""

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import CreditApplicationOpen, CreditLineExists, NotReadyForCredit
from domain.credit.models import (
    ApplicationStatus,
    CreditApplication,
    CreditLineStatus,
    ReviewSubject,
    ReviewTaskStatus,
    ReviewVerdict,
)
from domain.credit.queries.lines import line_of
from domain.credit.queries.reviews import review_queue
from domain.credit.services import application, lines
from domain.shared.db import Sessions
from domain.shared.paging import Window
from tests.domain.credit.builders import NOW, granted_line, member_of_staff, ready_borrower, reviewed, set_up


@pytest.fixture(autouse=True)
async def policies(session: AsyncSession) -> None:
    await set_up(session)


async def test_an_application_of_a_ready_borrower_goes_into_the_queue(session: AsyncSession) -> None:
    borrower_id = await ready_borrower(session)

    row = await application.apply(session, borrower_id=borrower_id, at=NOW)

    assert (row.number, row.status) == ("CR20260115000001", ApplicationStatus.SUBMITTED)
    (task,) = await review_queue(session, Window(limit=10))
    assert (task.subject_kind, task.subject_id) == (ReviewSubject.CREDIT_APPLICATION, row.id)
    assert task.status is ReviewTaskStatus.OPEN
    assert set(row.facts) == {"card_check_id", "face_check_id", "contact_ids", "consent_ids", "bank_card_id"}


@pytest.mark.parametrize("part", ["identity", "face", "profile", "employment", "contacts", "consents", "bankCard"])
async def test_what_is_missing_is_named_and_nothing_is_kept(session: AsyncSession, part: str) -> None:
    borrower_id = await ready_borrower(session, but=part)

    with pytest.raises(NotReadyForCredit) as refused:
        await application.apply(session, borrower_id=borrower_id, at=NOW)

    assert part in refused.value.fields
    assert "{" not in refused.value.message("zh-CN") + refused.value.message("en")
    assert await session.scalar(select(func.count()).select_from(CreditApplication)) == 0


async def test_one_application_is_open_at_a_time(session: AsyncSession) -> None:
    borrower_id = await ready_borrower(session)
    row = await application.apply(session, borrower_id=borrower_id, at=NOW)

    with pytest.raises(CreditApplicationOpen, match=row.number):
        await application.apply(session, borrower_id=borrower_id, at=NOW)


async def test_of_two_applications_at_once_one_is_taken(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        borrower_id = await ready_borrower(session)

    async def apply() -> bool:
        try:
            async with sessions.begin() as session:
                await application.apply(session, borrower_id=borrower_id, at=NOW)
                await asyncio.sleep(0.02)
        except CreditApplicationOpen:
            return False
        return True

    assert sorted(await asyncio.gather(apply(), apply(), apply())) == [False, False, True]


async def test_a_returned_application_is_superseded_and_a_rejected_one_is_not(session: AsyncSession) -> None:
    borrower_id = await ready_borrower(session)
    reviewer = await member_of_staff(session, "reviewer")
    returned = await application.apply(session, borrower_id=borrower_id, at=NOW)
    await reviewed(session, reviewer, returned, ReviewVerdict.RETURNED)

    second = await application.apply(session, borrower_id=borrower_id, at=NOW)
    assert second.supersedes_id == returned.id
    assert returned.status is ApplicationStatus.RETURNED

    await reviewed(session, reviewer, second, ReviewVerdict.REJECTED)
    third = await application.apply(session, borrower_id=borrower_id, at=NOW)
    assert third.supersedes_id is None


async def test_who_has_a_line_applies_for_no_other(session: AsyncSession) -> None:
    borrower_id = await ready_borrower(session)
    line = await granted_line(session, borrower_id)
    row = await session.get_one(CreditApplication, line.application_id)
    row.status = ApplicationStatus.APPROVED
    await session.flush()

    with pytest.raises(CreditLineExists, match=line.number):
        await application.apply(session, borrower_id=borrower_id, at=NOW)


async def test_an_expired_line_makes_room_once_nothing_is_owed_on_it(session: AsyncSession) -> None:
    borrower_id = await ready_borrower(session)
    line = await granted_line(session, borrower_id)
    (await session.get_one(CreditApplication, line.application_id)).status = ApplicationStatus.APPROVED
    await lines.reserve(session, line_id=line.id, amount_fen=1, source="a", at=NOW)
    line.move_to(CreditLineStatus.EXPIRED, NOW)
    await session.flush()
    with pytest.raises(CreditLineExists):
        await application.apply(session, borrower_id=borrower_id, at=NOW)

    await lines.release(session, line_id=line.id, amount_fen=1, source="b", at=NOW)
    fresh = await granted_line(session, borrower_id)

    assert line.status is CreditLineStatus.CLOSED
    found = await line_of(session, borrower_id)
    assert found is not None
    assert found.id == fresh.id
