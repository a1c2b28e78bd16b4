"""Many debits in one file (批量代收: 21/02), and what became of each (22/02).

The file is text: a head `5.0.0|sum|number||`, a line with the names of the columns, a line a debit; what comes back is the
same with columns more. It travels deflated, in base64. UnionPay tells nobody when a batch is finished: it is asked, after
about an hour. A batch is known by its number, four digits that are unique for a merchant and day, and its `txnTime`.

Layout: 批量文件接口规范 V1.9 (文件体 by column names). That an account may be named by its binding, as everywhere here,
in a column `bindId`, is from memory: acquirers differ, so the column's name is a setting.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.payments.ports import (
    BatchRef,
    BatchResult,
    ChannelError,
    Debit,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Retry,
)
from plugins.archives import MOST_BYTES
from plugins.channels.bank_withholding import codes
from plugins.channels.bank_withholding.gateway import WITHHOLDING, Gateway

VERSION = "5.0.0"
"""Of the file's layout; the message around it is 5.1.0."""

FIRST_ASK = timedelta(hours=1)
NEXT_ASK = timedelta(minutes=10)

_NEEDED = frozenset({"orderId", "respCode"})
_NUMBER = re.compile(r"[A-Z]{2}[0-9]{8}([0-9]{6})[0-9A-Za-z]*")
_NO_NUMBER = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.OTHER, "its number has no four digits of a day in it")
_MALFORMED = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the file of the batch cannot be read")
_ANOTHER = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the answer is about another batch")
_NO_SUM = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the file says no sum of it")

Row = Mapping[str, str]


class Unreadable(ValueError):
    """The file is not what a batch comes back as."""


