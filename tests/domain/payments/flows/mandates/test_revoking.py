"""A mandate is revoked: for us at once, at its channel until it knows."""

from datetime import date
from uuid import UUID

import pytest

from domain.payments import queries
from domain.payments.errors import MandateNotFound
from domain.payments.flows import mandates as flows
from domain.payments.models import Mandate
from domain.payments.ports import MandateResult, MandateState
from domain.payments.services import mandates
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from tests.domain.payments.builders import Hand
from tests.domain.payments.flows.mandates.acts import S, ask, awaiting_code, enter, in_force, take_back
from tests.domain.payments.mandates import NOBODY_KNOWS, NOT_SENT, REVOKED, SIGNED, DebitChannel


async def test_it_is_revoked_here_and_there(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await in_force(sessions, hand, person)

    for _ in range(2):
        mandate = await take_back(sessions, hand, channel, mandate_id, person)
        assert (mandate.status, mandate.revoked_at, mandate.ask_at) == (S.REVOKED, hand.at, None)
    assert channel.operations() == ["revoke"]


@pytest.mark.parametrize("trouble", [TimeoutError(), NOT_SENT, MandateResult(MandateState.DECLINED)], ids=range(3))
async def test_for_us_it_is_revoked_at_once_and_the_channel_is_told_until_it_knows(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID, trouble: object
) -> None:
    mandate_id = await in_force(sessions, hand, person)
    channel.revokes, channel.mandate_queries = [trouble, NOBODY_KNOWS, REVOKED], [NOBODY_KNOWS, SIGNED]

    mandate = await take_back(sessions, hand, channel, mandate_id, person)
    assert (mandate.status, mandate.revoked_at, mandate.in_force(date(2026, 3, 2))) == (S.REVOKING, hand.at, False)
    async with sessions() as session:
        assert await queries.mandates_to_debit(session, person, date(2026, 3, 2)) == []

    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKING
    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKED


async def test_revoking_while_a_code_is_confirmed_waits_for_what_that_brings(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    async def revoked_meanwhile() -> MandateResult:
        await take_back(sessions, hand, channel, mandate_id, person)
        return SIGNED

    channel.confirms = [revoked_meanwhile]
    mandate = await enter(sessions, hand, channel, mandate_id)
    assert (mandate.status, "revoke" in channel.operations()) == (S.REVOKING, False)
    assert mandate.token_sealed is not None

    channel.mandate_queries = [SIGNED]
    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKED


async def test_a_channel_that_is_away_is_told_later(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await in_force(sessions, hand, person)

    mandate = await flows.revoke(sessions, hand.clock(), {}, mandate_id=mandate_id, borrower_id=person)

    assert mandate.status is S.REVOKING
    assert mandate.ask_at is not None


async def test_nobody_revokes_or_confirms_anothers(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await in_force(sessions, hand, person)

    for stranger in (new_id(), person):
        wanted = mandate_id if stranger != person else new_id()
        with pytest.raises(MandateNotFound):
            await take_back(sessions, hand, channel, wanted, stranger)
        with pytest.raises(MandateNotFound):
            await flows.confirm(
                sessions, hand.clock(), {"fake": channel}, mandate_id=wanted, borrower_id=stranger, code="123456"
            )


async def test_a_card_that_is_given_up_takes_its_mandates_with_it(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await in_force(sessions, hand, person)
    async with sessions.begin() as session:
        card_id = (await session.get_one(Mandate, mandate_id)).bank_card_id
        for _ in range(2):
            await mandates.revoke_of_card(session, card_id=card_id, at=hand.at)

    channel.mandate_queries = [SIGNED]
    assert (await ask(sessions, hand, channel, mandate_id)).status is S.REVOKED
    assert channel.operations() == ["query mandate", "revoke"]
