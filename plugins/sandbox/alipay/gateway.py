"""`/alipay/gateway.do`: proves that our app asks, does it, and signs the very text of its answer."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from plugins.channels.alipay.signing import holds, sign, string_to_sign
from plugins.keys import private_key, public_key
from plugins.sandbox import mishaps
from plugins.sandbox.alipay import ALIPAY, agreement_desk, bills, cashier, operations, trades
from plugins.sandbox.alipay.agreement_desk import AgreementDesk
from plugins.sandbox.alipay.keys import AlipayKeys
from plugins.sandbox.alipay.notices import FORM, notice
from plugins.sandbox.alipay.operations import Failed, Fields
from plugins.sandbox.alipay.trades import Trade
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.house import House
from plugins.sandbox.mishaps import NOTHING, About, Mishaps, Telling
from plugins.sandbox.pages import form_of, page
from plugins.sandbox.post import Correspondence

FAULTS = mishaps.ALWAYS | {Fault.INSUFFICIENT_FUNDS, Fault.LATE_SUCCESS, Fault.BILL_BAD_TOTAL}
_TO_SIGN = "alipay.user.agreement.page.sign"
_PAGES = {"alipay.trade.page.pay", "alipay.trade.wap.pay", _TO_SIGN}


def routes(house: House, settings: Mapping[str, Any]) -> list[Route]:
    gateway = Gateway(house, AlipayKeys(**settings))
    house.postman.know(ALIPAY, Correspondence(accepts=_is_success))
    house.faults.know(ALIPAY, FAULTS)
    return [
        Route("/gateway.do", gateway.ask, methods=["GET", "POST"]),
        Route("/app/pay", gateway.app_pay, methods=["POST"]),
        Route("/trades", gateway.trades, methods=["GET"]),
        Route("/bill/{token}", gateway.bill, methods=["GET"]),
        *cashier.routes(house, gateway.tell),
        *gateway.agreements.routes(),
    ]


class Gateway:
    """Alipay's gateway for one app."""

    def __init__(self, house: House, keys: AlipayKeys) -> None:
        self._house = house
        self._store = house.store
        self._keys = keys
        self._app_key = public_key(keys.app_public_key, "app_public_key")
        self._key: RSAPrivateKey = private_key(keys.platform_private_key.reveal(), "platform_private_key")
        self._mishaps = Mishaps(house, ALIPAY)
        self.agreements = AgreementDesk(house, keys, self._key, self._mishaps, self.tell)

    async def ask(self, request: Request) -> Response:
        """A page for those who are sent here to pay or to sign, a signed node for those who ask."""
        params = {**dict(request.query_params), **await form_of(request)}
        now = await self._house.now()
        if params.get("method") in _PAGES:
            return self._shown(request, params, now)
        return await self._called(request, params, now)

    def _shown(self, request: Request, params: Mapping[str, str], now: datetime) -> Response:
        try:
            biz = self._proven(params)
            if params["method"] == _TO_SIGN:
                return self.agreements.asked_to_sign(request, params, biz)
            trade = operations.placed(self._store, params, biz, now)
        except Failed as failure:
            said = f"<p>{failure.fields['sub_msg']} <code>{failure.fields['sub_code']}</code></p>"
            return page("支付宝收银台", said, status=409)
        return self._to_the_cashier(request, trade, now)

    async def _called(self, request: Request, params: Mapping[str, str], now: datetime) -> Response:
        about = NOTHING
        try:
            biz = self._proven(params)
            about = _about(params, biz)
            if self._mishaps.happens(Fault.BREAK, about):
                return PlainTextResponse("", 500)
            asked = params.get("method") in agreement_desk.METHODS
            done = self.agreements.done(params, biz, now) if asked else self._done(request, params, biz, now)
            fields = {"code": "10000", "msg": "Success", **done}
        except Failed as failure:
            fields = failure.fields
        forged = await self._mishaps.answered(about)
        if isinstance(forged, Response):
            return forged
        return self._answer(params, fields, forged=forged)

    async def app_pay(self, request: Request) -> Response:
        """What Alipay's app does with an order string: the cashier's address."""
        params, now = await form_of(request), await self._house.now()
        try:
            trade = operations.placed(self._store, params, self._proven(params), now)
        except Failed as failure:
            return JSONResponse(failure.fields, 409)
        return self._to_the_cashier(request, trade, now)

    async def trades(self, _: Request) -> Response:
        """Everything that was paid and refunded, for whoever wants to compare."""
        known = trades.every(self._store)
        shown = [
            {
                "out_trade_no": trade.out_trade_no,
                "trade_no": trade.trade_no,
                "status": trade.status,
                "total_fen": trade.total_fen,
                "paid_fen": trade.total_fen if trade.paid_at else 0,
                "refunded_fen": trade.refunded_fen,
            }
            for trade in known
        ]
        return JSONResponse({"trades": shown, "paid_fen": sum(cast("int", one["paid_fen"]) for one in shown)})

    async def bill(self, request: Request) -> Response:
        """A bill's file, for half a minute from when it was asked for."""
        now = await self._house.now()
        content = bills.download(self._store, request.path_params["token"], now)
        return Response(content, media_type="application/zip") if content else PlainTextResponse("", 403)

    def tell(self, trade: Trade, now: datetime, times: int, delay: float = 0) -> None:
        """Post the notice of the trade as it stands, this many times."""
        about = About((trade.out_trade_no,))
        if trade.refunds:
            about = About((str(trade.refunds[-1]["no"]), trade.out_trade_no), Of.REFUND)
        elif times and self._mishaps.happens(Fault.WRONG_NOTICE, about):
            trade = replace(trade, total_fen=trade.total_fen - 1)
        body = notice(trade, self._keys, self._key, now)
        forged = notice(trade, self._keys, self._key, now, forged=True)
        self._mishaps.tell(Telling(trade.notify_url, body, forged, FORM), about, times=times, delay=delay)

    def _proven(self, params: Mapping[str, str]) -> Mapping[str, Any]:
        if params.get("app_id") != self._keys.app_id:
            raise Failed("isv.invalid-app-id", "无效的AppID参数", code="40002")
        if params.get("sign_type") != "RSA2":
            raise Failed("isv.invalid-signature-type", "无效的签名类型", code="40002")
        if not holds(params.get("sign", ""), string_to_sign(params), self._app_key):
            raise Failed(
                "isv.invalid-signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配", code="40002"
            )
        try:
            biz = json.loads(params.get("biz_content", ""))
        except ValueError:
            raise Failed("isv.invalid-parameter", "参数无效", code="40002") from None
        return cast("dict[str, Any]", biz)

    def _done(self, request: Request, params: Mapping[str, str], biz: Mapping[str, Any], now: datetime) -> Fields:
        match params.get("method"):
            case "alipay.trade.precreate":
                trade = operations.placed(self._store, params, biz, now)
                trades.keep(self._store, trade)
                return {
                    "out_trade_no": trade.out_trade_no,
                    "qr_code": f"{request.base_url}alipay/qr/{trade.token}",
                }
            case "alipay.trade.query":
                return operations.query(self._store, biz, now)
            case "alipay.trade.close":
                fields = operations.close(self._store, biz, now)
                self._pay_all_the_same(str(biz["out_trade_no"]), now)
                return fields
            case "alipay.trade.refund":
                poor = partial(self._mishaps.happens, Fault.REFUSE_REFUND, _about(params, biz))
                return operations.refund(self._store, biz, now, lambda trade: self.tell(trade, now, 1), poor)
            case "alipay.trade.fastpay.refund.query":
                return operations.query_refund(self._store, biz, now)
            case "alipay.data.dataservice.bill.downloadurl.query":
                return bills.address(
                    self._store, str(request.base_url), biz, now, seller_id=self._keys.seller_id, mishaps=self._mishaps
                )
            case method:
                raise Failed("isv.invalid-method", f"不存在的方法名 {method}", code="40002")

    def _to_the_cashier(self, request: Request, trade: Trade, now: datetime) -> Response:
        trade.open(now)
        trades.keep(self._store, trade)
        return RedirectResponse(f"{request.base_url}alipay/cashier/{trade.token}", 302)

    def _pay_all_the_same(self, order: str, now: datetime) -> None:
        """The payer had pressed the button before we closed the order."""
        trade = trades.find(self._store, order)
        if trade and self._mishaps.happens(Fault.LATE_SUCCESS, About((order,))) and trade.pay(now, late=True):
            with self._store.together():
                trades.keep(self._store, trade)
                self.tell(trade, now, 1, self._house.config.delay)

    def _answer(self, params: Mapping[str, str], fields: Fields, *, forged: bool = False) -> Response:
        # As the real one writes it: slashes escaped, and the signature over exactly this text.
        node = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        name = str(params.get("method", "error")).replace(".", "_") + "_response"
        signature = base64.b64encode(secrets.token_bytes(256)).decode() if forged else sign(node, self._key)
        text = f'{{"{name}":{node},"sign":"{signature}"}}'
        return PlainTextResponse(text, media_type="text/html;charset=utf-8")


def _about(params: Mapping[str, str], biz: Mapping[str, Any]) -> About:
    if "agreement" in params.get("method", ""):
        return About((str(biz.get("external_agreement_no", "")), str(biz.get("agreement_no", ""))), Of.MANDATE)
    if "bill" in params.get("method", ""):
        return About((str(biz.get("bill_date", "")),), Of.BILL)
    order, refund = str(biz.get("out_trade_no", "")), str(biz.get("out_request_no", ""))
    of_refund = "refund" in params.get("method", "")
    return About((refund, order), Of.REFUND) if of_refund else About((order,))


def _is_success(response: httpx.Response) -> bool:
    """Alipay wants to read exactly `success`."""
    return response.status_code == 200 and response.content == b"success"
