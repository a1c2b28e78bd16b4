"""Where agreements are signed, refused and ended by their users, asked about and ended by us, and debited."""

import html
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.shared.money import yuan
from plugins.channels.alipay.states import fen
from plugins.sandbox.alipay import agreements, operations, trades
from plugins.sandbox.alipay.agreement_notices import FOREVER, of_agreement
from plugins.sandbox.alipay.agreements import Agreement
from plugins.sandbox.alipay.keys import AlipayKeys
from plugins.sandbox.alipay.notices import FORM, beijing
from plugins.sandbox.alipay.operations import Failed, Fields
from plugins.sandbox.alipay.trades import Trade
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.house import House
from plugins.sandbox.mishaps import About, Mishaps, Telling
from plugins.sandbox.pages import form_of, page

Tell = Callable[[Trade, datetime, int], None]

METHODS = frozenset({"alipay.trade.pay", "alipay.user.agreement.query", "alipay.user.agreement.unsign"})
_TITLE = "支付宝签约"
_NOTICES = {"0": 0, "1": 1, "2": 2, "3": 3}
_TO_SIGN = (
    '<button name="act" value="sign">同意协议 Sign</button> '
    '<button name="act" value="refuse">拒绝 Refuse</button>'
    '<p><label><input type="checkbox" name="notices" value="0"> 丢失通知 Lose the notice</label></p>'
)
_SIGNED = '<button name="act" value="unsign">关闭扣款服务 End it</button> '


class AgreementDesk:
    """The agreements of one app's users."""

    def __init__(self, house: House, keys: AlipayKeys, key: RSAPrivateKey, mishaps: Mishaps, tell_paid: Tell) -> None:
        self._house = house
        self._store = house.store
        self._keys = keys
        self._key = key
        self._mishaps = mishaps
        self._tell_paid = tell_paid

    def routes(self) -> list[Route]:
        return [
            Route("/agreements", self.listed, methods=["GET"]),
            Route("/agreement/{token}", self.show, methods=["GET"]),
            Route("/agreement/{token}", self.act, methods=["POST"]),
        ]

    async def listed(self, _: Request) -> Response:
        """All of them, for whoever wants to compare."""
        shown = [
            {
                "external_agreement_no": one.external_agreement_no,
                "agreement_no": one.agreement_no,
                "status": one.status,
                "execute_time": one.execute_time,
                "token": one.token,
            }
            for one in agreements.every(self._store)
        ]
        return JSONResponse({"agreements": shown})

    def asked_to_sign(self, request: Request, params: Mapping[str, str], biz: Mapping[str, Any]) -> Response:
        """A user came by the signed address. Raises Failed."""
        agreement = agreements.asked_for(self._store, params, biz)
        agreements.keep(self._store, agreement)
        return RedirectResponse(f"{request.base_url}alipay/agreement/{agreement.token}", 302)

    async def show(self, request: Request) -> Response:
        agreement = agreements.by_token(self._store, request.path_params["token"])
        return _page(request, agreement) if agreement else _nothing()

    async def act(self, request: Request) -> Response:
        """`act` is sign, refuse, unsign, empty or fill; `notices` is 0 to 3. Programs that accept JSON get JSON."""
        pressed = await form_of(request)
        notices = _NOTICES.get(pressed.get("notices", "1"))
        now = await self._house.now()
        agreement = agreements.by_token(self._store, request.path_params["token"])
        if agreement is None or notices is None or not (acted := _acted(agreement, pressed.get("act", ""), now)):
            return _nothing()
        done, tells = acted
        if done:
            with self._store.together():
                agreements.keep(self._store, agreement)
                if tells:
                    self._tell(agreement, now, notices)
        status = 200 if done else 409
        if "application/json" in request.headers.get("accept", ""):
            shown = {"agreement_no": agreement.agreement_no, "status": agreement.status, "done": done}
            return JSONResponse(shown, status)
        return _page(request, agreement, status=status)

    def done(self, params: Mapping[str, str], biz: Mapping[str, Any], now: datetime) -> Fields:
        """The answer to one of METHODS. Raises Failed."""
        match params["method"]:
            case "alipay.trade.pay":
                return self._debit(params, biz, now)
            case "alipay.user.agreement.query":
                return self._query(biz)
            case _:
                return self._unsign(biz, now)

    def _query(self, biz: Mapping[str, Any]) -> Fields:
        """Only one in force is told."""
        agreement = agreements.meant(self._store, biz)
        return {
            "agreement_no": agreement.agreement_no,
            "alipay_logon_id": "159****5620",
            "external_agreement_no": agreement.external_agreement_no,
            "invalid_time": FOREVER,
            "personal_product_code": agreement.personal_product_code,
            "sign_scene": agreement.sign_scene,
            "sign_time": beijing(agreement.signed_at),
            "status": agreement.status,
            "valid_time": beijing(agreement.signed_at),
        }

    def _unsign(self, biz: Mapping[str, Any], now: datetime) -> Fields:
        agreement = agreements.meant(self._store, biz)
        agreement.end(now)
        with self._store.together():
            agreements.keep(self._store, agreement)
            self._tell(agreement, now, 1)
        return {}

    def _debit(self, params: Mapping[str, str], biz: Mapping[str, Any], now: datetime) -> Fields:
        """Take money under an agreement; a number that was paid before is not paid again."""
        trade = operations.placed(self._store, params, biz, now)
        named: Mapping[str, Any] = biz.get("agreement_params", {})
        agreement = agreements.by_agreement_no(self._store, str(named.get("agreement_no", "")))
        if agreement is None:
            raise Failed("ACQ.AGREEMENT_NOT_EXIST", "用户协议不存在", out_trade_no=trade.out_trade_no)
        agreement.must_allow(fen(biz.get("total_amount")) or 0, str(biz.get("product_code", "")), now)
        happens = partial(self._mishaps.happens, about=About((trade.out_trade_no,)))
        if agreement.empty or happens(Fault.INSUFFICIENT_FUNDS):
            raise Failed("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足", out_trade_no=trade.out_trade_no)
        trade.open(now)
        trade.pay(now)
        if trade.total_fen > 1 and happens(Fault.WRONG_AMOUNT):
            trade.total_fen -= 1
        with self._store.together():
            trades.keep(self._store, trade)
            self._tell_paid(trade, now, 1)
        return {
            "buyer_logon_id": "159****5620",
            "gmt_payment": beijing(trade.paid_at),
            "out_trade_no": trade.out_trade_no,
            "receipt_amount": yuan(trade.total_fen),
            "total_amount": yuan(trade.total_fen),
            "trade_no": trade.trade_no,
        }

    def _tell(self, agreement: Agreement, now: datetime, times: int) -> None:
        body = of_agreement(agreement, self._keys, self._key, now)
        forged = of_agreement(agreement, self._keys, self._key, now, forged=True)
        about = About((agreement.external_agreement_no, agreement.agreement_no), Of.MANDATE)
        self._mishaps.tell(Telling(agreement.notify_url, body, forged, FORM), about, times=times)


