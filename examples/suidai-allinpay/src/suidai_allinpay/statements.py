"""Allinpay's daily statement (200002): gets it, and reads it.

The document holds a zip in base64, and the zip one text in GBK: a line of totals, then a line for each trade, fields
between `|`, sums in fen. What is not understood is shown to a person, never guessed; so is a file whose lines do not add
up to its own totals. README.md says what has to be compared with a statement of one's own before going live.
"""

import base64
import binascii
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from io import BytesIO

from suidai.contract import (
    BillAnswer,
    BillEmpty,
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
    NotOffered,
)
from suidai_allinpay import codes
from suidai_allinpay.gateway import Gateway, question

COLUMNS: tuple[str, ...] = (
    "BATCHID", "SN", "TRXDIR", "AMOUNT", "FEE", "FINTIME", "RET_CODE", "REMARK", "ORGBATCHID", "ORGBATCHSN", "SUMMARY",
)  # fmt: skip
"""Of a line, in their order. ORGBATCHID and ORGBATCHSN are those of the payment that a refund gives back."""

TOTALS = ("SETTDAY", "MERCHANT_ID", "PAYMENTS", "PAYMENTS_SUM", "REFUNDS", "REFUNDS_SUM", "FEES_SUM")

MOST_BYTES = 64 * 1024 * 1024

_READY = time(9)
_SOON = timedelta(minutes=10)
_KINDS = {"1": BillKind.PAYMENT, "0": BillKind.REFUND}
_SHOWN = 500


class _NotUnderstood(ValueError):
    """Why a line is not read."""


async def fetch(gateway: Gateway, request: BillRequest) -> BillAnswer:
    """The statement of a Beijing day. That there is none means nothing before nine o'clock of the next day."""
    if request.kind is not BillKind.TRADE:
        raise NotOffered("allinpay", f"bill {request.kind}")
    now = gateway.clock().astimezone(gateway.tz)
    if now.date() <= request.date:
        return BillNotReady(_ready_at(request.date, gateway.tz) - now)
    day = f"{request.date:%Y%m%d}"
    asked = {
        "MERCHANT_ID": gateway.config.merchant_id,
        "STATUS": "2",
        "TYPE": "1",
        "START_DAY": f"{day}000000",
        "END_DAY": f"{day}235959",
        # With the fee of each trade.
        "CONTFEE": "1",
    }
    answer = await gateway.ask("200002", question(), ("QTRANSREQ", asked))
    if isinstance(answer, ChannelError):
        return BillNotReady(_SOON, answer)
    if answer.code == codes.NO_TRADE:
        return _none_there(request.date, now, gateway.tz)
    if answer.code not in codes.OK:
        return BillNotReady(_SOON, codes.error_of(answer.code, answer.message))
    content = _decoded(answer.one("QTRANSRSP").get("CONTENT", ""))
    if not content:
        return BillNotReady(_SOON, codes.unknown(ErrorCode.MALFORMED_ANSWER, "the statement is not in the answer"))
    return BillFile(
        content,
        name=f"{gateway.config.merchant_id}_{day}.zip",
        sha256=sha256(content).hexdigest(),
        day=request.date,
    )


def parse(file: BillFile, merchant_id: str, tz: tzinfo) -> Iterator[BillEntry]:
    """Every line as a row or as a problem for a person; then the totals of the file, and whether they hold."""
    try:
        lines = _text(file.content).decode("gb18030").splitlines()
    except (ValueError, IndexError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError) as damage:
        yield BillProblem(0, f"the statement cannot be opened: {type(damage).__name__}")
        return
    try:
        totals = _totals(lines[0] if lines else "", merchant_id, file.day)
    except _NotUnderstood as why:
        yield BillProblem(1, str(why), lines[0][:_SHOWN] if lines else "")
        return
    rows: list[BillRow] = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            row = _row(line, tz)
        except _NotUnderstood as why:
            yield BillProblem(number, str(why), line[:_SHOWN])
        else:
            rows.append(row)
            yield row
    yield totals
    if _added(rows) != totals:
        yield BillProblem(1, "the lines do not add up to the totals", lines[0][:_SHOWN])


def _row(line: str, tz: tzinfo) -> BillRow:
    """A payment's amount and a refund's are positive; a fee is what Allinpay keeps of a payment, or gives back."""
    cells = line.split("|")
    if len(cells) != len(COLUMNS):
        raise _NotUnderstood(f"the line has {len(cells)} fields, not {len(COLUMNS)}")
    fields = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    refund = fields["TRXDIR"] == "0"
    amount, fee = codes.fen(fields["AMOUNT"]), codes.fen(fields["FEE"])
    number = _number(fields, "BATCHID", "SN")
    occurred_at = codes.instant(fields["FINTIME"], tz)
    if fields["TRXDIR"] not in _KINDS or fields["RET_CODE"] not in codes.OK:
        raise _NotUnderstood("the line is not of a trade that succeeded")
    if not amount or fee is None or not number or occurred_at is None:
        raise _NotUnderstood("the line has no sum, no number or no time")
    return BillRow(
        _KINDS[fields["TRXDIR"]],
        fields["ORGBATCHID"] if refund and _alone(fields["ORGBATCHSN"]) else None if refund else number,
        amount,
        codes.CURRENCY,
        refund_no=number if refund else None,
        received_fen=amount - fee,
        fee_fen=-fee if refund else fee,
        occurred_at=occurred_at,
        status=fields["RET_CODE"],
        raw=line,
    )


def _number(fields: Mapping[str, str], batch: str, sn: str) -> str:
    """Our own number: that of the request, or, in a batch, what we put beside each debit."""
    return fields[batch] if _alone(fields[sn]) else fields["REMARK"]


def _alone(sn: str) -> bool:
    return not sn.strip("0")


def _totals(line: str, merchant_id: str, day: date | None) -> BillTotals:
    cells = [cell.strip() for cell in line.lstrip("\ufeff").split("|")]
    if len(cells) != len(TOTALS):
        raise _NotUnderstood("the first line does not state the totals")
    settled, merchant, *sums = cells
    numbers = [codes.fen(text.removeprefix("-")) for text in sums]
    if merchant != merchant_id:
        raise _NotUnderstood("the statement is another merchant's")
    if day and settled != f"{day:%Y%m%d}":
        raise _NotUnderstood("the statement is of another day")
    payments, payments_fen, refunds, refunds_fen, fees_fen = numbers
    if None in numbers or fees_fen is None:
        raise _NotUnderstood("the totals are not numbers")
    return BillTotals(payments, payments_fen, refunds, refunds_fen, -fees_fen if sums[-1].startswith("-") else fees_fen)


def _added(rows: list[BillRow]) -> BillTotals:
    payments = [row for row in rows if row.kind is BillKind.PAYMENT]
    refunds = [row for row in rows if row.kind is BillKind.REFUND]
    return BillTotals(
        len(payments),
        sum(row.amount_fen for row in payments),
        len(refunds),
        sum(row.amount_fen for row in refunds),
        sum(row.fee_fen or 0 for row in rows),
    )


def _text(content: bytes) -> bytes:
    """The one text in the zip, no longer than it may be, whatever the zip says of its size."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(names) != 1:
            raise ValueError(f"the archive holds {len(names)} files")
        with archive.open(names[0]) as packed:
            text = packed.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ValueError("the statement is too large when unpacked")
    return text


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _none_there(day: date, now: datetime, tz: tzinfo) -> BillNotReady | BillEmpty:
    ready_at = _ready_at(day, tz)
    return BillNotReady(ready_at - now) if now < ready_at else BillEmpty()


def _ready_at(day: date, tz: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), _READY, tz)
