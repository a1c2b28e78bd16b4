"""Changing a credit line by hand: its limit, and whether it is frozen. One member of staff asks, another decides."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import CreditLineNotUsable, LimitBelowUsed, LimitNotSensible, LineChangedMeanwhile
from domain.credit.models import CreditLine, CreditLineStatus, LineMovementKind
from domain.credit.queries.lines import lock_line
from domain.credit.services.lines import move
from domain.shared.actors import Actor
from domain.shared.money import yuan
from domain.staff.models import ChangeRequest
from domain.staff.services import changes

KIND = "credit.line"

_CHANGEABLE = (CreditLineStatus.ACTIVE, CreditLineStatus.FROZEN)


async def ask(
    session: AsyncSession, *, line_id: UUID, limit_fen: int, freeze: bool, reason: str, by: Actor, at: datetime
) -> ChangeRequest:
    """Ask for another limit, and whether no new loan is to be taken from the line; nothing changes until it is decided.

    A limit below what is used needs the line frozen with it. Raises CreditLineNotFound, CreditLineNotUsable,
    LimitNotSensible, LimitBelowUsed, ReasonMissing, ChangePending.
    """
    line = await lock_line(session, line_id)
    _check(line, limit_fen, freeze=freeze)
    status = CreditLineStatus.FROZEN if freeze else CreditLineStatus.ACTIVE
    return await changes.ask(
        session,
        kind=KIND,
        subject_id=line.id,
        before=_facts(line.limit_fen, line.status),
        after=_facts(limit_fen, status),
        reason=reason,
        by=by,
        at=at,
    )


async def decide(
    session: AsyncSession, *, change_id: UUID, approve: bool, reason: str, by: Actor, at: datetime
) -> ChangeRequest:
    """Decide a change of a line as another than who asked for it.

    Raises ChangeNotFound, ChangeDecided, OwnChange, ReasonMissing, LimitBelowUsed, LineChangedMeanwhile.
    """
    return await changes.decide(
        session, change_id=change_id, approve=approve, reason=reason, by=by, at=at, apply=apply_change
    )


async def apply_change(session: AsyncSession, change: ChangeRequest, at: datetime) -> None:
    """Make an approved change of a line true, if the line is still what it was when it was asked for."""
    line = await lock_line(session, change.subject_id)
    if _facts(line.limit_fen, line.status) != change.before:
        raise LineChangedMeanwhile
    limit_fen, status = change.after["limit_fen"], CreditLineStatus(change.after["status"])
    _check(line, limit_fen, freeze=status is CreditLineStatus.FROZEN)
    if status is not line.status:
        line.move_to(status, at)
    if limit_fen != line.limit_fen:
        difference_fen = limit_fen - line.limit_fen
        source = f"change:{change.id}"
        await move(session, line, LineMovementKind.CHANGE_LIMIT, difference_fen, source=source, at=at)


def _check(line: CreditLine, limit_fen: int, *, freeze: bool) -> None:
    if line.status not in _CHANGEABLE:
        raise CreditLineNotUsable(number=line.number, status=line.status)
    if limit_fen < 0 or (limit_fen == line.limit_fen and freeze == (line.status is CreditLineStatus.FROZEN)):
        raise LimitNotSensible(limit=yuan(line.limit_fen), fields=("limit",))
    taken_fen = line.used_fen + line.reserved_fen
    if limit_fen < taken_fen and not freeze:
        raise LimitBelowUsed(used=yuan(taken_fen), limit=yuan(limit_fen), fields=("limit",))


def _facts(limit_fen: int, status: CreditLineStatus) -> dict[str, Any]:
    return {"limit_fen": limit_fen, "status": status.value}
