"""`/wechat/v3/...`: proves that our merchant asks, does it, and signs the very bytes of its answer."""

import base64
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from plugins.channels.wechat.gateway import Malformed, json_object
from plugins.channels.wechat.proofs import NONCE, SERIAL, SIGNATURE, SIGNATURE_TYPE, TIMESTAMP, TOLERANCE
from plugins.channels.wechat.signing import SCHEME, lines, new_nonce
from plugins.keys import private_key, public_key
from plugins.rsa256 import holds, sign
from plugins.sandbox import mishaps
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.house import House
from plugins.sandbox.mishaps import NOTHING, About, Mishaps, Telling
from plugins.sandbox.post import Correspondence
from plugins.sandbox.wechat import WECHAT, bills, cashier, notices, operations, trades, words
from plugins.sandbox.wechat.failures import Failed
from plugins.sandbox.wechat.keys import WechatKeys
from plugins.sandbox.wechat.operations import Asked, Office
from plugins.sandbox.wechat.trades import Trade
from plugins.sandbox.wechat.words import Fields

FAULTS = mishaps.ALWAYS | {Fault.LATE_SUCCESS, Fault.BILL_BAD_TOTAL}
_PART = re.compile(r'(\w+)="([^"]*)"')

Operation = Callable[[Office, Asked], Fields | None]


def routes(house: House, settings: Mapping[str, Any]) -> list[Route]:
    gateway = Gateway(house, WechatKeys(**settings))
    house.postman.know(WECHAT, gateway.correspondence)
    house.faults.know(WECHAT, FAULTS)
    order = "/v3/pay/transactions/out-trade-no/{order_no}"
    return [
        Route(f"{order}/close", gateway.doing(operations.close), methods=["POST"]),
        Route(order, gateway.doing(operations.query), methods=["GET"]),
        Route("/v3/pay/transactions/{way}", gateway.doing(operations.place), methods=["POST"]),
        Route("/v3/refund/domestic/refunds", gateway.doing(operations.refund), methods=["POST"]),
        Route("/v3/refund/domestic/refunds/{refund_no}", gateway.doing(operations.query_refund), methods=["GET"]),
        Route("/v3/bill/tradebill", gateway.doing(operations.trade_bill), methods=["GET"]),
        Route("/v3/billdownload/file", gateway.bill, methods=["GET"]),
        Route("/trades", gateway.trades, methods=["GET"]),
        *cashier.routes(house, gateway.merchant_key, gateway.tell),
    ]


