"""UnionPay's file of a settlement day: the trades (ZM) in fixed width and GBK, in a zip, deflated once more."""

import base64
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import BytesIO

from domain.shared.days import SHANGHAI, business_day
from plugins.channels.bank_withholding.bills import COLUMNS
from plugins.sandbox.faults import Fault
from plugins.sandbox.mishaps import About, Mishaps, Typesetting, of_day, strange
from plugins.sandbox.store import Store
from plugins.sandbox.unionpay import trades
from plugins.sandbox.unionpay.trades import REFUND, Trade
from plugins.sandbox.unionpay.wire import Fields, Refused, code

_READY_AT = time(9, tzinfo=SHANGHAI)
_CHANGED = (2020, 1, 1, 0, 0, 0)


def file_of(store: Store, mer_id: str, asked: Fields, now: datetime, mishaps: Mishaps) -> Fields:
    """The file of the last day with this month and day. Raises Refused: there is none, or not yet."""
    day = day_of(asked.get("settleDate", ""), business_day(now))
    if day is None or (asked.get("txnType"), asked.get("txnSubType"), asked.get("fileType")) != ("76", "01", "00"):
        raise Refused("10")
    lines = [trade for trade in trades.of_money(store) if trade.done and trade.settle_day == day]
    if not lines or now < datetime.combine(day + timedelta(days=1), _READY_AT):
        raise Refused("98")
    if mishaps.happens(Fault.BILL_NOT_READY, of_day(day)):
        raise Refused("98")
    lines = mishaps.printed(lines, _TYPESETTING)
    content = base64.b64encode(zlib.compress(_zipped(mer_id, day, lines))).decode()
    return {**code("00"), "fileName": f"{mer_id}_{day:%Y%m%d}.zip", "fileContent": content}


def _about(trade: Trade) -> About:
    return trade.about


def _dearer(trade: Trade) -> Trade:
    return replace(trade, amount_fen=trade.amount_fen + 1)


def _stranger(trade: Trade) -> Trade:
    return replace(trade, order_id=strange(trade.order_id), query_id=f"{trade.query_id[:-4]}0000")


_TYPESETTING = Typesetting(_about, _dearer, _stranger)


def line(mer_id: str, trade: Trade) -> bytes:
    """One trade as a line of the file, without its end."""
    refund = trade.txn_type == REFUND
    to_us, from_us = ("D", "C") if refund else ("C", "D")
    values = {
        "trade_code": "S30" if refund else "S22",
        "acq_ins": "00010000",
        "fwd_ins": "00010000",
        "trace_no": f"{trade.trace_no:06d}",
        "trans_time": trade.trace_time,
        "acc_no": trade.account,
        "txn_amt": f"{trade.amount_fen:012d}",
        "mcc": "6012",
        "term_type": "07",
        "query_id": trade.query_id,
        "pay_way_old": "02",
        "order_id": trade.order_id[: COLUMNS["order_id"]],
        "card_type": "01",
        "fee": f"{from_us}{trade.fee_fen:012d}",
        "settle_amt": f"{to_us}{trade.amount_fen:012d}",
        "pay_way": "0501",
        "txn_type": trade.txn_type,
        "txn_sub_type": trade.sub_type,
        "biz_type": "000501",
        "acc_type": "01",
        "orig_query_id": trade.orig_query_id,
        "mer_id": mer_id,
        "net_amt": _net(trade, refund=refund),
        "mer_reserved": trade.req_reserved,
        "discount": f"C{0:012d}",
        "invoice": f"C{0:012d}",
        "media": "0",
        "orig_order_id": trade.orig_order_id,
    }
    return b" ".join(_fixed(values, name, width) for name, width in COLUMNS.items())


def _net(trade: Trade, *, refund: bool) -> str:
    net = -trade.amount_fen if refund else trade.amount_fen - trade.fee_fen
    return f"{'C' if net >= 0 else 'D'}{abs(net):012d}"


def _fixed(values: Mapping[str, str], name: str, width: int) -> bytes:
    return values.get(name, "").encode("gbk")[:width].ljust(width)


def _zipped(mer_id: str, day: date, lines: Iterable[Trade]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        # The same bytes at every download.
        entry = zipfile.ZipInfo(f"INN{day:%y%m%d}88ZM_{mer_id}", _CHANGED)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, b"".join(line(mer_id, trade) + b"\r\n" for trade in lines))
    return packed.getvalue()


def day_of(settle_date: str, today: date) -> date | None:
    """The latest day up to today that is written MMDD like this."""
    for year in range(today.year, today.year - 5, -1):
        try:
            day = datetime.strptime(f"{year}{settle_date}", "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if day <= today:
            return day
    return None