def _acted(agreement: Agreement, act: str, now: datetime) -> tuple[bool, bool] | None:
    """Whether it was done, and whether the merchant is told of it; None for what cannot be done here."""
    match act:
        case "sign":
            return agreement.sign(now), True
        case "refuse":
            return agreement.refuse(), False
        case "unsign":
            return agreement.end(now), True
        case "empty" | "fill":
            agreement.empty = act == "empty"
            return True, False
        case _:
            return None


def _page(request: Request, agreement: Agreement, *, status: int = 200) -> Response:
    limit = f"每次不超过 ¥{yuan(agreement.single_fen)}" if agreement.single_fen else "金额以商户账单为准"
    first = f"，首次扣款日 {agreement.execute_time}" if agreement.execute_time else ""
    body = (
        f"<p>授权商户自动扣款，{limit}{first}</p>"
        f"<p><code>{html.escape(agreement.external_agreement_no)}</code> {agreement.status}</p>"
    )
    wish, label = ("fill", "存入 Fill") if agreement.empty else ("empty", "取空 Empty")
    money = f'<button name="act" value="{wish}">{label}</button>'
    buttons = {"": _TO_SIGN, "NORMAL": _SIGNED + money}.get(agreement.status, "")
    action = html.escape(f"{request.base_url}alipay/agreement/{agreement.token}")
    body += f'<form method="post" action="{action}">{buttons}</form>' if buttons else ""
    back = html.escape(agreement.return_url)
    return page(_TITLE, body + (f'<p><a href="{back}">返回商户</a></p>' if back else ""), status=status)


def _nothing() -> Response:
    return page(_TITLE, "<p>没有这份协议。</p>", status=404)
