"""A gateway, a channel before it, and requests to ask of it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from suidai_allinpay.plugin import payment_channels
from suidai_allinpay.sandbox import SMS_CODE, Allinpay, Keys, keys

from plugins.testing import Subject, runtime
from suidai.contract import (
    BeginMandate,
    ConfirmMandate,
    Debit,
    FourElements,
    Headers,
    MandatePlan,
    MandateRef,
    MandateResult,
    PaymentChannel,
    PaymentRef,
    RawRequest,
    Refund,
    SecretStr,
)

NOW = datetime(2026, 11, 22, 2, 15, 30, tzinfo=UTC)
"""10:15:30 in Beijing."""
TODAY = date(2026, 11, 22)
MERCHANT = "200604000000445"
ORDER = "PO20261122000001a1b2c3d4"
REFUND = "RF20261122000001a1b2c3d4"
MANDATE = "MD20261122000001a1b2c3d4"
CARD = "6222000000000000018"
PERSON = FourElements(
    name=SecretStr("张三"),
    id_number=SecretStr("11010519491231002X"),
    card_number=SecretStr(CARD),
    phone=SecretStr("13800138000"),
)
BEGIN = BeginMandate(MANDATE, PERSON, MandatePlan(50_000_00, dates=()))
REF = PaymentRef(ORDER, NOW)
SPEC = payment_channels()[0]


@cache
def throw_away_keys() -> Keys:
    return keys()


def allinpay(now: datetime = NOW) -> Allinpay:
    return Allinpay(MERCHANT, throw_away_keys(), lambda: now)


@cache
def settings() -> dict[str, Any]:
    return allinpay().settings()


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, span: timedelta) -> None:
        self.now += span


@dataclass
class Town:
    """A gateway and our channel before it, at the same time of day."""

    gateway: Allinpay
    channel: PaymentChannel
    clock: Clock

    async def agreement(self, borrower: FourElements = PERSON, mandate_no: str = MANDATE) -> MandateResult:
        """An agreement in force."""
        begun = await self.channel.begin_mandate(replace(BEGIN, mandate_no=mandate_no, borrower=borrower))
        return await self.channel.confirm_mandate(ConfirmMandate(mandate_no, SecretStr(SMS_CODE), begun.channel_state))

    async def debit(self, amount_fen: int = 1022_50, order_no: str = ORDER, **more: Any) -> Debit:
        """What to ask for under an agreement in force."""
        signed = await self.agreement(**more)
        assert signed.token
        return debit(signed.token, amount_fen, order_no)

    def ref(self, signed: MandateResult) -> MandateRef:
        return MandateRef(MANDATE, signed.token, NOW, signed.channel_state)


def town(**more: Any) -> Town:
    clock = Clock()
    gateway = Allinpay(MERCHANT, throw_away_keys(), clock)
    return Town(gateway, channel(gateway.transport(), clock=clock, **more), clock)


def channel(transport: httpx.AsyncBaseTransport | None = None, *, clock: Any = NOW, **more: Any) -> PaymentChannel:
    config = SPEC.config_model(**{**settings(), **more.pop("settings", {})})
    given = runtime(now=clock, transport=transport, code="allinpay", masked_fields=SPEC.masked_fields, **more)
    return SPEC.factory(config, given)


def answering(here: Town, trx_code: str, *bodies: Any, code: str = "0000") -> None:
    """From now on the gateway answers requests of this kind so, once it has done what it was asked."""
    answer = here.gateway.answer

    def instead(content: bytes) -> bytes:
        said = answer(content)
        heard = here.gateway.heard[-1]
        return here.gateway.signed(trx_code, heard.req_sn, bodies, code=code) if heard.trx_code == trx_code else said

    here.gateway.answer = instead


def debit(token: str, amount_fen: int = 1022_50, order_no: str = ORDER) -> Debit:
    return Debit(order_no, amount_fen, "CNY", token, TODAY, "还款 LN20261001000042", submitted_at=NOW)


def refund(amount_fen: int = 1022_50, refund_no: str = REFUND, payment: PaymentRef = REF) -> Refund:
    return Refund(refund_no, payment, amount_fen, 1022_50, reason="退款", submitted_at=NOW)


def posted(body: bytes) -> RawRequest:
    return RawRequest("POST", "/notify/payments/allinpay", "", Headers({"Content-Type": "text/xml"}), body, NOW)


SUBJECT = Subject(SPEC, settings(), module="suidai_allinpay.plugin", order_no=ORDER, now=NOW)
