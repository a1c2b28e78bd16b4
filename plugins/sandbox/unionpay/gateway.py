"""UnionPay's doors: `backTransReq.do`, `queryTrans.do`, `batchTrans.do`, the file host; for people a page of accounts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from plugins.channels.bank_withholding import answers
from plugins.sandbox import mishaps
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.mishaps import NOTHING, Mishaps
from plugins.sandbox.pages import form_of
from plugins.sandbox.post import Correspondence
from plugins.sandbox.unionpay import UNIONPAY, branch, files, notices, trades
from plugins.sandbox.unionpay.batches import Batches
from plugins.sandbox.unionpay.keys import UnionPayKeys
from plugins.sandbox.unionpay.operations import Operations
from plugins.sandbox.unionpay.trades import WITHHOLDING, Trade
from plugins.sandbox.unionpay.wire import Fields, Refused, Wire, code

FAULTS = mishaps.ALWAYS | {Fault.INSUFFICIENT_FUNDS}
"""It closes nothing, and its file has no totals of its own."""

Do = Callable[[Fields, datetime], Fields]


def routes(house: House, settings: Mapping[str, Any]) -> list[Route]:
    gateway = Gateway(house, Wire(UnionPayKeys(**settings)))
    house.postman.know(UNIONPAY, Correspondence(accepts=_is_200, ladder=notices.LADDER))
    house.faults.know(UNIONPAY, FAULTS)
    return [
        Route("/backTransReq.do", gateway.transact, methods=["POST"]),
        Route("/queryTrans.do", gateway.query, methods=["POST"]),
        Route("/batchTrans.do", gateway.batch, methods=["POST"]),
        Route("/", gateway.file, methods=["POST"]),
        Route("/trades", gateway.trades, methods=["GET"]),
        *branch.routes(house),
    ]


class Gateway:
    """UnionPay's gateway for one merchant."""

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._mishaps = Mishaps(house, UNIONPAY)
        self._operations = Operations(house, wire, self._mishaps, lambda trade: notices.tell(house, wire, trade))
        self._batches = Batches(house.store, self._mishaps, lambda: house.config.delay, self._operations.decide)

    async def transact(self, request: Request) -> Response:
        return await self._served(request, self._operations.transact)

    async def query(self, request: Request) -> Response:
        return await self._served(request, self._operations.query)

    async def batch(self, request: Request) -> Response:
        return await self._served(request, self._batches.serve)

    async def file(self, request: Request) -> Response:
        def find(asked: Fields, now: datetime) -> Fields:
            return files.file_of(self._house.store, self._wire.mer_id, asked, now, self._mishaps)

        return await self._served(request, find)

    async def trades(self, _: Request) -> Response:
        """Everything that was taken and given back, for whoever wants to compare."""
        known = trades.of_money(self._house.store)
        given_back: dict[str, int] = {}
        for trade in known:
            if trade.orig_query_id and trade.code == "00":
                given_back[trade.orig_query_id] = given_back.get(trade.orig_query_id, 0) + trade.amount_fen
        shown = [_shown(one, given_back.get(one.query_id, 0)) for one in known if one.txn_type == WITHHOLDING]
        return JSONResponse({"trades": shown, "paid_fen": sum(one["paid_fen"] for one in shown)})

    async def _served(self, request: Request, do: Do) -> Response:
        asked, now = await form_of(request), await self._house.now()
        about = NOTHING
        try:
            self._wire.prove(asked)
            about = self._operations.about(asked, now)
            if self._mishaps.happens(Fault.BREAK, about):
                return PlainTextResponse("", 500)
            told = do(asked, now)
        except Refused as refusal:
            told = code(refusal.code)
        forged = await self._mishaps.answered(about)
        if isinstance(forged, Response):
            return forged
        answer = self._wire.told(asked, told, forged=forged)
        return PlainTextResponse(answers.write(answer))


def _shown(trade: Trade, refunded_fen: int) -> dict[str, Any]:
    return {
        "order_id": trade.order_id,
        "query_id": trade.query_id,
        "status": "05" if trade.open else trade.code,
        "total_fen": trade.amount_fen,
        "paid_fen": trade.amount_fen if trade.done else 0,
        "refunded_fen": refunded_fen,
        "fee_fen": trade.fee_fen if trade.done else 0,
    }


def _is_200(response: httpx.Response) -> bool:
    return response.status_code == 200
