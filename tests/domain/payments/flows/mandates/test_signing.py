"""A mandate is asked for and signed, or refused."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.borrowers.errors import CardNotBound, CardNotFound
from domain.borrowers.models import BankCard, CardStatus
from domain.payments.errors import (
    AutodebitNotOffered,
    BadMandateCode,
    CardToBindAnew,
    MandateCodeWrong,
    MandateExists,
    MandateNotAwaitingCode,
    MandateNotReached,
    MandatePending,
    MandateTooSoon,
    TooManyMandates,
)
from domain.payments.flows import mandates as flows
from domain.payments.models import Mandate
from domain.payments.ports import Capabilities, MandateResult, MandateState, RedirectUrl
from domain.payments.rules.mandates import MOST_TRIES, MandateRefusal, terms_hash
from domain.payments.services import mandates, signing
from domain.shared.crypto import keyring_of
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from tests.domain.payments.builders import Hand
from tests.domain.payments.flows.mandates.acts import (
    S,
    ask,
    asked_for,
    awaiting_code,
    enter,
    in_force,
    stored,
    take_back,
)
from tests.domain.payments.mandates import (
    CARD_NUMBER,
    CODE_SENT,
    GONE,
    NOBODY_KNOWS,
    NOT_SENT,
    SIGNED,
    WRONG_CODE,
    DebitChannel,
    Debiting,
    card_of,
    changes_of,
)

# Signing


async def test_the_channel_is_told_the_four_elements_and_the_cap(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await asked_for(sessions, hand, person)
    mandate = await flows.begin(sessions, hand.clock(), channel, mandate_id=mandate_id)

    (told,) = channel.begun
    assert [told.borrower.name.reveal(), told.borrower.card_number.reveal(), told.borrower.phone.reveal()] == [
        "王小明",
        CARD_NUMBER,
        "13800138000",
    ]
    assert (told.mandate_no, told.plan.cap_fen) == (mandate.mandate_no, 50_000_00)
    assert mandate.mandate_no.isalnum()
    assert 8 <= len(mandate.mandate_no) <= 40
    assert mandate.number.startswith("MD20260302")
    assert (mandate.status, mandate.ask_at) == (S.AWAITING_CODE, hand.at + signing.CODE_LIFE)
    assert mandate.action == {"kind": "sms_sent", "phone_masked": "138****8000"}
    assert mandate.terms_sha256 == terms_hash(mandate.terms)


async def test_a_code_signs_it_and_the_token_is_kept_sealed(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    mandate = await enter(sessions, hand, channel, mandate_id, " 123456 ")

    assert (mandate.status, mandate.signed_at, mandate.ask_at, mandate.action) == (S.ACTIVE, hand.at, None, None)
    assert (mandate.account_masked, mandate.bank, mandate.channel_state) == ("622202****0000", "ICBC", {"n": "2"})
    assert mandate.token_sealed is not None
    assert b"T-1" not in mandate.token_sealed
    async with sessions() as session:
        assert await signing.token_of(session, mandate) == "T-1"
        assert await changes_of(session, mandate_id) == [
            ("BEGIN", "REQUESTED", "AWAITING_CODE"),
            ("BORROWER", "AWAITING_CODE", "CONFIRMING"),
            ("CONFIRM", "CONFIRMING", "ACTIVE"),
        ]
    assert channel.operations() == ["begin", "confirm 123456"]


async def test_beginning_again_asks_nothing(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    again = await flows.begin(sessions, hand.clock(), channel, mandate_id=mandate_id)

    assert (again.status, channel.operations()) == (S.AWAITING_CODE, ["begin"])


async def test_a_wrong_code_may_be_mended_so_many_times(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    channel.confirms = [WRONG_CODE]
    for left in range(MOST_TRIES - 1, 0, -1):
        with pytest.raises(MandateCodeWrong, match=f"{left} more tries"):
            await enter(sessions, hand, channel, mandate_id)
        assert (await stored(sessions, mandate_id)).status is S.AWAITING_CODE

    last = await enter(sessions, hand, channel, mandate_id)
    assert (last.status, last.refusal) == (S.DECLINED, MandateRefusal.WRONG_CODE)
    with pytest.raises(MandateNotAwaitingCode):
        await enter(sessions, hand, channel, mandate_id)


async def test_a_wrong_code_and_then_the_right_one(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    channel.confirms = [WRONG_CODE, NOT_SENT, SIGNED]
    with pytest.raises(MandateCodeWrong):
        await enter(sessions, hand, channel, mandate_id)
    with pytest.raises(MandateNotReached):
        await enter(sessions, hand, channel, mandate_id)

    mandate = await enter(sessions, hand, channel, mandate_id)
    assert (mandate.status, mandate.tries) == (S.ACTIVE, 1)


@pytest.mark.parametrize("code", ["", "12a456", "123", "123456789", "１２３４"])
async def test_what_cannot_be_a_code_is_not_tried(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID, code: str
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    with pytest.raises(BadMandateCode):
        await enter(sessions, hand, channel, mandate_id, code)
    assert channel.operations() == ["begin"]


async def test_a_mandate_that_needs_no_code_is_signed_at_once(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    channel.begins = [SIGNED]

    assert (await stored(sessions, await awaiting_code(sessions, hand, channel, person))).status is S.ACTIVE


async def test_a_page_is_signed_by_a_notice_or_found_by_asking(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    channel.begins = [MandateResult(MandateState.ACTION_REQUIRED, action=RedirectUrl("https://bank.example/1"))]
    channel.mandate_queries = [GONE, SIGNED]
    mandate_id = await awaiting_code(sessions, hand, channel, person)
    assert (await stored(sessions, mandate_id)).status is S.AWAITING_PAGE

    assert (await ask(sessions, hand, channel, mandate_id)).status is S.AWAITING_PAGE
    assert (await ask(sessions, hand, channel, mandate_id)).status is S.ACTIVE


async def test_what_nobody_signs_in_time_expires_without_a_call(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await awaiting_code(sessions, hand, channel, person)

    assert (await ask(sessions, hand, channel, mandate_id)).status is S.EXPIRED
    assert channel.operations() == ["begin"]


async def test_a_channels_refusal_is_shown_with_the_mandate(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    channel.begins = [MandateResult(MandateState.DECLINED)]
    mandate = await stored(sessions, await awaiting_code(sessions, hand, channel, person))

    assert (mandate.status, mandate.refusal, mandate.ask_at) == (S.DECLINED, MandateRefusal.DECLINED, None)


# What is refused


async def ask_for(sessions: Sessions, hand: Hand, person: UUID, offer: Debiting | None = None) -> Mandate:
    """Ask again for the card as it stands."""
    async with sessions.begin() as session:
        card = (await session.scalars(select(BankCard).where(BankCard.borrower_id == person))).one()
        return await mandates.request(
            session, borrower_id=person, bank_card_id=card.id, channel=offer or Debiting(), at=hand.at
        )


async def test_one_mandate_lives_for_a_card_and_a_channel(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    mandate_id = await in_force(sessions, hand, person)

    with pytest.raises(MandateExists, match="ACTIVE"):
        await ask_for(sessions, hand, person)
    assert (await ask_for(sessions, hand, person, Debiting("other"))).status is S.REQUESTED
    channel.revokes = [NOBODY_KNOWS]
    await take_back(sessions, hand, channel, mandate_id, person)
    with pytest.raises(MandatePending):
        await ask_for(sessions, hand, person)


async def test_of_two_who_sign_the_same_at_once_one_gets_through(sessions: Sessions, hand: Hand, person: UUID) -> None:
    async with sessions.begin() as session:
        await card_of(session, person)

    made = await asyncio.gather(*(ask_for(sessions, hand, person) for _ in range(3)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in made) == ["Mandate", "MandatePending", "MandatePending"]


async def test_one_left_unsigned_makes_way_after_a_minute(
    sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID
) -> None:
    left = await awaiting_code(sessions, hand, channel, person)
    with pytest.raises(MandateTooSoon, match="60 seconds"):
        await ask_for(sessions, hand, person)

    hand.move(mandates.PAUSE)
    assert (await ask_for(sessions, hand, person)).status is S.REQUESTED
    assert (await stored(sessions, left)).status is S.EXPIRED


async def test_so_many_a_day_and_no_more(sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID) -> None:
    async with sessions.begin() as session:
        await card_of(session, person)
    channel.begins = [CODE_SENT]
    for _ in range(mandates.MOST_A_DAY):
        mandate = await ask_for(sessions, hand, person)
        await flows.begin(sessions, hand.clock(), channel, mandate_id=mandate.id)
        hand.move(mandates.PAUSE)

    with pytest.raises(TooManyMandates):
        await ask_for(sessions, hand, person)


async def test_only_a_bound_card_of_ones_own_whose_number_is_kept_and_a_channel_that_debits(
    sessions: Sessions, hand: Hand, person: UUID
) -> None:
    async with sessions.begin() as session:
        card = await card_of(session, person)
        with pytest.raises(AutodebitNotOffered):
            await ask_for(sessions, hand, person, Debiting(capabilities=Capabilities()))
        with pytest.raises(CardNotFound):
            await mandates.request(session, borrower_id=new_id(), bank_card_id=card.id, channel=Debiting(), at=hand.at)
    async with sessions.begin() as session:
        (await session.get_one(BankCard, card.id)).card_number_sealed = None
    with pytest.raises(CardToBindAnew):
        await ask_for(sessions, hand, person)
    async with sessions.begin() as session:
        (await session.get_one(BankCard, card.id)).status = CardStatus.UNBINDING
    with pytest.raises(CardNotBound):
        await ask_for(sessions, hand, person)


async def test_a_small_channel_lowers_the_cap(sessions: Sessions, hand: Hand, person: UUID) -> None:
    async with sessions.begin() as session:
        await card_of(session, person)
        assert keyring_of(session)
    small = Capabilities(autodebit=True, mandate_sign=Debiting().capabilities.mandate_sign, max_fen=10_00)

    mandate = await ask_for(sessions, hand, person, Debiting(capabilities=small))

    assert mandate.cap_fen == 10_00
    assert "10.00" in mandate.terms
