"""A gateway, our channel before it, and the line between them, which can be cut, garbled or lose an answer."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import httpx

from domain.payments.ports import (
    BeginMandate,
    ConfirmMandate,
    CreatePayment,
    Debit,
    FourElements,
    MandatePlan,
    MandateRef,
    MandateResult,
    MandateSigning,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    Product,
    Refund,
    RefundAbility,
    RefundRef,
)
from domain.shared.days import business_day
from domain.shared.secret import SecretStr
from plugins.runtime import Exchange
from plugins.testing.gateway import Gateway
from plugins.testing.subject import Subject, must

ORDER = "PO20261121000001a1b2c3d4"
"""The core's numbers look so, and no others reach a channel."""
REFUND = "RF20261121000001a1b2c3d4"
MANDATE = "MD20261121000001a1b2c3d4"
BATCH = "BA20261121000001a1b2c3d4"
CARD, PHONE, ID_NUMBER = "6216261000000000018", "13552535506", "341126197709218366"
PERSON = FourElements(*map(SecretStr, ("全渠道", ID_NUMBER, CARD, PHONE)))
WRONG_CODE = "000000"
REFUSED = frozenset({"DECLINED", "NOT_FOUND", "CLOSED", "REVOKED", "EXPIRED"})
"""The states of whatever has come to nothing."""
OTHER_ORDER, OTHER_REFUND = f"{ORDER[:-1]}5", f"{REFUND[:-1]}5"
SUM_FEN = 1024_09
PART_FEN = 16_31
"""Sums that lose a fen on the way through a float."""
MOST_HOURS = timedelta(hours=4)
"""Less than the eight by which Beijing's wall clock is ahead of UTC."""

Call = Callable[[PaymentChannel], Awaitable[Any]]
Line = Callable[[int, httpx.Response], httpx.Response]
"""What becomes of the n-th answer (from 1) on its way; it may raise."""


