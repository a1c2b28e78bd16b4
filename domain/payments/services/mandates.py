"""Mandates: asked for by the borrower, signed at the channel, given up by whoever may. The calls are in the flows.

The services between are the claims before a call and the records after it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import CardNotBound, IdentityNotProven
from domain.borrowers.models import BankCard, CardStatus
from domain.borrowers.queries import bank_card, four_elements, identity_of, phone_of
from domain.borrowers.queries.cards import lock_card
from domain.messaging import services as messaging
from domain.payments import queries
from domain.payments.errors import (
    AutodebitNotOffered,
    BadReturnUrl,
    CardToBindAnew,
    MandateExists,
    MandateNeedsCard,
    MandateNotAwaitingCode,
    MandatePending,
    MandateTakesNoCard,
    MandateTooSoon,
    TooManyMandates,
)
from domain.payments.models import Mandate
from domain.payments.ports import (
    BeginMandate,
    Capabilities,
    ConfirmMandate,
    FourElements,
    MandatePlan,
    MandateRef,
)
from domain.payments.rules import mandates as rules
from domain.payments.rules.mandates import FINAL, IN_FLIGHT, TO_SIGN, MandateSource, MandateStatus
from domain.payments.services import signing
from domain.shared import policy
from domain.shared.asking import next_ask
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.numbers import next_number
from domain.shared.secret import SecretStr
from domain.shared.web import LONGEST, is_web_address

MOST_A_DAY = 10
PAUSE = timedelta(seconds=60)


class SigningOffer(Protocol):
    """What is known of a channel before it is called; a ChannelListing is one."""

    @property
    def code(self) -> str: ...

    @property
    def name_zh(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...


@dataclass(frozen=True, slots=True)
class Question:
    """A mandate to ask about, or one that the channel is to be told is revoked."""

    channel: str
    ref: MandateRef
    revoking: bool


async def request(
    session: AsyncSession,
    *,
    borrower_id: UUID,
    bank_card_id: UUID | None,
    channel: SigningOffer,
    at: datetime,
    return_url: str | None = None,
    first_due_on: date | None = None,
) -> Mandate:
    """Write down the mandate a borrower wants to give, its terms with it. Nothing is said to the channel yet.

    It is for a card, or where the channel takes none for the account he signs with there. One he was asked to sign and
    left makes way for it. `first_due_on` is the next due day of his loans. Raises AutodebitNotOffered, MandateNeedsCard,
    MandateTakesNoCard, CardNotFound, CardNotBound, CardToBindAnew, IdentityNotProven, BadReturnUrl, MandateExists,
    MandatePending, MandateTooSoon, TooManyMandates.
    """
    can = channel.capabilities
    if not can.autodebit or not can.mandate_sign:
        raise AutodebitNotOffered(channel=channel.code)
    if return_url is not None and not is_web_address(return_url):
        raise BadReturnUrl(longest=LONGEST)
    card = await _account(session, borrower_id, bank_card_id, channel)
    await _make_way(session, borrower_id, bank_card_id, channel.code, at)
    if await queries.count_mandates(session, borrower_id=borrower_id, since=at - timedelta(days=1)) >= MOST_A_DAY:
        raise TooManyMandates(most=MOST_A_DAY)
    today, mandate_id = business_day(at), new_id()
    number = await next_number(session, "MD", today)
    cap_fen = min(int(await policy.value(session, "mandates.cap_fen", on=today)), can.max_fen)
    last4 = card.last4 if card else None
    terms = rules.terms_of(number=number, channel=channel.name_zh, last4=last4, cap_fen=cap_fen)
    mandate = Mandate(
        id=mandate_id,
        number=number,
        borrower_id=borrower_id,
        bank_card_id=bank_card_id,
        channel=channel.code,
        # As with order numbers, the tail keeps a rebuilt database from reusing one.
        mandate_no=f"{number}{mandate_id.hex[-8:]}",
        status=MandateStatus.REQUESTED,
        cap_fen=cap_fen,
        terms=terms,
        terms_sha256=rules.terms_hash(terms),
        return_url=return_url,
        first_due_on=first_due_on,
        tries=0,
        asks=0,
        ask_at=next_ask(at, signing.FLIGHT),
        created_at=at,
        query_final_after=can.query_final_after,
    )
    session.add(mandate)
    await session.flush()
    return mandate


async def claim_begin(session: AsyncSession, *, mandate_id: UUID, at: datetime) -> BeginMandate | None:
    """What to ask the channel, the first time; None when it was asked before: then it is only asked what became of it."""
    mandate = await queries.lock_mandate(session, mandate_id)
    if mandate.status is not MandateStatus.REQUESTED or mandate.sent_at is not None:
        return None
    person = await _person(session, mandate)
    mandate.sent_at, mandate.ask_at = at, next_ask(at, signing.FLIGHT)
    signing.calling(mandate, at)
    # It covers whatever falls due on whichever loan: the date is a help to those who debit by a calendar, and no limit.
    dates = (mandate.first_due_on,) if mandate.first_due_on else ()
    return BeginMandate(mandate.mandate_no, person, MandatePlan(mandate.cap_fen, dates), return_url=mandate.return_url)


async def claim_confirm(
    session: AsyncSession, *, mandate_id: UUID, borrower_id: UUID, code: str, at: datetime
) -> tuple[str, ConfirmMandate]:
    """The channel, and what to tell it. Raises MandateNotFound, MandatePending, MandateNotAwaitingCode."""
    mandate = await queries.lock_own_mandate(session, mandate_id, borrower_id)
    if mandate.status in IN_FLIGHT | {MandateStatus.UNKNOWN}:
        raise MandatePending(number=mandate.number)
    if mandate.status is not MandateStatus.AWAITING_CODE:
        raise MandateNotAwaitingCode(number=mandate.number, status=mandate.status)
    signing.move(session, mandate, MandateStatus.CONFIRMING, source=MandateSource.BORROWER, at=at)
    signing.calling(mandate, at)
    return mandate.channel, ConfirmMandate(mandate.mandate_no, SecretStr(code), mandate.channel_state or {})


async def revoke(session: AsyncSession, *, mandate_id: UUID, borrower_id: UUID, at: datetime) -> Question | None:
    """Take a mandate back: from this commit on nothing is debited under it, whatever the channel says of it later.

    What to tell the channel now; None where it is told later, because a call is under way, or where there is nothing to
    revoke. Raises MandateNotFound.
    """
    mandate = await queries.lock_own_mandate(session, mandate_id, borrower_id)
    if mandate.status in FINAL or mandate.status is MandateStatus.REVOKING:
        return None
    under_way = mandate.status in IN_FLIGHT
    await _take_back(session, mandate, MandateSource.BORROWER, at)
    if under_way:
        return None
    mandate.ask_at = next_ask(at, signing.FLIGHT)
    return await _question(session, mandate)


async def revoke_of_card(session: AsyncSession, *, card_id: UUID, at: datetime) -> None:
    """Take back whatever was signed on a card that its borrower gives up; the channels are told by the janitor."""
    for mandate in await queries.unended_mandates_of_card(session, card_id):
        if mandate.status is not MandateStatus.REVOKING:
            await _take_back(session, mandate, MandateSource.SYSTEM, at)


async def suspend(session: AsyncSession, *, mandate_id: UUID, at: datetime) -> None:
    """Debit no more under a mandate that no longer works, tell its borrower once, and ask the channel what became of it."""
    mandate = await queries.lock_mandate(session, mandate_id)
    if mandate.status is not MandateStatus.ACTIVE:
        return
    signing.move(session, mandate, MandateStatus.SUSPENDED, source=MandateSource.DEBIT, at=at)
    mandate.asks, mandate.ask_at = 0, at
    await messaging.queue(
        session,
        borrower_id=mandate.borrower_id,
        to_phone=await phone_of(session, mandate.borrower_id),
        template="MANDATE_SUSPENDED",
        params={"number": mandate.number},
        once_key=f"mandate_suspended:{mandate.id}",
        at=at,
        send_after=await messaging.after_quiet(session, at),
    )


async def claim_ask(session: AsyncSession, *, mandate_id: UUID, at: datetime) -> Question | None:
    """What to ask, if its time has come; None also where the time to sign, or the mandate's own, is over."""
    mandate = await queries.lock_mandate(session, mandate_id)
    if mandate.ask_at is None or mandate.ask_at > at:
        return None
    if signing.is_out_of_time(mandate, at):
        signing.move(session, mandate, MandateStatus.EXPIRED, source=MandateSource.SYSTEM, at=at)
        return None
    mandate.asks += 1
    mandate.ask_at = next_ask(at, signing.FLIGHT)
    return await _question(session, mandate)


