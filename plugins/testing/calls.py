"""Checks of the calls: what is not certain is UNKNOWN, what was not sent is known, what is not offered is refused."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from domain.payments.ports import (
    BeginMandate,
    BillEmpty,
    BillKind,
    BillNotReady,
    BillRequest,
    Capabilities,
    ConfirmMandate,
    CreatePayment,
    Debit,
    ErrorKind,
    FourElements,
    MandatePlan,
    MandateRef,
    MandateSigning,
    NotOffered,
    PaymentChannel,
    PaymentRef,
    Refund,
    RefundRef,
)
from domain.shared.days import business_day
from domain.shared.secret import SecretStr
from plugins.runtime import Exchange
from plugins.testing.gateway import Gateway
from plugins.testing.overhearing import overheard
from plugins.testing.subject import Subject, must, must_be

_PERSON = FourElements(*map(SecretStr, ("全渠道", "341126197709218366", "6216261000000000018", "13552535506")))

Call = Callable[[PaymentChannel], Awaitable[Any]]
Ending = httpx.Response | Exception

_NOT_SENT = (httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x"))
_DOUBTFUL: Mapping[str, Ending] = {
    "no answer in time": httpx.ReadTimeout("x"),
    "a request cut off": httpx.WriteTimeout("x"),
    "a connection that breaks": httpx.ReadError("x"),
    "an answer that is no HTTP": httpx.RemoteProtocolError("x"),
    "HTTP 500": httpx.Response(500, text="error"),
    "HTTP 502": httpx.Response(502, text="<html>bad gateway</html>"),
    "a redirect": httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
    "HTTP 404 from nobody": httpx.Response(404, text='{"code":"ORDER_NOT_EXIST"}'),
    "an empty answer": httpx.Response(200, text=""),
    "a page": httpx.Response(200, text="<html>maintenance</html>"),
    "an empty object": httpx.Response(200, text="{}"),
    "letters that are none": httpx.Response(200, content=b"\xff\xfe\x00"),
}
_OFFERED_BY: Mapping[str, Callable[[Capabilities], object]] = {
    "create_payment": lambda can: can.products,
    "close_payment": lambda can: can.close,
    "refund": lambda can: can.refund,
    "query_refund": lambda can: can.refund_query,
    "debit": lambda can: can.autodebit,
    "begin_mandate": lambda can: can.mandate_sign,
    "confirm_mandate": lambda can: MandateSigning.SMS in can.mandate_sign,
    "query_mandate": lambda can: can.mandate_sign,
    "revoke_mandate": lambda can: can.mandate_sign,
    "debit_batch": lambda can: can.batch_autodebit,
    "query_batch": lambda can: can.batch_autodebit,
    "fetch_bill": lambda can: can.bill,
    "parse_bill": lambda can: can.bill,
    "parse_notification": lambda can: can.notify,
    "answer_notification": lambda can: can.notify,
}


@dataclass(slots=True)
class Provider(httpx.AsyncBaseTransport):
    """Ends every call in the same way, and counts them."""

    ending: Ending
    calls: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002
        self.calls += 1
        if isinstance(self.ending, Exception):
            raise self.ending
        return httpx.Response(self.ending.status_code, headers=self.ending.headers, content=self.ending.content)


async def doubt_is_unknown(subject: Subject) -> None:
    """Whatever goes wrong after a request may have left, or comes unproven, is UNKNOWN: never a decline, never raised."""
    for what, ending in _DOUBTFUL.items():
        provider = Provider(ending)
        channel = subject.channel(provider)
        for name, call in calls_of(subject):
            provider.calls = 0
            result = await _result(f"{name}, after {what},", call, channel)
            if provider.calls:
                must(result.state == "UNKNOWN", f"{name}, after {what}, is {result.state}; nobody knows what it did")
                must(_kind(result) is not ErrorKind.NOT_EXECUTED, f"{name}, after {what}, is said to have done nothing")


async def a_bill_in_doubt_is_not_ready(subject: Subject) -> None:
    """A bill that could not be had may come later; it is never taken for a day without trades."""
    request = BillRequest(business_day(subject.now) - timedelta(days=7), BillKind.TRADE)
    for what, ending in _DOUBTFUL.items():
        channel = subject.channel(Provider(ending))
        must_be(
            await _result(f"fetch_bill, after {what},", lambda channel: channel.fetch_bill(request), channel),
            BillNotReady,
            f"the bill, after {what},",
        )
    if subject.gateway:
        await _today_is_not_over(subject, subject.gateway())


async def _today_is_not_over(subject: Subject, gateway: Gateway) -> None:
    today = BillRequest(business_day(subject.now), BillKind.TRADE)
    channel = subject.channel(gateway.transport())
    try:
        told = await _result("fetch_bill of a day that is not over", lambda channel: channel.fetch_bill(today), channel)
    finally:
        await gateway.aclose()
    must(
        not isinstance(told, BillEmpty),
        f"the bill of {today.date}, a day that is not over, is a BillEmpty: bill_not_over and bill_none_there know the hours",
    )


async def what_was_not_sent_is_known(subject: Subject) -> None:
    """A call that could not connect says that it did nothing, so that it may be made again."""
    for failure in _NOT_SENT:
        provider = Provider(failure)
        channel = subject.channel(provider)
        for name, call in calls_of(subject):
            provider.calls = 0
            what = f"{name}, after {type(failure).__name__},"
            result = await _result(what, call, channel)
            if provider.calls and hasattr(result, "error"):
                must(result.state == "UNKNOWN", f"{what} is {result.state}")
                must(_kind(result) is ErrorKind.NOT_EXECUTED, f"{what} is not said to have done nothing")


async def offers_what_it_says(subject: Subject) -> None:
    """What the capabilities list is there, and a debit that they do not list is refused."""
    can, channel = subject.capabilities(), subject.channel()
    for operation, offered in _OFFERED_BY.items():
        own = getattr(type(channel), operation) is not getattr(PaymentChannel, operation)
        must(own or not offered(can), f"its capabilities promise {operation}, and it has none")
    if not can.autodebit:
        refused = False
        try:
            await channel.debit(_debit(subject))
        except NotOffered:
            refused = True
        must(refused, "it takes a debit that its capabilities do not list")


async def secrets_stay_secret(subject: Subject) -> None:
    """No secret and no person shows in what is printed, logged or audited, however a call ends."""
    shown: list[str] = [repr(subject.channel()), str(subject.channel())]

    async def audit(exchange: Exchange) -> None:
        shown.append(f"{exchange!r}{exchange.url}{exchange.request}{exchange.response}")

    with overheard(subject.spec.code) as heard:
        for ending in _DOUBTFUL.values():
            channel = subject.channel(Provider(ending), audit=audit)
            for name, call in calls_of(subject):
                shown.append(repr(await _result(name, call, channel)))
    shown += heard
    for secret in subject.secrets():
        must(not any(secret in text for text in shown), "a secret shows in a repr, the log, the audit or on the screen")
    for person in (_PERSON.id_number, _PERSON.card_number, _PERSON.phone):
        must(
            not any(person.reveal() in text for text in shown),
            "a card, an identity number or a phone shows in a repr, the log, the audit or on the screen",
        )


def calls_of(subject: Subject) -> Iterator[tuple[str, Call]]:
    """What the core asks of a channel that can do what this one can, by name."""
    can, ref = subject.capabilities(), PaymentRef(subject.order_no, subject.now)
    for product in sorted(can.products):
        order = CreatePayment(
            order_no=subject.order_no,
            amount_fen=can.min_fen,
            currency="CNY",
            product=product,
            subject="还款 repayment",
            expires_at=subject.now + timedelta(minutes=30),
            client_ip="192.0.2.1",
            payer_id="payer",
            return_url="https://loan.example.com/return",
        )
        yield f"create_payment by {product}", lambda channel, order=order: channel.create_payment(order)
    yield "query_payment", lambda channel: channel.query_payment(ref)
    if can.close:
        yield "close_payment", lambda channel: channel.close_payment(ref)
    if can.refund:
        yield "refund", lambda channel: channel.refund(Refund("RF1", ref, can.min_fen, can.min_fen))
    if can.refund_query:
        yield "query_refund", lambda channel: channel.query_refund(RefundRef("RF1", ref, subject.now))
    if can.autodebit:
        yield "debit", lambda channel: channel.debit(_debit(subject))
    if can.mandate_sign:
        mandate = MandateRef("MD20261121000001a1b2c3d4", "token", subject.now)
        never_learnt = MandateRef(mandate.mandate_no, submitted_at=subject.now)
        begin = BeginMandate("MD20261121000001a1b2c3d4", _PERSON, MandatePlan(50_000_00, dates=()))
        code = ConfirmMandate("MD20261121000001a1b2c3d4", SecretStr("123456"))
        yield "begin_mandate", lambda channel: channel.begin_mandate(begin)
        yield "query_mandate", lambda channel: channel.query_mandate(mandate)
        yield "revoke_mandate", lambda channel: channel.revoke_mandate(mandate)
        yield "revoke_mandate without a token", lambda channel: channel.revoke_mandate(never_learnt)
        if MandateSigning.SMS in can.mandate_sign:
            yield "confirm_mandate", lambda channel: channel.confirm_mandate(code)


def _debit(subject: Subject) -> Debit:
    least = subject.capabilities().min_fen
    return Debit(subject.order_no, least, "CNY", "token", business_day(subject.now), "还款 repayment")


async def _result(what: str, call: Call, channel: PaymentChannel) -> Any:
    try:
        return await call(channel)
    except Exception as error:
        raise AssertionError(f"{what} raises {type(error).__name__} instead of giving a result: {error}") from error


def _kind(result: Any) -> ErrorKind | None:
    return result.error.kind if getattr(result, "error", None) else None
