"""Bank cards: verified, bound by the bank's code, known by a token; what nobody knows is asked about."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.borrowers import flows, queries
from domain.borrowers.errors import (
    BadCardNumber,
    BadCode,
    CardCodeExpired,
    CardCodeWrong,
    CardExists,
    CardMismatched,
    CardNotAwaitingCode,
    CardNotBound,
    CardNotFound,
    CardNotReached,
    CardPending,
    CodeTooSoon,
    IdentityNotProven,
    NotAMobile,
    TooManyCards,
)
from domain.borrowers.models import BankCard, CardRefusal, CardStatus
from domain.borrowers.ports import CardBinding, CardState
from domain.borrowers.services import cards
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.parties import PartyError, PartyFault
from domain.shared.secret import SecretStr
from tests.domain.borrowers.builders import (
    BOUND,
    CARD_NUMBER,
    ID_NUMBER,
    NAME,
    NOW,
    OTHER_PHONE,
    PHONE,
    SMS_SENT,
    Bank,
    Hands,
    awaiting_code_in,
    bound_in,
    id_number,
    proven_in,
    registered_in,
)

TIMEOUT = CardBinding(CardState.UNKNOWN, error=PartyError(PartyFault.TIMEOUT))
UNREACHED = CardBinding(CardState.UNKNOWN, error=PartyError(PartyFault.UNREACHED))
GONE = CardBinding(CardState.UNBOUND)
ANOTHER_CARD = "4111111111111111"


@pytest.fixture
def sessions(alone: Sessions) -> Sessions:
    return alone


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def person(sessions: Sessions, hands: Hands) -> UUID:
    return await proven_in(sessions, hands)


async def bind(sessions: Sessions, person: UUID, at=NOW, **told: str) -> BankCard:
    asked = {"card_number": CARD_NUMBER, "phone": PHONE, "provider": "fake", **told}
    async with sessions.begin() as session:
        return await cards.bind(session, borrower_id=person, at=at, **asked)


async def stored(sessions: Sessions, card_id: UUID) -> BankCard:
    async with sessions() as session:
        return await session.get_one(BankCard, card_id)


async def confirm(sessions: Sessions, hands: Hands, card: BankCard, answer: CardBinding | None) -> BankCard:
    return await flows.confirm_card(
        sessions, hands.clock, Bank(confirmed=answer), borrower_id=card.borrower_id, card_id=card.id, code="123456"
    )


async def test_the_bank_is_asked_about_the_four_elements(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card, bank = await bind(sessions, person), Bank(begun=SMS_SENT)
    begun = await flows.begin_card(sessions, hands.clock, bank, card_id=card.id)

    (asked,) = bank.asked
    assert (asked.name, asked.id_number, asked.card_number, asked.phone, asked.ref) == (
        SecretStr(NAME),
        SecretStr(ID_NUMBER),
        SecretStr(CARD_NUMBER),
        SecretStr("+86" + PHONE),
        card.reference,
    )
    assert (begun.status, begun.last4, begun.ask_at) == (CardStatus.CODE_SENT, "0000", None)


async def test_a_code_binds_it_and_its_number_stays_sealed(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await awaiting_code_in(sessions, hands, person)
    assert (await stored(sessions, card.id)).card_number_sealed
    bound = await confirm(sessions, hands, card, BOUND)

    assert (bound.status, bound.bound_at, bound.bank_name) == (CardStatus.BOUND, NOW, "ICBC")
    async with sessions() as session:
        elements = await queries.four_elements(session, card.id)
    assert (elements.token, elements.number) == (SecretStr("token-of-the-card"), SecretStr(CARD_NUMBER))
    assert (elements.name, elements.id_number, elements.phone) == (
        SecretStr(NAME),
        SecretStr(ID_NUMBER),
        SecretStr("+86" + PHONE),
    )
    assert "token-of" not in repr(elements)


async def test_beginning_twice_asks_the_bank_once(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card, bank = await bind(sessions, person), Bank(begun=SMS_SENT)
    for _ in range(2):
        assert (await flows.begin_card(sessions, hands.clock, bank, card_id=card.id)).status is CardStatus.CODE_SENT

    assert len(bank.asked) == 1


@pytest.mark.parametrize(
    ("told", "refusal", "field"),
    [
        ({"card_number": "4111111111111112"}, BadCardNumber, "cardNumber"),
        ({"phone": "1380000123"}, NotAMobile, "phone"),
    ],
)
async def test_what_cannot_be_a_card_or_a_phone_is_refused(
    sessions: Sessions, person: UUID, told: dict[str, str], refusal: type[DomainError], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        await bind(sessions, person, **told)

    assert refused.value.fields == (field,)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(BankCard)) == 0


async def test_a_card_is_bound_in_a_proven_name_only(sessions: Sessions) -> None:
    with pytest.raises(IdentityNotProven):
        await bind(sessions, await registered_in(sessions))


async def test_a_card_the_bank_does_not_know_so_is_refused_and_forgotten(
    sessions: Sessions, hands: Hands, person: UUID
) -> None:
    card = await bind(sessions, person)
    with pytest.raises(CardMismatched):
        await flows.begin_card(sessions, hands.clock, Bank(begun=CardBinding(CardState.MISMATCHED)), card_id=card.id)
    row = await stored(sessions, card.id)

    assert (row.status, row.refusal, row.card_number_sealed) == (CardStatus.REFUSED, CardRefusal.MISMATCHED, None)
    assert await bind(sessions, person)


async def test_an_unreached_bank_is_told_and_may_be_tried_again(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await bind(sessions, person)
    with pytest.raises(CardNotReached):
        await flows.begin_card(sessions, hands.clock, Bank(begun=UNREACHED), card_id=card.id)

    assert (await stored(sessions, card.id)).status is CardStatus.REFUSED
    assert await bind(sessions, person)


@pytest.mark.parametrize("lost", [TIMEOUT, None])
async def test_a_lost_answer_leaves_it_unknown_until_the_bank_is_asked(
    sessions: Sessions, hands: Hands, person: UUID, lost: CardBinding | None
) -> None:
    card = await bind(sessions, person)
    unknown = await flows.begin_card(sessions, hands.clock, Bank(begun=lost), card_id=card.id)
    assert unknown.status is CardStatus.UNKNOWN
    with pytest.raises(CardPending):
        await bind(sessions, person)
    assert unknown.ask_at
    async with sessions() as session:
        assert await queries.due_card_asks(session, unknown.ask_at, 10) == [card.id]

    hands.now = unknown.ask_at
    bank = Bank(known=SMS_SENT)
    await flows.ask_card(sessions, hands.clock, bank, card_id=card.id)

    assert (await stored(sessions, card.id)).status is CardStatus.CODE_SENT
    assert bank.asked == [("query", card.reference)]


async def test_a_process_that_died_before_the_call_leaves_nothing_bound(
    sessions: Sessions, hands: Hands, person: UUID
) -> None:
    card = await bind(sessions, person)
    hands.wait(minutes=2)
    await flows.ask_card(sessions, hands.clock, Bank(known=CardBinding(CardState.NOT_FOUND)), card_id=card.id)

    assert (await stored(sessions, card.id)).refusal is CardRefusal.NOT_REACHED


async def test_a_wrong_code_is_refused_and_another_may_be_tried(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await awaiting_code_in(sessions, hands, person)
    with pytest.raises(CardCodeWrong) as refused:
        await confirm(sessions, hands, card, CardBinding(CardState.WRONG_CODE, attempts_left=2))
    with pytest.raises(CardNotReached):
        await confirm(sessions, hands, card, UNREACHED)
    with pytest.raises(BadCode):
        await flows.confirm_card(sessions, hands.clock, Bank(), borrower_id=person, card_id=card.id, code="12345")

    assert refused.value.fields == ("code",)
    assert (await confirm(sessions, hands, card, BOUND)).status is CardStatus.BOUND


async def test_an_expired_code_ends_the_binding(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await awaiting_code_in(sessions, hands, person)
    with pytest.raises(CardCodeExpired):
        await confirm(sessions, hands, card, CardBinding(CardState.EXPIRED))
    with pytest.raises(CardNotAwaitingCode):
        await confirm(sessions, hands, card, BOUND)


async def test_a_lost_confirmation_is_asked_about(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await awaiting_code_in(sessions, hands, person)
    unknown = await confirm(sessions, hands, card, TIMEOUT)
    with pytest.raises(CardPending):
        await confirm(sessions, hands, card, BOUND)
    assert unknown.ask_at
    hands.now = unknown.ask_at
    await flows.ask_card(sessions, hands.clock, Bank(known=BOUND), card_id=card.id)

    assert (await stored(sessions, card.id)).status is CardStatus.BOUND


async def test_bound_without_a_token_is_not_bound_yet(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await awaiting_code_in(sessions, hands, person)
    row = await confirm(sessions, hands, card, CardBinding(CardState.BOUND))

    assert (row.status, row.token_sealed) == (CardStatus.UNKNOWN, None)
    assert row.ask_at


async def test_a_silent_bank_is_given_up_in_the_end(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await bind(sessions, person)
    row = await flows.begin_card(sessions, hands.clock, Bank(begun=TIMEOUT), card_id=card.id)
    for _ in range(40):
        if row.ask_at is None:
            break
        hands.now = row.ask_at
        await flows.ask_card(sessions, hands.clock, Bank(known=TIMEOUT), card_id=card.id)
        row = await stored(sessions, card.id)

    assert (row.status, row.refusal, row.card_number_sealed) == (CardStatus.REFUSED, CardRefusal.NO_ANSWER, None)
    assert hands.now - NOW > timedelta(hours=6)


async def test_the_same_card_is_bound_once(sessions: Sessions, hands: Hands, person: UUID) -> None:
    await bound_in(sessions, hands, person)
    with pytest.raises(CardExists):
        await bind(sessions, person, card_number=f"{CARD_NUMBER[:4]} {CARD_NUMBER[4:]}")

    assert await bind(sessions, person, card_number=ANOTHER_CARD)


async def test_binding_anew_after_a_minute_gives_up_the_code_before(
    sessions: Sessions, hands: Hands, person: UUID
) -> None:
    first = await awaiting_code_in(sessions, hands, person)
    with pytest.raises(CodeTooSoon):
        await bind(sessions, person, at=NOW + timedelta(seconds=59))
    await bind(sessions, person, at=NOW + timedelta(seconds=60))

    assert (await stored(sessions, first.id)).refusal is CardRefusal.SUPERSEDED


async def test_nobody_tries_more_than_ten_cards_a_day(sessions: Sessions, hands: Hands, person: UUID) -> None:
    for n in range(10):
        card = await bind(sessions, person, at=NOW + n * timedelta(minutes=1))
        with pytest.raises(CardMismatched):
            await flows.begin_card(
                sessions, hands.clock, Bank(begun=CardBinding(CardState.MISMATCHED)), card_id=card.id
            )
    with pytest.raises(TooManyCards):
        await bind(sessions, person, at=NOW + timedelta(hours=1))


async def test_another_persons_card_is_not_there(sessions: Sessions, hands: Hands, person: UUID) -> None:
    card = await bound_in(sessions, hands, person)
    stranger = await proven_in(sessions, hands, phone=OTHER_PHONE, number=id_number(order=9))
    asked: dict[str, Any] = {"borrower_id": stranger, "card_id": card.id}
    with pytest.raises(CardNotFound):
        await flows.unbind_card(sessions, hands.clock, Bank(unbound=GONE), **asked)
    with pytest.raises(CardNotFound):
        await flows.confirm_card(sessions, hands.clock, Bank(confirmed=BOUND), code="123456", **asked)
    with pytest.raises(CardNotFound):
        async with sessions() as session:
            await queries.bank_card(session, **asked)

    assert (await stored(sessions, card.id)).status is CardStatus.BOUND


async def test_an_unbound_card_is_gone_and_unbinding_it_twice_is_harmless(
    sessions: Sessions, hands: Hands, person: UUID
) -> None:
    card, bank = await bound_in(sessions, hands, person), Bank(unbound=GONE)
    for _ in range(2):
        row = await flows.unbind_card(sessions, hands.clock, bank, borrower_id=person, card_id=card.id)
        assert (row.status, row.token_sealed, row.card_number_sealed) == (CardStatus.UNBOUND, None, None)

    assert len(bank.asked) == 1
    async with sessions() as session:
        assert await queries.bound_cards(session, person) == []
        with pytest.raises(CardNotBound):
            await queries.four_elements(session, card.id)


async def test_from_the_moment_it_is_to_be_unbound_it_cannot_be_used(
    sessions: Sessions, hands: Hands, person: UUID
) -> None:
    card = await bound_in(sessions, hands, person)
    row = await flows.unbind_card(sessions, hands.clock, Bank(unbound=TIMEOUT), borrower_id=person, card_id=card.id)
    assert row.status is CardStatus.UNBINDING
    async with sessions() as session:
        assert await queries.bound_cards(session, person) == []
    assert row.ask_at

    hands.now, bank = row.ask_at, Bank(unbound=GONE)
    await flows.ask_card(sessions, hands.clock, bank, card_id=card.id)

    assert (await stored(sessions, card.id)).status is CardStatus.UNBOUND
    assert bank.asked == [("unbind", card.reference)]
