"""The risk engine: takes an application, thinks for a moment, calls back with score, limit and expiry."""

import secrets
from datetime import timedelta

from starlette.requests import Request
from starlette.routing import Route

from domain.shared.days import business_day
from plugins.sandbox.desk import Desk, Refused, must_have, text
from plugins.sandbox.house import House
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Document

RULES = (
    "Everyone is APPROVED with score 720 and a limit of 50,000.00 for 365 days,",
    "but a phone that ends in 0404: REJECTED;",
    "a phone that ends in 0408: decided, and the callback is lost (the query knows);",
    "a phone that ends in 0503: HTTP 503, and nothing is kept.",
)

_LIMIT_FEN = 50_000_00
_GOOD_FOR = timedelta(days=365)


def routes(house: House) -> list[Route]:
    engine = _Engine(Desk(house, "risk"))
    return [
        engine.desk.route("/applications", engine.submit, "POST"),
        engine.desk.route("/applications/{ref}", engine.application, "GET"),
    ]


class _Engine:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.house = desk.house

    async def submit(self, _: Request, asked: Document) -> Document:
        ref, phone = text(asked, "ref"), text(asked, "phone")
        must_have(asked, "name", "id_number")
        now = await self.house.now()
        if self.desk.earlier("risk", asked) is None:
            if phone.endswith("0503"):
                raise Refused(503, "the engine is not available")
            decision = {
                "ref": ref,
                "decision_no": f"RK{secrets.token_hex(8)}",
                "decided_at": now.isoformat(),
                **_judged(phone),
            }
            if decision["state"] == "APPROVED":
                decision["expires_on"] = (business_day(now) + _GOOD_FOR).isoformat()
            ready = real_time() + self.house.config.delay
            with self.house.store.together():
                self.house.store.put("risk", ref, {"asked": asked, "decision": decision, "ready": ready})
                if not phone.endswith("0408"):
                    self.house.call_back("risk", asked, decision)
        return {"ref": ref, "state": "PENDING"}

    async def application(self, request: Request, _: Document) -> Document:
        ref = request.path_params["ref"]
        found = self.house.store.get("risk", ref)
        if found is None:
            return {"ref": ref, "state": "NOT_FOUND"}
        return found["decision"] if real_time() >= found["ready"] else {"ref": ref, "state": "PENDING"}


def _judged(phone: str) -> Document:
    if phone.endswith("0404"):
        return {"state": "REJECTED", "score": 430, "reasons": ["the score is below 600"]}
    return {"state": "APPROVED", "score": 720, "limit_fen": _LIMIT_FEN}
