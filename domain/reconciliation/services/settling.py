"""What a channel pays out for a bill: clearing to bank, its fees to expense, each line once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.rules.chart import BANK, CHANNEL_FEES, clearing
from domain.reconciliation.models import Bill, BillLine, Discrepancy, Settlement, SettlementItem
from domain.reconciliation.queries import worklist
from domain.reconciliation.queries.laws import SETTLED
from domain.reconciliation.rules.matching import Found, Theirs, Way
from domain.reconciliation.rules.states import DiscrepancyState, Finding, Resolution
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.numbers import next_number

_PAID_OUT_AFTER = timedelta(days=1)
"""Channels pay a day's money out on the next one."""

_SETTLES = {
    Finding.AMOUNT_DIFF: frozenset({Resolution.ACCEPT_CHANNEL, Resolution.ACCEPT_OURS}),
    Finding.ONLY_CHANNEL: frozenset({Resolution.ACCEPT_CHANNEL}),
}
"""What a person decided about, and how, so that the line is settled by the channel's own sum."""


async def settle(
    session: AsyncSession, bill: Bill, found: Iterable[Found], lines: Mapping[int, BillLine], *, at: datetime
) -> int:
    """Settle what agrees on a locked bill and was not settled before; returns payments less refunds.

    Negative days work: then the channel takes from the bank. What agrees only later is settled later, once.
    """
    decided = await worklist.discrepancies_of(session, bill.id)
    done = await worklist.settled_subjects(session, bill.channel, bill.file_id)
    items = [
        _item(bill, subject, each.line, lines[each.line.n])
        for subject, each in _named(bill, found)
        if each.line is not None and _agrees(each, decided) and subject not in done
    ]
    if not items:
        return 0
    row = await _settlement(session, bill, items, at)
    session.add(row)
    await session.flush()
    for item in items:
        item.settlement_id = row.id
    session.add_all(items)
    await _post(session, bill, row, at)
    return row.payments_fen - row.refunds_fen


def _agrees(found: Found, decided: Mapping[tuple[Finding, str], Discrepancy]) -> bool:
    if found.finding in (Finding.MATCHED, Finding.FEE):
        return True
    row = decided.get((found.finding, found.subject))
    return (
        row is not None and row.state is DiscrepancyState.RESOLVED and row.resolution in _SETTLES.get(row.finding, ())
    )


def _named(bill: Bill, found: Iterable[Found]) -> Iterator[tuple[str, Found]]:
    """Each finding by the name it is settled under, once. A second fee of one number is another fee."""
    fees = Counter[str]()
    for each in found:
        if each.finding is Finding.FEE and each.line is not None:
            number = str(each.line.number or each.line.n)
            fees[number] += 1
            again = f":{fees[number]}" if fees[number] > 1 else ""
            yield f"fee:{bill.id}:{number}{again}", each
        else:
            yield each.subject, each


def _item(bill: Bill, subject: str, theirs: Theirs, line: BillLine) -> SettlementItem:
    way = theirs.way
    if way is None:
        raise ValueError(f"line {line.n} cannot be settled")
    return SettlementItem(
        id=new_id(),
        line_id=line.id,
        channel=bill.channel,
        subject=subject,
        way=way,
        amount_fen=0 if way is Way.FEE else theirs.sum_fen,
        fee_fen=theirs.fee_fen + (theirs.sum_fen if way is Way.FEE else 0),
    )


async def _settlement(session: AsyncSession, bill: Bill, items: Iterable[SettlementItem], at: datetime) -> Settlement:
    items = list(items)
    payments_fen = sum(item.amount_fen for item in items if item.way is Way.PAYMENT)
    refunds_fen = sum(item.amount_fen for item in items if item.way is Way.REFUND)
    fees_fen = sum(item.fee_fen for item in items)
    return Settlement(
        id=new_id(),
        number=await next_number(session, "ST", business_day(at)),
        bill_id=bill.id,
        channel=bill.channel,
        payments_fen=payments_fen,
        refunds_fen=refunds_fen,
        fees_fen=fees_fen,
        net_fen=payments_fen - refunds_fen - fees_fen,
        settled_at=at,
    )


async def _post(session: AsyncSession, bill: Bill, row: Settlement, at: datetime) -> None:
    gross_fen = row.payments_fen - row.refunds_fen
    if not (gross_fen or row.fees_fen):
        return
    await ledger.post(
        session,
        source=f"settlement:{row.id}",
        kind=SETTLED,
        value_date=bill.day + _PAID_OUT_AFTER,
        at=at,
        lines=[
            ledger.debit(BANK, row.net_fen),
            ledger.debit(CHANNEL_FEES, row.fees_fen),
            ledger.credit(clearing(bill.channel), gross_fen),
        ],
        details={"settlement": row.number, "day": bill.day.isoformat()},
    )
