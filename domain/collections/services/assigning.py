"""Whose a case is: a collector takes one that is nobody's, an administrator gives it to whom he wants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.errors import CaseClosed, CaseNotFound, CaseNotTaken, NotACollector, NotYoursToAssign
from domain.collections.models import CollectionCase
from domain.collections.queries import cases, contacting
from domain.collections.rules.case import CaseStatus
from domain.shared import audit
from domain.shared.actors import Actor, Role
from domain.staff.models import StaffMember, StaffStatus


def seen_by(actor: Actor) -> UUID | None:
    """Whose cases, with nobody's, are all that this member of staff sees; None: he sees everybody's."""
    return None if actor.has(Role.ADMIN) else actor.id


def sees(actor: Actor, case: CollectionCase) -> bool:
    """Whether this member of staff sees the case: a collector his own and nobody's, an administrator all."""
    return actor.has(Role.ADMIN) or (actor.has(Role.COLLECTOR) and case.assigned_to in (None, actor.id))


async def assign(session: AsyncSession, *, case_id: UUID, staff_id: UUID, actor: Actor, at: datetime) -> CollectionCase:
    """Give an open case to a collector; giving it to the one who has it changes nothing.

    Raises CaseNotFound, CaseClosed, NotYoursToAssign, NotACollector.
    """
    case = _visible(await cases.lock_case(session, case_id), actor)
    if not actor.has(Role.ADMIN) and staff_id != actor.id:
        raise NotYoursToAssign(fields=("staffId",))
    member = await session.get(StaffMember, staff_id)
    if member is None or member.status is not StaffStatus.ACTIVE or Role.COLLECTOR not in member.roles:
        raise NotACollector(fields=("staffId",))
    if case.assigned_to == staff_id:
        return case
    before, case.assigned_to, case.assigned_at = case.assigned_to, staff_id, at
    audit.record(
        session,
        actor=actor,
        action="collections.case_assigned",
        subject=("collection_case", case.id),
        at=at,
        before=str(before) if before else None,
        after=str(staff_id),
    )
    return case


async def lock_own_case(session: AsyncSession, case_id: UUID, actor: Actor) -> CollectionCase:
    """The collector's own open case, its debtor locked first, for whatever he does in it.

    Raises CaseNotFound, CaseClosed, CaseNotTaken.
    """
    if (found := await cases.case(session, case_id)) is None:
        raise CaseNotFound(fields=("caseId",))
    await contacting.lock_debtor(session, found.borrower_id)
    case = _visible(await cases.lock_case(session, case_id), actor)
    if case.assigned_to != actor.id:
        raise CaseNotTaken(number=case.number, fields=("caseId",))
    return case


def _visible(case: CollectionCase | None, actor: Actor) -> CollectionCase:
    """Another's case does not exist for a collector."""
    if case is None or not sees(actor, case):
        raise CaseNotFound(fields=("caseId",))
    if case.status is not CaseStatus.OPEN:
        raise CaseClosed(number=case.number, fields=("caseId",))
    return case
