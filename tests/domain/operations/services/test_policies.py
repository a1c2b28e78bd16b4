"""Policy changed by two people: from a day on, and never before it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.operations.errors import (
    PolicyChangedMeanwhile,
    PolicyDayNotPossible,
    PolicyNotSensible,
    PolicySourceMissing,
    PolicyUnchanged,
    PolicyUnknown,
    PolicyWithoutValue,
)
from domain.operations.services import policies
from domain.shared import policy
from domain.shared.actors import Actor
from domain.shared.policy import PolicyValue
from domain.staff.errors import ChangePending, OwnChange
from domain.staff.models import ChangeRequest, ChangeState
from domain.staff.services import changes
from tests.domain.credit.builders import EVER, NOW, member_of_staff

CAP = "lending.exposure_cap_fen"
TOMORROW = date(2026, 1, 16)


@pytest.fixture
async def asker(session: AsyncSession) -> Actor:
    session.add(PolicyValue(name=CAP, value=100_00, source="at first", effective_from=EVER))
    await session.flush()
    return await member_of_staff(session, "asker", "ADMIN")


async def ask(session: AsyncSession, by: Actor, value: Any = 70_00, **changes: Any) -> ChangeRequest:
    facts: dict[str, Any] = {"name": CAP, "source": "a decision", "effective_from": TOMORROW, "reason": "less risk"}
    return await policies.ask(session, value=value, by=by, at=NOW, **(facts | changes))


async def approve(session: AsyncSession, change_id: UUID, later: timedelta = timedelta()) -> ChangeRequest:
    by = await member_of_staff(session, f"checker {change_id}", "REVIEWER")
    return await changes.decide(
        session,
        change_id=change_id,
        approve=True,
        reason="seen",
        by=by,
        at=NOW + later,
        apply=policies.apply_change,
    )


async def cap_on(session: AsyncSession, day: date) -> int:
    return await policy.value(session, CAP, on=day)


async def test_a_value_holds_from_its_day_once_somebody_else_approved_it(session: AsyncSession, asker: Actor) -> None:
    change = await ask(session, asker)
    assert await cap_on(session, TOMORROW) == 100_00

    assert (await approve(session, change.id)).state is ChangeState.APPROVED

    assert [await cap_on(session, day) for day in (NOW.date(), TOMORROW)] == [100_00, 70_00]
    newest, first = await policies.history(session, CAP)
    assert (newest.row.source, newest.row.change_id, newest.since, newest.until) == (
        "a decision",
        change.id,
        TOMORROW,
        None,
    )
    assert (first.row.value, first.since, first.until) == (100_00, EVER, TOMORROW)


async def test_whoever_asked_does_not_decide(session: AsyncSession, asker: Actor) -> None:
    change = await ask(session, asker)

    with pytest.raises(OwnChange):
        await changes.decide(
            session,
            change_id=change.id,
            approve=True,
            reason="I say so",
            by=asker,
            at=NOW,
            apply=policies.apply_change,
        )
    assert await cap_on(session, TOMORROW) == 100_00


async def test_one_change_of_a_value_waits_at_a_time(session: AsyncSession, asker: Actor) -> None:
    await ask(session, asker)

    with pytest.raises(ChangePending):
        await ask(session, asker, 60_00)


async def test_a_change_that_is_decided_after_its_day_is_too_late(session: AsyncSession, asker: Actor) -> None:
    change = await ask(session, asker)

    with pytest.raises(PolicyDayNotPossible, match="never rewritten"):
        await approve(session, change.id, later=timedelta(days=2))
    assert await cap_on(session, TOMORROW) == 100_00


async def test_what_was_replaced_meanwhile_is_not_replaced_again(session: AsyncSession, asker: Actor) -> None:
    in_february = await ask(session, asker, effective_from=date(2026, 2, 1))
    session.add(PolicyValue(name=CAP, value=80_00, source="another way", effective_from=TOMORROW))
    await session.flush()

    with pytest.raises(PolicyChangedMeanwhile):
        await approve(session, in_february.id)


async def test_a_value_to_come_can_be_replaced_before_its_day(session: AsyncSession, asker: Actor) -> None:
    await approve(session, (await ask(session, asker)).id)
    await approve(session, (await ask(session, asker, 60_00)).id, later=timedelta(minutes=1))

    assert await cap_on(session, TOMORROW) == 60_00
    assert [(each.row.value, each.holds_on(TOMORROW)) for each in await policies.history(session, CAP)] == [
        (60_00, True),
        (70_00, False),
        (100_00, False),
    ]
    assert [each.row.value for each in await policies.in_force(session, on=TOMORROW, name=CAP)] == [60_00]


async def test_from_today_on_is_early_enough(session: AsyncSession, asker: Actor) -> None:
    await approve(session, (await ask(session, asker, effective_from=NOW.date())).id)

    assert await cap_on(session, NOW.date()) == 70_00


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        ({"name": "lending.luck"}, PolicyUnknown, "name"),
        ({"value": "70.00"}, PolicyNotSensible, "value"),
        ({"value": -1}, PolicyNotSensible, "value"),
        ({"source": " "}, PolicySourceMissing, "source"),
        ({"source": "two\nlines"}, PolicySourceMissing, "source"),
        ({"effective_from": date(2026, 1, 14)}, PolicyDayNotPossible, "effectiveFrom"),
        ({"effective_from": date(9999, 12, 31)}, PolicyDayNotPossible, "effectiveFrom"),
        ({"name": "mandates.cap_fen"}, PolicyWithoutValue, "name"),
        ({"value": 100_00, "source": "at first"}, PolicyUnchanged, "value"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused(
    session: AsyncSession, asker: Actor, wrong: dict[str, Any], refusal: type[Exception], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        await ask(session, asker, **wrong)

    assert refused.value.fields == (field,)  # type: ignore[attr-defined]  # a refusal has them
