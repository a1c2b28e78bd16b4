"""Whatever dies or is not answered while a mandate is signed is asked about, and never begun again."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.payments import queries
from domain.payments.errors import MandatePending
from domain.payments.flows import mandates as flows
from domain.payments.rules.mandates import MandateRefusal
from domain.payments.services import mandates, signing
from domain.shared.db import Sessions
from tests.domain.payments.builders import Hand
from tests.domain.payments.flows.mandates.acts import (
    S,
    ask,
    asked_for,
    awaiting_code,
    enter,
    stored,
    take_back,
    told_by_notice,
)
from tests.domain.payments.mandates import GONE, NOBODY_KNOWS, SIGNED, DebitChannel


async def test_one_whose_process_died_is_asked_about_and_never_begun_again(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await asked_for(sessions, hand, person)
    async with sessions.begin() as session:
        assert await mandates.claim_begin(session, mandate_id=mandate_id, at=hand.at)
    channel.mandate_queries = [GONE]

    found = await ask(sessions, hand, channel, mandate_id)
    assert found.status is S.UNKNOWN, "so soon after the call the channel need not know it yet"
    while hand.at < (found.final_at or hand.at):
        assert found.status is S.UNKNOWN
        found = await ask(sessions, hand, channel, mandate_id)

    assert (found.status, found.refusal) == (S.DECLINED, MandateRefusal.NOT_REACHED)
    assert set(channel.operations()) == {"query mandate"}


async def test_a_code_whose_answer_was_lost_is_not_given_up_by_a_channel_that_lags(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    hand.move(timedelta(minutes=20))
    channel.confirms, channel.mandate_queries = [TimeoutError()], [GONE, GONE, SIGNED]
    assert (await enter(sessions, hand, channel, mandate_id)).status is S.UNKNOWN

    assert [(await ask(sessions, hand, channel, mandate_id)).status for _ in range(3)] == [S.UNKNOWN] * 2 + [S.ACTIVE]


async def test_one_that_is_revoked_while_it_is_begun_is_not_taken_for_gone_too_early(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await asked_for(sessions, hand, person)
    async with sessions.begin() as session:
        assert await mandates.claim_begin(session, mandate_id=mandate_id, at=hand.at)
    await take_back(sessions, hand, channel, mandate_id, person)
    channel.mandate_queries = [GONE, SIGNED]

    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKING
    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKED
    assert channel.operations()[-1] == "revoke"


@pytest.mark.parametrize("trouble", [TimeoutError(), RuntimeError(), NOBODY_KNOWS], ids=["late", "broken", "unknown"])
async def test_a_code_of_which_nobody_knows_is_found_signed_by_asking(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID, trouble: object
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    channel.confirms, channel.mandate_queries = [trouble], [NOBODY_KNOWS, RuntimeError(), SIGNED]
    assert (await enter(sessions, hand, channel, mandate_id)).status is S.UNKNOWN
    with pytest.raises(MandatePending):
        await enter(sessions, hand, channel, mandate_id)

    found = [(await ask(sessions, hand, channel, mandate_id)).status for _ in range(3)]

    assert found == [S.UNKNOWN, S.UNKNOWN, S.ACTIVE]


async def test_one_nobody_ever_tells_of_is_given_up_and_revoked_if_it_was_signed_all_the_same(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    channel.begins = [TimeoutError()]
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    for _ in range(signing.MOST_ASKS):
        mandate = await ask(sessions, hand, channel, mandate_id)
    assert (mandate.status, mandate.refusal, mandate.ask_at) == (S.DECLINED, MandateRefusal.NO_ANSWER, None)

    assert await told_by_notice(sessions, hand, channel, mandate_id, SIGNED) == "ACCEPTED"
    assert (await stored(sessions, mandate_id)).status is S.REVOKING
    channel.mandate_queries = [SIGNED]
    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKED
    assert channel.operations()[-2:] == ["query mandate", "revoke"]


async def test_asking_before_its_time_asks_nothing(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    channel.begins = [TimeoutError()]
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    await flows.ask(sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id)
    hand.move(timedelta(minutes=5))
    await flows.ask(sessions, hand.clock(), {}, mandate_id=mandate_id)

    assert channel.operations() == ["begin"]
    async with sessions() as session:
        assert mandate_id not in await queries.due_mandate_asks(session, hand.at, 1000)
        assert mandate_id in await queries.due_mandate_asks(session, hand.at + timedelta(minutes=1), 1000)
