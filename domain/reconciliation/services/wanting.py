"""Which bills are to be fetched, and which comparisons are to be made again: asks what is missing, so an outage heals."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.ports import BillKind
from domain.reconciliation.events import BillKept, BillWanted
from domain.reconciliation.models import Bill
from domain.reconciliation.queries import bills as queries
from domain.reconciliation.rules.fetching import OVERDUE, next_fetch, wanted_days
from domain.reconciliation.rules.matching import Found
from domain.reconciliation.rules.states import WANTED, BillState, Finding
from domain.reconciliation.services import noting
from domain.shared import outbox, policy
from domain.shared.days import business_day
from domain.shared.ids import new_id

DAYS_BACK = "reconciliation.days_back"


async def want(session: AsyncSession, *, at: datetime) -> dict[str, int]:
    """Want every bill there must be by now and that nobody has wanted yet, and look again at what still differs.

    Goes back to each channel's first payment, as many days as the policy says. Returns how many of each.
    """
    if not (firsts := await queries.first_days(session)):
        return {"wanted": 0, "looked_at_again": 0}
    today = business_day(at)
    days_back = int(await policy.value(session, DAYS_BACK, on=today))
    wanted = 0
    for channel, first in firsts.items():
        days = list(wanted_days(first, today, days_back))
        if days:
            known = await queries.known_days(session, channel, days[0])
            wanted += await _add(session, [_row(channel, day, at) for day in days if day not in known])
    differing = await queries.differing(session, today - timedelta(days=days_back))
    for bill in differing:
        bill.ask_at = at
    for bill in await queries.overdue(session, today - OVERDUE):
        await noting.note(session, bill, [Found(Finding.NO_BILL, note="bill")], at=at)
    await session.flush()
    return {"wanted": wanted, "looked_at_again": len(differing)}


async def due(session: AsyncSession, *, at: datetime, limit: int) -> list[UUID]:
    """Announce what is to be done about bills that are due, longest waiting first; returns them.

    Each is put on the next step of its ladder at once, so that a lost announcement is only a later one.
    """
    bills = await queries.due(session, at, limit)
    for bill in bills:
        if bill.state in WANTED:
            outbox.publish(session, BillWanted(bill.id))
        elif bill.state is BillState.EMPTY:
            # Something of ours is missing on that day: it may have been called empty too early.
            outbox.publish(session, BillWanted(bill.id, again=True))
        else:
            outbox.publish(session, BillKept(bill.id))
        bill.tries += 1
        still = bill.state in WANTED or bill.state is BillState.FETCHED
        bill.ask_at = next_fetch(at, bill.tries) if still else None
    await session.flush()
    return [bill.id for bill in bills]


def _row(channel: str, day: object, at: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "channel": channel,
        "day": day,
        "kind": BillKind.TRADE,
        "state": BillState.WANTED,
        "wanted_at": at,
        "ask_at": at,
        "tries": 0,
    }


async def _add(session: AsyncSession, rows: list[dict[str, object]]) -> int:
    if rows:
        await session.execute(insert(Bill).values(rows).on_conflict_do_nothing())
    return len(rows)
