"""Changes that take two people: one asks and says why, another decides. What is changed is the caller's business."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.reasons import reason_of
from domain.staff import queries
from domain.staff.errors import ChangeDecided, ChangePending, OwnChange
from domain.staff.models import ChangeRequest, ChangeState

Apply = Callable[[AsyncSession, ChangeRequest, datetime], Awaitable[None]]
"""Makes an approved change true, in the transaction of the decision. It checks that `before` still holds; it may refuse."""


async def ask(
    session: AsyncSession,
    *,
    kind: str,
    subject_id: UUID,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
    by: Actor,
    at: datetime,
) -> ChangeRequest:
    """Ask for a change. One of a kind waits at a time for a subject. Raises ReasonMissing, ChangePending."""
    why = reason_of(reason)
    row = ChangeRequest(
        kind=kind,
        subject_id=subject_id,
        before=dict(before),
        after=dict(after),
        reason=why,
        state=ChangeState.ASKED,
        asked_by=by.id,
        asked_at=at,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        # The index of waiting changes decides, so that of two who ask at once only one is heard.
        if "uq_change_requests_waiting" not in str(error.orig):
            raise
        raise ChangePending from error
    _note(session, "change.asked", row, by, at)
    return row


async def decide(
    session: AsyncSession, *, change_id: UUID, approve: bool, reason: str, by: Actor, at: datetime, apply: Apply
) -> ChangeRequest:
    """Approve a change, which makes it true at once, or refuse it. If `apply` refuses, nothing is decided.

    Raises ChangeNotFound, ChangeDecided, OwnChange, ReasonMissing.
    """
    why = reason_of(reason)
    row = await queries.lock_change(session, change_id)
    if row.state is not ChangeState.ASKED:
        raise ChangeDecided(state=row.state)
    if row.asked_by == by.id:
        raise OwnChange
    row.state = ChangeState.APPROVED if approve else ChangeState.REFUSED
    row.decided_by, row.decided_at, row.decision_reason = by.id, at, why
    if approve:
        await apply(session, row, at)
    await session.flush()
    _note(session, f"change.{row.state.lower()}", row, by, at)
    return row


def _note(session: AsyncSession, action: str, row: ChangeRequest, by: Actor, at: datetime) -> None:
    audit.record(session, actor=by, action=action, subject=("change_request", row.id), at=at, kind=row.kind)