@dataclass(slots=True)
class Wire(httpx.AsyncBaseTransport):
    """Carries everything to the gateway, and its answers back as `line` lets them."""

    inner: httpx.AsyncBaseTransport
    line: Line | None = None
    cut_after: int | None = None
    carried: int = 0
    sent: list[str] = field(default_factory=list[str])
    """Each request, as far as it is letters."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut_after is not None and self.carried >= self.cut_after:
            raise httpx.ConnectError("cut", request=request)
        self.carried += 1
        self.sent.append(f"{request.url} {dict(request.headers)} {(await request.aread()).decode('latin-1')}")
        response = await self.inner.handle_async_request(request)
        content = await response.aread()
        whole = httpx.Response(response.status_code, headers=response.headers, content=content)
        return self.line(self.carried, whole) if self.line else whole


@dataclass(slots=True)
class Town:
    """One gateway, and all that was said."""

    subject: Subject
    gateway: Gateway
    wire: Wire
    said: list[Any] = field(default_factory=list[Any])
    heard: list[Exchange] = field(default_factory=list[Exchange])

    async def ask(self, what: str, call: Call) -> Any:
        """The result of a call, kept. Each call is another process's: nothing but what it was given is remembered."""
        channel = self.subject.channel(self.wire, audit=self._audit)
        try:
            result = await call(channel)
        except Exception as error:
            raise AssertionError(f"{what} raises {type(error).__name__} instead of giving a result: {error}") from error
        self.said.append(result)
        return result

    async def _audit(self, exchange: Exchange) -> None:
        self.heard.append(exchange)

    async def disturbed(
        self, what: str, call: Call, *, line: Line | None = None, cut_after: int | None = None
    ) -> tuple[Any, int]:
        """The result of a call over a bad line, and how many exchanges it made."""
        self.wire.line, self.wire.cut_after, self.wire.carried = line, cut_after, 0
        try:
            result = await self.ask(what, call)
        finally:
            self.wire.line = self.wire.cut_after = None
        return result, self.wire.carried

    async def agreed(self) -> MandateRef:
        """A mandate in force."""
        begun: MandateResult = await self.ask("begin_mandate", lambda channel: channel.begin_mandate(begin()))
        signed: MandateResult = begun
        if by_code(self.subject):
            signed = await self.ask("confirm_mandate", self.confirm(begun))
        elif by_page(self.subject):
            signed = await self.signed_on_a_page(begun)
        must(signed.token, f"a mandate that is signed is {signed.state}, and has no token")
        return MandateRef(MANDATE, signed.token, self.subject.now, signed.channel_state or begun.channel_state)

    async def signed_on_a_page(self, begun: MandateResult) -> MandateResult:
        """What the channel says of a mandate before and after its borrower signs it."""
        must(begun.state == "ACTION_REQUIRED", f"a mandate that is signed on a page is {begun.state}: {begun.error}")
        must(begun.action, "a mandate that is signed on a page does not say where")
        ref = MandateRef(MANDATE, None, self.subject.now, begun.channel_state)
        unsigned: MandateResult = await self.ask("query_mandate", lambda channel: channel.query_mandate(ref))
        must(unsigned.state != "ACTIVE", "a mandate that nobody signed is ACTIVE")
        await self.gateway.sign(MANDATE, begun)
        return await self.ask("query_mandate", lambda channel: channel.query_mandate(ref))

    def confirm(self, begun: MandateResult, code: str = "") -> Call:
        asked = ConfirmMandate(MANDATE, SecretStr(code or self.gateway.sms_code()), begun.channel_state)
        return lambda channel: channel.confirm_mandate(asked)

    async def paid(self) -> PaymentRef:
        """A payment of SUM_FEN whose money has come."""
        if self.subject.capabilities().autodebit and not self.subject.capabilities().products:
            asked = debit((await self.agreed()).token or "", self.subject)
            made: PaymentResult = await self.ask("debit", lambda channel: channel.debit(asked))
            begun = began(self.subject)
        else:
            begun = self.subject.now
            order = create(min(self.subject.capabilities().products), self.subject)
            made = await self.ask("create_payment", lambda channel: channel.create_payment(order))
            await self.gateway.pay(ORDER, made)
        ref = PaymentRef(ORDER, begun, made.provider_no, made.channel_state)
        known: PaymentResult = await self.ask("query_payment", lambda channel: channel.query_payment(ref))
        must(known.state == "SUCCEEDED", f"a payment that was paid is {known.state}: {known.error}")
        must_be_fen(known.amount_fen, SUM_FEN, "a payment")
        must(known.currency == "CNY", f"a payment in CNY is told in {known.currency}")
        must(known.paid_at and known.paid_at.tzinfo, "a payment that came does not say when, with its offset")
        paid_at, possible = cast("datetime", known.paid_at), (self.subject.now, begun)
        must(
            min(abs(paid_at - at) for at in possible) < MOST_HOURS,
            f"a payment of {self.subject.now:%Y-%m-%d %H:%M%z}, the subject's now, is told as of"
            f" {paid_at:%Y-%m-%d %H:%M%z}: the wall clock that providers write is Beijing's",
        )
        state = known.channel_state or made.channel_state
        return replace(ref, provider_no=known.provider_no or made.provider_no, channel_state=state)


@asynccontextmanager
async def town(subject: Subject) -> AsyncGenerator[Town]:
    """A town in which nothing has happened yet."""
    if subject.gateway is None:
        raise ValueError("this check needs a gateway: Subject(..., gateway=...)")
    gateway = subject.gateway()
    here = Town(subject, gateway, Wire(gateway.transport()))
    try:
        yield here
    finally:
        await gateway.aclose()


def by_code(subject: Subject) -> bool:
    return MandateSigning.SMS in subject.capabilities().mandate_sign


def by_page(subject: Subject) -> bool:
    return MandateSigning.PAGE in subject.capabilities().mandate_sign and not by_code(subject)


def begin() -> BeginMandate:
    return BeginMandate(MANDATE, PERSON, MandatePlan(50_000_00, dates=()))


