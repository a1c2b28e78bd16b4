"""What UnionPay posts to the merchant when a trade has ended, well or not: a signed form."""

from dataclasses import replace
from urllib.parse import quote, urlencode

from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.mishaps import Mishaps, Telling
from plugins.sandbox.unionpay import UNIONPAY
from plugins.sandbox.unionpay.operations import settlement, story
from plugins.sandbox.unionpay.trades import WITHHOLDING, Trade
from plugins.sandbox.unionpay.wire import Wire, code

FORM = "application/x-www-form-urlencoded; charset=utf-8"

LADDER = tuple(minutes * 60 for minutes in (1, 2, 4, 5))
"""Seconds between the sendings of one notice, as merchants tell of the real one."""


def tell(house: House, wire: Wire, trade: Trade) -> None:
    """Post how a trade will have ended by then."""
    mishaps, about = Mishaps(house, UNIONPAY), trade.about
    if trade.txn_type == WITHHOLDING and mishaps.happens(Fault.WRONG_NOTICE, about):
        trade = replace(trade, amount_fen=trade.amount_fen - 1)
    told = Telling(trade.back_url, notice(wire, trade), notice(wire, trade, forged=True), FORM)
    mishaps.tell(told, about, delay=house.config.delay)


def notice(wire: Wire, trade: Trade, *, forged: bool = False) -> bytes:
    about = {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "accessType": "0",
        "merId": wire.mer_id,
        "bizType": "000501",
        "orderId": trade.order_id,
        "txnTime": trade.txn_time,
    }
    told = {**story(trade), **code(trade.code)}
    if trade.code == "00":
        told |= settlement(trade)
    fields = wire.told(about, told, forged=forged)
    return urlencode(fields, quote_via=quote).encode()
