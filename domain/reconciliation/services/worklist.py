"""The work list: what a person decides about a discrepancy has an effect, once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.rules.chart import CHANNEL_FEES, clearing
from domain.payments.models import RefundState
from domain.payments.ports import BillKind, PaymentResult, PaymentState
from domain.payments.queries import refund_numbered
from domain.payments.services import attempts, giving_back, unplaced
from domain.payments.services.attempts import Source
from domain.reconciliation.errors import BillNotWanted, DiscrepancyResolved, NothingToAccept
from domain.reconciliation.events import BillKept, BillWanted
from domain.reconciliation.models import Bill, Discrepancy
from domain.reconciliation.queries import bills, worklist
from domain.reconciliation.queries.laws import WRITTEN_OFF
from domain.reconciliation.rules.states import UNSETTLED, WANTED, BillState, DiscrepancyState, Finding, Resolution
from domain.reconciliation.services.keeping import to_be_read
from domain.reconciliation.services.running import by_bill, refund_by_bill
from domain.shared import audit, outbox
from domain.shared.actors import Actor
from domain.shared.days import business_day, start_of
from domain.shared.money import CURRENCY
from domain.shared.reasons import reason_of

_HAS_A_SUM = frozenset({Finding.AMOUNT_DIFF, Finding.ONLY_CHANNEL, Finding.ONLY_OURS})


async def rerun(session: AsyncSession, *, actor: Actor, channel: str, day: date, at: datetime) -> Bill:
    """Have a bill fetched and compared again. Raises BillNotWanted for a day of which none was ever wanted."""
    bill = await bills.bill_of(session, channel, day)
    if bill is None:
        raise BillNotWanted(channel=channel[:40], day=day)
    _fetch_again(session, bill, at)
    audit.record(session, actor=actor, action="reconciliation.rerun", subject=("BILL", bill.id), at=at)
    await session.flush()
    return bill


async def resolve(
    session: AsyncSession, *, actor: Actor, discrepancy_id: UUID, resolution: Resolution, reason: str, at: datetime
) -> Discrepancy:
    """Decide about a discrepancy that is open or waits.

    ASK_CHANNEL leaves it open until both sides agree; the others end it. Raises ReasonMissing, DiscrepancyNotFound,
    DiscrepancyResolved, NothingToAccept.
    """
    why = reason_of(reason)
    bill_id = (await worklist.discrepancy(session, discrepancy_id)).bill_id
    bill = await bills.lock_bill(session, bill_id)
    row = await worklist.lock_discrepancy(session, discrepancy_id)
    if row.state not in UNSETTLED:
        raise DiscrepancyResolved(number=row.number, state=row.state)
    match resolution:
        case Resolution.ASK_CHANNEL:
            _fetch_again(session, bill, at)
        case Resolution.ACCEPT_CHANNEL:
            await _follow_the_channel(session, bill, row, at)
            outbox.publish(session, BillKept(bill.id))
        case Resolution.ACCEPT_OURS:
            outbox.publish(session, BillKept(bill.id))
    row.resolution, row.reason, row.resolved_by = resolution, why, actor.id
    if resolution is not Resolution.ASK_CHANNEL:
        row.state, row.resolved_at = DiscrepancyState.RESOLVED, at
    audit.record(
        session,
        actor=actor,
        action="reconciliation.resolve",
        subject=("DISCREPANCY", row.id),
        at=at,
        resolution=resolution,
        reason=why,
    )
    await session.flush()
    return row


def _fetch_again(session: AsyncSession, bill: Bill, at: datetime) -> None:
    if bill.state is BillState.FAILED and bill.file_id is not None:
        to_be_read(bill, at)
    elif bill.state in {BillState.FAILED, BillState.EMPTY, BillState.NOT_OFFERED}:
        bill.move_to(BillState.WANTED)
    if bill.state in WANTED:
        bill.ask_at = at
    outbox.publish(session, BillWanted(bill.id, again=True))


async def _follow_the_channel(session: AsyncSession, bill: Bill, row: Discrepancy, at: datetime) -> None:
    """Bring the books to what the channel says: take its file, book its payment or refund, or carry the difference."""
    if row.finding is Finding.OTHER_FILE:
        await _take_file(session, bill, row, at)
    elif row.finding not in _HAS_A_SUM:
        raise NothingToAccept(number=row.number, finding=row.finding)
    elif not (row.finding is Finding.ONLY_CHANNEL and await _is_one_of_ours(session, bill, row, at)):
        await _carry(session, bill, row, row.theirs_fen - row.ours_fen, at)


async def _is_one_of_ours(session: AsyncSession, bill: Bill, row: Discrepancy, at: datetime) -> bool:
    """Whether a payment or refund of ours, by the word of the bill, is what only the channel had; it is booked as such.

    One of which we heard since it was found is booked already, and not a second time.
    """
    if row.line_id is None:
        return False
    line = await worklist.line(session, row.line_id)
    if line.kind is BillKind.PAYMENT and row.attempt_id:
        paid = await attempts.apply_result(
            session, attempt_id=row.attempt_id, result=by_bill(line), source=Source.MANUAL, at=at
        )
        return bool(paid.attempt.received_fen)
    refund_id = await refund_numbered(session, bill.channel, line.number) if line.number else None
    if line.kind is not BillKind.REFUND or refund_id is None:
        return False
    back = await giving_back.apply_result(
        session, refund_id=refund_id, result=refund_by_bill(line), source=Source.MANUAL, at=at
    )
    return back.refund.state is RefundState.SUCCEEDED


async def _take_file(session: AsyncSession, bill: Bill, row: Discrepancy, at: datetime) -> None:
    file = await bills.file_with(session, bill.id, row.subject.removeprefix("file:"))
    if file is None:
        raise NothingToAccept(number=row.number, finding=row.finding)
    bill.file_id = file.id
    to_be_read(bill, at)


async def _carry(session: AsyncSession, bill: Bill, row: Discrepancy, more_fen: int, at: datetime) -> None:
    """What the channel has too much waits in suspense for its owner; what it has too little is our cost."""
    if more_fen > 0:
        await unplaced.keep_stray(
            session,
            channel=bill.channel,
            order_no=row.number,
            result=PaymentResult(PaymentState.SUCCEEDED, amount_fen=more_fen, currency=CURRENCY),
            paid_at=start_of(bill.day),
            at=at,
        )
        return
    if not more_fen:
        return
    row.written_off_fen = -more_fen
    await ledger.post(
        session,
        source=f"discrepancy:{row.id}",
        kind=WRITTEN_OFF,
        value_date=business_day(at),
        at=at,
        lines=[ledger.debit(CHANNEL_FEES, -more_fen), ledger.credit(clearing(bill.channel), -more_fen)],
        details={"discrepancy": row.number},
    )
