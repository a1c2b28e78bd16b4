"""UnionPay's daily file (对账文件): gets it, and reads the trades (ZM) in it.

A zip of files of fixed width: GBK, one blank between fields. The bytes are cut first and decoded then, as a Chinese
letter is two of them. Disputes (ZME) are another trade's story: each is shown to a person. So is what is not
understood; the file states no totals of its own.
"""

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from domain.payments.ports import (
    BillAnswer,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
    ChannelError,
    ErrorCode,
    ErrorKind,
    NotOffered,
)
from domain.shared.days import start_of
from domain.shared.money import CURRENCY
from plugins.archives import MOST_BYTES, BadArchive, unpacked
from plugins.bill_hours import none_there, not_over
from plugins.channels.bank_withholding import codes
from plugins.channels.bank_withholding.gateway import Gateway

COLUMNS: Mapping[str, int] = {
    "trade_code": 3, "acq_ins": 11, "fwd_ins": 11, "trace_no": 6, "trans_time": 10, "acc_no": 19, "txn_amt": 12,
    "mcc": 4, "term_type": 2, "query_id": 21, "pay_way_old": 2, "order_id": 32, "card_type": 2, "orig_trace": 6,
    "orig_time": 10, "fee": 13, "settle_amt": 13, "pay_way": 4, "group_mer": 15, "txn_type": 2, "txn_sub_type": 2,
    "biz_type": 6, "acc_type": 2, "bill_type": 4, "bill_no": 32, "interact": 1, "orig_query_id": 21, "mer_id": 15,
    "split_mode": 1, "sub_mer_id": 15, "sub_mer_abbr": 32, "sub_amt": 13, "net_amt": 13, "term_id": 8,
    "mer_reserved": 32, "discount": 13, "invoice": 13, "inst_fee": 12, "inst_num": 2, "media": 1,
    "orig_order_id": 32, "reserved": 98,
}  # fmt: skip
"""Names and widths of a ZM line, in bytes (全渠道平台接入接口规范 第3部分 文件接口)."""

LINE = sum(COLUMNS.values()) + len(COLUMNS) - 1
"""Bytes of a line without its end."""

# A superset of GBK, for the rare names that GBK lacks.
_GBK = "gb18030"

_READY = time(9)
_SOON = timedelta(minutes=10)

_KINDS = {"11": BillKind.PAYMENT, "04": BillKind.REFUND}
# To whom the money goes: C to us, D from us.
_SIGNS = {"C": 1, "D": -1}


class _NotUnderstood(ValueError):
    """Why a line is not read."""


async def fetch(gateway: Gateway, request: BillRequest) -> BillAnswer:
    """The file of a Beijing day. That there is none means nothing before nine o'clock of the next day."""
    if request.kind is not BillKind.TRADE:
        raise NotOffered("bank_withholding", f"bill {request.kind}")
    now = gateway.clock()
    if too_early := not_over(request.date, now, _READY):
        return too_early
    answer = await gateway.download(
        {"fileType": "00", "settleDate": f"{request.date:%m%d}", "txnTime": codes.beijing(now)}
    )
    if isinstance(answer, ChannelError):
        return BillNotReady(_SOON, answer)
    code = answer.get("respCode", "")
    if code == codes.NO_FILE:
        return none_there(request.date, now, _READY)
    if code != codes.OK:
        return BillNotReady(_SOON, codes.error_of(code, answer.get("respMsg", "")))
    content = inflated(answer.get("fileContent", ""))
    if content is None:
        broken = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the file does not unpack")
        return BillNotReady(_SOON, broken)
    return BillFile(
        content,
        name=answer.get("fileName") or f"{gateway.config.mer_id}_{request.date:%Y%m%d}.zip",
        sha256=sha256(content).hexdigest(),
        day=request.date,
    )


def inflated(file_content: str) -> bytes | None:
    """The zip that `fileContent` is: base64, then deflated once more. None when it is not."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(base64.b64decode(file_content, validate=True), MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return content if unpacking.eof else None


def parse(file: BillFile, mer_id: str) -> Iterator[BillEntry]:
    """Every line of the file, as a row or as a problem for a person, and totals that know nothing."""
    try:
        members = list(unpacked(file.content))
    except BadArchive as damage:
        yield BillProblem(0, str(damage))
        return
    if not any("ZM_" in name for name, _ in members):
        yield BillProblem(0, "the archive holds no file of trades (ZM)")
    for name, data in members:
        for number, line in enumerate(data.split(b"\n"), 1):
            written = line.rstrip(b"\r")
            if not written.strip():
                continue
            if "ZM_" in name:
                yield _entry(number, written, file.day, mer_id)
            elif "ZME_" in name:
                yield BillProblem(number, "a dispute: look at it in the file ZME", _shown(written))
    yield BillTotals()


def cut(line: bytes) -> dict[str, str]:
    """The fields of a line by name, without the blanks around them. Raises ValueError."""
    line, fields, at = line.ljust(LINE), dict[str, str](), 0
    if len(line) > LINE:
        raise _NotUnderstood(f"the line is {len(line)} bytes long, not {LINE}")
    for name, width in COLUMNS.items():
        if line[at + width : at + width + 1].strip():
            raise _NotUnderstood(f"there is no blank after {name}")
        fields[name] = line[at : at + width].decode(_GBK).strip()
        at += width + 1
    return fields


def _entry(number: int, line: bytes, day: date | None, mer_id: str) -> BillEntry:
    try:
        return _row(cut(line), day, mer_id, _shown(line))
    except ValueError as why:
        return BillProblem(number, str(why), _shown(line))


def _row(fields: Mapping[str, str], day: date | None, mer_id: str, raw: str) -> BillRow:
    """A payment's amount and fee are positive, and so is what we receive; a refund's are too, the other way."""
    kind = _KINDS.get(fields["txn_type"], BillKind.OTHER)
    amount = codes.fen(fields["txn_amt"])
    if fields["mer_id"] != mer_id:
        raise _NotUnderstood("the line is another merchant's")
    if amount is None or not fields["order_id"] or not fields["query_id"]:
        raise _NotUnderstood("the line has no sum or no number")
    refund = kind is BillKind.REFUND
    net = _money(fields["net_amt"])
    return BillRow(
        kind,
        (fields["orig_order_id"] or None) if refund else fields["order_id"],
        amount,
        CURRENCY,
        provider_no=fields["query_id"],
        refund_no=fields["order_id"] if refund else None,
        received_fen=-net if refund else net,
        fee_fen=-_money(fields["fee"]),
        occurred_at=_when(fields, day),
        status=fields["trade_code"],
        raw=raw,
    )


def _money(text: str) -> int:
    """`C000000102250`: 1022.50 yuan for us; with D, from us."""
    amount = codes.fen(text[1:])
    if text[:1] not in _SIGNS or len(text) != 13 or amount is None:
        raise _NotUnderstood(f"{text!r} is not a sum")
    return _SIGNS[text[:1]] * amount


def _when(fields: Mapping[str, str], day: date | None) -> datetime:
    """A line tells month and day; the year is the file's, or stands in front of UnionPay's number."""
    anchor = start_of(day) if day else codes.instant(fields["query_id"][:8] + "000000")
    at = codes.near(fields["trans_time"], anchor) if anchor else None
    if at is None:
        raise _NotUnderstood(f"{fields['trans_time']!r} is not a time")
    return at


def _shown(line: bytes) -> str:
    return line.decode(_GBK, "replace")
