"""The card bank: checks the four elements, sends a code to the phone it has on file, binds the card by a token."""

import hmac
import secrets
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.routing import Route

from plugins.sandbox import handset
from plugins.sandbox.desk import Desk, Refused, must_have, text
from plugins.sandbox.house import House
from plugins.sandbox.store import Document

RULES = (
    "A card number that ends in 0404: MISMATCHED, the elements are not those of one customer.",
    "A card number that ends in 0503: HTTP 503, and nothing is kept.",
    "The code goes to the phone's handset; it is good for five minutes and three tries.",
)

_GOOD_FOR = timedelta(minutes=5)
_TRIES = 3
_BANKS = {"6222": "中国工商银行", "6217": "中国建设银行", "6228": "中国农业银行", "6214": "招商银行"}


def routes(house: House) -> list[Route]:
    bank = _Bank(Desk(house, "bankcard"))
    route = bank.desk.route
    return [
        route("/bindings", bank.begin, "POST"),
        route("/bindings/{ref}", bank.binding, "GET"),
        route("/bindings/{ref}/confirm", bank.confirm, "POST"),
        route("/bindings/{ref}/unbind", bank.unbind, "POST"),
    ]


class _Bank:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.house = desk.house
        self.store = desk.house.store

    async def begin(self, _: Request, asked: Document) -> Document:
        ref, card, phone = text(asked, "ref"), text(asked, "card_number"), text(asked, "phone")
        must_have(asked, "name", "id_number")
        now = await self.house.now()
        if found := self.desk.earlier("binding", asked):
            return _shown(found, now)
        if card.endswith("0503"):
            raise Refused(503, "the bank is not available")
        code = f"{secrets.randbelow(1_000_000):06d}"
        binding = {
            "asked": asked,
            "state": "MISMATCHED" if card.endswith("0404") else "SMS_SENT",
            "code": code,
            "tries": _TRIES,
            "until": (now + _GOOD_FOR).isoformat(),
            "bank": _BANKS.get(card[:4], "沙箱银行"),
            "card_masked": f"{card[:4]} **** **** {card[-4:]}",
            "provider_ref": f"BC{secrets.token_hex(8)}",
        }
        with self.store.together():
            self.store.put("binding", ref, binding)
            if binding["state"] == "SMS_SENT":
                message = f"【{binding['bank']}】您正在绑定尾号{card[-4:]}的银行卡, 验证码 {code}, 5分钟内有效。"
                handset.receive(self.house, phone, message, now, sender="bank", template="bank_code")
        return _shown(binding, now)

    async def confirm(self, request: Request, asked: Document) -> Document:
        now = await self.house.now()
        binding = self._found(request)
        state = _shown(binding, now)["state"]
        if state not in {"SMS_SENT", "WRONG_CODE"}:
            return _shown(binding, now)
        if hmac.compare_digest(text(asked, "sms_code").encode(), binding["code"].encode()):
            binding |= {"state": "BOUND", "token": f"card_{secrets.token_hex(16)}"}
        else:
            binding["tries"] -= 1
            binding["state"] = "WRONG_CODE" if binding["tries"] else "EXPIRED"
        self.store.put("binding", request.path_params["ref"], binding)
        return _shown(binding, now)

    async def unbind(self, request: Request, _: Document) -> Document:
        binding = self._found(request)
        binding |= {"state": "UNBOUND", "token": None}
        self.store.put("binding", request.path_params["ref"], binding)
        return _shown(binding, await self.house.now())

    async def binding(self, request: Request, _: Document) -> Document:
        found = self.store.get("binding", request.path_params["ref"])
        if found is None:
            return {"ref": request.path_params["ref"], "state": "NOT_FOUND"}
        return _shown(found, await self.house.now())

    def _found(self, request: Request) -> Document:
        found = self.store.get("binding", request.path_params["ref"])
        if found is None:
            raise Refused(404, "there is no such binding")
        return found


def _shown(binding: Document, now: datetime) -> Document:
    """What we are told: never the code. A code that was not used in time is over."""
    state = binding["state"]
    if state in {"SMS_SENT", "WRONG_CODE"} and now > datetime.fromisoformat(binding["until"]):
        state = "EXPIRED"
    shown = {name: binding.get(name) for name in ("token", "bank", "card_masked", "provider_ref")}
    return {"ref": binding["asked"]["ref"], "state": state, "attempts_left": binding["tries"], **shown}
