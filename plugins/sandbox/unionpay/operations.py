"""What UnionPay does for each kind of request, as the fields of its answer."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from domain.shared.days import business_day
from plugins.channels.bank_withholding.codes import fen, instant
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.house import House
from plugins.sandbox.mishaps import About, Mishaps, of_day
from plugins.sandbox.post import real_time
from plugins.sandbox.unionpay import bindings, files, trades
from plugins.sandbox.unionpay.bindings import Binding
from plugins.sandbox.unionpay.trades import REFUND, WITHHOLDING, Trade
from plugins.sandbox.unionpay.wire import MESSAGES, Fields, Refused, Wire, code

_ORDER_ID = re.compile(r"[A-Za-z0-9]{8,40}")
_NOW = timedelta(days=1)
"""How far from now the time of a new trade may be."""

_BY_CARD = {"5151": "51", "6161": "61", "6262": "62", "1414": "14"}
_SLOW_CARD = "0303"
_NOBODYS_CARD = "0404"
_OF_MANDATES = {"72", "74", "77"}
_MOST_FEN = 50_000_00

Tell = Callable[[Trade], None]


class Operations:
    """The merchant's business with UnionPay. `tell` posts a notice of a trade."""

    def __init__(self, house: House, wire: Wire, mishaps: Mishaps, tell: Tell) -> None:
        self._house = house
        self._store = house.store
        self._wire = wire
        self._mishaps = mishaps
        self._tell = tell
        self._known: Mapping[str, Callable[[Fields, datetime], Fields]] = {
            "77": self._send_code,
            "72": self._bind,
            "74": self._unbind,
            WITHHOLDING: self._withhold,
            REFUND: self._refund,
        }

    def transact(self, asked: Fields, now: datetime) -> Fields:
        """Do what is asked for. Raises Refused."""
        sent_at = instant(asked.get("txnTime"))
        if not _ORDER_ID.fullmatch(asked.get("orderId", "")) or sent_at is None or abs(now - sent_at) > _NOW:
            raise Refused("10")
        if asked.get("txnType") not in self._known:
            raise Refused("10")
        if trades.find(self._store, asked):
            raise Refused("12")
        return self._known[asked["txnType"]](asked, now)

    def about(self, asked: Fields, now: datetime) -> About:
        """What can go wrong with a request is planned for what it is about."""
        if trade := trades.find(self._store, asked):
            return trade.about
        order, kind = asked.get("orderId", ""), asked.get("txnType")
        if batch := asked.get("batchNo"):
            return About((batch,), Of.BATCH)
        if day := files.day_of(asked.get("settleDate", ""), business_day(now)):
            return of_day(day)
        if kind == REFUND:
            paid = trades.by_query_id(self._store, asked.get("origQryId", ""))
            return About((order, paid.order_id if paid else ""), Of.REFUND)
        return About((order,), Of.MANDATE if kind in _OF_MANDATES else Of.PAYMENT)

    def decide(self, asked: Fields, now: datetime) -> Trade:
        """A withholding and how it will end, not yet kept. Raises Refused."""
        amount, binding = fen(asked.get("txnAmt")), self._bound(asked)
        if not amount or asked.get("currencyCode") != "156":
            raise Refused("10")
        trade = trades.begun(self._store, asked, now)
        trade.amount_fen, trade.account = amount, binding.account
        trade.code = self._ends_in(trade, binding)
        if self._mishaps.happens(Fault.WRONG_AMOUNT, trade.about):
            trade.amount_fen -= 1
        return trade

    def query(self, asked: Fields, _: datetime) -> Fields:
        """How a trade stands. Raises Refused."""
        trade = trades.find(self._store, asked)
        if trade is None:
            raise Refused("34")
        ended = "05" if trade.open else trade.code
        return {**code("00"), **story(trade), "origRespCode": ended, "origRespMsg": MESSAGES.get(ended, "交易失败")}

    def _send_code(self, asked: Fields, now: datetime) -> Fields:
        person = self._wire.person(asked)
        bindings.send_code(self._house, _order(asked), person, now)
        return code("00")

    def _bind(self, asked: Fields, now: datetime) -> Fields:
        person, bind_id = self._wire.person(asked), asked.get("bindId", "")
        if not bind_id:
            raise Refused("13")
        if not bindings.code_holds(self._store, _order(asked), person, now):
            raise Refused("71")
        trade = trades.begun(self._store, asked, now)
        if person["accNo"].endswith(_NOBODYS_CARD):
            trade.code = "66"
        with self._store.together():
            trades.keep(self._store, trade)
            if trade.code == "00":
                bindings.keep(self._store, bindings.binding_of(bind_id, person))
        return code(trade.code)

    def _unbind(self, asked: Fields, now: datetime) -> Fields:
        binding = self._bound(asked)
        binding.bound = False
        with self._store.together():
            bindings.keep(self._store, binding)
            trades.keep(self._store, trades.begun(self._store, asked, now))
        return code("00")

    def _withhold(self, asked: Fields, now: datetime) -> Fields:
        trade = self.decide(asked, now)
        self._accept(trade)
        slow = self._bound(asked).ending == _SLOW_CARD
        return {**code("03" if slow else "00"), "queryId": trade.query_id}

    def _refund(self, asked: Fields, now: datetime) -> Fields:
        paid, amount = trades.by_query_id(self._store, asked.get("origQryId", "")), fen(asked.get("txnAmt"))
        if paid is None or paid.txn_type != WITHHOLDING or not paid.done:
            raise Refused("35")
        if not amount or trades.given_back_fen(self._store, paid) + amount > paid.amount_fen:
            raise Refused("33")
        trade = trades.begun(self._store, asked, now)
        trade.amount_fen, trade.account = amount, paid.account
        trade.orig_query_id, trade.orig_order_id = paid.query_id, paid.order_id
        if self._mishaps.happens(Fault.REFUSE_REFUND, trade.about):
            trade.code = "51"
        self._accept(trade)
        return {**code("00"), "queryId": trade.query_id}

    def _ends_in(self, trade: Trade, binding: Binding) -> str:
        if binding.empty or self._mishaps.happens(Fault.INSUFFICIENT_FUNDS, trade.about):
            return "51"
        if trade.amount_fen > _MOST_FEN:
            return "61"
        return _BY_CARD.get(binding.ending, "00")

    def _accept(self, trade: Trade) -> None:
        trade.known_from = real_time() + self._house.config.delay
        with self._store.together():
            trades.keep(self._store, trade)
            self._tell(trade)

    def _bound(self, asked: Fields) -> Binding:
        binding = bindings.find(self._store, asked.get("bindId", ""))
        if binding is None or not binding.bound:
            raise Refused("40")
        return binding


def story(trade: Trade) -> Fields:
    """What is told of a trade: what it is, and how it is settled once its money has moved."""
    told = {
        "txnType": trade.txn_type,
        "txnSubType": trade.sub_type,
        "queryId": trade.query_id,
        "bindId": trade.bind_id,
        "reqReserved": trade.req_reserved,
        "origQryId": trade.orig_query_id,
        "accNo": trade.account,
    }
    if trade.amount_fen:
        told |= {"txnAmt": str(trade.amount_fen), "currencyCode": "156"}
    if trade.amount_fen and trade.done:
        told |= settlement(trade)
    return {name: value for name, value in told.items() if value}


def settlement(trade: Trade) -> Fields:
    return {
        "settleAmt": str(trade.amount_fen),
        "settleCurrencyCode": "156",
        "settleDate": f"{trade.settle_day:%m%d}",
        "traceNo": f"{trade.trace_no:06d}",
        "traceTime": trade.trace_time,
    }


def _order(asked: Fields) -> str:
    return f"{asked['orderId']}:{asked['txnTime']}"
