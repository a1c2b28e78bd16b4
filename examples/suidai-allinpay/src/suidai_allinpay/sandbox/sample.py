"""This package as `suidai channels check allinpay` takes it: throw-away keys, and the gateway in memory."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache

import httpx

from plugins.testing import Gateway, Mishap, Subject
from suidai.contract import BillFile, Headers, RawRequest
from suidai_allinpay.plugin import payment_channels
from suidai_allinpay.sandbox import papers
from suidai_allinpay.sandbox.gateway import SMS_CODE, Allinpay, Fault, Keys, keys
from suidai_allinpay.sandbox.papers import Trade

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
MERCHANT = "200604000000445"
_DONE = "0000"
_FAULTS = {
    Mishap.NO_MONEY: Fault(Fault.DETAIL, "3008"),
    Mishap.OTHER_SUM: Fault(Fault.WRONG_AMOUNT),
    Mishap.WAITS: Fault(Fault.DETAIL, "2000"),
    Mishap.NEW_WORD: Fault(Fault.DETAIL, "8888"),
}


class Played(Gateway):
    """The gateway of one check."""

    def __init__(self) -> None:
        self._allinpay = _allinpay()

    def transport(self) -> httpx.AsyncBaseTransport:
        return self._allinpay.transport()

    def taken_fen(self) -> int:
        done = [trade for trade in self._allinpay.trades.values() if trade.code == _DONE]
        return sum(-trade.amount_fen if trade.gives_back else trade.amount_fen for trade in done)

    def sms_code(self) -> str:
        return SMS_CODE

    def happens(self, order_no: str, mishap: Mishap) -> bool:
        fault = _FAULTS.get(mishap)
        if fault:
            self._allinpay.plan(order_no, fault)
        return fault is not None

    def notices(self) -> Sequence[RawRequest]:
        return [_posted(body) for _, body in self._allinpay.notices]


@cache
def _keys() -> Keys:
    return keys()


def _allinpay() -> Allinpay:
    return Allinpay(MERCHANT, _keys(), lambda: NOW)


def _posted(body: bytes) -> RawRequest:
    return RawRequest("POST", "/notify/payments/allinpay", "", Headers({"Content-Type": "text/xml"}.items()), body, NOW)


def _statement(*trades: Trade) -> BillFile:
    content = papers.zipped(papers.statement(MERCHANT, "20261121", list(trades)), "20261121")
    return BillFile(content, "statement.zip", "", day=date(2026, 11, 21))


def sample() -> Subject:
    """What the entry point in `suidai.samples` names."""
    return Subject(
        payment_channels()[0],
        _allinpay().settings(),
        module="suidai_allinpay.plugin",
        order_no="PO20261121000001a1b2c3d4",
        now=NOW,
        gateway=Played,
        bill=_statement(
            Trade("PO20261121000001a1b2c3d4", 0, "1", 1022_50, "20261121101530", remark="PO20261121000001a1b2c3d4"),
            Trade("RF20261121000001a1b2c3d4", 0, "0", 22_50, "20261121101530", remark="RF20261121000001a1b2c3d4"),
        ),
        empty_bill=_statement(),
    )
