"""Reads what Allinpay posts to us: trades that ended, batches that are done, agreements ended at the bank.

A notice is a document as an answer is, signed by Allinpay over its bytes. It is read by what it says of a trade, not by
what it is called: a refund's detail is a refund's, whoever posts it, and the answer to a debit is no payment.

Two notices want their own number back, in a document that we signed; the others the word `success`.

Allinpay signs for every merchant with one key. Another merchant's notice may carry a number of ours, if he wants it to; so
one that does not name its merchant proves nothing of us, and is a reason to ask, no more.
"""

from dataclasses import replace
from datetime import tzinfo

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from suidai.contract import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    HttpAnswer,
    MandateResult,
    MandateState,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RawRequest,
    SignatureError,
)
from suidai_allinpay import codes, documents, signing
from suidai_allinpay.documents import Document, Fields
from suidai_allinpay.trades import COLLECTED, PAID_OUT, Place, of_detail, place_in, refund_of

ENDED_AT_THE_BANK = "310005"
BATCH_DONE = "200003"

_WANT_THEIR_NUMBER = frozenset({ENDED_AT_THE_BANK, BATCH_DONE})

_FOREIGN = ChannelError(ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT, "the notice names another merchant")
_UNNAMED = codes.unknown(ErrorCode.MALFORMED_ANSWER, "the notice names no merchant")
_STATUS = {NoticeOutcome.RETRY: 503, NoticeOutcome.BAD_SIGNATURE: 400}
_PERSONAL = frozenset({"ACCOUNT_NO", "ACCOUNT_NAME", "ID", "TEL", "AGRMNO", "USER_PASS"})


def parse(request: RawRequest, merchant_id: str, key: RSAPublicKey, tz: tzinfo) -> Notification:
    """The notification in a request. Raises SignatureError unless Allinpay signed its body."""
    try:
        notice = documents.read(signing.proven(request.body, key))
    except (signing.Unproven, documents.Malformed) as why:
        raise SignatureError(str(why)) from why
    return replace(_read(notice, merchant_id, tz), echo=_echo(notice))


def answer(outcome: NoticeOutcome, said: Notification | None, key: RSAPrivateKey) -> HttpAnswer:
    """What ends the repeats: `success`, or the notice's number in a document of ours where it wants that."""
    status = _STATUS.get(outcome, 200)
    if status == 200 and said and said.echo:
        receipt = documents.write({**said.echo, "RET_CODE": "0000", "ERR_MSG": "OK"})
        return HttpAnswer(200, {"Content-Type": "text/xml; charset=GBK"}, signing.signed(receipt, key))
    body = b"success" if status == 200 else b"fail"
    return HttpAnswer(status, {"Content-Type": "text/plain; charset=utf-8"}, body)


def _read(notice: Document, merchant_id: str, tz: tzinfo) -> Notification:
    doubt = _doubt(notice, merchant_id)
    if notice.trx_code == ENDED_AT_THE_BANK:
        return _ended(notice, doubt)
    details = notice.all("QTDETAIL")
    if notice.code in codes.OK and len(details) == 1:
        return _trade(notice, details[0], tz, doubt)
    if notice.trx_code == BATCH_DONE and not doubt:
        # It says that it is done, and not how: each of its debits is asked about.
        number = next((fields["REQ_SN"] for fields in _bodies(notice) if fields.get("REQ_SN")), None)
        return Notification(NotificationKind.BATCH, _event(notice), batch_no=number, raw=_raw(notice.info))
    return Notification(NotificationKind.OTHER, _event(notice), raw=_raw(notice.info))


def _trade(notice: Document, detail: Fields, tz: tzinfo, doubt: ChannelError | None) -> Notification:
    req_sn, sn, event_id = detail.get("BATCHID", ""), place_in(detail), _event(notice, detail)
    if sn is None or not req_sn:
        return Notification(NotificationKind.OTHER, event_id, raw=_raw(notice.info))
    number = (detail.get("REMARK") if sn else req_sn) or None
    told = PaymentResult(PaymentState.UNKNOWN, error=doubt) if doubt else of_detail(detail, tz)
    raw = _raw(detail)
    if detail.get("TRXDIR") == COLLECTED:
        paid = replace(told, channel_state=Place(req_sn, sn).state())
        return Notification(NotificationKind.PAYMENT, event_id, order_no=number, result=paid, raw=raw)
    if detail.get("TRXDIR") == PAID_OUT:
        return Notification(NotificationKind.REFUND, event_id, refund_no=number, result=refund_of(told), raw=raw)
    return Notification(NotificationKind.OTHER, event_id, raw=raw)


def _ended(notice: Document, doubt: ChannelError | None) -> Notification:
    """The borrower ended his agreement at his bank. MERREM is our own number of it, if the notice has it; AGRMNO its token."""
    detail = next((fields for fields in _bodies(notice) if fields.get("AGRMNO")), documents.NOTHING)
    result = MandateResult(MandateState.UNKNOWN if doubt else MandateState.REVOKED, error=doubt)
    return Notification(
        NotificationKind.MANDATE,
        _event(notice, detail),
        mandate_no=detail.get("MERREM") or None,
        mandate_token=detail.get("AGRMNO") or None,
        result=result,
        raw=_raw(detail),
    )


def _doubt(notice: Document, merchant_id: str) -> ChannelError | None:
    """Why a notice is not believed although Allinpay signed it; None where it names us and nobody else."""
    named = notice.said("MERCHANT_ID")
    if not named:
        return _UNNAMED
    return None if named == {merchant_id} else _FOREIGN


def _echo(notice: Document) -> dict[str, str]:
    if notice.trx_code not in _WANT_THEIR_NUMBER or not notice.req_sn:
        return {}
    return {"TRX_CODE": notice.trx_code, "VERSION": "04", "DATA_TYPE": "2", "REQ_SN": notice.req_sn}


def _bodies(notice: Document) -> list[Fields]:
    return [fields for body in notice.root if body.tag != "INFO" for fields in notice.all(body.tag)]


def _event(notice: Document, detail: Fields | None = None) -> str:
    told = detail or documents.NOTHING
    said = (told.get("BATCHID"), told.get("SN"), told.get("RET_CODE"), told.get("MERREM"))
    return ":".join([notice.trx_code, notice.req_sn, *(part or "" for part in said)])


def _raw(fields: Fields) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in _PERSONAL}
