"""A mandate is asked for, signed, revoked; and whatever dies or is not answered in between is asked about."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.borrowers.errors import CardNotBound, CardNotFound
from domain.borrowers.models import BankCard, CardStatus
from domain.messaging.models import Message
from domain.payments import queries
from domain.payments.errors import (
    AutodebitNotOffered,
    BadMandateCode,
    CardToBindAnew,
    MandateCodeWrong,
    MandateExists,
    MandateNotAwaitingCode,
    MandateNotFound,
    MandateNotReached,
    MandatePending,
    MandateTooSoon,
    TooManyMandates,
)
from domain.payments.flows import mandates as flows
from domain.payments.flows import receive_notice
from domain.payments.models import Mandate
from domain.payments.ports import (
    Capabilities,
    MandateResult,
    MandateState,
    Notification,
    NotificationKind,
    RawRequest,
    RedirectUrl,
)
from domain.payments.rules.mandates import MOST_TRIES, MandateRefusal, MandateStatus, terms_hash
from domain.payments.services import mandates, signing
from domain.shared.crypto import keyring_of
from domain.shared.days import end_of
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from tests.domain.payments.builders import Hand, a_loan, notice
from tests.domain.payments.mandates import (
    CARD_NUMBER,
    CODE_SENT,
    GONE,
    NOBODY_KNOWS,
    NOT_SENT,
    REVOKED,
    SIGNED,
    WRONG_CODE,
    DebitChannel,
    Debiting,
    agreed,
    card_of,
    changes_of,
    requested,
    signed,
)

S = MandateStatus


@pytest.fixture
def channel() -> DebitChannel:
    return DebitChannel()


@pytest.fixture
async def person(sessions: Sessions) -> UUID:
    """A borrower with a bound card."""
    async with sessions.begin() as session:
        await agreed(session)
        return (await a_loan(session)).borrower_id


async def asked_for(sessions: Sessions, hand: Hand, person: UUID) -> UUID:
    async with sessions.begin() as session:
        return (await requested(session, person, at=hand.at)).id


async def awaiting_code(sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID) -> UUID:
    mandate_id = await asked_for(sessions, hand, person)
    await flows.begin(sessions, hand.clock(), channel, mandate_id=mandate_id)
    return mandate_id


async def enter(
    sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID, code: str = "123456"
) -> Mandate:
    async with sessions() as session:
        owner = (await session.get_one(Mandate, mandate_id)).borrower_id
    return await flows.confirm(
        sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id, borrower_id=owner, code=code
    )


async def take_back(sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID, person: UUID) -> Mandate:
    return await flows.revoke(sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id, borrower_id=person)


async def ask(sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID) -> Mandate:
    """Let its time to be asked about come, if there is one, and be asked."""
    before = await stored(sessions, mandate_id)
    hand.at = max(hand.at, before.ask_at or hand.at)
    await flows.ask(sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id)
    return await stored(sessions, mandate_id)


async def stored(sessions: Sessions, mandate_id: UUID) -> Mandate:
    async with sessions() as session:
        return await session.get_one(Mandate, mandate_id)


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


# What nobody knows


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


# Revoking


async def in_force(sessions: Sessions, hand: Hand, person: UUID, result: MandateResult = SIGNED) -> UUID:
    async with sessions.begin() as session:
        return (await signed(session, person, at=hand.at, result=result)).id


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


# What the outside tells by itself


async def told_by_notice(
    sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID, result: MandateResult
) -> str:
    mandate_no = (await stored(sessions, mandate_id)).mandate_no

    async def parse(_raw: RawRequest) -> Notification:
        return Notification(NotificationKind.MANDATE, "E1", mandate_no=mandate_no, result=result)

    channel.parse_notification = parse  # type: ignore[method-assign]
    answer = await receive_notice(sessions, hand.clock(), channel, notice(f"{mandate_no}{result.state}"))
    return answer.body.decode()


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
