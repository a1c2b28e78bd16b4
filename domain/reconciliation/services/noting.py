"""What differs, written down once: what comes right by itself is resolved, what comes back is open again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.reconciliation.models import Bill, Discrepancy
from domain.reconciliation.queries import worklist as queries
from domain.reconciliation.rules.matching import Found, Key
from domain.reconciliation.rules.states import UNSETTLED, DiscrepancyState, Finding
from domain.shared.days import business_day
from domain.shared.numbers import next_number

log = structlog.get_logger()

AGREED = frozenset({Finding.MATCHED, Finding.FEE})

_KEPT = frozenset({Finding.OTHER_FILE})
"""Only a person can end these."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The lines of a bill by their number in it, and the attempts behind our records."""

    lines: Mapping[int, UUID] = field(default_factory=dict[int, UUID])
    attempts: Mapping[Key, UUID] = field(default_factory=dict[Key, UUID])


async def note(
    session: AsyncSession,
    bill: Bill,
    found: Iterable[Found],
    *,
    at: datetime,
    rows: Rows | None = None,
    may_come: bool = False,
) -> None:
    """Write down what differs on a locked bill; each thing is one discrepancy however often it is found.

    `rows` are those the findings are about. `may_come`: what we miss in this bill may be in the next.
    """
    known = await queries.discrepancies_of(session, bill.id)
    for each in found:
        if each.finding in AGREED:
            continue
        waits = may_come and each.finding is Finding.ONLY_OURS
        state = DiscrepancyState.WAITING if waits else DiscrepancyState.OPEN
        row = known.get((each.finding, each.subject))
        if row is None:
            session.add(await _new(session, bill, each, rows or Rows(), state=state, at=at))
        elif row.state in (DiscrepancyState.WAITING, DiscrepancyState.SELF_RESOLVED):
            row.state, row.resolved_at = state, None
        else:
            continue
        if state is DiscrepancyState.OPEN:
            log.error(
                "reconciliation.differs",
                channel=bill.channel,
                day=bill.day.isoformat(),
                finding=each.finding,
                subject=each.subject,
                theirs_fen=each.theirs_fen,
                ours_fen=each.ours_fen,
            )
    await session.flush()


async def forget(session: AsyncSession, bill: Bill, found: Iterable[Found], *, at: datetime) -> None:
    """Resolve what differed on a locked bill before and does not differ any more."""
    still = {(each.finding, each.subject) for each in found}
    for key, row in (await queries.discrepancies_of(session, bill.id)).items():
        if row.state in UNSETTLED and key not in still and row.finding not in _KEPT:
            row.state, row.resolved_at = DiscrepancyState.SELF_RESOLVED, at
    await session.flush()


async def _new(
    session: AsyncSession, bill: Bill, found: Found, rows: Rows, *, state: DiscrepancyState, at: datetime
) -> Discrepancy:
    return Discrepancy(
        number=await next_number(session, "DC", business_day(at)),
        bill_id=bill.id,
        channel=bill.channel,
        day=bill.day,
        finding=found.finding,
        subject=found.subject,
        line_id=rows.lines.get(found.line.n) if found.line else None,
        attempt_id=rows.attempts.get(found.ours.key) if found.ours else None,
        theirs_fen=found.theirs_fen,
        ours_fen=found.ours_fen,
        note=found.note,
        state=state,
        found_at=at,
    )
