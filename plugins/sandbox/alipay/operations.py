"""What the gateway does for each method, as the fields of its answer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.shared.money import yuan
from plugins.channels.alipay.states import fen
from plugins.sandbox.alipay import trades
from plugins.sandbox.alipay.notices import beijing
from plugins.sandbox.alipay.trades import Trade
from plugins.sandbox.store import Store

Fields = dict[str, Any]


class Failed(Exception):
    """A business failure (code 40004) or worse, in Alipay's own words."""

    def __init__(self, sub_code: str, sub_msg: str, *, code: str = "40004", **fields: str) -> None:
        super().__init__(sub_code)
        self.fields: Fields = {
            "code": code,
            "msg": "Business Failed" if code == "40004" else "Invalid Arguments",
            "sub_code": sub_code,
            "sub_msg": sub_msg,
            **fields,
        }


def placed(store: Store, params: Mapping[str, str], biz: Mapping[str, Any], now: datetime) -> Trade:
    """The trade of an order, new or as it was ordered before. Raises Failed if it cannot be paid."""
    number, total = str(biz.get("out_trade_no", "")), fen(biz.get("total_amount"))
    if not number or not total:
        raise Failed("ACQ.INVALID_PARAMETER", "参数无效")
    if trade := trades.find(store, number):
        trade.age(now)
        if (trade.total_fen, trade.subject) != (total, str(biz.get("subject", ""))):
            raise Failed("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改", out_trade_no=number)
        if trade.paid_at:
            raise Failed("ACQ.TRADE_HAS_SUCCESS", "交易已被支付", out_trade_no=number)
        if trade.status == "TRADE_CLOSED":
            raise Failed("ACQ.TRADE_HAS_CLOSE", "交易已经关闭", out_trade_no=number)
        return trade
    trade = trades.ordered(params, biz, total, now)
    if now >= datetime.fromisoformat(trade.expires_at):
        raise Failed("ACQ.TRADE_HAS_CLOSE", "订单已超过支付期限", out_trade_no=number)
    return trade


def query(store: Store, biz: Mapping[str, Any], now: datetime) -> Fields:
    trade = _existing(store, biz, now)
    answer: Fields = {
        "buyer_logon_id": "159****5620",
        "out_trade_no": trade.out_trade_no,
        "total_amount": yuan(trade.total_fen),
        "trade_no": trade.trade_no,
        "trade_status": trade.status,
    }
    return answer | ({"send_pay_date": beijing(trade.paid_at)} if trade.paid_at else {})


def close(store: Store, biz: Mapping[str, Any], now: datetime) -> Fields:
    trade = _existing(store, biz, now)
    if trade.status != "WAIT_BUYER_PAY":
        raise Failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法", out_trade_no=trade.out_trade_no)
    trade.close(now)
    trades.keep(store, trade)
    return {"out_trade_no": trade.out_trade_no, "trade_no": trade.trade_no}


def refund(
    store: Store, biz: Mapping[str, Any], now: datetime, tell: Callable[[Trade], None], poor: Callable[[], bool]
) -> Fields:
    """Give back once per out_request_no. The answer's refund_fee is all that was given back so far.

    `poor` says whether the seller's account has not enough; what was given back already is not asked about.
    """
    trade = _existing(store, biz, now)
    amount, number = fen(biz.get("refund_amount")), str(biz.get("out_request_no") or biz.get("out_trade_no"))
    if not trade.paid_at:
        raise Failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法", out_trade_no=trade.out_trade_no)
    earlier = next((known for known in trade.refunds if known["no"] == number), None)
    if earlier and earlier["fen"] != amount:
        raise Failed("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致", out_trade_no=trade.out_trade_no)
    if not earlier:
        if not amount or trade.refunded_fen + amount > trade.total_fen:
            raise Failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限", out_trade_no=trade.out_trade_no)
        if poor():
            raise Failed("ACQ.SELLER_BALANCE_NOT_ENOUGH", "商户余额不足", out_trade_no=trade.out_trade_no)
        trade.refund(number, amount, now)
        with store.together():
            trades.keep(store, trade)
            tell(trade)
    return {
        "fund_change": "N" if earlier else "Y",
        "out_trade_no": trade.out_trade_no,
        "refund_fee": yuan(trade.refunded_fen),
        "trade_no": trade.trade_no,
    }


def query_refund(store: Store, biz: Mapping[str, Any], now: datetime) -> Fields:
    """A refund that is not known is answered with 10000 and nothing about it."""
    trade = _existing(store, biz, now)
    found = next((known for known in trade.refunds if known["no"] == biz.get("out_request_no")), None)
    if not found:
        return {"out_trade_no": trade.out_trade_no}
    return {
        "out_request_no": found["no"],
        "out_trade_no": trade.out_trade_no,
        "refund_amount": yuan(found["fen"]),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": beijing(found["at"]),
        "total_amount": yuan(trade.total_fen),
        "trade_no": trade.trade_no,
    }


def _existing(store: Store, biz: Mapping[str, Any], now: datetime) -> Trade:
    number = str(biz.get("out_trade_no", ""))
    trade = trades.find(store, number)
    if trade is None or not trade.status:
        raise Failed("ACQ.TRADE_NOT_EXIST", "交易不存在", out_trade_no=number)
    before = trade.status
    trade.age(now)
    if trade.status != before:
        trades.keep(store, trade)
    return trade
