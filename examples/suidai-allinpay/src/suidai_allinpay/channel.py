"""Allinpay agreement pay as a channel: cards whose owners agreed are debited; there is no page to pay on."""

from collections.abc import Iterator
from dataclasses import replace

from suidai.contract import (
    BatchRef,
    BatchResult,
    BeginMandate,
    BillAnswer,
    BillEntry,
    BillFile,
    BillRequest,
    ChannelError,
    ChannelRuntime,
    ConfirmMandate,
    CreatePayment,
    Debit,
    DebitBatch,
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
    RawRequest,
    Refund,
    RefundRef,
    RefundResult,
)
from suidai_allinpay import codes, notifications, statements
from suidai_allinpay.agreements import Agreements
from suidai_allinpay.batches import Batches
from suidai_allinpay.config import AllinpayConfig
from suidai_allinpay.gateway import Gateway
from suidai_allinpay.keys import private_key, public_key
from suidai_allinpay.sealing import Seal
from suidai_allinpay.trades import COLLECTED, PAID_OUT, Place, Trades, refund_of

NOBODYS_ORDER = "suidaihealth"

_NOT_CNY = ChannelError(ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, "Allinpay collects CNY only")


class AllinpayChannel(PaymentChannel):
    """One merchant at Allinpay. Our order, refund, batch and mandate numbers are its REQ_SN: each is one request for ever."""

    code = "allinpay"

    def __init__(self, config: AllinpayConfig, runtime: ChannelRuntime) -> None:
        self._config = config
        self._runtime = runtime
        key = private_key(config.private_key.reveal(), "private_key")
        self._allinpay = public_key(config.allinpay_cert, "allinpay_cert")
        gateway = Gateway(config, key, self._allinpay, runtime.http, runtime.clock, runtime.tz)
        self._gateway = gateway
        self._trades = Trades(gateway)
        self._batches = Batches(gateway)
        self._agreements = Agreements(gateway, Seal(key))

    def __repr__(self) -> str:
        return f"AllinpayChannel(merchant_id={self._config.merchant_id!r})"

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        """Nobody pays here by himself."""
        raise NotOffered(self.code, f"product {request.product}")

    async def begin_mandate(self, request: BeginMandate) -> MandateResult:
        """ACTION_REQUIRED: the bank has sent a code to the borrower's phone."""
        return await self._agreements.begin(request)

    async def confirm_mandate(self, request: ConfirmMandate) -> MandateResult:
        """ACTIVE: the borrower agreed, and the token stands for that."""
        return await self._agreements.confirm(request)

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._agreements.query(ref)

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._agreements.revoke(ref)

    async def debit(self, request: Debit) -> PaymentResult:
        """SUCCEEDED where Allinpay says so twice: to the debit, and asked for its sum."""
        if request.currency != codes.CURRENCY:
            return PaymentResult(PaymentState.UNKNOWN, error=_NOT_CNY)
        asked = {
            "BUSINESS_CODE": self._config.business_code,
            "MERCHANT_ID": self._config.merchant_id,
            "SUBMIT_TIME": codes.beijing(request.submitted_at or self._runtime.clock(), self._runtime.tz),
            "AGRMNO": request.token,
            "AMOUNT": str(request.amount_fen),
            "CURRENCY": request.currency,
            "SUMMARY": request.subject[:60],
            "REMARK": request.order_no,
            "NOTIFYURL": self._notify_url(request.notify_url),
        }
        return await self._trades.send("310011", request.order_no, "FASTTRX", asked, direction=COLLECTED)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        place = Place.of(ref)
        return replace(await self._trades.asked(place, COLLECTED), channel_state=place.state())

    async def debit_batch(self, request: DebitBatch) -> BatchResult:
        """Every item has its place in the batch, by which it is asked about: nothing else finds it again."""
        if request.currency != codes.CURRENCY or any(item.currency != codes.CURRENCY for item in request.items):
            return BatchResult(error=_NOT_CNY)
        return await self._batches.send(request)

    async def query_batch(self, ref: BatchRef) -> BatchResult:
        return await self._batches.query(ref)

    async def refund(self, request: Refund) -> RefundResult:
        """A refund is a trade of its own that names the one it gives back."""
        if request.currency != codes.CURRENCY:
            return refund_of(PaymentResult(PaymentState.UNKNOWN, error=_NOT_CNY))
        place = Place.of(request.payment)
        asked = {
            "BUSINESS_CODE": self._config.refund_business_code,
            "MERCHANT_ID": self._config.merchant_id,
            "SUBMIT_TIME": codes.beijing(request.submitted_at or self._runtime.clock(), self._runtime.tz),
            "ORGBATCHID": place.req_sn,
            "ORGBATCHSN": str(place.sn),
            "AMOUNT": str(request.amount_fen),
            "REMARK": request.refund_no,
            "NOTIFYURL": self._notify_url(request.notify_url),
        }
        sent = await self._trades.send("REFUND", request.refund_no, "REFUND", asked, direction=PAID_OUT)
        return refund_of(sent)

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        return refund_of(await self._trades.asked(Place(ref.refund_no), PAID_OUT))

    async def parse_notification(self, request: RawRequest) -> Notification:
        return notifications.parse(request, self._config.merchant_id, self._allinpay, self._runtime.tz)

    def answer_notification(self, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
        return notifications.answer(outcome, notification, self._gateway.key)

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        return await statements.fetch(self._gateway, request)

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        return statements.parse(file, self._config.merchant_id, self._runtime.tz)

    async def health(self) -> Health:
        """Ask for an order that cannot be: a proven "no such trade" proves keys, rights and the way there."""
        told = await self.query_payment(PaymentRef(NOBODYS_ORDER, self._runtime.clock()))
        if told.state is PaymentState.NOT_FOUND:
            return Health(ok=True)
        error = told.error
        return Health(ok=False, problem=f"{error.code}: {error.message} {error.provider_code}" if error else told.state)

    def _notify_url(self, given: str) -> str:
        return given or self._config.notify_url or self._runtime.notify_url("payments")
