"""The cashier a borrower sees. Its buttons pay, press twice, lose the notice, fail, or pay what was closed meanwhile."""

import html
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.shared.money import yuan
from plugins.channels.wechat.gateway import Malformed, json_object
from plugins.channels.wechat.signing import lines
from plugins.rsa256 import holds
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.pages import form_of, page
from plugins.sandbox.wechat import WECHAT, trades
from plugins.sandbox.wechat.trades import Trade

Tell = Callable[[Trade, datetime, int], None]

_TITLE = "微信支付收银台"
_NOTICES = {"0": 0, "1": 1, "2": 2, "3": 3}
_BUTTONS = (
    '<button name="notices" value="1">付款 Pay</button> '
    '<button name="notices" value="2">连付两次 Pay twice</button> '
    '<button name="notices" value="0">付款, 丢失通知 Pay, lose the notice</button> '
    '<button name="fail" value="1">付款失败 Fail</button>'
)
_LATE_BUTTON = '<button name="late" value="1">仍然付款 Pay all the same</button>'


def routes(house: House, merchant_key: RSAPublicKey, tell: Tell) -> list[Route]:
    cashier = _Cashier(house, merchant_key, tell)
    return [
        Route("/scan", cashier.scan, methods=["GET"]),
        Route("/app/pay", cashier.app_pay, methods=["POST"]),
        Route("/cashier/{token}", cashier.show, methods=["GET"]),
        Route("/cashier/{token}/pay", cashier.pay, methods=["POST"]),
    ]


class _Cashier:
    def __init__(self, house: House, merchant_key: RSAPublicKey, tell: Tell) -> None:
        self._house = house
        self._store = house.store
        self._merchant_key = merchant_key
        self._tell = tell

    async def scan(self, request: Request) -> Response:
        """A QR code was scanned, or an H5 page opened."""
        code = parse_qs(urlsplit(request.query_params.get("code_url", "")).query).get("pr", [""])[0]
        token = code or request.query_params.get("prepay_id", "").removeprefix("wx")
        trade = trades.by_token(self._store, token)
        if trade is None:
            return _nothing()
        if back := request.query_params.get("redirect_url"):
            trade.return_url = back
            trades.keep(self._store, trade)
        return self._to_the_cashier(request, trade)

    async def app_pay(self, request: Request) -> Response:
        """What WeChat does with the parameters of its script or of its SDK: the cashier's address, if we signed them."""
        try:
            params = {name: str(value) for name, value in json_object(await request.body()).items()}
            prepay_id, signed, signature = _parameters(params)
        except (Malformed, KeyError):
            return _nothing()
        trade = trades.by_token(self._store, prepay_id.removeprefix("wx"))
        if trade is None or not holds(signature, lines(*signed), self._merchant_key):
            return _nothing()
        return self._to_the_cashier(request, trade)

    async def show(self, request: Request) -> Response:
        now = await self._house.now()
        trade = trades.by_token(self._store, request.path_params["token"])
        if trade is None:
            return _nothing()
        trade.age(now)
        body = _bill(trade)
        if trade.status == "NOTPAY" or trade.is_closed_unpaid:
            action = f"{request.base_url}wechat/cashier/{trade.token}/pay"
            buttons = _LATE_BUTTON if trade.is_closed_unpaid else _BUTTONS
            body += f'<form method="post" action="{html.escape(action)}">{buttons}</form>'
        return page(_TITLE, body)

    async def pay(self, request: Request) -> Response:
        """Pay once. `notices` is 0 to 3; `late=1` pays what was closed too. Programs that accept JSON get JSON.

        `notices=2` is two presses at once: the money is taken once, the second press is refused, each is told of.
        """
        pressed = await form_of(request)
        notices = _NOTICES.get(pressed.get("notices", "1"))
        now = await self._house.now()
        trade = trades.by_token(self._store, request.path_params["token"])
        if trade is None or notices is None:
            return _nothing()
        if pressed.get("fail") == "1":
            trade.fail(now)
            trades.keep(self._store, trade)
            return self._told(request, trade, paid=False)
        if paid := trade.pay(now, late=pressed.get("late") == "1"):
            with self._store.together():
                if trade.total_fen > 1 and self._house.faults.take(WECHAT, Fault.WRONG_AMOUNT, trade.out_trade_no):
                    trade.total_fen -= 1
                trades.keep(self._store, trade)
                self._tell(trade, now, notices)
        return self._told(request, trade, paid=paid)

    def _told(self, request: Request, trade: Trade, *, paid: bool) -> Response:
        status = 200 if paid else 409
        if "application/json" in request.headers.get("accept", ""):
            told = {"transaction_id": trade.transaction_id, "trade_state": trade.state, "paid": paid}
            return JSONResponse(told, status)
        back = f'<p><a href="{html.escape(trade.return_url)}">返回商户</a></p>' if trade.return_url else ""
        return page(_TITLE, _bill(trade) + back, status=status)

    def _to_the_cashier(self, request: Request, trade: Trade) -> Response:
        return RedirectResponse(f"{request.base_url}wechat/cashier/{trade.token}", 302)


def _parameters(params: dict[str, str]) -> tuple[str, tuple[str, ...], str]:
    """The prepay id, what was signed, and the signature: in the words of the script, or of the SDK."""
    if "paySign" in params:
        package = params["package"]
        signed = (params["appId"], params["timeStamp"], params["nonceStr"], package)
        return package.removeprefix("prepay_id="), signed, params["paySign"]
    prepay_id = params["prepayid"]
    return prepay_id, (params["appid"], params["timestamp"], params["noncestr"], prepay_id), params["sign"]


def _bill(trade: Trade) -> str:
    return (
        f"<p>{html.escape(str(trade.asked.get('description', '')))}</p><p><strong>¥{yuan(trade.total_fen)}</strong></p>"
        f"<p><code>{html.escape(trade.out_trade_no)}</code> {trade.state}</p>"
    )


def _nothing() -> Response:
    return page(_TITLE, "<p>没有这笔订单。</p>", status=404)
