"""Rules as dated data: each day has its own value, and a decision can be made again as of its day."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import policy
from domain.shared.policy import PolicyMissing, PolicyValue


async def rule(
    session: AsyncSession, value: Any, since: date, until: date | None = None, recorded: int = 1, name: str = "cap"
) -> None:
    session.add(
        PolicyValue(
            name=name,
            value=value,
            source="a test",
            effective_from=since,
            effective_to=until,
            recorded_at=datetime(2026, 1, recorded, tzinfo=UTC),
        )
    )
    await session.flush()


async def test_a_value_holds_from_its_first_day_on(session: AsyncSession) -> None:
    await rule(session, 5, date(2026, 3, 1))

    assert await policy.value(session, "cap", on=date(2026, 3, 1)) == 5
    assert await policy.value(session, "cap", on=date(2036, 3, 1)) == 5


async def test_before_its_first_day_there_is_none(session: AsyncSession) -> None:
    await rule(session, 5, date(2026, 3, 1))

    with pytest.raises(PolicyMissing, match=r"cap.*2026-02-28"):
        await policy.value(session, "cap", on=date(2026, 2, 28))


async def test_its_last_day_is_the_one_before_it_ends(session: AsyncSession) -> None:
    await rule(session, 5, date(2026, 3, 1), until=date(2026, 4, 1))

    assert await policy.value(session, "cap", on=date(2026, 3, 31)) == 5
    with pytest.raises(PolicyMissing):
        await policy.value(session, "cap", on=date(2026, 4, 1))


async def test_a_newer_value_takes_over_on_its_day_and_the_days_before_keep_theirs(session: AsyncSession) -> None:
    await rule(session, 5, date(2026, 3, 1))
    await rule(session, 7, date(2026, 8, 1), recorded=2)

    assert await policy.value(session, "cap", on=date(2026, 7, 31)) == 5
    assert await policy.value(session, "cap", on=date(2026, 8, 1)) == 7


async def test_of_two_for_the_same_day_the_one_recorded_last_holds(session: AsyncSession) -> None:
    await rule(session, 7, date(2026, 3, 1), recorded=2)
    await rule(session, 5, date(2026, 3, 1), recorded=1)

    assert await policy.value(session, "cap", on=date(2026, 3, 1)) == 7


async def test_each_rule_has_its_own_values(session: AsyncSession) -> None:
    await rule(session, 5, date(2026, 3, 1), name="other")

    with pytest.raises(PolicyMissing):
        await policy.value(session, "cap", on=date(2026, 3, 1))


@pytest.mark.parametrize("value", [0, False, [-2], {"limit": "0.24"}, "0.24"])
async def test_a_value_comes_back_as_it_was_given(session: AsyncSession, value: Any) -> None:
    await rule(session, value, date(2026, 3, 1))

    assert await policy.value(session, "cap", on=date(2026, 3, 1)) == value


async def changed(session: AsyncSession, value: Any, since: date, at: datetime) -> None:
    """A value that a change brought, approved at an instant of the business clock."""
    session.add(
        PolicyValue(
            name="cap", value=value, source="a change", effective_from=since, recorded_at=at, change_id=UUID(int=1)
        )
    )
    await session.flush()


async def test_what_was_changed_later_on_a_day_was_not_known_before(session: AsyncSession) -> None:
    day = date(2026, 3, 1)
    await rule(session, 5, date(2020, 1, 1), recorded=31)
    await changed(session, 7, day, at=datetime(2026, 3, 1, 6, tzinfo=UTC))

    async def known(hour: int) -> Any:
        return (await policy.rule(session, "cap", on=day, known_at=datetime(2026, 3, 1, hour, tzinfo=UTC))).value

    assert [await known(5), await known(6), await policy.value(session, "cap", on=day)] == [5, 7, 7]


async def test_what_the_house_began_with_was_always_known(session: AsyncSession) -> None:
    # It is entered in real time, which the business clock of a test or a demonstration may not have reached.
    await rule(session, 5, date(2020, 1, 1), recorded=31)

    long_ago = datetime(2020, 1, 2, tzinfo=UTC)
    assert (await policy.rule(session, "cap", on=date(2020, 1, 2), known_at=long_ago)).value == 5


async def test_each_value_ends_where_the_next_begins(session: AsyncSession) -> None:
    await rule(session, 5, date(2026, 1, 1))
    await rule(session, 6, date(2026, 3, 1), recorded=1)
    await rule(session, 7, date(2026, 3, 1), recorded=2)
    await rule(session, 8, date(2026, 8, 1), until=date(2026, 9, 1))
    await rule(session, 1, date(2026, 1, 1), name="other")

    found = await policy.histories(session)

    assert [(each.row.value, each.since.month, each.until and each.until.month) for each in found["cap"]] == [
        (5, 1, 3),
        (6, 3, 3),  # on no day: another took its place
        (7, 3, 8),
        (8, 8, 9),
    ]
    assert [each.row.value for each in found["cap"] if each.holds_on(date(2026, 3, 1))] == [7]
    assert list(await policy.histories(session, "other")) == ["other"]
