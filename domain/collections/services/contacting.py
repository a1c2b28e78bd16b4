"""What collectors do to reach people: each attempt goes through the guard, and what it proves or ends follows from it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Borrower, Contact
from domain.borrowers.rules import texts
from domain.borrowers.services import contacts
from domain.collections.errors import ContactNeeded, ContactNotAllowed, OutcomeNotPossible
from domain.collections.models import CollectionCase, ContactAttempt
from domain.collections.rules.contact import REACHED, Channel, Outcome, Party, outcomes
from domain.collections.rules.guard import Decision, Why
from domain.collections.rules.task import TaskKind
from domain.collections.services import guard, tasks
from domain.collections.services.assigning import lock_own_case
from domain.collections.services.guard import Looked
from domain.shared.actors import Actor
from domain.shared.crypto import keyring_of
from domain.shared.days import SHANGHAI, business_day
from domain.shared.outcome import Refused

NOTE_MOST = 500

_SAYS = {
    Why.CONTACT_REFUSED: (
        "the contact has refused to be approached, which is final",
        "该联系人已拒绝被联系，且不可更改",
    ),
    Why.THIRD_PERSON: ("it is not proven that the debtor cannot be reached", "尚无证据表明无法联系到借款人"),
    Why.NOT_LOCATING: ("nobody is to be asked where the debtor is", "当前无需向他人询问借款人下落"),
    Why.REST_HOURS: ("these are hours of rest", "现为休息时段"),
    Why.EFFECTIVE_CALLS: ("the debtor was spoken with as often today as he may be", "今日与借款人的有效通话已达上限"),
    Why.UNANSWERED_CALLS: (
        "this number was called in vain as often today as it may be",
        "今日对该号码的未接呼叫已达上限",
    ),
    Why.CALLS: ("as many calls were made today as the strategy wants", "今日呼叫次数已达策略上限"),
}


async def record(
    session: AsyncSession,
    *,
    case_id: UUID,
    channel: Channel,
    party: Party,
    contact_id: UUID | None,
    outcome: Outcome,
    note: str | None,
    actor: Actor,
    at: datetime,
) -> ContactAttempt | Refused:
    """Write down that a collector tried to reach somebody in his case.

    Refused: ContactNotAllowed; that it was decided so stays. Raises CaseNotFound, CaseNotTaken, CaseClosed, ContactNeeded,
    ContactNotFound, OutcomeNotPossible, BadText.
    """
    case = await lock_own_case(session, case_id, actor)
    contact = await _contact(session, case, party, contact_id)
    possible = outcomes(channel, party)
    if outcome not in possible:
        raise OutcomeNotPossible(outcome=outcome, possible=", ".join(possible))
    note = texts.optional(note, field="note", most=NOTE_MOST)
    looked, decision = await guard.ask(session, case, channel=channel, party=party, by=actor, at=at, contact=contact)
    if not decision.allowed:
        return Refused(not_allowed(looked.decision))
    attempt = ContactAttempt(
        case_id=case.id,
        borrower_id=case.borrower_id,
        decision_id=decision.id,
        channel=channel,
        party=party,
        contact_id=contact_id,
        number=_number(looked),
        outcome=outcome,
        note_sealed=await _sealed(session, case, note),
        recorded_by=actor.id,
        on_day=business_day(at),
        at=at,
    )
    session.add(attempt)
    await _follow(session, attempt, contact)
    await session.flush()
    return attempt


def not_allowed(said: Decision) -> ContactNotAllowed:
    """The refusal of a contact, with its rule, its source, and from when it is allowed again."""
    if said.why is None:
        raise ValueError("what is allowed is not refused")
    reason_en, reason_zh = _SAYS[said.why]
    again_en, again_zh = "No day is known on which it will be allowed.", "暂无可再次联系的时间。"
    if said.until is not None:
        until = said.until.astimezone(SHANGHAI).isoformat(timespec="minutes")
        again_en, again_zh = f"It is allowed again from {until}.", f"自 {until} 起可再次联系。"
    return ContactNotAllowed(
        reason_en=reason_en,
        reason_zh=reason_zh,
        rule=said.rule,
        source=said.source,
        again_en=again_en,
        again_zh=again_zh,
    )


async def _contact(
    session: AsyncSession, case: CollectionCase, party: Party, contact_id: UUID | None
) -> Contact | None:
    if (party is Party.CONTACT) is (contact_id is None):
        raise ContactNeeded
    return await guard.contact_of(session, case, contact_id) if contact_id else None


async def _follow(session: AsyncSession, attempt: ContactAttempt, contact: Contact | None) -> None:
    """What there was to do and is done by this attempt, or is not needed any more."""
    if contact is not None:
        if attempt.outcome is Outcome.REFUSED_BY_CONTACT:
            await contacts.opt_out(session, contact=contact, at=attempt.at)
        elif attempt.outcome is Outcome.ANSWERED:
            await tasks.finish(session, attempt.case_id, TaskKind.LOCATE, attempt.at)
        return
    if attempt.channel is Channel.CALL:
        await tasks.finish(session, attempt.case_id, TaskKind.CALL, attempt.at)
    if attempt.outcome in REACHED:
        await tasks.cancel(session, attempt.case_id, TaskKind.LOCATE, attempt.at)


def _number(looked: Looked) -> bytes:
    if looked.number is None:
        raise LookupError("nobody was named, and nobody can be contacted")
    return looked.number


async def _sealed(session: AsyncSession, case: CollectionCase, note: str | None) -> bytes | None:
    if note is None:
        return None
    owner = await session.get_one(Borrower, case.borrower_id)
    return owner.box(keyring_of(session)).seal("contact_note", note)
