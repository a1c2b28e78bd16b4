"""Policy as it is changed: one person asks for another value from a day on, a second decides. What was in force stays."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

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
from domain.operations.rules.policies import POLICIES, Policy
from domain.shared import policy
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.lines import one_line
from domain.shared.policy import DatedValue, PolicyMissing, PolicyValue
from domain.staff.models import ChangeRequest
from domain.staff.services import changes

KIND = "policy.value"
AHEAD = timedelta(days=1096)
"""How far ahead a value may be laid down."""
LONGEST_SOURCE = 300


def policy_named(name: str) -> Policy:
    """Raises PolicyUnknown."""
    if name not in POLICIES:
        raise PolicyUnknown(name=name, known=", ".join(POLICIES))
    return POLICIES[name]


async def in_force(session: AsyncSession, *, on: date, name: str | None = None) -> Sequence[DatedValue]:
    """The values in force on a day, by name, of every policy or of one. Raises PolicyUnknown."""
    if name is not None:
        policy_named(name)
    found = await policy.histories(session, name)
    # Of values that begin on the same day the last holds: those before it are over before they begin.
    return [each for values in found.values() for each in values if each.holds_on(on)]


async def history(session: AsyncSession, name: str) -> Sequence[DatedValue]:
    """All values of a policy, past and to come, the newest first. Raises PolicyUnknown."""
    policy_named(name)
    return list(reversed((await policy.histories(session, name)).get(name, [])))


async def ask(
    session: AsyncSession,
    *,
    name: str,
    value: Any,
    source: str,
    effective_from: date,
    reason: str,
    by: Actor,
    at: datetime,
) -> ChangeRequest:
    """Ask for another value of a policy from today or a later day on; it holds once somebody else has approved it.

    Raises PolicyUnknown, PolicyNotSensible, PolicySourceMissing, PolicyDayNotPossible, PolicyWithoutValue,
    PolicyUnchanged, ReasonMissing, ChangePending.
    """
    _must_be_sensible(policy_named(name), value)
    _must_be_ahead(effective_from, business_day(at))
    said = one_line(source, least=2, most=LONGEST_SOURCE)
    if said is None:
        raise PolicySourceMissing(most=LONGEST_SOURCE)
    former = await _value_on(session, name, effective_from)
    if (former.value, former.source) == (value, said):
        raise PolicyUnchanged(name=name, day=effective_from)
    return await changes.ask(
        session,
        kind=KIND,
        subject_id=former.id,
        before=_facts(name, former.value, former.source, former.effective_from),
        after=_facts(name, value, said, effective_from),
        reason=reason,
        by=by,
        at=at,
    )


async def apply_change(session: AsyncSession, change: ChangeRequest, at: datetime) -> None:
    """Enter an approved value: the former one ends where it begins. Raises PolicyDayNotPossible, -ChangedMeanwhile."""
    name, since = change.after["name"], date.fromisoformat(change.after["effective_from"])
    _must_be_sensible(policy_named(name), change.after["value"])
    _must_be_ahead(since, business_day(at))
    if (await _value_on(session, name, since)).id != change.subject_id:
        raise PolicyChangedMeanwhile(name=name)
    session.add(
        PolicyValue(
            name=name,
            value=change.after["value"],
            source=change.after["source"],
            effective_from=since,
            recorded_at=at,
            change_id=change.id,
        )
    )
    await session.flush()


async def _value_on(session: AsyncSession, name: str, day: date) -> PolicyValue:
    try:
        return await policy.rule(session, name, on=day)
    except PolicyMissing as error:
        raise PolicyWithoutValue(name=name, day=day) from error


def _must_be_sensible(wanted: Policy, value: Any) -> None:
    if why := wanted.why_not(value):
        raise PolicyNotSensible(name=wanted.name, why=why, shape_en=wanted.shape_en, shape_zh=wanted.shape_zh)


def _must_be_ahead(day: date, today: date) -> None:
    latest = today + AHEAD
    if not today <= day <= latest:
        raise PolicyDayNotPossible(earliest=today, latest=latest, day=day)


def _facts(name: str, value: Any, source: str, since: date) -> Mapping[str, Any]:
    return {"name": name, "value": value, "source": source, "effective_from": since.isoformat()}
