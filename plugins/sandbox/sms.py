"""The text message service: takes a message once, shows it on the handset, tells of its delivery."""

import secrets

from starlette.requests import Request
from starlette.routing import Route

from plugins.sandbox import handset
from plugins.sandbox.desk import Desk, Refused, text
from plugins.sandbox.house import House
from plugins.sandbox.store import Document

RULES = (
    "A phone that ends in 0404 does not exist: FAILED, permanently.",
    "A phone that ends in 0503: HTTP 503, and nothing is sent.",
    "Everything else is on the handset at once: GET /sms/handset/{phone}.",
)


def routes(house: House) -> list[Route]:
    service = _Service(Desk(house, "sms"))
    return [
        service.desk.route("/messages", service.send, "POST"),
        service.desk.route("/messages/{ref}", service.message, "GET"),
        Route("/handset/{phone}", handset.show, methods=["GET"]),
    ]


class _Service:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.house = desk.house

    async def send(self, _: Request, asked: Document) -> Document:
        ref, phone = text(asked, "ref"), text(asked, "to")
        now = await self.house.now()
        if found := self.desk.earlier("sms", asked):
            return found["result"]
        if phone.endswith("0503"):
            raise Refused(503, "the service is not available")
        result: Document = {"ref": ref, "provider_ref": f"SM{secrets.token_hex(8)}"}
        if phone.endswith("0404"):
            result |= {"state": "FAILED", "permanent": True, "reason": "the number does not exist"}
            told = result
        else:
            result |= {"state": "SENT"}
            told = result | {"state": "DELIVERED", "delivered_at": now.isoformat()}
        with self.house.store.together():
            self.house.store.put("sms", ref, {"asked": asked, "result": result, "now": told})
            if told["state"] == "DELIVERED":
                body, template = str(asked.get("text") or asked.get("params")), str(asked.get("template", ""))
                handset.receive(self.house, phone, body, now, sender="suidai", template=template)
                self.house.call_back("sms", asked, told)
        return result

    async def message(self, request: Request, _: Document) -> Document:
        ref = request.path_params["ref"]
        found = self.house.store.get("sms", ref)
        return found["now"] if found else {"ref": ref, "state": "NOT_FOUND"}
