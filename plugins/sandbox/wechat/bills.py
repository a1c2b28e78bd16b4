"""The daily bills of the sandbox's WeChat: what was paid and refunded on a Beijing day, written as the real ones are."""

import base64
import gzip
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from domain.shared.days import SHANGHAI, business_day
from domain.shared.money import yuan
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.mishaps import About, Mishaps, Typesetting, of_day, strange
from plugins.sandbox.store import Store
from plugins.sandbox.wechat import trades
from plugins.sandbox.wechat.failures import Failed
from plugins.sandbox.wechat.keys import WechatKeys
from plugins.sandbox.wechat.trades import PAYER, TYPES, Trade, fee_fen
from plugins.sandbox.wechat.words import Fields

READY_AT = time(10, tzinfo=SHANGHAI)
_KIND = "wechat_bill"
_BOM = "\ufeff"
_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
_SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment or a refund at the moment it was finished. `refund` is empty for a payment."""

    trade: Trade
    at: datetime
    refund: Fields

    @property
    def paid_fen(self) -> int:
        return 0 if self.refund else self.trade.total_fen

    @property
    def refunded_fen(self) -> int:
        return self.refund.get("fen", 0)

    @property
    def fee_fen(self) -> int:
        """What WeChat takes for it, below zero where it gives back."""
        return -self.refund["fee_fen"] if self.refund else fee_fen(self.trade.total_fen)


def address(
    store: Store, keys: WechatKeys, query: Mapping[str, str], base_url: str, now: datetime, *, mishaps: Mishaps
) -> Fields:
    """Where a bill lies, and its hash. Raises Failed if there is none, or none yet."""
    try:
        day = date.fromisoformat(query.get("bill_date", ""))
    except ValueError:
        raise Failed(400, "PARAM_ERROR", "bill_date格式错误") from None
    packing = query.get("tar_type", "")
    if query.get("bill_type", "ALL") != "ALL" or packing not in {"", "GZIP"}:
        raise Failed(400, "PARAM_ERROR", "账单类型不支持")
    if now < datetime.combine(day + timedelta(days=1), READY_AT) or mishaps.happens(Fault.BILL_NOT_READY, of_day(day)):
        raise Failed(400, "STATEMENT_CREATING", "账单生成中, 请于次日10点后再试")
    if not (known := entries(store, day)):
        raise Failed(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    # What is wrong with a bill is wrong with this copy of it: the next may be right.
    printed = mishaps.printed(known, _TYPESETTING)
    table = _table(printed, keys, more_fen=1 if mishaps.happens(Fault.BILL_BAD_TOTAL, of_day(day)) else 0)
    token = secrets.token_urlsafe(48)
    store.put(_KIND, token, {"file": base64.b64encode(table).decode(), "packed": bool(packing)})
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(table, usedforsecurity=False).hexdigest(),
        "download_url": f"{base_url}wechat/v3/billdownload/file?token={token}",
    }


def download(store: Store, token: str) -> bytes | None:
    """The file at an address, None where there is none."""
    if not (known := store.get(_KIND, token)):
        return None
    table = base64.b64decode(known["file"])
    return gzip.compress(table) if known["packed"] else table


def entries(store: Store, day: date) -> list[Entry]:
    """What was finished on a day, in its order."""
    known: list[Entry] = []
    for trade in trades.every(store):
        if trade.paid_at:
            known.append(Entry(trade, datetime.fromisoformat(trade.paid_at), {}))
        known += [Entry(trade, datetime.fromisoformat(made["at"]), made) for made in trade.refunds]
    return sorted((entry for entry in known if business_day(entry.at) == day), key=lambda entry: entry.at)


def _about(entry: Entry) -> About:
    order = entry.trade.out_trade_no
    return About((entry.refund["no"], order), Of.REFUND) if entry.refund else About((order,))


def _dearer(entry: Entry) -> Entry:
    if entry.refund:
        return replace(entry, refund={**entry.refund, "fen": entry.refund["fen"] + 1})
    return replace(entry, trade=replace(entry.trade, total_fen=entry.trade.total_fen + 1))


def _stranger(entry: Entry) -> Entry:
    trade, made = entry.trade, entry.refund
    other = replace(trade, out_trade_no=strange(trade.out_trade_no), transaction_id=f"{trade.transaction_id[:-4]}0000")
    refund = {**made, "no": strange(made["no"]), "id": f"{made['id'][:-4]}0000"} if made else {}
    return replace(entry, trade=other, refund=refund)


_TYPESETTING = Typesetting(_about, _dearer, _stranger)


def _table(known: Sequence[Entry], keys: WechatKeys, *, more_fen: int) -> bytes:
    rows = [_row(entry, keys) for entry in known]
    paid, refunded = sum(entry.paid_fen for entry in known) + more_fen, sum(entry.refunded_fen for entry in known)
    fees = sum(entry.fee_fen for entry in known)
    sums = (str(len(rows)), yuan(paid), yuan(refunded), "0.00", _fine(fees), yuan(paid), yuan(refunded))
    lines = [_COLUMNS, *rows, _SUMMARY, _marked(sums)]
    return (_BOM + "".join(f"{line}\r\n" for line in lines)).encode()


def _row(entry: Entry, keys: WechatKeys) -> str:
    trade, made = entry.trade, entry.refund
    cells = dict.fromkeys(_COLUMNS.split(","), "") | {
        "交易时间": f"{entry.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "公众账号ID": keys.appid,
        "商户号": keys.mchid,
        "特约商户号": "0",
        "微信订单号": trade.transaction_id,
        "商户订单号": trade.out_trade_no,
        "用户标识": PAYER,
        "交易类型": TYPES[trade.way],
        "交易状态": "REFUND" if made else "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": yuan(entry.paid_fen),
        "代金券金额": "0.00",
        "微信退款单号": made.get("id", "0"),
        "商户退款单号": made.get("no", "0"),
        "退款金额": yuan(entry.refunded_fen),
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL" if made else "",
        "退款状态": "SUCCESS" if made else "",
        "商品名称": str(trade.asked.get("description", "")),
        "商户数据包": str(trade.asked.get("attach", "")),
        "手续费": _fine(entry.fee_fen),
        "费率": "0.60%",
        "订单金额": yuan(entry.paid_fen),
        "申请退款金额": yuan(entry.refunded_fen),
    }
    return _marked(cells.values())


def _marked(values: Iterable[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _fine(fen: int) -> str:
    """A fee is written with five decimals."""
    return f"{yuan(fen)}000"