class Batches:
    """The batches of one merchant."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, batch: DebitBatch) -> BatchResult:
        """PROCESSING where UnionPay took the batch. One that was sent before is asked about: it happened once."""
        sent_at = batch.submitted_at or self._gateway.clock()
        number = batch_number(batch.batch_no)
        if number is None:
            return _all(batch.items, PaymentResult(PaymentState.UNKNOWN, error=_NO_NUMBER))
        asked = {"batchNo": number, "txnTime": codes.beijing(sent_at)}
        content = written(batch.items, self._gateway.config.batch_account)
        answer = await self._asked(
            "21",
            {
                **asked,
                "totalQty": str(len(batch.items)),
                "totalAmt": str(sum(item.amount_fen for item in batch.items)),
                "fileContent": packed(content),
            },
        )
        error = codes.refusal(answer)
        if error is None:
            under_way = PaymentResult(PaymentState.PROCESSING, channel_state=asked, retry_after=FIRST_ASK)
            return replace(_all(batch.items, under_way), channel_state=asked, retry_after=FIRST_ASK)
        if error.kind is ErrorKind.CONFLICT:
            items = tuple(PaymentRef(item.order_no, sent_at) for item in batch.items)
            known = await self.query(BatchRef(batch.batch_no, sent_at, items=items))
            if known.items and known.error is None:
                return known
        refused = PaymentResult(codes.state_after(error), error=error, channel_state=asked)
        return replace(_all(batch.items, refused), channel_state=asked, retry_after=NEXT_ASK)

    async def query(self, ref: BatchRef) -> BatchResult:
        """What is known by now. Only a finished batch has a file; what the file does not name is unknown."""
        number = batch_number(ref.batch_no)
        if number is None:
            return BatchResult(error=replace(_NO_NUMBER, kind=ErrorKind.INVALID_REQUEST))
        asked = {"batchNo": number, "txnTime": codes.beijing(ref.submitted_at)}
        answer = await self._asked("22", asked)
        if error := codes.refusal(answer):
            # It speaks of the query; only that there is no such batch speaks of what is in it.
            unproven = replace(error, kind=ErrorKind.UNKNOWN) if error.kind is ErrorKind.DECLINED else error
            result = BatchResult(error=unproven, channel_state=asked, retry_after=NEXT_ASK)
            if codes.state_asked(error) is not PaymentState.NOT_FOUND:
                return result
            return replace(result, items=_all(ref.items, PaymentResult(PaymentState.NOT_FOUND, error=error)).items)
        content = "" if isinstance(answer, ChannelError) else answer.get("fileContent", "")
        if not content:
            return BatchResult(channel_state=asked, retry_after=NEXT_ASK)
        return self._finished(ref, content, asked)

    async def query_item(self, ref: PaymentRef) -> PaymentResult | None:
        """What the batch says of one debit in it; None where it is finished and does not say it."""
        batch = await self.query(BatchRef(ref.batch_no or "", ref.submitted_at, items=(ref,)))
        told = batch.items.get(ref.order_no)
        if told is None and not batch.complete:
            return PaymentResult(PaymentState.UNKNOWN, error=batch.error, retry_after=NEXT_ASK)
        return None if told is None or told.state is PaymentState.UNKNOWN else told

    def _finished(self, ref: BatchRef, content: str, asked: Row) -> BatchResult:
        try:
            rows = read(unpacked(content))
        except Unreadable:
            return BatchResult(error=_MALFORMED, channel_state=asked, retry_after=NEXT_ASK)
        if isinstance(rows, ChannelError):
            refused = PaymentResult(PaymentState.DECLINED, error=rows, channel_state=asked)
            return BatchResult(_all(ref.items, refused).items, complete=True, channel_state=asked)
        ours = {item.order_no for item in ref.items}
        told = {row["orderId"]: _result(row, ref.submitted_at, asked) for row in rows if row.get("orderId") in ours}
        return BatchResult(told, complete=True, channel_state=asked)

    async def _asked(self, txn_type: str, fields: Row) -> codes.Answer:
        answer = await self._gateway.batch(txn_type, fields)
        if isinstance(answer, ChannelError):
            return answer
        echoed = all(answer.get(name, fields[name]) == fields[name] for name in ("batchNo", "txnTime"))
        return answer if echoed else _ANOTHER


def batch_number(batch_no: str) -> str | None:
    """UnionPay's number of a batch, 0001 to 9999 and unique in a day, from ours, which has the count within the day.

    None where that count is larger, or the number was made otherwise.
    """
    found = _NUMBER.fullmatch(batch_no)
    count = int(found[1]) if found else 0
    return f"{count:04d}" if 1 <= count <= 9999 else None


def written(items: Sequence[Debit], account: str) -> str:
    """The file of a batch: letters and digits only, so that it is the same in every encoding."""
    head = "|".join((VERSION, str(sum(item.amount_fen for item in items)), str(len(items)), "", ""))
    names = "|".join(("orderId", "currencyCode", "txnAmt", "accType", account, "bizType"))
    lines = ("|".join((item.order_no, "156", str(item.amount_fen), "01", item.token, WITHHOLDING)) for item in items)
    return "\r\n".join((head, names, *lines))


def packed(content: str) -> str:
    return base64.b64encode(zlib.compress(content.encode("ascii"))).decode()


def unpacked(content: str) -> str:
    """The text in `fileContent`. Raises Unreadable."""
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(base64.b64decode(content, validate=True), MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error) as damage:
        raise Unreadable from damage
    if not unpacking.eof:
        raise Unreadable
    # Decoded before it is cut: the second byte of a Chinese letter in GBK may be a bar.
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def read(content: str) -> Sequence[Row] | ChannelError:
    """The lines of a batch that came back, by name; or why UnionPay refused all of it. Raises Unreadable."""
    # By line feeds alone: in what a bank says of a debit other letters may stand that Python takes for the end of a line.
    lines = [line.removesuffix("\r") for line in content.rstrip("\r\n").split("\n")]
    if len(lines) == 1 and re.fullmatch(r"[0-9A-Z]{2}", code := lines[0].partition("|")[0]) and code != codes.OK:
        said = lines[0].partition("|")[2]
        return ChannelError(
            ErrorKind.DECLINED, ErrorCode.OTHER, provider_code=code, provider_message=said, retry=Retry.LATER_DAY
        )
    if len(lines) < 2:
        raise Unreadable
    names = lines[1].split("|")
    if len(set(names)) != len(names) or not set(names) >= _NEEDED:
        raise Unreadable
    rows = [dict(zip(names, line.split("|"), strict=False)) for line in lines[2:] if line.strip()]
    # One that is cut off before its number or its code makes the rest of the file no better.
    if any(not row.keys() >= _NEEDED for row in rows) or len({row["orderId"] for row in rows}) != len(rows):
        raise Unreadable
    return rows


def _result(row: Row, submitted_at: datetime, state: Row) -> PaymentResult:
    """What a line says: as a query says it of a trade."""
    told = {"respCode": codes.OK, "origRespCode": row.get("respCode", ""), "origRespMsg": row.get("respMsg", "")}
    number = row.get("queryId") or None
    if error := codes.failure(told):
        return PaymentResult(codes.state_after(error), provider_no=number, error=error, channel_state=state)
    amount = codes.fen(row.get("txnAmt"))
    if not amount:
        return PaymentResult(PaymentState.UNKNOWN, provider_no=number, error=_NO_SUM, channel_state=state)
    return PaymentResult(
        PaymentState.SUCCEEDED,
        amount_fen=amount,
        currency=codes.currency(row),
        provider_no=number,
        payer_id_masked=codes.masked(row.get("accNo")),
        paid_at=codes.near(row.get("sysTm"), submitted_at),
        channel_state=state,
    )


def _all(items: Sequence[Debit] | Sequence[PaymentRef], told: PaymentResult) -> BatchResult:
    return BatchResult({item.order_no: told for item in items}, error=told.error)
