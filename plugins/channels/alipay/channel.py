"""The Alipay channel: a page, an app string or a QR code to pay with; query, close, refund; agreements where granted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from domain.payments.ports import (
    Action,
    AppOrderString,
    BeginMandate,
    BillAnswer,
    BillEntry,
    BillFile,
    BillRequest,
    ChannelError,
    CloseResult,
    CreatePayment,
    Debit,
    ErrorCode,
    ErrorKind,
    Health,
    HttpAnswer,
    MandateRef,
    MandateResult,
    NoticeOutcome,
    Notification,
    NotOffered,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    QrCode,
    RawRequest,
    RedirectUrl,
    Refund,
    RefundRef,
    RefundResult,
    RefundState,
)
from domain.shared.money import yuan
from plugins import health
from plugins.channels.alipay import bills, notifications
from plugins.channels.alipay.agreements import Agreements
from plugins.channels.alipay.bill_fetching import fetch
from plugins.channels.alipay.certificates import platform_keys, serials
from plugins.channels.alipay.config import AlipayConfig
from plugins.channels.alipay.gateway import Fields, Gateway, beijing
from plugins.channels.alipay.states import (
    TRADE_HAS_CLOSE,
    TRADE_HAS_SUCCESS,
    TRADE_NOT_EXIST,
    currency,
    fen,
    instant,
    state_after,
    text,
    trade_state,
)
from plugins.currencies import must_be_yuan
from plugins.keys import private_key
from plugins.outcome import when_asked
from plugins.spec import ChannelRuntime

# Alipay's own minimum before a refund can be asked about.
_REFUND_PATIENCE = timedelta(seconds=10)
_SUBJECT = str.maketrans(dict.fromkeys(",/=&\r\n\t", " "))

_SIGNED_HERE = {
    Product.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    Product.WAP: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    Product.APP: ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
}


class AlipayChannel(PaymentChannel):
    """Page, wap and app payments are signed here and make no call: until the borrower opens the cashier Alipay does not
    know the order, and a query says NOT_FOUND. `time_expire` is what ends such an order."""

    code = "alipay"

    def __init__(self, config: AlipayConfig, runtime: ChannelRuntime) -> None:
        self._config = config
        self._runtime = runtime
        key = private_key(config.app_private_key.reveal(), "app_private_key")
        self._platform = platform_keys(config, key)
        self._gateway = Gateway(
            url=config.gateway_url,
            app_id=config.app_id,
            key=key,
            platform=self._platform,
            serials=serials(config, key),
            http=runtime.http,
            clock=runtime.clock,
        )

        self._agreements = Agreements(self._gateway, config)

    def __repr__(self) -> str:
        return f"AlipayChannel(app_id={self._config.app_id!r})"

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        """ACTION_REQUIRED with a redirect, an app string or a QR code."""
        must_be_yuan(self.code, request.currency)
        if request.product is Product.QR:
            return await self._precreate(request)
        if request.product not in _SIGNED_HERE:
            raise NotOffered(self.code, f"product {request.product}")
        method, product_code = _SIGNED_HERE[request.product]
        params = self._gateway.signed(
            method,
            self._order(request, product_code),
            notify_url=self._notify_url(request.notify_url),
            return_url=request.return_url if request.product is not Product.APP else None,
        )
        action: Action = (
            AppOrderString(urlencode(params))
            if request.product is Product.APP
            else RedirectUrl(f"{self._config.gateway_url}?{urlencode(params)}")
        )
        return PaymentResult(PaymentState.ACTION_REQUIRED, action=action)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        answer = await self._gateway.call("alipay.trade.query", {"out_trade_no": ref.order_no})
        if isinstance(answer, ChannelError):
            return PaymentResult(when_asked(state_after(answer)), error=answer)
        return _payment(answer, ref.order_no, paid_at="send_pay_date")

    async def close_payment(self, ref: PaymentRef) -> CloseResult:
        answer = await self._gateway.call("alipay.trade.close", {"out_trade_no": ref.order_no})
        if not isinstance(answer, ChannelError):
            return CloseResult.CLOSED if answer.get("out_trade_no") == ref.order_no else CloseResult.UNKNOWN
        if answer.provider_code == TRADE_NOT_EXIST:
            return CloseResult.NOT_FOUND
        if not answer.provider_code.startswith("ACQ."):
            return CloseResult.UNKNOWN
        # Refused because it is paid, or closed already: the query says which, else the refusal itself.
        known = (await self.query_payment(ref)).state
        if known is PaymentState.UNKNOWN:
            return _REFUSED_AS.get(answer.provider_code, CloseResult.UNKNOWN)
        return _CLOSED_AS.get(known, CloseResult.UNKNOWN)

    async def refund(self, request: Refund) -> RefundResult:
        """Done only where this very call moved the money; a repeat is asked about."""
        must_be_yuan(self.code, request.currency)
        biz = {
            "out_trade_no": request.payment.order_no,
            "refund_amount": yuan(request.amount_fen),
            "out_request_no": request.refund_no,
            **({"refund_reason": _plain(request.reason)} if request.reason else {}),
        }
        answer = await self._gateway.call("alipay.trade.refund", biz)
        if isinstance(answer, ChannelError):
            return RefundResult(RefundState(state_after(answer).value), error=answer)
        if answer.get("out_trade_no") != request.payment.order_no:
            return RefundResult(RefundState.UNKNOWN, error=_OTHER_ORDER)
        if answer.get("fund_change") != "Y":
            return RefundResult(RefundState.PROCESSING, retry_after=_REFUND_PATIENCE)
        return RefundResult(
            RefundState.SUCCEEDED,
            amount_fen=request.amount_fen,
            currency=request.currency,
            provider_no=text(answer.get("trade_no")),
            refunded_at=instant(answer.get("gmt_refund_pay")) or self._runtime.clock(),
        )

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        biz = {
            "out_trade_no": ref.payment.order_no,
            "out_request_no": ref.refund_no,
            "query_options": ["gmt_refund_pay"],
        }
        answer = await self._gateway.call("alipay.trade.fastpay.refund.query", biz)
        if isinstance(answer, ChannelError):
            return RefundResult(RefundState(when_asked(state_after(answer)).value), error=answer)
        if answer.get("refund_status") != "REFUND_SUCCESS":
            return RefundResult(RefundState.PROCESSING, retry_after=_REFUND_PATIENCE)
        amount = fen(answer.get("refund_amount"))
        if amount is None or (answer.get("out_trade_no"), answer.get("out_request_no")) != (
            ref.payment.order_no,
            ref.refund_no,
        ):
            return RefundResult(RefundState.UNKNOWN, error=_OTHER_ORDER)
        return RefundResult(
            RefundState.SUCCEEDED,
            amount_fen=amount,
            currency="CNY",
            provider_no=text(answer.get("trade_no")),
            refunded_at=instant(answer.get("gmt_refund_pay")),
        )

    async def begin_mandate(self, request: BeginMandate) -> MandateResult:
        """ACTION_REQUIRED with the page to sign an agreement on."""
        self._must_be_granted("begin_mandate")
        return self._agreements.begin(request, self._notify_url(request.notify_url))

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        """What was signed is asked about and ended whether new agreements are granted by now or not."""
        return await self._agreements.query(ref)

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._agreements.revoke(ref)

    async def debit(self, request: Debit) -> PaymentResult:
        """Take money under an agreement. On a day that is not of its calendar Alipay declines: another day may do."""
        self._must_be_granted("debit")
        must_be_yuan(self.code, request.currency)
        biz = {
            "out_trade_no": request.order_no,
            "total_amount": yuan(request.amount_fen),
            "subject": _plain(request.subject),
            "product_code": self._config.withholding_product,
            "agreement_params": {"agreement_no": request.token},
        }
        answer = await self._gateway.call("alipay.trade.pay", biz, notify_url=self._notify_url(request.notify_url))
        if not isinstance(answer, ChannelError):
            return _payment({"trade_status": "TRADE_SUCCESS", **answer}, request.order_no, paid_at="gmt_payment")
        return await self._already_paid(request.order_no) if _is_paid(answer) else _ended_in(answer)

    async def parse_notification(self, request: RawRequest) -> Notification:
        return notifications.parse(request, self._config, self._platform)

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return notifications.answer(outcome)

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        """Yesterday's bill is there from about nine o'clock."""
        return await fetch(self._gateway, request)

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        return bills.parse(file, self._config.seller_id)

    async def health(self) -> Health:
        return await health.of(self, self._runtime.clock())

    async def _precreate(self, request: CreatePayment) -> PaymentResult:
        answer = await self._gateway.call(
            "alipay.trade.precreate",
            self._order(request, self._config.qr_product_code),
            notify_url=self._notify_url(request.notify_url),
        )
        if isinstance(answer, ChannelError):
            return await self._already_paid(request.order_no) if _is_paid(answer) else _ended_in(answer)
        code_url = answer.get("qr_code")
        if answer.get("out_trade_no") != request.order_no or not isinstance(code_url, str):
            return PaymentResult(PaymentState.UNKNOWN, error=_OTHER_ORDER)
        return PaymentResult(PaymentState.ACTION_REQUIRED, action=QrCode(code_url))

    async def _already_paid(self, order_no: str) -> PaymentResult:
        """What Alipay says is paid, as a query tells it: the sum is to be checked."""
        told = await self.query_payment(PaymentRef(order_no, self._runtime.clock()))
        # A query that was not made says nothing of the call before it, which was.
        return replace(told, error=_NOT_ASKED) if told.not_executed else told

    def _order(self, request: CreatePayment, product_code: str) -> dict[str, Any]:
        order = {
            "out_trade_no": request.order_no,
            "total_amount": yuan(request.amount_fen),
            "subject": _plain(request.subject),
            "product_code": product_code,
            "time_expire": beijing(request.expires_at),
        }
        if request.product is Product.WAP and request.return_url:
            order["quit_url"] = request.return_url
        if request.metadata:
            # Alipay wants it encoded once more, and hands it back as it came.
            order["passback_params"] = quote(urlencode(request.metadata), safe="")
        return order

    def _must_be_granted(self, operation: str) -> None:
        """Alipay grants agreements after a review; they are off unless configured."""
        if not self._config.withholding:
            raise NotOffered(self.code, operation)

    def _notify_url(self, given: str) -> str:
        return given or self._runtime.notify_url("payments")


_OTHER_ORDER = ChannelError(
    ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the answer is about another order, or its sum cannot be read"
)
_NOT_ASKED = ChannelError(ErrorKind.UNKNOWN, ErrorCode.OTHER, "it is paid, and how much could not be asked")
_REFUSED_AS = {TRADE_HAS_SUCCESS: CloseResult.ALREADY_PAID, TRADE_HAS_CLOSE: CloseResult.CLOSED}
_CLOSED_AS = {PaymentState.SUCCEEDED: CloseResult.ALREADY_PAID, PaymentState.CLOSED: CloseResult.CLOSED}


def _payment(answer: Fields, order_no: str, *, paid_at: str) -> PaymentResult:
    amount = fen(answer.get("total_amount"))
    if answer.get("out_trade_no") != order_no or amount is None:
        return PaymentResult(PaymentState.UNKNOWN, error=_OTHER_ORDER)
    return PaymentResult(
        trade_state(answer),
        amount_fen=amount,
        currency=currency(answer),
        provider_no=text(answer.get("trade_no")),
        payer_id_masked=text(answer.get("buyer_logon_id")),
        paid_at=instant(answer.get(paid_at)),
    )


def _is_paid(error: ChannelError) -> bool:
    return error.provider_code == TRADE_HAS_SUCCESS


def _ended_in(error: ChannelError) -> PaymentResult:
    return PaymentResult(state_after(error), error=error)


def _plain(words: str) -> str:
    """A text as a subject may be: no separators of the bill or of the form, at most 256 characters."""
    return words.translate(_SUBJECT)[:256]
