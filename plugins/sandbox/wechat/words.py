"""Trades and refunds in WeChat's own words, as its answers and its notices tell them."""

from datetime import datetime
from typing import Any

from domain.shared.days import SHANGHAI
from plugins.sandbox.wechat.keys import WechatKeys
from plugins.sandbox.wechat.trades import PAYER, TYPES, Trade

Fields = dict[str, Any]

_STATES = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "PAYERROR": "支付失败",
}


def transaction(trade: Trade, keys: WechatKeys) -> Fields:
    """An order as a query tells it; what is not there yet is left out."""
    total = {"total": trade.total_fen, "currency": "CNY"}
    known: Fields = {
        "appid": keys.appid,
        "mchid": keys.mchid,
        "out_trade_no": trade.out_trade_no,
        "trade_state": trade.state,
        "trade_state_desc": _STATES[trade.state],
        "attach": trade.asked.get("attach", ""),
        "amount": total,
    }
    if trade.paid_at:
        known |= {
            "transaction_id": trade.transaction_id,
            "trade_type": TYPES[trade.way],
            "bank_type": "OTHERS",
            "success_time": beijing(trade.paid_at),
            "payer": {"openid": PAYER},
            "amount": total | {"payer_total": trade.total_fen, "payer_currency": "CNY"},
        }
    return known


def refund(trade: Trade, made: Fields, *, status: str = "SUCCESS") -> Fields:
    """A refund as an answer tells it."""
    known: Fields = {
        "refund_id": made["id"],
        "out_refund_no": made["no"],
        "transaction_id": trade.transaction_id,
        "out_trade_no": trade.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": beijing(made["at"]),
        "status": status,
        "amount": _sums(trade, made) | {"currency": "CNY"},
    }
    return known | ({"success_time": beijing(made["at"])} if status == "SUCCESS" else {})


def refund_notice(trade: Trade, made: Fields, keys: WechatKeys) -> Fields:
    """A refund as a notice tells it: in other words than an answer, and without the app."""
    return {
        "mchid": keys.mchid,
        "out_trade_no": trade.out_trade_no,
        "transaction_id": trade.transaction_id,
        "out_refund_no": made["no"],
        "refund_id": made["id"],
        "refund_status": "SUCCESS",
        "success_time": beijing(made["at"]),
        "user_received_account": "支付用户零钱",
        "amount": _sums(trade, made),
    }


def beijing(at: str) -> str:
    """RFC 3339, in whole seconds."""
    return datetime.fromisoformat(at).astimezone(SHANGHAI).isoformat(timespec="seconds")


def _sums(trade: Trade, made: Fields) -> Fields:
    return {
        "total": trade.total_fen,
        "refund": made["fen"],
        "payer_total": trade.total_fen,
        "payer_refund": made["fen"],
    }
