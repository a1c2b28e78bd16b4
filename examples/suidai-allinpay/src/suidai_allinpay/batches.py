"""Many debits in one document (310016), and what became of each (200004).

Allinpay knows a debit of a batch by its place in it, so every result carries that place, also when nobody answered. Our
order number goes along as REMARK and comes back with each detail.
"""

from dataclasses import replace
from datetime import timedelta

from suidai.contract import (
    BatchRef,
    BatchResult,
    ChannelError,
    Debit,
    DebitBatch,
    ErrorKind,
    PaymentResult,
    PaymentState,
)
from suidai_allinpay import codes, documents
from suidai_allinpay.documents import Document, Fields
from suidai_allinpay.gateway import Answer, Gateway
from suidai_allinpay.trades import COLLECTED, Place, of_detail, place_in

FIRST_ASK = timedelta(minutes=20)
"""Allinpay wants a batch left alone for so long."""
NEXT_ASK = timedelta(minutes=10)

_REFUSED_AS_A_WHOLE = frozenset({"2002", "2004", "2006"})


class Batches:
    """The batches of one merchant. `batch_no` is the REQ_SN."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, batch: DebitBatch) -> BatchResult:
        """PROCESSING where Allinpay took the batch. Each item has its place from now on, whatever was answered."""
        config = self._gateway.config
        total = {
            "BUSINESS_CODE": config.business_code,
            "MERCHANT_ID": config.merchant_id,
            "SUBMIT_TIME": self._gateway.now(),
            "TOTAL_ITEM": str(len(batch.items)),
            "TOTAL_SUM": str(sum(item.amount_fen for item in batch.items)),
        }
        details = [_detail(sn, item) for sn, item in enumerate(batch.items, 1)]
        answer = await self._gateway.ask(
            "310016",
            batch.batch_no,
            ("BODY", {"TRANS_SUM": total, "TRANS_DETAILS": {"TRANS_DETAIL": details}}),
        )
        heard = answer.all("RET_DETAIL") if isinstance(answer, Document) and answer.code in codes.OK else []
        said = {place_in(detail): detail for detail in heard}
        results: dict[str, PaymentResult] = {}
        for sn, item in enumerate(batch.items, 1):
            place = Place(batch.batch_no, sn)
            results[item.order_no] = _placed(_first_word(answer, said.get(sn, documents.NOTHING)), place)
        return BatchResult(
            results,
            error=_error(answer),
            channel_state={"items": len(batch.items)},
            retry_after=FIRST_ASK,
        )

    async def query(self, ref: BatchRef) -> BatchResult:
        """What is known by now. One that Allinpay does not name is unknown, not declined."""
        answer = await self._gateway.query(ref.batch_no)
        if isinstance(answer, ChannelError) or answer.code not in codes.OK:
            return BatchResult(error=_error(answer), channel_state=ref.channel_state, retry_after=NEXT_ASK)
        results: dict[str, PaymentResult] = {}
        for detail in answer.all("QTDETAIL"):
            sn, order_no = place_in(detail), detail.get("REMARK")
            if detail.get("BATCHID") == ref.batch_no and sn and order_no and detail.get("TRXDIR") == COLLECTED:
                results[order_no] = _placed(of_detail(detail, self._gateway.tz), Place(ref.batch_no, sn))
        final = sum(result.state in {PaymentState.SUCCEEDED, PaymentState.DECLINED} for result in results.values())
        complete = final > 0 and final == (len(ref.items) or ref.channel_state.get("items"))
        return BatchResult(
            results, complete=complete, channel_state=ref.channel_state, retry_after=None if complete else NEXT_ASK
        )


def _detail(sn: int, item: Debit) -> dict[str, str]:
    return {
        "SN": f"{sn:04d}",
        "AGRMNO": item.token,
        "AMOUNT": str(item.amount_fen),
        "CURRENCY": item.currency,
        "SUMMARY": item.subject[:60],
        "REMARK": item.order_no,
    }


def _error(answer: Answer) -> ChannelError | None:
    if isinstance(answer, ChannelError):
        return answer
    return None if answer.code in codes.OK else codes.error_of(answer.code, answer.message)


def _first_word(answer: Answer, detail: Fields) -> PaymentResult:
    """What the answer to the batch says of one debit in it: that it is under way, or why it never will be."""
    error = _error(answer)
    if error is None:
        error = (
            codes.error_of(detail.get("RET_CODE", ""), detail.get("ERR_MSG", "")) if detail.get("RET_CODE") else None
        )
        if error is None or error.provider_code in codes.OK | codes.UNDER_WAY:
            return PaymentResult(PaymentState.PROCESSING, retry_after=FIRST_ASK)
        declined = error.kind is ErrorKind.DECLINED
        return PaymentResult(PaymentState.DECLINED if declined else PaymentState.UNKNOWN, error=error)
    if error.provider_code in codes.UNDER_WAY:
        return PaymentResult(PaymentState.PROCESSING, retry_after=FIRST_ASK)
    declined = error.provider_code in _REFUSED_AS_A_WHOLE
    return PaymentResult(PaymentState.DECLINED if declined else PaymentState.UNKNOWN, error=error)


def _placed(result: PaymentResult, place: Place) -> PaymentResult:
    return replace(result, channel_state=place.state())
