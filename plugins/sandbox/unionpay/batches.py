"""Batches of withholdings as UnionPay keeps them: taken in one file, carried out a moment later, told to who asks.

A batch is known by its number within a day and by its time. Each of its lines becomes a trade like any other, but for
its notice: nobody is told.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from plugins.channels.bank_withholding.codes import fen, instant
from plugins.sandbox.faults import Fault
from plugins.sandbox.mishaps import Mishaps
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Store
from plugins.sandbox.unionpay import trades
from plugins.sandbox.unionpay.trades import WITHHOLDING, Trade
from plugins.sandbox.unionpay.wire import MESSAGES, Fields, Refused, code

_KIND = "unionpay_batch"
_VERSION = "5.0.0"
_NUMBER = re.compile(r"(?!0000)[0-9]{4}")
_ORDER_ID = re.compile(r"[A-Za-z0-9]{8,32}")
_NOW = timedelta(days=1)
_TOLD = ("respCode", "respMsg", "queryId", "sysTraNo", "sysTm", "settleDate")

Decide = Callable[[Fields, datetime], Trade]


class Batches:
    """What goes through `batchTrans.do`. `decide` says how a withholding will end; it keeps nothing."""

    def __init__(self, store: Store, mishaps: Mishaps, delay: Callable[[], float], decide: Decide) -> None:
        self._store = store
        self._mishaps = mishaps
        self._delay = delay
        self._decide = decide

    def serve(self, asked: Fields, now: datetime) -> Fields:
        """Take a batch (21), or tell what became of one (22). Raises Refused."""
        kind, sent_at = asked.get("txnType"), instant(asked.get("txnTime"))
        if asked.get("txnSubType") != "02" or not _NUMBER.fullmatch(asked.get("batchNo", "")) or sent_at is None:
            raise Refused("10")
        told = {"batchNo": asked["batchNo"], "txnTime": asked["txnTime"]}
        if kind == "22":
            return {**code("00"), **told, "fileContent": self._result(asked)}
        if kind != "21" or abs(now - sent_at) > _NOW:
            raise Refused("10")
        self._take(asked, now)
        return {**code("00"), **told}

    def _take(self, asked: Fields, now: datetime) -> None:
        if self._store.get(_KIND, _ref(asked)):
            raise Refused("12")
        rows = _rows(asked)
        known_from = real_time() + self._delay()
        with self._store.together():
            kept = [self._carry_out(row, asked, now, known_from) for row in rows]
            batch = {"txn_time": asked["txnTime"], "known_from": known_from, "rows": kept}
            self._store.put(_KIND, _ref(asked), batch)

    def _carry_out(self, row: dict[str, str], asked: Fields, now: datetime, known_from: float) -> dict[str, Any]:
        """What is remembered of a line; the rest is its trade's."""
        alone = {**row, "txnTime": asked["txnTime"], "txnType": WITHHOLDING, "txnSubType": "00"}
        try:
            if trades.find(self._store, alone):
                raise Refused("12")
            trade = self._decide(alone, now)
        except Refused as refusal:
            return {"row": row, "code": refusal.code}
        trade.known_from = known_from
        trades.keep(self._store, trade)
        return {"row": row, "named": not self._mishaps.happens(Fault.LOSE_NOTICE, trade.about)}

    def _result(self, asked: Fields) -> str:
        batch = self._store.get(_KIND, _ref(asked))
        if batch is None or batch["txn_time"] != asked["txnTime"]:
            raise Refused("34")
        if real_time() < batch["known_from"]:
            raise Refused("05")
        told = [self._told(kept, asked["txnTime"]) for kept in batch["rows"] if kept.get("named", True)]
        asked_fen = sum(int(kept["row"]["txnAmt"]) for kept in batch["rows"])
        done = [row for row in told if row["respCode"] == "00"]
        head = (
            _VERSION,
            asked_fen,
            len(batch["rows"]),
            "",
            "",
            sum(int(row["txnAmt"]) for row in done),
            len(done),
            "",
            "",
        )
        names = [*_TOLD, *batch["rows"][0]["row"]]
        lines = [[row.get(name, "") for name in names] for row in told]
        return _packed([head, names, *lines])

    def _told(self, kept: dict[str, Any], txn_time: str) -> dict[str, str]:
        row: dict[str, str] = kept["row"]
        if refused := kept.get("code"):
            return {**row, "respCode": refused, "respMsg": MESSAGES.get(refused, "交易失败")}
        trade = trades.find(self._store, {**row, "txnTime": txn_time})
        if trade is None:
            raise LookupError(f"no trade {row['orderId']}")
        return {
            **row,
            "txnAmt": str(trade.amount_fen),
            "respCode": trade.code,
            "respMsg": MESSAGES.get(trade.code, "交易失败"),
            "queryId": trade.query_id,
            "sysTraNo": f"{trade.trace_no:06d}",
            "sysTm": trade.trace_time,
            "settleDate": f"{trade.settle_day:%m%d}",
        }


def _ref(asked: Fields) -> str:
    return f"{asked['batchNo']}:{asked['txnTime'][:8]}"


def _rows(asked: Fields) -> list[dict[str, str]]:
    """The lines of the file, by name. Raises Refused unless they are as its head and the request say."""
    try:
        text = zlib.decompress(base64.b64decode(asked.get("fileContent", ""), validate=True)).decode("gb18030")
    except (binascii.Error, ValueError, zlib.error):
        raise Refused("10") from None
    head, names, *lines = [line.split("|") for line in text.split("\r\n")] + [[], []]
    rows = [dict(zip(names, line, strict=False)) for line in lines if line]
    total = [str(sum(fen(row.get("txnAmt")) or 0 for row in rows)), str(len(rows))]
    numbers = [row.get("orderId", "") for row in rows]
    sound = (
        head[:1] == [_VERSION]
        and head[1:3] == total == [asked.get("totalAmt"), asked.get("totalQty")]
        and len(set(numbers)) == len(numbers) > 0
        and all(_ORDER_ID.fullmatch(number) for number in numbers)
        and all(fen(row.get("txnAmt")) and row.get("accType") == "01" for row in rows)
    )
    if not sound:
        raise Refused("10")
    return rows


def _packed(lines: Sequence[Sequence[object]]) -> str:
    text = "\r\n".join("|".join(map(str, line)) for line in lines)
    return base64.b64encode(zlib.compress(text.encode("gb18030"))).decode()
