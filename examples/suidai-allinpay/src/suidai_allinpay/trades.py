"""Debits and refunds: sending one, and what Allinpay says became of it.

A trade is known by the REQ_SN it went with and its place in it (SN): a debit sent alone is number 0 under its own order
number, one of a batch has a place under the batch's number, counted from 1. suidai knows the place before the batch is sent.
The answer to a trade does not name a sum, so success is taken from the query that follows it: that names sum, time and
direction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from suidai.contract import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RefundResult,
    RefundState,
)
from suidai_allinpay import codes
from suidai_allinpay.documents import Document, Fields, Node
from suidai_allinpay.gateway import Answer, Gateway

COLLECTED, PAID_OUT = "1", "0"
"""TRXDIR: which way the money went."""

_PATIENCE = timedelta(seconds=1)
_OTHER_TRADE = codes.unknown(ErrorCode.MALFORMED_ANSWER, "the answer does not say what became of this trade")
_CONTRADICTION = codes.unknown(ErrorCode.SYSTEM_ERROR, "accepted, and then reported as failed")

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where Allinpay has a trade."""

    req_sn: str
    sn: int = 0

    @classmethod
    def of(cls, ref: PaymentRef) -> "Place":
        """As suidai kept it before the batch was sent, or as the state did; else that of a debit sent alone."""
        if ref.batch_no and ref.batch_position is not None:
            return cls(ref.batch_no, ref.batch_position + 1)
        batch, sn = ref.channel_state.get("batch"), ref.channel_state.get("sn")
        return cls(batch, sn) if isinstance(batch, str) and isinstance(sn, int) else cls(ref.order_no)

    def state(self) -> dict[str, Any]:
        return {"batch": self.req_sn, "sn": self.sn} if self.sn else {}

    def holds(self, detail: Fields) -> bool:
        return detail.get("BATCHID") == self.req_sn and place_in(detail) == self.sn


class Trades:
    """The trades of one merchant."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, trx_code: str, req_sn: str, name: str, fields: Node, *, direction: str) -> PaymentResult:
        """Send a trade and say what is certain of it. A repeat is the same trade, and tells how that stands."""
        answer = await self._gateway.ask(trx_code, req_sn, (name, fields))
        if isinstance(answer, ChannelError):
            return PaymentResult(PaymentState.UNKNOWN, error=answer)
        code, message = verdict(answer)
        if state := codes.in_between(code):
            error = codes.error_of(code, message) if state is PaymentState.UNKNOWN else None
            return PaymentResult(state, error=error, retry_after=_PATIENCE)
        if code in codes.OK:
            return await self._settled(req_sn, direction)
        error = codes.error_of(code, message)
        if error.kind is ErrorKind.DECLINED:
            return PaymentResult(PaymentState.DECLINED, error=error)
        # Allinpay also answers so where the number is known already: what it knows under it counts.
        known = await self.asked(Place(req_sn), direction)
        final = known.state in {PaymentState.SUCCEEDED, PaymentState.DECLINED}
        return known if final else PaymentResult(PaymentState.UNKNOWN, error=error, retry_after=_PATIENCE)

    async def asked(self, place: Place, direction: str) -> PaymentResult:
        """What became of a trade."""
        return said_of(await self._gateway.query(place.req_sn), place, direction, self._gateway.tz)

    async def _settled(self, req_sn: str, direction: str) -> PaymentResult:
        known = await self.asked(Place(req_sn), direction)
        if known.state is PaymentState.SUCCEEDED:
            return known
        if known.state is PaymentState.DECLINED:
            return PaymentResult(PaymentState.UNKNOWN, error=_CONTRADICTION, retry_after=_PATIENCE)
        # The trade was sent, whatever kept the question from being answered.
        return PaymentResult(PaymentState.PROCESSING, retry_after=_PATIENCE)


def verdict(answer: Document) -> tuple[str, str]:
    """The code that speaks of a single trade: that of its detail, once INFO says that the request was heard."""
    detail = answer.one("FASTTRXRET") or answer.one("TRANSRET")
    if answer.code in codes.OK:
        return detail.get("RET_CODE", ""), detail.get("ERR_MSG", "")
    return answer.code, answer.message


def said_of(answer: Answer, place: Place, direction: str, tz: tzinfo) -> PaymentResult:
    """What a query says of one trade. A query that failed says nothing of it."""
    if isinstance(answer, ChannelError):
        return _unknown(answer)
    if answer.code == codes.NO_TRADE:
        return PaymentResult(PaymentState.NOT_FOUND, error=codes.error_of(answer.code, answer.message))
    if answer.code not in codes.OK:
        return _of_all(answer)
    detail = next((detail for detail in answer.all("QTDETAIL") if place.holds(detail)), None)
    if detail is None or detail.get("TRXDIR") != direction:
        return _unknown(_OTHER_TRADE)
    return of_detail(detail, tz)


def of_detail(detail: Fields, tz: tzinfo) -> PaymentResult:
    """What one QTDETAIL says of its trade."""
    code, message = detail.get("RET_CODE", ""), detail.get("ERR_MSG", "")
    if code in codes.OK:
        amount = codes.fen(detail.get("AMOUNT"))
        if not amount:
            return _unknown(_OTHER_TRADE)
        return PaymentResult(
            PaymentState.SUCCEEDED,
            amount_fen=amount,
            # Allinpay collects nothing else, and says so only where it says it at all.
            currency=detail.get("CURRENCY") or codes.CURRENCY,
            payer_id_masked=codes.card_masked(detail.get("ACCOUNT_NO", "")),
            paid_at=codes.instant(detail.get("FINTIME"), tz),
        )
    if state := codes.in_between(code):
        error = codes.error_of(code, message) if state is PaymentState.UNKNOWN else None
        return PaymentResult(state, error=error)
    if error := codes.final_error(code, message):
        return PaymentResult(PaymentState.DECLINED, error=error)
    return _unknown(codes.error_of(code, message))


def place_in(detail: Fields) -> int | None:
    """A trade's place in its batch; 0 for one sent alone; None where it says none that can be read."""
    sn = detail.get("SN") or "0"
    return int(sn) if sn.isascii() and sn.isdigit() and len(sn) <= 6 else None


def refund_of(payment: PaymentResult) -> RefundResult:
    """What is said of a trade, where that trade is a refund: amount and time are the refund's own."""
    return RefundResult(
        RefundState(payment.state.value),
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        refunded_at=payment.paid_at,
        error=payment.error,
        retry_after=payment.retry_after,
    )


def _of_all(answer: Document) -> PaymentResult:
    """What INFO alone says of everything that went under the number."""
    error = codes.error_of(answer.code, answer.message)
    if codes.in_between(answer.code) is PaymentState.PROCESSING:
        return PaymentResult(PaymentState.PROCESSING)
    # A batch that was refused as a whole; a refused question is of another kind, and says nothing.
    if answer.code in {"2002", "2004", "2006"}:
        return PaymentResult(PaymentState.DECLINED, error=error)
    return _unknown(codes.unknown(error.code, "the query failed"), error)


def _unknown(error: ChannelError, said: ChannelError | None = None) -> PaymentResult:
    if said:
        error = ChannelError(error.kind, error.code, error.message, said.provider_code, said.provider_message)
    return PaymentResult(PaymentState.UNKNOWN, error=error)