async def _account(
    session: AsyncSession, borrower_id: UUID, bank_card_id: UUID | None, channel: SigningOffer
) -> BankCard | None:
    """The card to debit, locked; None where it is an account at the channel, and then the borrower is held instead."""
    if not channel.capabilities.mandate_card:
        if bank_card_id is not None:
            raise MandateTakesNoCard(channel=channel.code)
        await queries.hold_signer(session, borrower_id)
        identity = await identity_of(session, borrower_id)
        if identity is None or identity.proven_at is None:
            raise IdentityNotProven
        return None
    if bank_card_id is None:
        raise MandateNeedsCard(channel=channel.code)
    await bank_card(session, card_id=bank_card_id, borrower_id=borrower_id)
    card = await lock_card(session, bank_card_id)
    if card.status is not CardStatus.BOUND:
        raise CardNotBound(status=card.status)
    if card.card_number_sealed is None:
        raise CardToBindAnew
    return card


async def _person(session: AsyncSession, mandate: Mandate) -> FourElements:
    """Who he is to the party that is to debit him. A bank knows the phone by its 11 digits."""
    if mandate.bank_card_id is None:
        identity = await identity_of(session, mandate.borrower_id)
        if identity is None:
            raise IdentityNotProven
        name, id_number, number = identity.name, identity.id_number, SecretStr("")
        phone = await phone_of(session, mandate.borrower_id)
    else:
        card = await four_elements(session, mandate.bank_card_id)
        if card.number is None:
            raise CardToBindAnew
        name, id_number, number, phone = card.name, card.id_number, card.number, card.phone.reveal()
    return FourElements(name, id_number, number, SecretStr(phone.removeprefix("+86")))


