"""What UnionPay posts to the merchant when a trade has ended, well or not: a signed form."""

from urllib.parse import quote, urlencode

from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.unionpay import UNIONPAY
from plugins.sandbox.unionpay.operations import settlement, story
from plugins.sandbox.unionpay.trades import Trade
from plugins.sandbox.unionpay.wire import Wire, code

FORM = "application/x-www-form-urlencoded; charset=utf-8"

LADDER = tuple(minutes * 60 for minutes in (1, 2, 4, 5))
"""Seconds between the sendings of one notice, as merchants tell of the real one."""


def tell(house: House, wire: Wire, trade: Trade) -> None:
    """Post how a trade will have ended by then."""
    times = 1
    if house.faults.take(UNIONPAY, Fault.LOSE_NOTICE, trade.order_id):
        times = 0
    elif house.faults.take(UNIONPAY, Fault.REPEAT_NOTICE, trade.order_id):
        times = 3
    for _ in range(times):
        house.write(UNIONPAY, trade.back_url, notice(wire, trade), FORM, delay=house.config.delay)


def notice(wire: Wire, trade: Trade) -> bytes:
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
    fields = wire.told(about, told)
    return urlencode(fields, quote_via=quote).encode()
