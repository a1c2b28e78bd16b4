"""What the API does for each address, as the fields of its answer; None is an answer without content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugins.channels.wechat.states import fen, part, text
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.mishaps import About, Mishaps
from plugins.sandbox.store import Store
from plugins.sandbox.wechat import bills, trades, words
from plugins.sandbox.wechat.failures import Failed
from plugins.sandbox.wechat.keys import WechatKeys
from plugins.sandbox.wechat.trades import Trade
from plugins.sandbox.wechat.words import Fields


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose signature held. `base_url` is where the sandbox is reached."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, Any]
    base_url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Office:
    """What an operation works with. `tell` posts the notice of a refund, `tell_late` that of a closed order's payment."""

    store: Store
    keys: WechatKeys
    tell: Callable[[Trade, Fields, datetime], None]
    tell_late: Callable[[Trade, datetime], None]
    mishaps: Mishaps


def order_no(office: Office, asked: Asked) -> str:
    """The order that a request is about; empty where it is about none."""
    if "refund_no" in asked.path:
        trade = trades.by_refund(office.store, asked.path["refund_no"])
        return trade.out_trade_no if trade else ""
    return asked.path.get("order_no") or text(asked.fields.get("out_trade_no")) or ""


def about(office: Office, asked: Asked) -> About:
    """What can go wrong with a request is planned for its refund, its order, or the day of its bill."""
    if day := asked.query.get("bill_date"):
        return About((day,), Of.BILL)
    order = order_no(office, asked)
    if refund := asked.path.get("refund_no") or text(asked.fields.get("out_refund_no")):
        return About((refund, order), Of.REFUND)
    return About((order,))


def place(office: Office, asked: Asked) -> Fields:
    """The way to pay an order, new or as it was ordered before."""
    way, number = asked.path["way"], text(asked.fields.get("out_trade_no"))
    total = fen(part(asked.fields, "amount").get("total"))
    if way not in trades.TYPES or not number or not total:
        raise Failed(400, "PARAM_ERROR", "参数错误")
    if (asked.fields.get("appid"), asked.fields.get("mchid")) != (office.keys.appid, office.keys.mchid):
        raise Failed(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")
    trade = trades.find(office.store, number)
    if trade is None:
        trade = _new(way, asked, total)
        trades.keep(office.store, trade)
    else:
        _must_be_orderable(trade, way, asked)
    match way:
        case "native":
            return {"code_url": trade.code_url}
        case "h5":
            return {"h5_url": f"{asked.base_url}wechat/scan?prepay_id={trade.prepay_id}"}
        case _:
            return {"prepay_id": trade.prepay_id}


def query(office: Office, asked: Asked) -> Fields:
    if asked.query.get("mchid") != office.keys.mchid:
        raise Failed(400, "PARAM_ERROR", "参数错误")
    return words.transaction(_existing(office, asked), office.keys)


def close(office: Office, asked: Asked) -> None:
    if asked.fields.get("mchid") != office.keys.mchid:
        raise Failed(400, "PARAM_ERROR", "参数错误")
    trade = _existing(office, asked)
    if trade.paid_at:
        raise Failed(400, "ORDER_PAID", "该订单已支付")
    if trade.status == "CLOSED":
        raise Failed(400, "ORDER_CLOSED", "该订单已关闭")
    trade.close()
    trades.keep(office.store, trade)
    # The payer had pressed the button before we closed the order.
    if office.mishaps.happens(Fault.LATE_SUCCESS, about(office, asked)) and trade.pay(asked.now, late=True):
        with office.store.together():
            trades.keep(office.store, trade)
            office.tell_late(trade, asked.now)


def refund(office: Office, asked: Asked) -> Fields:
    """Give back once per out_refund_no."""
    trade, amount = _existing(office, asked), part(asked.fields, "amount")
    number, sum_ = text(asked.fields.get("out_refund_no")), fen(amount.get("refund"))
    if not number or not sum_:
        raise Failed(400, "PARAM_ERROR", "参数错误")
    if not trade.paid_at:
        raise Failed(400, "INVALID_REQUEST", "订单未支付")
    if amount.get("total") not in {trade.total_fen, part(trade.asked, "amount").get("total")}:
        raise Failed(400, "INVALID_REQUEST", "订单金额与之前请求不一致")
    earlier = trades.by_refund(office.store, number)
    if made := next((known for known in trade.refunds if known["no"] == number), None):
        if made["fen"] != sum_:
            raise Failed(400, "INVALID_REQUEST", "退款金额与之前请求不一致")
        return words.refund(trade, made)
    if earlier or trade.refunded_fen + sum_ > trade.total_fen:
        raise Failed(400, "INVALID_REQUEST", "退款金额大于可退金额, 或退款单号已使用")
    if office.mishaps.happens(Fault.REFUSE_REFUND, about(office, asked)):
        raise Failed(403, "NOT_ENOUGH", "基本账户余额不足, 请充值后重新发起")
    made = trade.refund(number, sum_, text(asked.fields.get("notify_url")) or "", asked.now)
    with office.store.together():
        trades.keep(office.store, trade)
        office.tell(trade, made, asked.now)
    return words.refund(trade, made, status="PROCESSING")


def query_refund(office: Office, asked: Asked) -> Fields:
    number = asked.path["refund_no"]
    trade = trades.by_refund(office.store, number)
    made = next((known for known in trade.refunds if known["no"] == number), None) if trade else None
    if trade is None or made is None:
        raise Failed(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return words.refund(trade, made)


def trade_bill(office: Office, asked: Asked) -> Fields:
    return bills.address(office.store, office.keys, asked.query, asked.base_url, asked.now, mishaps=office.mishaps)


def _new(way: str, asked: Asked, total: int) -> Trade:
    try:
        trade = trades.ordered(way, asked.fields, total, asked.now)
    except ValueError:
        raise Failed(400, "PARAM_ERROR", "time_expire格式错误") from None
    if asked.now >= datetime.fromisoformat(trade.expires_at):
        raise Failed(400, "PARAM_ERROR", "time_expire早于当前时间")
    return trade


def _must_be_orderable(trade: Trade, way: str, asked: Asked) -> None:
    trade.age(asked.now)
    if trade.paid_at:
        raise Failed(400, "ORDER_PAID", "该订单已支付")
    if trade.status != "NOTPAY":
        raise Failed(400, "ORDER_CLOSED", "该订单已关闭")
    if (trade.way, trade.asked) != (way, dict(asked.fields)):
        raise Failed(400, "INVALID_REQUEST", "请求重入时, 参数与首次请求时不一致")


def _existing(office: Office, asked: Asked) -> Trade:
    trade = trades.find(office.store, order_no(office, asked))
    if trade is None:
        raise Failed(404, "ORDER_NOT_EXIST", "订单不存在")
    before = trade.status
    trade.age(asked.now)
    if trade.status != before:
        trades.keep(office.store, trade)
    return trade
