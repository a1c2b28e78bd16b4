"""The WeChat Pay channel: a code, a page or parameters to pay with; query, close, refund, notifications, bills."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from domain.payments.ports import (
    BillAnswer,
    BillEntry,
    BillFile,
    BillKind,
    BillRequest,
    ChannelError,
    CloseResult,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    Health,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotOffered,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    Refund,
    RefundRef,
    RefundResult,
    RefundState,
)
from plugins import health
from plugins.channels.wechat import bills, notifications, states
from plugins.channels.wechat.bill_fetching import fetch
from plugins.channels.wechat.config import WechatConfig
from plugins.channels.wechat.gateway import Gateway, Malformed
from plugins.channels.wechat.orders import WAYS, Orders, lacking
from plugins.channels.wechat.proofs import platform_keys
from plugins.channels.wechat.signing import NotOpened
from plugins.channels.wechat.states import Fields, state_after, text
from plugins.keys import private_key
from plugins.outcome import when_asked
from plugins.spec import ChannelRuntime

_ORDERS = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"


class WechatChannel(PaymentChannel):
    """An order exists at WeChat from the call that makes it, and ends by itself at its `time_expire`.

    A code or prepay id is good for two hours and an H5 page for five minutes; asking again with the same order gives
    another.
    """

    code = "wechat"

    def __init__(self, config: WechatConfig, runtime: ChannelRuntime) -> None:
        self._config = config
        self._runtime = runtime
        self._platform_keys = platform_keys(config)
        key = private_key(config.merchant_private_key.reveal(), "merchant_private_key")
        if key.public_key().public_numbers() in [known.public_numbers() for known in self._platform_keys.values()]:
            raise ValueError("wechatpay_public_key is our own key; WeChat's console shows its own under API security")
        self._orders = Orders(config.appid, config.mchid, key)
        self._gateway = Gateway(
            url=config.gateway_url,
            backup_url=config.backup_url,
            mchid=config.mchid,
            serial=config.merchant_serial,
            key=key,
            key_id=config.wechatpay_public_key_id,
            platform_keys=self._platform_keys,
            http=runtime.http,
            clock=runtime.clock,
        )

    def __repr__(self) -> str:
        return f"WechatChannel(mchid={self._config.mchid!r})"

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        """ACTION_REQUIRED with a QR code, a redirect, or parameters for WeChat's script or SDK."""
        if request.product not in WAYS:
            raise NotOffered(self.code, f"product {request.product}")
        if error := lacking(request):
            # Nothing was sent, so nothing can move.
            return PaymentResult(PaymentState.DECLINED, error=error)
        order = self._orders.fields(request, request.notify_url or self._runtime.notify_url("payments"))
        answer = await self._gateway.post(f"{_ORDERS}/{WAYS[request.product]}", order)
        if isinstance(answer, ChannelError):
            return await self._refused(answer, request.order_no)
        action = self._orders.action(request, answer, self._runtime.clock())
        if action is None:
            return PaymentResult(PaymentState.UNKNOWN, error=_NOT_OURS)
        return PaymentResult(PaymentState.ACTION_REQUIRED, action=action)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        answer = await self._gateway.get(_order(ref.order_no), {"mchid": self._config.mchid})
        if isinstance(answer, ChannelError):
            return PaymentResult(when_asked(state_after(answer)), error=answer)
        if not self._is_about(answer, out_trade_no=ref.order_no):
            return PaymentResult(PaymentState.UNKNOWN, error=_NOT_OURS)
        return states.payment(answer)

    async def close_payment(self, ref: PaymentRef) -> CloseResult:
        answer = await self._gateway.post(f"{_order(ref.order_no)}/close", {"mchid": self._config.mchid})
        if not isinstance(answer, ChannelError):
            return CloseResult.CLOSED
        if state_after(answer) is PaymentState.NOT_FOUND:
            return CloseResult.NOT_FOUND
        if answer.kind not in _ASK_WHY:
            return CloseResult.UNKNOWN
        # Refused because it is paid, or closed already: the query says which, else the refusal itself.
        known = (await self.query_payment(ref)).state
        if known is PaymentState.UNKNOWN:
            return _REFUSED_AS.get(answer.provider_code, CloseResult.UNKNOWN)
        return _CLOSED_AS.get(known, CloseResult.UNKNOWN)

    async def refund(self, request: Refund) -> RefundResult:
        """PROCESSING at first: the money goes back later, and only a query or a notification says when."""
        fields = {
            "out_trade_no": request.payment.order_no,
            "out_refund_no": request.refund_no,
            **({"reason": request.reason[:80]} if request.reason else {}),
            "notify_url": request.notify_url or self._runtime.notify_url("payments"),
            "amount": {"refund": request.amount_fen, "total": request.total_fen, "currency": request.currency},
        }
        answer = await self._gateway.post(_REFUNDS, fields)
        if isinstance(answer, ChannelError):
            return RefundResult(RefundState(state_after(answer).value), error=answer)
        return self._refund(answer, request.refund_no, request.payment.order_no)

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        answer = await self._gateway.get(f"{_REFUNDS}/{quote(ref.refund_no, safe='')}")
        if isinstance(answer, ChannelError):
            return RefundResult(RefundState(when_asked(state_after(answer)).value), error=answer)
        return self._refund(answer, ref.refund_no, ref.payment.order_no)

    async def parse_notification(self, request: RawRequest) -> Notification:
        try:
            return notifications.parse(request, self._config, self._platform_keys)
        except (NotOpened, Malformed) as fault:
            # WeChat signed it, so this is ours to repair: with a wrong apiv3_key every notice ends here.
            self._runtime.logger.error("wechat.notice_unreadable: %s", fault)
            raise

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return notifications.answer(outcome)

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        """Yesterday's bill is there from about ten o'clock, and for three months."""
        if request.kind is not BillKind.TRADE:
            raise NotOffered(self.code, f"bill {request.kind}")
        return await fetch(self._gateway, request.date)

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        return bills.parse(file, self._config.mchid)

    async def health(self) -> Health:
        return await health.of(self, self._runtime.clock())

    async def _refused(self, error: ChannelError, order_no: str) -> PaymentResult:
        """Why an order was not made: where its number is in use, what it was used for says more."""
        if error.kind is ErrorKind.CONFLICT:
            known = await self.query_payment(PaymentRef(order_no, self._runtime.clock()))
            if known.state in _CLOSED_AS:
                return known
        return PaymentResult(state_after(error), error=error)

    def _refund(self, answer: Fields, refund_no: str, order_no: str) -> RefundResult:
        if not self._is_about(answer, out_refund_no=refund_no, out_trade_no=order_no):
            return RefundResult(RefundState.UNKNOWN, error=_NOT_OURS)
        return states.refund(answer, text(answer.get("status")) or "")

    def _is_about(self, answer: Fields, **numbers: str) -> bool:
        """Whether a proven answer is of our merchant and about what we asked: answers do not say which question."""
        who: Mapping[str, str] = {"appid": self._config.appid, "mchid": self._config.mchid}
        named = all(answer.get(name, ours) == ours for name, ours in who.items())
        return named and all(answer.get(name) == number for name, number in numbers.items())


def _order(order_no: str) -> str:
    return f"{_ORDERS}/out-trade-no/{quote(order_no, safe='')}"


_NOT_OURS = ChannelError(
    ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the answer is about something else, or does not say what we need"
)
_ASK_WHY = {ErrorKind.CONFLICT, ErrorKind.INVALID_REQUEST, ErrorKind.DECLINED}
_REFUSED_AS = {"ORDER_PAID": CloseResult.ALREADY_PAID, "ORDER_CLOSED": CloseResult.CLOSED}
_CLOSED_AS = {PaymentState.SUCCEEDED: CloseResult.ALREADY_PAID, PaymentState.CLOSED: CloseResult.CLOSED}
