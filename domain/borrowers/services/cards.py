"""Bank cards: verified by the four elements, bound by a code of the bank, known by a token from then on.

A binding is begun by the mutation's own transaction; the calls to the verifier are in `flows`. The services between are
the claims before a call and the records after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import (
    CardExists,
    CardNotAwaitingCode,
    CardNotBound,
    CardNotFound,
    CardPending,
    CodeTooSoon,
    IdentityNotProven,
    TooManyCards,
)
from domain.borrowers.events import CardGivenUp
from domain.borrowers.models import BankCard, CardRefusal, Profile
from domain.borrowers.ports import BindCard, CardBinding, CardState
from domain.borrowers.queries import cards, facts, people
from domain.borrowers.rules import card_numbers, phones
from domain.borrowers.rules.machine import CARD, IN_FLIGHT, CardStatus
from domain.shared import outbox
from domain.shared.asking import next_ask
from domain.shared.crypto import keyring_of
from domain.shared.ids import new_id
from domain.shared.parties import PartyFault
from domain.shared.secret import SecretStr

MOST_A_DAY = 10
MOST_ASKS = 24
PAUSE = timedelta(seconds=60)
_FLIGHT = 3
"""Which wait of the ladder of asks a running call gets before somebody asks what became of it: a minute."""

_REFUSALS = {
    CardState.MISMATCHED: CardRefusal.MISMATCHED,
    CardState.EXPIRED: CardRefusal.EXPIRED,
    CardState.NOT_FOUND: CardRefusal.NOT_REACHED,
}


@dataclass(frozen=True, slots=True)
class CardAsk:
    """A card to ask about; `unbinding`: the unbinding is repeated, which has one effect."""

    ref: str
    unbinding: bool


async def bind(
    session: AsyncSession, *, borrower_id: UUID, card_number: str, phone: str, provider: str, at: datetime
) -> BankCard:
    """Begin to bind a card in the borrower's proven name; `flows.begin_card` then asks the bank.

    A binding of the same card that waits for its code is given up for the new one.
    Raises BadCardNumber, NotAMobile, IdentityNotProven, CardExists, CardPending, CodeTooSoon, TooManyCards,
    AccountFrozen, AccountClosed.
    """
    borrower = await people.lock_active(session, borrower_id)
    keyring = keyring_of(session)
    digits, number = card_numbers.read(card_number), phones.mobile(phone)
    profile = await facts.current_profile(session, borrower_id)
    if profile is None or profile.real_name_at is None:
        raise IdentityNotProven
    index = keyring.index("card", digits)
    await _give_way(session, borrower_id, index, at)
    since = at - timedelta(days=1)
    if await cards.count_cards(session, borrower_id=borrower_id, since=since) >= MOST_A_DAY:
        raise TooManyCards(most=MOST_A_DAY)
    box = borrower.box(keyring)
    card_id = new_id()
    card = BankCard(
        id=card_id,
        borrower_id=borrower_id,
        profile_id=profile.id,
        status=CardStatus.SUBMITTING,
        provider=provider,
        reference=card_id.hex,
        last4=digits[-4:],
        card_index=index,
        card_number_sealed=box.seal("card_number", digits),
        phone_sealed=box.seal("phone", number),
        ask_at=next_ask(at, _FLIGHT),
        created_at=at,
    )
    session.add(card)
    await session.flush()
    return card


async def claim_begin(session: AsyncSession, *, card_id: UUID, at: datetime) -> BindCard | None:
    """What to ask the bank, the first time; None when it was asked before: then it is only asked what became of it."""
    card = await cards.lock_card(session, card_id)
    if card.status is not CardStatus.SUBMITTING or card.sent_at is not None or card.card_number_sealed is None:
        return None
    card.sent_at, card.ask_at = at, next_ask(at, _FLIGHT)
    box = await people.box_of(session, card.borrower_id)
    person = await facts.opened_identity(session, await session.get_one(Profile, card.profile_id))
    return BindCard(
        ref=card.reference,
        name=person.name,
        id_number=person.id_number,
        card_number=SecretStr(box.open("card_number", card.card_number_sealed)),
        phone=SecretStr(box.open("phone", card.phone_sealed)),
    )


async def claim_confirm(session: AsyncSession, *, card_id: UUID, borrower_id: UUID, at: datetime) -> str:
    """The reference under which the code is to be confirmed. Raises CardNotFound, CardPending, CardNotAwaitingCode."""
    card = await _own(session, card_id, borrower_id)
    if card.status in IN_FLIGHT:
        raise CardPending
    if card.status is not CardStatus.CODE_SENT:
        raise CardNotAwaitingCode(status=card.status)
    card.move_to(CardStatus.CONFIRMING)
    card.asks, card.ask_at = 0, next_ask(at, _FLIGHT)
    return card.reference


async def claim_unbind(session: AsyncSession, *, card_id: UUID, borrower_id: UUID, at: datetime) -> str | None:
    """The reference to unbind; None when it is unbound already. Raises CardNotFound, CardPending, CardNotBound."""
    card = await _own(session, card_id, borrower_id)
    if card.status is CardStatus.UNBOUND:
        return None
    if card.status in IN_FLIGHT:
        raise CardPending
    if card.status is not CardStatus.BOUND:
        raise CardNotBound(status=card.status)
    card.move_to(CardStatus.UNBINDING)
    card.asks, card.ask_at = 0, next_ask(at, _FLIGHT)
    outbox.publish(session, CardGivenUp(card.id))
    return card.reference


async def claim_ask(session: AsyncSession, *, card_id: UUID, at: datetime) -> CardAsk | None:
    """What to ask about, if its time has come."""
    card = await cards.lock_card(session, card_id)
    if card.status not in IN_FLIGHT or card.ask_at is None or card.ask_at > at:
        return None
    card.asks += 1
    card.ask_at = next_ask(at, _FLIGHT)
    return CardAsk(card.reference, unbinding=card.status is CardStatus.UNBINDING)


async def record(session: AsyncSession, *, card_id: UUID, answer: CardBinding, at: datetime) -> BankCard:
    """Record what the bank said of a card that is in flight; anything else it says later changes nothing."""
    card = await cards.lock_card(session, card_id)
    if card.status not in IN_FLIGHT:
        return card
    if card.status is CardStatus.UNBINDING:
        _record_unbinding(card, answer, at)
    elif answer.state is CardState.UNKNOWN:
        _nobody_knows(card, answer, at)
    else:
        await _record_binding(session, card, answer, at)
    return card


async def _record_binding(session: AsyncSession, card: BankCard, answer: CardBinding, at: datetime) -> None:
    if answer.state is CardState.BOUND and not answer.token:
        # Bound, and by what token is not said: it is asked for.
        _nobody_knows(card, answer, at)
        return
    card.ask_at, card.asks = None, 0
    card.bank_name = answer.bank or card.bank_name
    if refusal := _REFUSALS.get(answer.state):
        _refuse(card, refusal)
    elif answer.state is CardState.BOUND and answer.token:
        box = await people.box_of(session, card.borrower_id)
        card.move_to(CardStatus.BOUND)
        card.token_sealed, card.bound_at = box.seal("token", answer.token.reveal()), at
    elif answer.state is CardState.UNBOUND:
        card.move_to(CardStatus.UNBOUND)
        card.unbound_at, card.card_number_sealed = at, None
    else:
        card.move_to(CardStatus.CODE_SENT)


def _record_unbinding(card: BankCard, answer: CardBinding, at: datetime) -> None:
    if answer.state in (CardState.UNBOUND, CardState.NOT_FOUND):
        card.move_to(CardStatus.UNBOUND)
        card.unbound_at, card.ask_at = at, None
        card.token_sealed = card.card_number_sealed = None
    else:
        card.ask_at = next_ask(at, card.asks)


def _nobody_knows(card: BankCard, answer: CardBinding, at: datetime) -> None:
    unreached = answer.error is not None and answer.error.fault is PartyFault.UNREACHED
    if unreached and card.asks == 0:
        _not_reached(card)
    elif card.asks >= MOST_ASKS:
        card.ask_at = None
        _refuse(card, CardRefusal.NO_ANSWER)
    else:
        if CARD.allows(card.status, CardStatus.UNKNOWN):
            card.move_to(CardStatus.UNKNOWN)
        card.ask_at = next_ask(at, card.asks)


def _not_reached(card: BankCard) -> None:
    """The call itself was not sent: a code may be tried again, a binding begun anew."""
    card.ask_at = None
    if card.status is CardStatus.CONFIRMING:
        card.move_to(CardStatus.CODE_SENT)
    else:
        _refuse(card, CardRefusal.NOT_REACHED)


def _refuse(card: BankCard, refusal: CardRefusal) -> None:
    card.move_to(CardStatus.REFUSED)
    card.refusal, card.card_number_sealed = refusal, None


async def _give_way(session: AsyncSession, borrower_id: UUID, index: bytes, at: datetime) -> None:
    live = await cards.lock_live_card(session, borrower_id=borrower_id, card_index=index)
    if live is None:
        return
    if live.status is CardStatus.BOUND:
        raise CardExists(fields=("cardNumber",))
    if live.status is not CardStatus.CODE_SENT:
        raise CardPending(fields=("cardNumber",))
    if at < live.created_at + PAUSE:
        wait = live.created_at + PAUSE - at
        raise CodeTooSoon(seconds=-(-wait // timedelta(seconds=1)), fields=("cardNumber",))
    _refuse(live, CardRefusal.SUPERSEDED)
    await session.flush()


async def _own(session: AsyncSession, card_id: UUID, borrower_id: UUID) -> BankCard:
    card = await cards.lock_card(session, card_id)
    if card.borrower_id != borrower_id:
        raise CardNotFound
    return card
