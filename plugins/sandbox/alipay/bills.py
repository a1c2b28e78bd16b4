"""The bills of the sandbox's Alipay: made of what was paid and refunded on a Beijing day, written as the real ones are."""

import base64
import secrets
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from io import BytesIO
from typing import Any

from domain.shared.days import SHANGHAI, business_day, end_of
from domain.shared.money import round_half_up, yuan
from plugins.sandbox.alipay import trades
from plugins.sandbox.alipay.notices import beijing
from plugins.sandbox.alipay.operations import Failed, Fields
from plugins.sandbox.alipay.trades import Trade
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.mishaps import About, Mishaps, Typesetting, of_day, strange
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Store

FEE_RATE = Fraction(6, 1000)
READY_AT = time(9, tzinfo=SHANGHAI)
LIVES_FOR = timedelta(seconds=30)

_TYPES = {"trade": "业务", "signcustomer": "账务"}
_TRADE_COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
_SUMMARY_COLUMNS = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
    "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
_FUND_COLUMNS = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,"
    "收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注"
)
_PAYER = "*某(159****5620)"
_RULE = "-" * 41


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment or a refund at the moment it was finished. `fen` is negative for a refund."""

    trade: Trade
    at: datetime
    fen: int
    refund_no: str = ""

    @property
    def fee_fen(self) -> int:
        """What Alipay takes for it, as the bill writes it: below zero, and nothing for a refund."""
        return -round_half_up(self.fen * FEE_RATE) if self.fen > 0 else 0


def address(
    store: Store, base_url: str, biz: Mapping[str, Any], now: datetime, *, seller_id: str, mishaps: Mishaps
) -> Fields:
    """Where a bill lies for the next half minute, of business time or real. Raises Failed if there is none."""
    kind = str(biz.get("bill_type", ""))
    try:
        day = date.fromisoformat(str(biz.get("bill_date", "")))
    except ValueError:
        day = None
    if kind not in _TYPES or day is None:
        raise Failed("isv.invalid-arguments", "无效参数")
    ready_at = datetime.combine(day + timedelta(days=1), READY_AT)
    known = entries(store)
    if now < ready_at or not any(business_day(entry.at) == day for entry in known):
        raise Failed("isp.bill_not_exist", "账单不存在")
    if mishaps.happens(Fault.BILL_NOT_READY, of_day(day)):
        raise Failed("isp.bill_not_exist", "账单不存在")
    account = f"{seller_id}0156"
    # What is wrong with a bill is wrong with this copy of it: the next may be right.
    tables = _trade_tables(known, day, account, mishaps) if kind == "trade" else _fund_tables(known, day, account)
    name = f"{account}_{day:%Y%m%d}_{_TYPES[kind]}明细"
    content = _zipped({f"{name}{which}.csv": text for which, text in tables.items()})
    token = secrets.token_urlsafe(18)
    lives = {"until": (now + LIVES_FOR).isoformat(), "really_until": real_time() + LIVES_FOR.total_seconds()}
    store.put("bill", token, {"file": base64.b64encode(content).decode(), **lives})
    return {"bill_download_url": f"{base_url}alipay/bill/{token}"}


def download(store: Store, token: str, now: datetime) -> bytes | None:
    """The file at an address, None where there is none or no more."""
    known = store.get("bill", token)
    if not known or now > datetime.fromisoformat(known["until"]) or real_time() > known["really_until"]:
        return None
    return base64.b64decode(known["file"])


def entries(store: Store) -> list[Entry]:
    """Everything that was finished, in its order."""
    known: list[Entry] = []
    for trade in trades.every(store):
        if trade.paid_at:
            known.append(Entry(trade, datetime.fromisoformat(trade.paid_at), trade.total_fen))
        known += [Entry(trade, datetime.fromisoformat(one["at"]), -one["fen"], one["no"]) for one in trade.refunds]
    return sorted(known, key=lambda entry: entry.at)


def _about(entry: Entry) -> About:
    order = entry.trade.out_trade_no
    return About((entry.refund_no, order), Of.REFUND) if entry.fen < 0 else About((order,))


def _dearer(entry: Entry) -> Entry:
    return replace(entry, fen=entry.fen + (1 if entry.fen > 0 else -1))


def _stranger(entry: Entry) -> Entry:
    trade = entry.trade
    other = replace(trade, out_trade_no=strange(trade.out_trade_no), trade_no=f"{trade.trade_no[:-4]}0000")
    return replace(entry, trade=other, refund_no=strange(entry.refund_no) if entry.refund_no else "")


_TYPESETTING = Typesetting(_about, _dearer, _stranger)


def _trade_tables(known: Iterable[Entry], day: date, account: str, mishaps: Mishaps) -> dict[str, str]:
    """The details and, under `(汇总)`, their summary."""
    rows = mishaps.printed((entry for entry in known if business_day(entry.at) == day), _TYPESETTING)
    miscounted = 1 if mishaps.happens(Fault.BILL_BAD_TOTAL, of_day(day)) else 0
    return _detailed(rows, day, account, more_fen=miscounted)


def _detailed(rows: Sequence[Entry], day: date, account: str, *, more_fen: int) -> dict[str, str]:
    paid = [entry.fen for entry in rows if entry.fen > 0]
    refunded = [entry.fen for entry in rows if entry.fen < 0]
    net, fees = sum(paid) + sum(refunded) + more_fen, sum(entry.fee_fen for entry in rows)
    ends = (
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid) + more_fen)}元，商家优惠共0.00元",
        f"#退款合计：{len(refunded)}笔，商家实收退款共{yuan(sum(refunded))}元，商家优惠退款共0.00元",
    )
    summed_up = (
        f"{len(paid)},{len(refunded)},{yuan(net)},{yuan(net)},0.00,0.00,0.00,{yuan(fees)},0.00,{yuan(net + fees)}"
    )
    lines, summary = [_trade_line(entry) for entry in rows], [f"\t,\t,{summed_up}", f"合计,,{summed_up}"]
    return {
        "": _table("业务明细", account, day, columns=_TRADE_COLUMNS, lines=lines, ends=ends),
        "(汇总)": _table("业务汇总", account, day, columns=_SUMMARY_COLUMNS, lines=summary),
    }


def _trade_line(entry: Entry) -> str:
    trade, sum_of_it = entry.trade, yuan(entry.fen)
    cells = [f"{trade.trade_no}\t", f"{trade.out_trade_no}\t", "退款\t" if entry.fen < 0 else "交易\t", trade.subject]
    cells += [beijing(trade.created_at), beijing(entry.at.isoformat()), *["\t"] * 4, f"{_PAYER}\t"]
    cells += [sum_of_it, sum_of_it, *["0.00"] * 5, "", "0.00\t", "0.00", f"{entry.refund_no}\t"]
    return ",".join([*cells, yuan(entry.fee_fen), "0.00", ""])


def _fund_tables(known: Iterable[Entry], day: date, account: str) -> dict[str, str]:
    """What moved on the account, with the balance after each move; fees are moves of their own."""
    lines: list[str] = []
    income: list[int] = []
    expense: list[int] = []
    balance = 0
    for entry in known:
        moves = [(entry.fen, "在线支付" if entry.fen > 0 else "交易退款"), (entry.fee_fen, "收费")]
        for number, (fen, business) in enumerate(moves):
            balance += fen
            if fen and business_day(entry.at) == day:
                (income if fen > 0 else expense).append(fen)
                lines.append(_fund_line(entry, number, fen, business, balance))
    ends = (
        f"#支出合计：{len(expense)}笔，共{yuan(sum(expense))}元",
        f"#收入合计：{len(income)}笔，共{yuan(sum(income))}元",
    )
    return {"": _table("账务明细", account, day, columns=_FUND_COLUMNS, lines=lines, ends=ends)}


def _fund_line(entry: Entry, number: int, fen: int, business: str, balance: int) -> str:
    trade = entry.trade
    entry_no = f"{entry.at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{trade.trade_no[-8:]}{number}"
    cells = [f"{entry_no}\t", f"{trade.trade_no}\t", f"{trade.out_trade_no}\t", trade.subject]
    cells += [beijing(entry.at.isoformat()), f"{_PAYER}\t", yuan(max(fen, 0)), yuan(min(fen, 0)), yuan(balance)]
    return ",".join([*cells, "支付宝", f"{business}\t", entry.refund_no])


def _table(what: str, account: str, day: date, *, columns: str, lines: Iterable[str], ends: Iterable[str] = ()) -> str:
    written = [
        f"#支付宝{what}查询",
        f"#账号：[{account}]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{end_of(day):%Y年%m月%d日} 00:00:00]",
        f"#{_RULE}{what}列表{_RULE}",
        columns,
        *lines,
        f"#{_RULE}{what}列表结束{_RULE}",
        *ends,
        f"#导出时间：[{end_of(day):%Y年%m月%d日} 08:27:37]",
    ]
    return "".join(f"{line}\r\n" for line in written)


def _zipped(tables: Mapping[str, str]) -> bytes:
    """The tables in a zip, in GBK, and so are their names, without the flag that says UTF-8."""
    file = BytesIO()
    # zipfile flags every name that is not ASCII as UTF-8, so each is written in where a stand-in as long as it was.
    stand_ins = {
        name.encode("gbk"): str(number).rjust(len(name.encode("gbk")), "@") for number, name in enumerate(tables)
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for stand_in, text in zip(stand_ins.values(), tables.values(), strict=True):
            archive.writestr(zipfile.ZipInfo(stand_in), text.encode("gbk", "replace"), zipfile.ZIP_DEFLATED)
    content = file.getvalue()
    for name, stand_in in stand_ins.items():
        content = content.replace(stand_in.encode(), name)
    return content
