"""A channel that debits under mandates, a borrower with a card and a mandate, and debits as they are asked for."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard, Borrower, CardStatus, Profile
from domain.messaging import services as messaging
from domain.payments.models import Mandate, MandateChange, PaymentOrder
from domain.payments.ports import (
    BeginMandate,
    Capabilities,
    ChannelError,
    ConfirmMandate,
    Debit,
    ErrorCode,
    ErrorKind,
    MandateRef,
    MandateResult,
    MandateSigning,
    MandateState,
    NotOffered,
    PaymentResult,
    PaymentState,
    Retry,
    SmsSent,
)
from domain.payments.rules.mandates import MandateSource
from domain.payments.services import mandates, orders, signing
from domain.shared.crypto import keyring_of
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import NOW, Debt, FakeChannel

CARD_NUMBER = "6222020000000000000"
CODE_SENT = MandateResult(MandateState.ACTION_REQUIRED, action=SmsSent("138****8000"), channel_state={"n": "1"})
SIGNED = MandateResult(
    MandateState.ACTIVE, token="T-1", account_masked="622202****0000", bank="ICBC", channel_state={"n": "2"}
)
WRONG_CODE = MandateResult(MandateState.ACTION_REQUIRED, error=ChannelError(ErrorKind.DECLINED, ErrorCode.OTHER))
REVOKED = MandateResult(MandateState.REVOKED)
GONE = MandateResult(MandateState.NOT_FOUND)
NOBODY_KNOWS = MandateResult(MandateState.UNKNOWN)
NOT_SENT = MandateResult(MandateState.UNKNOWN, error=ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED))


def refused(code: ErrorCode = ErrorCode.INSUFFICIENT_FUNDS, retry: Retry = Retry.LATER_DAY) -> PaymentResult:
    """A debit that the bank declined."""
    return PaymentResult(PaymentState.DECLINED, error=ChannelError(ErrorKind.DECLINED, code, retry=retry))


@dataclass(frozen=True)
class Debiting:
    """What is known of the debiting channel before it is called."""

    code: str = "fake"
    name_zh: str = "测试银行"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            autodebit=True,
            mandate_sign=frozenset({MandateSigning.SMS}),
            max_fen=50_000_00,
            query_final_after=timedelta(minutes=10),
        )
    )

    def can(self, _code: str) -> Capabilities:
        return self.capabilities


class DebitChannel(FakeChannel):
    """Says what `begins`, `confirms`, `mandate_queries`, `revokes` and `debits` hold, the last one for ever.

    `debited` are the debits as it was asked for them, and `begun` the mandates.
    """

    def __init__(self, code: str = "fake") -> None:
        super().__init__(code)
        self.begins: list[Any] = [CODE_SENT]
        self.confirms: list[Any] = [SIGNED]
        self.mandate_queries: list[Any] = [NOBODY_KNOWS]
        self.revokes: list[Any] = [REVOKED]
        self.debits: list[Any] = [PaymentResult(PaymentState.PROCESSING)]
        self.closes = [NotOffered(code, "close_payment")]
        self.begun: list[BeginMandate] = []
        self.debited: list[Debit] = []

    async def begin_mandate(self, request: BeginMandate) -> MandateResult:
        self.begun.append(request)
        return await self._say("begin", request.mandate_no, self.begins)

    async def confirm_mandate(self, request: ConfirmMandate) -> MandateResult:
        return await self._say(f"confirm {request.sms_code.reveal()}", request.mandate_no, self.confirms)

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._say("query mandate", ref.mandate_no, self.mandate_queries)

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._say("revoke", ref.mandate_no, self.revokes)

    async def debit(self, request: Debit) -> PaymentResult:
        self.debited.append(request)
        return await self._say("debit", request.order_no, self.debits)


async def agreed(session: AsyncSession) -> None:
    """The policy a mandate is asked for by, and the words in which a borrower is told of its end."""
    for name, value in {
        "mandates.cap_fen": 50_000_00,
        "messaging.quiet_hours": {"from": "22:00", "to": "08:00"},
    }.items():
        session.add(PolicyValue(name=name, value=value, source="a test", effective_from=date(2020, 1, 1)))
    await messaging.install_templates(session, at=NOW)
    await session.flush()


async def card_of(session: AsyncSession, borrower_id: UUID) -> BankCard:
    """The borrower's one card, bound, its number and his other elements sealed."""
    keyring = keyring_of(session)
    borrower = await session.get_one(Borrower, borrower_id)
    card = (await session.scalars(select(BankCard).where(BankCard.borrower_id == borrower_id))).one()
    if (card.status, card.last4) == (CardStatus.BOUND, CARD_NUMBER[-4:]):
        return card  # a new key would make what is sealed already unreadable
    profile = await session.get_one(Profile, card.profile_id)
    borrower.data_key = keyring.new_data_key()
    box = borrower.box(keyring)
    borrower.phone_sealed = box.seal("phone", "+8613800138000")
    profile.name_sealed, profile.id_number_sealed = (
        box.seal("name", "王小明"),
        box.seal("id_number", "110101199003070011"),
    )
    card.status, card.last4 = CardStatus.BOUND, CARD_NUMBER[-4:]
    card.card_number_sealed, card.phone_sealed = (
        box.seal("card_number", CARD_NUMBER),
        box.seal("phone", "+8613800138000"),
    )
    card.token_sealed = box.seal("token", "token-of-the-card")
    await session.flush()
    return card


async def requested(session: AsyncSession, borrower_id: UUID, *, at: datetime = NOW, code: str = "fake") -> Mandate:
    """A mandate he has asked for; the channel has not heard of it."""
    card = await card_of(session, borrower_id)
    return await mandates.request(session, borrower_id=borrower_id, bank_card_id=card.id, channel=Debiting(code), at=at)


async def signed(
    session: AsyncSession, borrower_id: UUID, *, at: datetime = NOW, result: MandateResult = SIGNED, code: str = "fake"
) -> Mandate:
    """A mandate in force."""
    mandate = await requested(session, borrower_id, at=at, code=code)
    await mandates.claim_begin(session, mandate_id=mandate.id, at=at)
    return await signing.record(session, mandate_id=mandate.id, result=result, source=MandateSource.BEGIN, at=at)


async def to_withhold(
    session: AsyncSession, debt: Debt, mandate: Mandate, *, amount_fen: int = 1000_00, at: datetime = NOW
) -> PaymentOrder:
    """A withholding that was requested and not begun."""
    return await orders.create_withholding(
        session,
        mandate=mandate,
        loan_id=debt.loan_id,
        amount_fen=amount_fen,
        due_on=at.date(),
        subject="Withholding",
        once_key=f"{debt.loan_id}:{at.isoformat()}",
        at=at,
        expires_at=at + timedelta(hours=8),
    )


async def changes_of(session: AsyncSession, mandate_id: UUID) -> list[tuple[str, str, str]]:
    """Who moved it, from what to what, in order."""
    rows = select(MandateChange).where(MandateChange.mandate_id == mandate_id).order_by(MandateChange.id)
    return [(row.source, row.before, row.after) for row in await session.scalars(rows)]
