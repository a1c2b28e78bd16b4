"""The cashier a borrower sees. Its buttons pay, press twice at once, lose the notice, or pay what was closed meanwhile."""

import html
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.shared.money import yuan
from plugins.sandbox.alipay import ALIPAY, trades
from plugins.sandbox.alipay.trades import Trade
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.pages import form_of, page

Tell = Callable[[Trade, datetime, int], None]

_TITLE = "支付宝收银台"
_NOTICES = {"0": 0, "1": 1, "2": 2, "3": 3}
# Two presses at once: the money is taken once, each press raises its notice.
_BUTTONS = (
    '<button name="notices" value="1">付款 Pay</button> '
    '<button name="notices" value="2">连付两次 Pay twice</button> '
    '<button name="notices" value="0">付款, 丢失通知 Pay but lose the notice</button>'
)
_LATE_BUTTON = '<button name="late" value="1">仍然付款 Pay all the same</button>'


def routes(house: House, tell: Tell) -> list[Route]:
    cashier = _Cashier(house, tell)
    return [
        Route("/qr/{token}", cashier.scan, methods=["GET"]),
        Route("/cashier/{token}", cashier.show, methods=["GET"]),
        Route("/cashier/{token}/pay", cashier.pay, methods=["POST"]),
    ]


class _Cashier:
    def __init__(self, house: House, tell: Tell) -> None:
        self._house = house
        self._store = house.store
        self._tell = tell

    async def scan(self, request: Request) -> Response:
        """A QR code was scanned: from now on the order exists."""
        now = await self._house.now()
        trade = trades.by_token(self._store, request.path_params["token"])
        if trade is None:
            return _nothing()
        if now < datetime.fromisoformat(trade.expires_at):
            trade.open(now)
            trades.keep(self._store, trade)
        return RedirectResponse(f"{request.base_url}alipay/cashier/{trade.token}", 302)

    async def show(self, request: Request) -> Response:
        now = await self._house.now()
        trade = trades.by_token(self._store, request.path_params["token"])
        if trade is None:
            return _nothing()
        trade.age(now)
        body = _bill(trade)
        if trade.status == "WAIT_BUYER_PAY" or trade.is_closed_unpaid:
            action = f"{request.base_url}alipay/cashier/{trade.token}/pay"
            buttons = _LATE_BUTTON if trade.is_closed_unpaid else _BUTTONS
            body += f'<form method="post" action="{html.escape(action)}">{buttons}</form>'
        return page(_TITLE, body)

    async def pay(self, request: Request) -> Response:
        """Pay once. `notices` is 0 to 3; `late=1` pays what was closed too. Programs that accept JSON get JSON."""
        pressed = await form_of(request)
        notices = _NOTICES.get(pressed.get("notices", "1"))
        now = await self._house.now()
        trade = trades.by_token(self._store, request.path_params["token"])
        if trade is None or notices is None:
            return _nothing()
        if paid := trade.pay(now, late=pressed.get("late") == "1"):
            with self._store.together():
                if trade.total_fen > 1 and self._house.faults.take(ALIPAY, Fault.WRONG_AMOUNT, trade.out_trade_no):
                    trade.total_fen -= 1
                trades.keep(self._store, trade)
                self._tell(trade, now, notices)
        status = 200 if paid else 409
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"trade_no": trade.trade_no, "trade_status": trade.status, "paid": paid}, status)
        back = f'<p><a href="{html.escape(trade.return_url)}">返回商户</a></p>' if trade.return_url else ""
        return page(_TITLE, _bill(trade) + back, status=status)


def _bill(trade: Trade) -> str:
    return (
        f"<p>{html.escape(trade.subject)}</p><p><strong>¥{yuan(trade.total_fen)}</strong></p>"
        f"<p><code>{html.escape(trade.out_trade_no)}</code> {trade.status}</p>"
    )


def _nothing() -> Response:
    return page(_TITLE, "<p>没有这笔订单。</p>", status=404)
