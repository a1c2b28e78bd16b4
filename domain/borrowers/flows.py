"""Steps with the parties that prove who a borrower is and that a card is his: claim, call, record."""

from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID

from domain.borrowers.errors import (
    CardCodeExpired,
    CardCodeWrong,
    CardMismatched,
    CardNotReached,
)
from domain.borrowers.models import BankCard, CardRefusal
from domain.borrowers.ports import (
    BankCardVerifier,
    CardBinding,
    CardReading,
    CardState,
    ConfirmCard,
    FaceMatch,
    IdentityProvider,
    IdentityState,
)
from domain.borrowers.rules.machine import CardStatus
from domain.borrowers.services import cards, codes, identity, verdicts
from domain.borrowers.services.identity import Task
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.parties import PartyError, PartyFault
from domain.shared.secret import SecretStr


async def run_check(sessions: Sessions, clock: Clock, provider: IdentityProvider, *, check_id: UUID) -> None:
    """Have a check answered, or ask what became of one that was sent; calling it again is harmless.

    A check whose answer nobody knows is asked about by its reference, and sent again only if the provider has not got it.
    """
    async with sessions.begin() as session:
        task = await identity.claim(session, check_id=check_id, at=await clock.now(session))
    if task is None:
        return
    answer = None
    if task.asks:
        answer = await _what_became_of(provider, task)
        if answer.state is IdentityState.NOT_FOUND:
            task, answer = replace(task, asks=False), None
    answer = answer or await _send(provider, task)
    async with sessions.begin() as session:
        await verdicts.record(session, task=task, answer=answer, at=await clock.now(session))


async def begin_card(sessions: Sessions, clock: Clock, verifier: BankCardVerifier, *, card_id: UUID) -> BankCard:
    """Ask the bank about a card that `services.cards.bind` has just taken up; afterwards it awaits the bank's code.

    A card nobody knows about comes back UNKNOWN and is asked about. Raises CardMismatched, CardNotReached.
    """
    async with sessions.begin() as session:
        request = await cards.claim_begin(session, card_id=card_id, at=await clock.now(session))
    if request is None:
        async with sessions() as session:
            return await session.get_one(BankCard, card_id)
    card = await _record_card(sessions, clock, card_id, await _told(verifier.begin(request), request.ref))
    _refuse_aloud(card)
    return card


async def confirm_card(
    sessions: Sessions, clock: Clock, verifier: BankCardVerifier, *, borrower_id: UUID, card_id: UUID, code: str
) -> BankCard:
    """Bind a card by the code the bank sent. What came of a wrong code is committed before it is refused.

    Raises CardNotFound, CardPending, CardNotAwaitingCode, BadCode, CardCodeWrong, CardCodeExpired, CardMismatched,
    CardNotReached.
    """
    digits = codes.check_shape(code)
    async with sessions.begin() as session:
        at = await clock.now(session)
        ref = await cards.claim_confirm(session, card_id=card_id, borrower_id=borrower_id, at=at)
    answer = await _told(verifier.confirm(ConfirmCard(ref, SecretStr(digits))), ref)
    card = await _record_card(sessions, clock, card_id, answer)
    if answer.state is CardState.WRONG_CODE:
        raise CardCodeWrong(fields=("code",))
    if answer.error is not None and answer.error.fault is PartyFault.UNREACHED:
        raise CardNotReached
    _refuse_aloud(card)
    return card


async def unbind_card(
    sessions: Sessions, clock: Clock, verifier: BankCardVerifier, *, borrower_id: UUID, card_id: UUID
) -> BankCard:
    """Unbind a card. From the claim on it can no longer be used, even if the bank answers late.

    Unbinding it again changes nothing. Raises CardNotFound, CardPending, CardNotBound.
    """
    async with sessions.begin() as session:
        at = await clock.now(session)
        ref = await cards.claim_unbind(session, card_id=card_id, borrower_id=borrower_id, at=at)
    if ref is None:
        async with sessions() as session:
            return await session.get_one(BankCard, card_id)
    return await _record_card(sessions, clock, card_id, await _told(verifier.unbind(ref), ref))


async def ask_card(sessions: Sessions, clock: Clock, verifier: BankCardVerifier, *, card_id: UUID) -> None:
    """Ask what became of a card in flight (`queries.due_card_asks`); an unbinding is repeated, which has one effect."""
    async with sessions.begin() as session:
        ask = await cards.claim_ask(session, card_id=card_id, at=await clock.now(session))
    if ask is None:
        return
    call = verifier.unbind(ask.ref) if ask.unbinding else verifier.query(ask.ref)
    await _record_card(sessions, clock, card_id, await _told(call, ask.ref))


async def _what_became_of(provider: IdentityProvider, task: Task) -> CardReading | FaceMatch:
    if task.card is not None:
        return await answered(provider.query_card(task.ref), _no_reading, ref=task.ref)
    return await answered(provider.query_face(task.ref), _no_match, ref=task.ref)


async def _send(provider: IdentityProvider, task: Task) -> CardReading | FaceMatch:
    if task.card is not None:
        return await answered(provider.read_card(task.card), _no_reading, ref=task.ref)
    if task.face is not None:
        return await answered(provider.match_face(task.face), _no_match, ref=task.ref)
    raise AssertionError("a task is about a card or a face")


def _no_reading(error: PartyError) -> CardReading:
    return CardReading(IdentityState.UNKNOWN, error=error)


def _no_match(error: PartyError) -> FaceMatch:
    return FaceMatch(IdentityState.UNKNOWN, error=error)


async def _told(call: Awaitable[CardBinding], ref: str) -> CardBinding:
    return await answered(call, lambda error: CardBinding(CardState.UNKNOWN, error=error), ref=ref)


async def _record_card(sessions: Sessions, clock: Clock, card_id: UUID, answer: CardBinding) -> BankCard:
    async with sessions.begin() as session:
        return await cards.record(session, card_id=card_id, answer=answer, at=await clock.now(session))


def _refuse_aloud(card: BankCard) -> None:
    """The record is committed; now the asker is told why his card is refused."""
    if card.status is not CardStatus.REFUSED:
        return
    if card.refusal is CardRefusal.MISMATCHED:
        raise CardMismatched(fields=("cardNumber", "phone"))
    raise CardCodeExpired if card.refusal is CardRefusal.EXPIRED else CardNotReached
