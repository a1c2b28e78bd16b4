"""Trying to reach people: through the guard, written down, with what follows from it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import BadText
from domain.borrowers.models import Contact, Relation
from domain.borrowers.services import contacts as contact_book
from domain.borrowers.services.contacts import ContactFacts
from domain.collections.errors import (
    CaseClosed,
    ContactNeeded,
    ContactNotAllowed,
    ContactNotFound,
    OutcomeNotPossible,
)
from domain.collections.models import CollectionCase, ContactAttempt
from domain.collections.queries import shown
from domain.collections.rules.contact import Channel, Outcome, Party
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.collections.services import cases, contacting, guard
from domain.shared.actors import Actor
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.outcome import Refused, done
from tests.domain.collections.builders import (
    after,
    all_cases,
    contact_of,
    decisions,
    late_loan,
    morning,
    night,
    owed,
    taken_case,
    tasks,
    tried,
)
from tests.domain.lending.reminders.builders import at, pay

NOON = at(after(5), 12)


async def refusal(session: AsyncSession, case: CollectionCase, by: Actor, *how: Any, **more: Any) -> ContactNotAllowed:
    outcome = await tried(session, case, by, *how, **more)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.refusal, ContactNotAllowed)
    return outcome.refusal


async def count(session: AsyncSession, model: type[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_an_attempt_is_written_down_with_the_decision_that_allowed_it(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)

    attempt = done(await tried(session, case, actor, NOON, Outcome.ANSWERED, note=" He will call back. "))

    (decision,) = await decisions(session)
    assert (attempt.decision_id, decision.allowed, decision.actor_id) == (decision.id, True, actor.id)
    assert (attempt.outcome, attempt.on_day, attempt.recorded_by) == (Outcome.ANSWERED, after(5), actor.id)
    assert await shown.notes(session, [attempt.id]) == {attempt.id: "He will call back."}
    assert attempt.note_sealed is not None
    assert b"call back" not in attempt.note_sealed


async def test_at_half_past_ten_in_the_evening_it_is_refused_and_the_refusal_is_kept(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)

    refused = await refusal(session, case, actor, at(after(5), 22, 30))

    assert refused.message("en") == (
        "This contact is not allowed: these are hours of rest (rule cn_gbt_45251.rest_hours, GB/T 45251-2025). "
        "It is allowed again from 2026-02-21T08:00+08:00."
    )
    assert "2026-02-21T08:00+08:00" in refused.message("zh-CN")
    (decision,) = await decisions(session)
    assert (decision.allowed, decision.rule, decision.until) == (False, "cn_gbt_45251.rest_hours", at(after(6), 8))
    assert await count(session, ContactAttempt) == 0
    done(await tried(session, case, actor, at(after(6), 8)))


async def test_three_times_a_day_he_is_spoken_with_and_no_more_in_whichever_case(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    other = await late_loan(session)
    other.borrower_id = loan.borrower_id
    await night(session, after(2))
    second = (await all_cases(session))[1]
    second.assigned_to = actor.id
    assert second.borrower_id == case.borrower_id

    for one in (case, second, case):
        done(await tried(session, one, actor, NOON, Outcome.ANSWERED))

    refused = await refusal(session, second, actor, NOON)
    assert refused.facts["rule"] == "cn_gbt_45251.effective_calls"
    done(await tried(session, second, actor, at(after(6), 8)))


async def test_six_times_a_day_a_number_is_called_in_vain_and_no_more(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    for _ in range(6):
        done(await tried(session, case, actor, at(after(2), 12)))

    refused = await refusal(session, case, actor, at(after(2), 12))

    assert refused.facts["rule"] == "cn_cba_2026.unanswered_calls"
    assert (await decisions(session))[-1].facts["tally"]["unanswered"] == 6


async def test_of_two_collectors_who_make_the_third_call_at_once_one_is_refused(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        _, case, actor = await taken_case(session)
        for _ in range(2):
            done(await tried(session, case, actor, NOON, Outcome.ANSWERED))

    async def third() -> bool:
        async with sessions.begin() as session:
            outcome = await tried(session, case, actor, NOON, Outcome.ANSWERED)
            await asyncio.sleep(0.05)
            return isinstance(outcome, Refused)

    assert sorted(await asyncio.gather(third(), third())) == [False, True]
    async with sessions() as session:
        assert await count(session, ContactAttempt) == 3
        assert [decision.allowed for decision in await decisions(session)] == [True, True, True, False]


async def test_what_was_decided_and_tried_is_never_rewritten(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await tried(session, case, actor, NOON)

    for table in ("contact_decisions", "contact_attempts"):
        for change in (f"UPDATE {table} SET channel = 'VISIT'", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append"):
                async with session.begin_nested():
                    await session.execute(text(change))


async def test_calling_him_is_what_the_day_s_task_was(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await morning(session, after(4))

    await tried(session, case, actor, at(after(4), 12), channel=Channel.VISIT)
    assert [task.status for task in await tasks(session)] == [TaskStatus.OPEN]
    await tried(session, case, actor, at(after(4), 12))

    (task,) = await tasks(session)
    assert (task.status, task.ended_at) == (TaskStatus.DONE, at(after(4), 12))


# Locating him


async def lost(session: AsyncSession, case: CollectionCase, actor: Actor, failures: int = 3) -> None:
    """On the thirtieth day the debtor cannot be reached, and the morning has put a look-up on the list."""
    for hour in range(failures):
        done(await tried(session, case, actor, at(after(30), 10 + hour)))
    await morning(session, after(30), hour=15)


async def test_a_contact_is_asked_only_once_the_debtor_is_being_located(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    friend = await contact_of(session, case)
    refused = await refusal(session, case, actor, at(after(30)), Outcome.ANSWERED, contact=friend)
    assert refused.facts["rule"] == "cn_gbt_45251.third_person"
    assert await guard.locating(session, case, at=at(after(30), 16)) == []

    await lost(session, case, actor)

    ((key, view),) = await guard.locating(session, case, at=at(after(30), 16))
    assert (key, view.name, view.phone) == (friend.id, "李*", "139****0001")
    done(await tried(session, case, actor, at(after(30), 16), Outcome.ANSWERED, contact=friend))
    (look_up,) = await tasks(session, TaskKind.LOCATE)
    assert look_up.status is TaskStatus.DONE
    assert len(look_up.evidence) == 3
    refused = await refusal(session, case, actor, at(after(30), 17), Outcome.ANSWERED, contact=friend)
    assert refused.facts["rule"] == "strategy.not_locating"


async def test_two_failures_prove_nothing(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await lost(session, case, actor, failures=2)

    assert await tasks(session, TaskKind.LOCATE) == []


async def test_the_refusal_of_a_contact_is_final_even_under_another_name(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    friend = await contact_of(session, case)
    await lost(session, case, actor)
    refused_at = at(after(30), 16)
    done(await tried(session, case, actor, refused_at, Outcome.REFUSED_BY_CONTACT, contact=friend))

    refused = await refusal(session, case, actor, at(after(31)), Outcome.ANSWERED, contact=friend)

    assert refused.facts["rule"] == "cn_gbt_45251.contact_refused"
    assert "No day is known" in refused.message("en")
    assert friend.opted_out_at == refused_at
    assert await guard.locating(session, case, at=at(after(31))) == []
    renamed = [
        ContactFacts(Relation.SIBLING, "李四", "13900000001"),
        ContactFacts(Relation.FRIEND, "王五", "13900000002"),
    ]
    later = await contact_book.save(session, borrower_id=case.borrower_id, contacts=renamed, at=at(after(31)))
    assert [contact.opted_out_at for contact in later] == [refused_at, None]


async def test_reaching_the_debtor_ends_the_search(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    friend = await contact_of(session, case)
    await lost(session, case, actor)

    done(await tried(session, case, actor, at(after(30), 16), Outcome.ANSWERED))

    (look_up,) = await tasks(session, TaskKind.LOCATE)
    assert look_up.status is TaskStatus.CANCELLED
    refused = await refusal(session, case, actor, at(after(30), 17), Outcome.ANSWERED, contact=friend)
    assert refused.facts["rule"] == "cn_gbt_45251.third_person"


# What cannot be


async def test_what_makes_no_sense_is_refused_and_not_even_asked_of_the_guard(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    friend = await contact_of(session, case)

    async def record(party: Party, contact_id: Any, **changes: Any) -> None:
        facts: dict[str, Any] = {"channel": Channel.CALL, "outcome": Outcome.ANSWERED, "note": None} | changes
        await contacting.record(
            session, case_id=case.id, party=party, contact_id=contact_id, actor=actor, at=NOON, **facts
        )

    with pytest.raises(ContactNeeded):
        await record(Party.CONTACT, None)
    with pytest.raises(ContactNeeded):
        await record(Party.DEBTOR, friend.id)
    with pytest.raises(ContactNotFound):
        await record(Party.CONTACT, new_id())
    with pytest.raises(OutcomeNotPossible, match="possible are ANSWERED, UNANSWERED, INVALID_NUMBER, REFUSED"):
        await record(Party.CONTACT, friend.id, outcome=Outcome.PROMISED)
    with pytest.raises(OutcomeNotPossible):
        await record(Party.DEBTOR, None, outcome=Outcome.SENT)
    with pytest.raises(BadText):
        await record(Party.DEBTOR, None, note="x" * 501)
    assert await decisions(session) == []


async def test_a_contact_of_another_or_of_earlier_is_none(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    gone = await contact_of(session, case)
    gone.superseded_at = NOON
    stranger = await contact_of(session, case, phone="+8613900000009", n=2)
    stranger.borrower_id = (await late_loan(session)).borrower_id
    await session.flush()

    for contact in (gone, stranger):
        assert isinstance(contact, Contact)
        with pytest.raises(ContactNotFound):
            await tried(session, case, actor, NOON, contact=contact)


async def test_in_a_closed_case_nobody_is_contacted(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    await pay(session, loan, await owed(session, loan, NOON), NOON)
    await cases.refresh(session, loan_id=loan.id, at=NOON)

    with pytest.raises(CaseClosed):
        await tried(session, case, actor, NOON)
    advice = await guard.advise(session, case, channel=Channel.CALL, party=Party.DEBTOR, contact_id=None, at=NOON)
    assert advice is None


async def test_asking_before_dialling_leaves_no_trace(session: AsyncSession) -> None:
    _, case, _ = await taken_case(session)

    said = await guard.advise(
        session, case, channel=Channel.CALL, party=Party.DEBTOR, contact_id=None, at=at(after(5), 23)
    )

    assert said is not None
    assert (said.allowed, said.until) == (False, at(after(6), 8))
    assert await decisions(session) == []