class Gateway:
    """WeChat's API for one merchant."""

    def __init__(self, house: House, keys: WechatKeys) -> None:
        self._house = house
        self._keys = keys
        self._key: RSAPrivateKey = private_key(keys.wechatpay_private_key.reveal(), "wechatpay_private_key")
        self.merchant_key = public_key(keys.merchant_public_key, "merchant_public_key")
        self._mishaps = Mishaps(house, WECHAT)
        self._office = Office(house.store, keys, self._tell_refund, self._tell_late, self._mishaps)

    def doing(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of an operation."""

        async def endpoint(request: Request) -> Response:
            now = await self._house.now()
            body, about = await request.body(), NOTHING
            try:
                asked = self._asked(request, body, now)
                about = operations.about(self._office, asked)
                if self._mishaps.happens(Fault.BREAK, about):
                    raise Failed(500, "SYSTEM_ERROR", "系统错误")
                fields, status = operation(self._office, asked), 200
            except Failed as failure:
                fields, status = failure.fields, failure.status
            forged = await self._mishaps.answered(about)
            if isinstance(forged, Response):
                return forged
            return self._answer(fields, status, now, forged=forged)

        return endpoint

    async def bill(self, request: Request) -> Response:
        """A bill's file. Who downloads it signs; the answer alone is not signed."""
        now = await self._house.now()
        try:
            asked = self._asked(request, b"", now)
        except Failed as failure:
            return self._answer(failure.fields, failure.status, now)
        content = bills.download(self._house.store, asked.query.get("token", ""))
        return Response(content, media_type="application/octet-stream") if content else PlainTextResponse("", 404)

    async def trades(self, _: Request) -> Response:
        """Everything that was paid and refunded, for whoever wants to compare."""
        shown = [
            {
                "out_trade_no": trade.out_trade_no,
                "transaction_id": trade.transaction_id,
                "status": trade.state,
                "total_fen": trade.total_fen,
                "paid_fen": trade.total_fen if trade.paid_at else 0,
                "refunded_fen": trade.refunded_fen,
            }
            for trade in trades.every(self._house.store)
        ]
        return JSONResponse({"trades": shown, "paid_fen": sum(cast("int", one["paid_fen"]) for one in shown)})

    @property
    def correspondence(self) -> Correspondence:
        return Correspondence(accepts=_is_taken, seal=self.proof, ladder=notices.LADDER, forged_seal=self._forged_proof)

    def tell(self, trade: Trade, now: datetime, times: int, delay: float = 0) -> None:
        """Post the notice of a payment, this many times."""
        about = About((trade.out_trade_no,))
        if times and self._mishaps.happens(Fault.WRONG_NOTICE, about):
            trade = replace(trade, total_fen=trade.total_fen - 1)
        body = notices.paid(words.transaction(trade, self._keys), self._keys, now)
        # What proves a notice is in its headers: a forged one has the same body.
        notice = Telling(str(trade.asked.get("notify_url", "")), body, body, notices.JSON)
        self._mishaps.tell(notice, about, times=times, delay=delay)

    def proof(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """The headers that prove a body, now."""
        timestamp, nonce = str(int(at.timestamp())), new_nonce()
        return {
            TIMESTAMP: timestamp,
            NONCE: nonce,
            SIGNATURE: sign(lines(timestamp, nonce, body), self._key),
            SERIAL: self._keys.wechatpay_public_key_id,
            SIGNATURE_TYPE: SCHEME,
        }

    def _forged_proof(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """The same, signed by nobody."""
        return {**self.proof(body, at), SIGNATURE: base64.b64encode(secrets.token_bytes(256)).decode()}

    def _tell_refund(self, trade: Trade, made: Fields, now: datetime) -> None:
        body = notices.refunded(words.refund_notice(trade, made, self._keys), self._keys, now)
        about = About((made["no"], trade.out_trade_no), Of.REFUND)
        self._mishaps.tell(Telling(made["notify_url"], body, body, notices.JSON), about)

    def _tell_late(self, trade: Trade, now: datetime) -> None:
        self.tell(trade, now, 1, self._house.config.delay)

    def _asked(self, request: Request, body: bytes, now: datetime) -> Asked:
        """What is asked, once it is proven who asks."""
        said = dict(_PART.findall(request.headers.get("authorization", "")))
        query: bytes = request.scope["query_string"]
        # As it was sent: whoever reads and writes an address again signs another.
        target = request.scope["raw_path"] + (b"?" + query if query else b"")
        timestamp, nonce = said.get("timestamp", ""), said.get("nonce_str", "")
        if (said.get("mchid"), said.get("serial_no")) != (self._keys.mchid, self._keys.merchant_serial):
            raise Failed(401, "SIGN_ERROR", "商户号或商户证书序列号错误")
        if not timestamp.isdecimal() or abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
            raise Failed(401, "SIGN_ERROR", "timestamp与发起请求的时间不得超过5分钟")
        message = lines(request.method, target, timestamp, nonce, body)
        if not holds(said.get("signature", ""), message, self.merchant_key):
            raise Failed(401, "SIGN_ERROR", "签名错误, 请检查后再试")
        try:
            fields = json_object(body or b"{}")
        except Malformed:
            raise Failed(400, "PARAM_ERROR", "请求不是JSON") from None
        return Asked(request.path_params, request.query_params, fields, str(request.base_url), now)

    def _answer(self, fields: Fields | None, status: int, now: datetime, *, forged: bool = False) -> Response:
        body = json.dumps(fields, ensure_ascii=False).encode() if fields is not None else b""
        proof = dict((self._forged_proof if forged else self.proof)(body, now))
        return Response(body, status if body else 204, proof, media_type=notices.JSON if body else None)


def _is_taken(response: httpx.Response) -> bool:
    return response.status_code in {200, 204}