async def _make_way(
    session: AsyncSession, borrower_id: UUID, bank_card_id: UUID | None, channel: str, at: datetime
) -> None:
    for earlier in await queries.unended_mandates(
        session, borrower_id=borrower_id, bank_card_id=bank_card_id, channel=channel
    ):
        if earlier.status in {MandateStatus.ACTIVE, MandateStatus.SUSPENDED}:
            raise MandateExists(number=earlier.number, status=earlier.status)
        if earlier.status not in TO_SIGN:
            raise MandatePending(number=earlier.number, fields=("bankCardId",))
        if at < earlier.created_at + PAUSE:
            wait = earlier.created_at + PAUSE - at
            raise MandateTooSoon(seconds=-(-wait // timedelta(seconds=1)))
        signing.move(session, earlier, MandateStatus.EXPIRED, source=MandateSource.BORROWER, at=at)
        await session.flush()


async def _take_back(session: AsyncSession, mandate: Mandate, source: MandateSource, at: datetime) -> None:
    # A call that is under way ends before the channel is told; what it brings is needed to revoke.
    ask_at = next_ask(at, signing.FLIGHT) if mandate.status in IN_FLIGHT else at
    signing.move(session, mandate, MandateStatus.REVOKING, source=source, at=at)
    mandate.revoked_at, mandate.ask_at = at, ask_at
    await session.flush()


async def _question(session: AsyncSession, mandate: Mandate) -> Question:
    token = await signing.token_of(session, mandate) if mandate.token_sealed else None
    ref = MandateRef(mandate.mandate_no, token, mandate.sent_at, mandate.channel_state or {})
    return Question(mandate.channel, ref, revoking=mandate.status is MandateStatus.REVOKING)
