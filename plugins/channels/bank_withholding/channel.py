"""The bank withholding channel: bound cards are debited; no page to pay on. A withholding that is accepted is not paid."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from domain.payments.ports import (
    BatchRef,
    BatchResult,
    BeginMandate,
    BillAnswer,
    BillEntry,
    BillFile,
    BillRequest,
    ChannelError,
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
    RefundState,
)
from plugins import health
from plugins.channels.bank_withholding import bills, codes, notifications
from plugins.channels.bank_withholding.batches import Batches
from plugins.channels.bank_withholding.certificates import Chain
from plugins.channels.bank_withholding.config import BankWithholdingConfig
from plugins.channels.bank_withholding.gateway import Fields, Gateway
from plugins.channels.bank_withholding.mandates import Mandates, State
from plugins.channels.bank_withholding.notifications import refund_of
from plugins.channels.bank_withholding.people import Envelopes
from plugins.currencies import must_be_yuan
from plugins.keys import certificate, private_key
from plugins.spec import ChannelRuntime

_PATIENCE = timedelta(seconds=1)
_NO_SUM = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the answer is about no order, or has no sum")
_NO_TRADE = ChannelError(
    ErrorKind.NOT_EXECUTED, ErrorCode.OTHER, "UnionPay's number of the payment is not known: ask about the payment"
)
_NO_TIME = ChannelError(ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, "it is not known when the refund was submitted")


class BankWithholdingChannel(PaymentChannel):
    """UnionPay knows a trade by its number and its `txnTime`: a repeat or a query with another time is another trade.

    So the time is the attempt's `submitted_at` in Beijing. Every result of a debit or a refund carries it as
    `channel_state`, and a reference that has lost that state still leads to it by its own `submitted_at`.
    """

    code = "bank_withholding"

    def __init__(self, config: BankWithholdingConfig, runtime: ChannelRuntime) -> None:
        self._config = config
        self._runtime = runtime
        key = private_key(config.private_key.reveal(), "private_key")
        self._chain = Chain(
            certificate(config.root_cert, "root_cert"),
            certificate(config.middle_cert, "middle_cert"),
            config.expected_cn,
        )
        self._gateway = Gateway(config, key, self._chain, runtime.http, runtime.clock)
        envelopes = Envelopes(certificate(config.encrypt_cert, "encrypt_cert"), key)
        self._mandates = Mandates(self._gateway, envelopes)
        self._batches = Batches(self._gateway)

    def __repr__(self) -> str:
        return f"BankWithholdingChannel(mer_id={self._config.mer_id!r})"

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        """Nobody pays here by himself."""
        raise NotOffered(self.code, f"product {request.product}")

    async def begin_mandate(self, request: BeginMandate) -> MandateResult:
        """ACTION_REQUIRED: the bank has sent a code to the borrower's phone."""
        return await self._mandates.begin(request)

    async def confirm_mandate(self, request: ConfirmMandate) -> MandateResult:
        """ACTIVE: the card is bound, and the token stands for it."""
        return await self._mandates.confirm(request)

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._mandates.query(ref)

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        return await self._mandates.revoke(ref)

    async def debit(self, request: Debit) -> PaymentResult:
        """PROCESSING where UnionPay accepted it: whether money moves, the notice or a query says."""
        must_be_yuan(self.code, request.currency)
        txn_time = _txn_time(request.channel_state, request.submitted_at or self._runtime.clock())
        asked = {
            "txnAmt": str(request.amount_fen),
            "currencyCode": "156",
            "bindId": request.token,
            "backUrl": self._notify_url(request.notify_url),
        }
        return await self._sent("11", self._config.withhold_sub_type, request.order_no, txn_time, asked)

    async def debit_batch(self, request: DebitBatch) -> BatchResult:
        """PROCESSING where UnionPay took the batch; nobody tells what becomes of it, so it is asked after an hour."""
        must_be_yuan(self.code, request.currency, *(item.currency for item in request.items))
        return await self._batches.send(request)

    async def query_batch(self, ref: BatchRef) -> BatchResult:
        return await self._batches.query(ref)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        """Of what went in a batch the batch's file is asked; what that does not know, or not yet for certain, the trade."""
        txn_time = _txn_time(ref.channel_state, ref.submitted_at)
        if ref.batch_no is None:
            return await self._asked(ref.order_no, txn_time)
        if told := await self._batches.query_item(ref):
            return told
        alone = await self._asked(ref.order_no, txn_time)
        # Its batch was carried out: that the trade is not known says nothing then.
        return replace(alone, state=PaymentState.UNKNOWN) if alone.state is PaymentState.NOT_FOUND else alone

    async def refund(self, request: Refund) -> RefundResult:
        """PROCESSING where UnionPay accepted it. A refund is a trade of its own, that names the payment's number."""
        must_be_yuan(self.code, request.currency)
        trade_no = request.payment.provider_no
        if not trade_no:
            known = await self.query_payment(request.payment)
            if not (trade_no := known.provider_no):
                # Only a proven answer shows that there is nothing to refund.
                unproven = known.error if known.error and not known.error.provider_code else None
                return RefundResult(RefundState.UNKNOWN, error=unproven or _NO_TRADE)
        txn_time = codes.beijing(request.submitted_at or self._runtime.clock())
        asked = {
            "txnAmt": str(request.amount_fen),
            "origQryId": trade_no,
            "backUrl": self._notify_url(request.notify_url),
        }
        return refund_of(await self._sent("04", "00", request.refund_no, txn_time, asked))

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        submitted_at = ref.submitted_at or ref.payment.submitted_at
        told = refund_of(await self._asked(ref.refund_no, _txn_time(ref.channel_state, submitted_at)))
        if ref.submitted_at or "txnTime" in ref.channel_state:
            return told
        # Its own time is lost. Under the payment's what is found is true, what is not may be there all the same.
        if told.state is RefundState.NOT_FOUND:
            return RefundResult(RefundState.UNKNOWN, error=_NO_TIME)
        return replace(told, channel_state={})

    async def parse_notification(self, request: RawRequest) -> Notification:
        return notifications.parse(request, self._config.mer_id, self._chain)

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return notifications.answer(outcome)

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        """Yesterday's file is there from about nine o'clock."""
        return await bills.fetch(self._gateway, request)

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        return bills.parse(file, self._config.mer_id)

    async def health(self) -> Health:
        return await health.of(self, self._runtime.clock())

    async def _sent(self, txn_type: str, sub_type: str, order_no: str, txn_time: str, asked: Fields) -> PaymentResult:
        """Send a trade. One that was sent before is asked about: it happened once, and that is its result."""
        trade = {"orderId": order_no, "txnTime": txn_time}
        answer = await self._gateway.transact(txn_type, sub_type, {**trade, **asked})
        error = codes.refusal(answer)
        if error and error.kind is ErrorKind.CONFLICT:
            known = await self._asked(order_no, txn_time)
            if known.state in {PaymentState.SUCCEEDED, PaymentState.DECLINED}:
                return known
        state = {"txnTime": txn_time}
        if error:
            return PaymentResult(codes.state_after(error), error=error, channel_state=state)
        return PaymentResult(
            PaymentState.PROCESSING, provider_no=_number(answer), channel_state=state, retry_after=_PATIENCE
        )

    async def _asked(self, order_no: str, txn_time: str) -> PaymentResult:
        answer = await self._gateway.query(order_no, txn_time)
        state = {"txnTime": txn_time}
        if error := codes.failure(answer):
            return PaymentResult(
                codes.state_asked(error), provider_no=_number(answer), error=error, channel_state=state
            )
        paid = cast("Fields", answer)
        amount = codes.moved(paid)
        if amount is None or paid.get("orderId") != order_no:
            return PaymentResult(PaymentState.UNKNOWN, error=_NO_SUM, channel_state=state)
        return PaymentResult(
            PaymentState.SUCCEEDED,
            amount_fen=amount,
            currency=codes.currency(paid),
            provider_no=paid.get("queryId"),
            payer_id_masked=codes.masked(paid.get("accNo")),
            paid_at=codes.paid_at(paid),
            channel_state=state,
        )

    def _notify_url(self, given: str) -> str:
        return given or self._runtime.notify_url("payments")


def _txn_time(state: State, submitted_at: datetime) -> str:
    """The time a trade is known by: the one it was sent with, or else the one it must have been sent with."""
    return str(state.get("txnTime") or codes.beijing(submitted_at))


def _number(answer: codes.Answer) -> str | None:
    return None if isinstance(answer, ChannelError) else answer.get("queryId")
