"""UnionPay's doors: `backTransReq.do`, `queryTrans.do`, the file host; and for people a page with the accounts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from plugins.channels.bank_withholding import answers
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.pages import form_of
from plugins.sandbox.post import Correspondence
from plugins.sandbox.unionpay import UNIONPAY, branch, files, notices, trades
from plugins.sandbox.unionpay.keys import UnionPayKeys
from plugins.sandbox.unionpay.operations import Operations
from plugins.sandbox.unionpay.trades import WITHHOLDING, Trade
from plugins.sandbox.unionpay.wire import Fields, Refused, Wire, code

FAULTS = frozenset(Fault)

Do = Callable[[Fields, datetime], Fields]


def routes(house: House, settings: Mapping[str, Any]) -> list[Route]:
    gateway = Gateway(house, Wire(UnionPayKeys(**settings)))
    house.postman.know(UNIONPAY, Correspondence(accepts=_is_200, ladder=notices.LADDER))
    house.faults.know(UNIONPAY, FAULTS)
    return [
        Route("/backTransReq.do", gateway.transact, methods=["POST"]),
        Route("/queryTrans.do", gateway.query, methods=["POST"]),
        Route("/", gateway.file, methods=["POST"]),
        Route("/trades", gateway.trades, methods=["GET"]),
        *branch.routes(house),
    ]


class Gateway:
    """UnionPay's gateway for one merchant."""

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._operations = Operations(house, wire, lambda trade: notices.tell(house, wire, trade))

    async def transact(self, request: Request) -> Response:
        return await self._served(request, self._operations.transact)

    async def query(self, request: Request) -> Response:
        return await self._served(request, self._operations.query)

    async def file(self, request: Request) -> Response:
        def find(asked: Fields, now: datetime) -> Fields:
            return files.file_of(self._house.store, self._wire.mer_id, asked, now)

        return await self._served(request, find)

    async def trades(self, _: Request) -> Response:
        """Everything that was taken and given back, for whoever wants to compare."""
        known = trades.of_money(self._house.store)
        given_back: dict[str, int] = {}
        for trade in known:
            if trade.orig_query_id:
                given_back[trade.orig_query_id] = given_back.get(trade.orig_query_id, 0) + trade.amount_fen
        shown = [_shown(one, given_back.get(one.query_id, 0)) for one in known if one.txn_type == WITHHOLDING]
        return JSONResponse({"trades": shown, "paid_fen": sum(one["paid_fen"] for one in shown)})

    async def _served(self, request: Request, do: Do) -> Response:
        asked, now = await form_of(request), await self._house.now()
        order = ""
        try:
            self._wire.prove(asked)
            order = asked.get("orderId", "")
            if self._wrong(Fault.BREAK, order):
                return PlainTextResponse("", 500)
            told = do(asked, now)
        except Refused as refusal:
            told = code(refusal.code)
        if self._wrong(Fault.LOSE_ANSWER, order):
            return PlainTextResponse("", 504)
        answer = self._wire.told(asked, told, forged=self._wrong(Fault.BAD_SIGNATURE, order))
        return PlainTextResponse(answers.write(answer))

    def _wrong(self, fault: Fault, order: str) -> bool:
        """Faults are planned for orders: what is about none always goes well."""
        return bool(order) and self._house.faults.take(UNIONPAY, fault, order)


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
