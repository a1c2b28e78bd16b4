"""What was decided on a loan, made once more under the policy of its day or of another; for whoever has to answer for it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.rules.severity import severity
from domain.lending.errors import DayNotAskable, LoanNotFound
from domain.lending.models import Loan
from domain.lending.rules.position import Position, RowStatus
from domain.lending.rules.reminding import stage_for, stages
from domain.lending.services.deciding_again import Again, Decision, on_the_way, value_of
from domain.lending.services.history import history_of
from domain.operations.errors import PolicyWithoutValue
from domain.shared.days import business_day, end_of, start_of
from domain.shared.policy import PolicyMissing


async def again(
    session: AsyncSession, *, loan_id: UUID, under: date | None = None, on: date | None = None, at: datetime
) -> Sequence[Again]:
    """The decisions on the way to a loan, each under the policy of its day as it was known then, or under that of `under`.

    With `on` also what a loan that was paid out came to on that day, by what was recorded of it by then: its severity and
    its reminders. Raises LoanNotFound, DayNotAskable, PolicyWithoutValue.
    """
    try:
        return await _made(session, loan_id=loan_id, under=under, on=on, at=at)
    except PolicyMissing as missing:
        raise PolicyWithoutValue(name=missing.name, day=missing.day, fields=("under",)) from missing


async def _made(
    session: AsyncSession, *, loan_id: UUID, under: date | None, on: date | None, at: datetime
) -> Sequence[Again]:
    loan = await session.get(Loan, loan_id)
    if loan is None:
        raise LoanNotFound
    decided = list(await on_the_way(session, loan, under=under))
    if on is None:
        return decided
    today = business_day(at)
    first = loan.value_date or today
    if loan.value_date is None or not first <= on <= today:
        raise DayNotAskable(day=on, first=first, last=today, fields=("on",))
    position = (await history_of(session, loan, end_of(on))).position(on)
    return [
        *decided,
        await _severity(session, position, under),
        await _reminders(session, position, under),
    ]


async def _severity(session: AsyncSession, position: Position, under: date | None) -> Again:
    since = start_of(position.on)
    warn = await value_of(session, "collections.warn_after_days", decided_at=since, under=under or position.on)
    red = await value_of(session, "collections.red_after_days", decided_at=since, under=under or position.on)
    days = position.dpd
    return Again(
        decision=Decision.SEVERITY,
        decided_at=since,
        under=under or position.on,
        policies=(warn, red),
        then=None,
        verdict=severity(days, warn_after=warn.row.value, red_after=red.row.value).value,
        figures={"daysPastDue": str(days), "warnAfter": str(warn.row.value), "redAfter": str(red.row.value)},
    )


async def _reminders(session: AsyncSession, position: Position, under: date | None) -> Again:
    """Which installments that day reminds of. Each is reminded of once: that one was earlier is not looked at here."""
    rule = await value_of(session, "reminders.offsets", decided_at=start_of(position.on), under=under or position.on)
    planned = stages(rule.row.value, position.on)
    told = {
        f"installment {row.n}, due {row.due}": str(stage.offset)
        for row in position.rows
        if row.status is not RowStatus.PAID and (stage := stage_for(row.due, planned, position.on))
    }
    return Again(
        decision=Decision.REMINDERS,
        decided_at=start_of(position.on),
        under=under or position.on,
        policies=(rule,),
        then=None,
        verdict="REMIND" if told else "NOTHING",
        figures=told,
    )
