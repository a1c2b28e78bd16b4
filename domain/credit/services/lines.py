"""The credit line: what a loan reserves, uses and gives back. Every movement under the row's lock, each source once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import CreditLineNotUsable, CreditLineTooSmall
from domain.credit.events import LineGranted
from domain.credit.models import CreditApplication, CreditLine, CreditLineMovement, CreditLineStatus, LineMovementKind
from domain.credit.queries.lines import line_of, lock_expired, lock_line, movement
from domain.shared import outbox
from domain.shared.days import business_day
from domain.shared.money import yuan
from domain.shared.numbers import next_number


async def reserve(session: AsyncSession, *, line_id: UUID, amount_fen: int, source: str, at: datetime) -> CreditLine:
    """Set a sum aside for a loan that is applied for. Raises CreditLineNotUsable, CreditLineTooSmall."""
    line, repeated = await _locked(session, line_id, LineMovementKind.RESERVE, amount_fen, source)
    if repeated:
        return line
    _must_be_usable(line, business_day(at))
    if amount_fen > line.available_fen:
        raise CreditLineTooSmall(amount=yuan(amount_fen), available=yuan(line.available_fen), fields=("quoteId",))
    return await move(session, line, LineMovementKind.RESERVE, amount_fen, source=source, at=at)


async def release(session: AsyncSession, *, line_id: UUID, amount_fen: int, source: str, at: datetime) -> CreditLine:
    """Give a reservation back: the loan will not be."""
    return await _once(session, line_id, LineMovementKind.RELEASE, amount_fen, source=source, at=at)


async def use(session: AsyncSession, *, line_id: UUID, amount_fen: int, source: str, at: datetime) -> CreditLine:
    """What was reserved is in use: the money went out."""
    return await _once(session, line_id, LineMovementKind.USE, amount_fen, source=source, at=at)


async def restore(session: AsyncSession, *, line_id: UUID, amount_fen: int, source: str, at: datetime) -> CreditLine:
    """Principal came back: it may be lent again."""
    return await _once(session, line_id, LineMovementKind.RESTORE, amount_fen, source=source, at=at)


async def take_back(session: AsyncSession, *, line_id: UUID, amount_fen: int, source: str, at: datetime) -> CreditLine:
    """A repayment was reversed: what it had restored is in use again, whatever is available by now."""
    return await _once(session, line_id, LineMovementKind.TAKE_BACK, amount_fen, source=source, at=at)


async def grant(
    session: AsyncSession, *, application: CreditApplication, limit_fen: int, expires_on: date, at: datetime
) -> CreditLine:
    """The line that an approved application brings. An expired one before it, with nothing owed on it, is closed."""
    if earlier := await line_of(session, application.borrower_id):
        earlier = await lock_line(session, earlier.id)
        if earlier.used_fen or earlier.reserved_fen:
            raise RuntimeError(f"line {earlier.number} is in use: its holder could not apply for another")
        earlier.move_to(CreditLineStatus.CLOSED, at)
        await session.flush()
    line = CreditLine(
        number=await next_number(session, "CL", business_day(at)),
        borrower_id=application.borrower_id,
        application_id=application.id,
        status=CreditLineStatus.ACTIVE,
        limit_fen=0,
        used_fen=0,
        reserved_fen=0,
        granted_at=at,
        expires_on=expires_on,
        updated_at=at,
    )
    session.add(line)
    await session.flush()
    await move(session, line, LineMovementKind.GRANT, limit_fen, source=f"application:{application.id}", at=at)
    outbox.publish(session, LineGranted(line.id))
    return line


async def expire_due(session: AsyncSession, *, at: datetime, limit: int = 500) -> int:
    """Mark lines whose last day is over; returns how many. Loans taken from them run on."""
    lines = await lock_expired(session, today=business_day(at), limit=limit)
    for line in lines:
        line.move_to(CreditLineStatus.EXPIRED, at)
    await session.flush()
    return len(lines)


async def move(
    session: AsyncSession, line: CreditLine, kind: LineMovementKind, amount_fen: int, *, source: str, at: datetime
) -> CreditLine:
    """Write one movement on a locked line."""
    holding = line.holding.moved(kind, amount_fen)
    line.limit_fen, line.used_fen, line.reserved_fen = holding.limit_fen, holding.used_fen, holding.reserved_fen
    line.updated_at = at
    session.add(
        CreditLineMovement(
            line_id=line.id, borrower_id=line.borrower_id, kind=kind, amount_fen=amount_fen, source=source, at=at
        )
    )
    await session.flush()
    return line


async def _once(
    session: AsyncSession, line_id: UUID, kind: LineMovementKind, amount_fen: int, *, source: str, at: datetime
) -> CreditLine:
    line, repeated = await _locked(session, line_id, kind, amount_fen, source)
    return line if repeated else await move(session, line, kind, amount_fen, source=source, at=at)


async def _locked(
    session: AsyncSession, line_id: UUID, kind: LineMovementKind, amount_fen: int, source: str
) -> tuple[CreditLine, bool]:
    """The line, locked, and whether this source has moved it before. The same source for another act is a bug."""
    line = await lock_line(session, line_id)
    earlier = await movement(session, source)
    if earlier and (earlier.line_id, earlier.kind, earlier.amount_fen) != (line_id, kind, amount_fen):
        raise RuntimeError(f"source {source!r} moved {earlier.kind} {earlier.amount_fen}, not {kind} {amount_fen}")
    return line, earlier is not None


def _must_be_usable(line: CreditLine, today: date) -> None:
    """Not by the status alone: the night's run that marks expired lines may be late."""
    status = line.status
    if status is CreditLineStatus.ACTIVE and line.expires_on < today:
        status = CreditLineStatus.EXPIRED
    if status is not CreditLineStatus.ACTIVE:
        raise CreditLineNotUsable(number=line.number, status=status)
