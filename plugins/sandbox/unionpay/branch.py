"""The bank's branch: a page of the bound accounts, where a person can empty and fill them."""

import html

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.shared.money import yuan
from plugins.sandbox.house import House
from plugins.sandbox.pages import form_of, page
from plugins.sandbox.unionpay import bindings, trades
from plugins.sandbox.unionpay.bindings import Binding
from plugins.sandbox.unionpay.trades import WITHHOLDING, Trade

_TITLE = "银联代收"
_NEWEST = 50


def routes(house: House) -> list[Route]:
    branch = _Branch(house)
    return [
        Route("/", branch.show, methods=["GET"]),
        Route("/accounts", branch.accounts, methods=["GET"]),
        Route("/accounts/{bind_id}", branch.change, methods=["POST"]),
    ]


class _Branch:
    def __init__(self, house: House) -> None:
        self._store = house.store

    async def show(self, request: Request) -> Response:
        here = str(request.base_url) + "bank_withholding/"
        accounts = "".join(_account(one, here) for one in bindings.every(self._store))
        known = "".join(_line(one) for one in reversed(trades.of_money(self._store)[-_NEWEST:]))
        return page(
            _TITLE,
            f"<h2>账户 Accounts</h2><ul>{accounts or '<li>none</li>'}</ul>"
            f"<h2>交易 Trades</h2><ul>{known or '<li>none</li>'}</ul>",
        )

    async def accounts(self, _: Request) -> Response:
        """All of them, for whoever wants to compare."""
        known = bindings.every(self._store)
        shown = [{"bind_id": one.bind_id, "bound": one.bound, "empty": one.empty} for one in known]
        return JSONResponse({"accounts": shown})

    async def change(self, request: Request) -> Response:
        """`money=none` empties an account, `money=enough` fills it; programs that accept JSON get JSON."""
        money = (await form_of(request)).get("money")
        binding = bindings.find(self._store, request.path_params["bind_id"])
        if binding is None or money not in {"none", "enough"}:
            return page(_TITLE, "<p>没有这个账户。</p>", status=404)
        binding.empty = money == "none"
        bindings.keep(self._store, binding)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"bind_id": binding.bind_id, "empty": binding.empty})
        return RedirectResponse(f"{request.base_url}bank_withholding/", 303)


def _account(binding: Binding, here: str) -> str:
    state = ("空 empty" if binding.empty else "有钱 has money") if binding.bound else "已解绑 unbound"
    wish, label = ("enough", "存入 Fill") if binding.empty else ("none", "取空 Empty")
    action = html.escape(f"{here}accounts/{binding.bind_id}")
    return (
        f"<li><code>{html.escape(binding.bind_id)}</code> {html.escape(binding.account)} {state}"
        f'<form method="post" action="{action}"><button name="money" value="{wish}">{label}</button></form></li>'
    )


def _line(trade: Trade) -> str:
    what = "代扣 withheld" if trade.txn_type == WITHHOLDING else "退货 refunded"
    state = "05" if trade.open else trade.code
    return f"<li><code>{html.escape(trade.order_id)}</code> {what} ¥{yuan(trade.amount_fen)} {state}</li>"
