"""What channels and banks tell of a mandate by themselves, and what its time brings."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.messaging.models import Message
from domain.payments import queries
from domain.payments.flows import receive_notice
from domain.payments.models import Mandate
from domain.payments.ports import MandateResult, MandateState, Notification, NotificationKind, RawRequest
from domain.payments.services import mandates
from domain.shared.days import end_of
from domain.shared.db import Sessions
from tests.domain.payments.builders import Hand, notice
from tests.domain.payments.flows.mandates.acts import S, ask, awaiting_code, in_force, stored, take_back, told_by_notice
from tests.domain.payments.mandates import REVOKED, SIGNED, DebitChannel


async def test_a_notice_signs_and_the_bank_takes_back(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    assert await told_by_notice(sessions, hand, channel, mandate_id, SIGNED) == "ACCEPTED"
    assert (await stored(sessions, mandate_id)).status is S.ACTIVE
    assert await told_by_notice(sessions, hand, channel, mandate_id, REVOKED) == "ACCEPTED"
    mandate = await stored(sessions, mandate_id)
    assert (mandate.status, mandate.revoked_at) == (S.REVOKED, hand.at)


async def told_by_token(sessions: Sessions, hand: Hand, channel: DebitChannel, token: str) -> str:
    async def parse(_raw: RawRequest) -> Notification:
        return Notification(NotificationKind.MANDATE, "E2", mandate_token=token, result=REVOKED)

    channel.parse_notification = parse  # type: ignore[method-assign]
    return (await receive_notice(sessions, hand.clock(), channel, notice(token))).body.decode()


@pytest.mark.parametrize("indexed", [True, False], ids=["now", "signed by the release before"])
async def test_a_bank_that_names_nothing_but_the_token_ends_the_mandate(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID, indexed: bool
) -> None:
    mandate_id = await in_force(sessions, hand, person, replace(SIGNED, token=f"T-{person}"))
    if not indexed:
        async with sessions.begin() as session:
            (await session.get_one(Mandate, mandate_id)).token_index = None

    assert await told_by_token(sessions, hand, channel, "T-another") == "REJECTED"
    assert (await stored(sessions, mandate_id)).status is S.ACTIVE
    assert await told_by_token(sessions, hand, channel, f"T-{person}") == "ACCEPTED"
    assert (await stored(sessions, mandate_id)).status is S.REVOKED


async def test_a_token_that_was_given_twice_ends_nothing_and_is_asked_about(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    old = await in_force(sessions, hand, person, replace(SIGNED, token=f"T-{person}"))
    assert (await take_back(sessions, hand, channel, old, person)).status is S.REVOKED
    hand.move(timedelta(minutes=2))
    new = await in_force(sessions, hand, person, replace(SIGNED, token=f"T-{person}"))

    assert await told_by_token(sessions, hand, channel, f"T-{person}") == "ACCEPTED"

    assert (await stored(sessions, old)).ask_at is None
    signed_anew = await stored(sessions, new)
    assert (signed_anew.status, signed_anew.ask_at) == (S.ACTIVE, hand.at)


def test_a_notice_shows_no_token() -> None:
    assert "T-1" not in repr(Notification(NotificationKind.MANDATE, "E1", mandate_token="T-1"))


async def test_a_notice_that_says_little_is_asked_about(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    await told_by_notice(sessions, hand, channel, mandate_id, MandateResult(MandateState.ACTIVE))

    mandate = await stored(sessions, mandate_id)
    assert (mandate.status, mandate.ask_at) == (S.AWAITING_CODE, hand.at)


async def test_a_notice_of_no_mandate_of_ours_is_kept_for_a_person(
    sessions: Sessions, hand: Hand, channel: DebitChannel
) -> None:
    async def parse(_raw: RawRequest) -> Notification:
        return Notification(NotificationKind.MANDATE, "E1", mandate_no="NOBODYS", result=SIGNED)

    channel.parse_notification = parse  # type: ignore[method-assign]

    assert (await receive_notice(sessions, hand.clock(), channel, notice("X"))).body == b"REJECTED"


async def test_a_mandate_is_over_when_its_time_is(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    last = date(2026, 3, 31)
    dated = MandateResult(MandateState.ACTIVE, token="T", valid_to=last)
    mandate_id = await in_force(sessions, hand, person, dated)
    mandate = await stored(sessions, mandate_id)
    assert (mandate.ask_at, mandate.in_force(last), mandate.in_force(date(2026, 4, 1))) == (end_of(last), True, False)
    async with sessions() as session:
        assert await queries.mandates_to_debit(session, person, last)
        assert await queries.mandates_to_debit(session, person, date(2026, 4, 1)) == []

    assert (await ask(sessions, hand, channel, mandate_id)).status is S.EXPIRED
    assert channel.operations() == []


async def test_a_suspended_one_is_told_of_once_and_the_channel_is_asked_what_became_of_it(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await in_force(sessions, hand, person)
    for _ in range(2):
        async with sessions.begin() as session:
            await mandates.suspend(session, mandate_id=mandate_id, at=hand.at)

    async with sessions() as session:
        told = (await session.scalars(select(Message).where(Message.borrower_id == person))).all()
        assert [message.template_code for message in told] == ["MANDATE_SUSPENDED"]
        assert await queries.mandates_to_debit(session, person, date(2026, 3, 2)) == []
    channel.mandate_queries = [SIGNED]
    mandate = await ask(sessions, hand, channel, mandate_id)
    assert (mandate.status, mandate.ask_at) == (S.SUSPENDED, None)
    assert (await take_back(sessions, hand, channel, mandate_id, person)).status is S.REVOKED