def create(product: Product, subject: Subject) -> CreatePayment:
    return CreatePayment(
        order_no=ORDER,
        amount_fen=SUM_FEN,
        currency="CNY",
        product=product,
        subject="还款 repayment",
        expires_at=subject.now + timedelta(minutes=30),
        client_ip="192.0.2.1",
        payer_id="payer",
        return_url="https://loan.example.com/return",
    )


def began(subject: Subject) -> datetime:
    """When the attempt of a debit was committed. The call itself may come a day later, and again."""
    return subject.now - timedelta(days=1)


def debit(token: str, subject: Subject, order_no: str = ORDER) -> Debit:
    day = business_day(subject.now)
    return Debit(order_no, SUM_FEN, "CNY", token, day, "还款 repayment", submitted_at=began(subject))


def refund(payment: PaymentRef, subject: Subject, refund_no: str = REFUND) -> Refund:
    fen = SUM_FEN if only_whole(subject) else PART_FEN
    return Refund(refund_no, payment, fen, SUM_FEN, reason="退款", submitted_at=subject.now)


def must_be_fen(told: object, asked_fen: int, what: str) -> None:
    """Fail the check unless a result says this sum, in whole fen."""
    must(type(told) is int and told == asked_fen, f"{what} of {asked_fen} fen is told as {told}")


def only_whole(subject: Subject) -> bool:
    """Whether it gives back all of a payment or nothing."""
    return not subject.capabilities().refund & {RefundAbility.PARTIAL, RefundAbility.MULTIPLE}


Prepared = Callable[[Town], Awaitable[Call]]


def acts(subject: Subject) -> Iterator[tuple[str, Prepared]]:
    """Each call that the channel offers, with what has to have happened before it."""
    can = subject.capabilities()
    for product in sorted(can.products):
        yield f"create_payment by {product}", _creating(product)
    if pays(subject):
        yield "query_payment", _querying
        if can.refund:
            yield "refund", _refunding
        if can.refund and can.refund_query:
            yield "query_refund", _querying_refund
    if signs(subject):
        yield "begin_mandate", _beginning
        if by_code(subject):
            yield "confirm_mandate", _confirming
        yield "query_mandate", _querying_mandate
        yield "revoke_mandate", _revoking
        if can.autodebit:
            yield "debit", _debiting


def pays(subject: Subject) -> bool:
    """Whether a payment can be brought to its end here: by a borrower, or under a mandate."""
    can = subject.capabilities()
    return bool(can.products) or (can.autodebit and signs(subject))


def signs(subject: Subject) -> bool:
    return bool(subject.capabilities().mandate_sign & {MandateSigning.SMS, MandateSigning.PAGE, MandateSigning.NONE})


def _creating(product: Product) -> Prepared:
    async def prepare(here: Town) -> Call:
        order = create(product, here.subject)
        return lambda channel: channel.create_payment(order)

    return prepare


async def _querying(here: Town) -> Call:
    ref = await here.paid()
    return lambda channel: channel.query_payment(ref)


async def _refunding(here: Town) -> Call:
    asked = refund(await here.paid(), here.subject)
    return lambda channel: channel.refund(asked)


async def _querying_refund(here: Town) -> Call:
    payment = await here.paid()
    made = await here.ask("refund", lambda channel: channel.refund(refund(payment, here.subject)))
    ref = RefundRef(REFUND, payment, here.subject.now, made.channel_state)
    return lambda channel: channel.query_refund(ref)


async def _beginning(_: Town) -> Call:
    return lambda channel: channel.begin_mandate(begin())


async def _confirming(here: Town) -> Call:
    begun: MandateResult = await here.ask("begin_mandate", lambda channel: channel.begin_mandate(begin()))
    return here.confirm(begun)


async def _querying_mandate(here: Town) -> Call:
    ref = await here.agreed()
    return lambda channel: channel.query_mandate(ref)


async def _revoking(here: Town) -> Call:
    ref = await here.agreed()
    return lambda channel: channel.revoke_mandate(ref)


async def _debiting(here: Town) -> Call:
    asked = debit((await here.agreed()).token or "", here.subject)
    return lambda channel: channel.debit(asked)
