"""Asking the guard: what it goes by is read from rows, and what it says is kept, also when it says no."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Contact
from domain.borrowers.views import ContactView
from domain.collections.errors import ContactNotFound
from domain.collections.models import CollectionCase, ContactDecision
from domain.collections.queries import cases, contacting, shown
from domain.collections.rules import guard
from domain.collections.rules.case import CaseStatus
from domain.collections.rules.contact import Channel, Party, Tally, tally
from domain.collections.rules.guard import Decision, Plan, Wanted
from domain.collections.rules.strategy import overdue_day, step_of
from domain.collections.rules.task import TaskKind
from domain.collections.services.policies import Rules, rules_on
from domain.lending.models import Loan
from domain.lending.queries.loans import version_of
from domain.shared.actors import Actor
from domain.shared.days import business_day

_ACTION = {Party.DEBTOR: TaskKind.CALL, Party.CONTACT: TaskKind.LOCATE}


@dataclass(frozen=True, slots=True)
class Looked:
    """What the guard says, and what it went by. `number` stands for the phone; None: no contact was named."""

    decision: Decision
    rules: Rules
    tally: Tally
    plan: Plan
    number: bytes | None


async def look(
    session: AsyncSession,
    case: CollectionCase,
    *,
    channel: Channel,
    party: Party,
    at: datetime,
    contact: Contact | None = None,
    rules: Rules | None = None,
) -> Looked:
    """What the guard would say now; nothing is kept of it."""
    today = business_day(at)
    rules = rules or await rules_on(session, today)
    debtor = (await contacting.debtors(session, [case.borrower_id]))[case.borrower_id]
    number = debtor.number if party is Party.DEBTOR else contact.phone_index if contact else None
    counted = tally(debtor.made, today=today, party=party, number=number, own_number=debtor.number)
    plan = await _plan(session, case, rules, party, at)
    refused = contact is not None and contact.opted_out_at is not None
    decision = guard.decide(rules.packs, Wanted(channel, party, at, refused), counted, plan)
    return Looked(decision, rules, counted, plan, number)


async def advise(
    session: AsyncSession,
    case: CollectionCase,
    *,
    channel: Channel,
    party: Party,
    contact_id: UUID | None,
    at: datetime,
) -> Decision | None:
    """What the guard would say to somebody who asks before dialling; None once the case is closed.

    Raises ContactNotFound.
    """
    if case.status is CaseStatus.CLOSED:
        return None
    contact = await contact_of(session, case, contact_id) if contact_id else None
    return (await look(session, case, channel=channel, party=party, at=at, contact=contact)).decision


async def locating(session: AsyncSession, case: CollectionCase, *, at: datetime) -> list[tuple[UUID, ContactView]]:
    """Whom one may ask now where the debtor is, with their ids, masked; nobody unless the guard allows it."""
    said = await advise(session, case, channel=Channel.CALL, party=Party.CONTACT, contact_id=None, at=at)
    if said is None or not said.allowed:
        return []
    return [(key, view) for key, view in await shown.contacts(session, case.borrower_id) if not view.opted_out]


async def contact_of(session: AsyncSession, case: CollectionCase, contact_id: UUID) -> Contact:
    """A contact as the debtor names him now. Raises ContactNotFound."""
    contact = await contacting.contact_of(session, contact_id, borrower_id=case.borrower_id)
    if contact is None:
        raise ContactNotFound
    return contact


async def ask(
    session: AsyncSession,
    case: CollectionCase,
    *,
    channel: Channel,
    party: Party,
    by: Actor,
    at: datetime,
    contact: Contact | None = None,
    rules: Rules | None = None,
) -> tuple[Looked, ContactDecision]:
    """Decide on a contact and keep the decision.

    Whoever calls holds the debtor (`contacting.lock_debtor`), so that of two calls the second counts the first.
    """
    looked = await look(session, case, channel=channel, party=party, at=at, contact=contact, rules=rules)
    said = looked.decision
    row = ContactDecision(
        case_id=case.id,
        borrower_id=case.borrower_id,
        channel=channel,
        party=party,
        contact_id=contact.id if contact else None,
        allowed=said.allowed,
        rule=said.rule,
        source=said.source,
        until=said.until,
        facts=_facts(looked),
        actor_kind=by.kind,
        actor_id=by.id,
        at=at,
    )
    session.add(row)
    await session.flush()
    return looked, row


async def _plan(session: AsyncSession, case: CollectionCase, rules: Rules, party: Party, at: datetime) -> Plan:
    loan = await session.get_one(Loan, case.loan_id)
    version = await version_of(session, loan)
    day = overdue_day(case.overdue_since, version.grace_days, business_day(at))
    step = step_of(rules.strategy, _ACTION[party], day)
    return Plan(
        # A strategy that knows no third person closes the door that an earlier one opened.
        locating=step is not None and await cases.has_open_task(session, case.id, TaskKind.LOCATE),
        calls_per_day=step.max_per_day if step else None,
    )


def _facts(looked: Looked) -> dict[str, object]:
    return msgspec.to_builtins(
        {"packs": [pack.code for pack in looked.rules.packs], "tally": looked.tally, "plan": looked.plan}
    )
