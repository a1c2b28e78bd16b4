"""Those who report on a person: the credit bureau, and one licensed source of the other data. Both work alike."""

import secrets

from starlette.requests import Request
from starlette.routing import Route

from plugins.sandbox.desk import Desk, Refused, must_have, text
from plugins.sandbox.house import House
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Document

RULES = (
    "Whoever has a consent is answered at once, with the same figures for the same person and kind every time,",
    "but a phone that ends in 0403: REFUSED, nobody by that name is known;",
    "a phone that ends in 0408: PENDING, then the report, whose callback is lost (the query knows);",
    "a phone that ends in 0409: PENDING, then a callback;",
    "a phone that ends in 0503: HTTP 503, and nothing is kept.",
)

_REPORTS: dict[str, Document] = {
    "credit_report": {
        "score": 712,
        "open_loans": 1,
        "owed_fen": 12_000_00,
        "overdue_months_24": 0,
        "queries_6_months": 2,
    },
    "social_security": {"months_paid": 58, "base_fen": 9_800_00},
    "carrier": {"months_with_carrier": 71, "real_name_matches": True},
    "housing_fund": {"months_paid": 55, "base_fen": 9_800_00},
    "credit_card_bill": {"cards": 2, "limit_fen": 60_000_00, "owed_fen": 4_215_50, "overdue_months_12": 0},
}
BUREAU, DATA = "bureau", "data"
_KINDS = {BUREAU: {"credit_report"}, DATA: set(_REPORTS) - {"credit_report"}}


class Reporters:
    """The routes of one of the two."""

    def __init__(self, party: str) -> None:
        self.RULES = RULES
        self._party = party

    def routes(self, house: House) -> list[Route]:
        office = _Office(Desk(house, self._party), self._party)
        return [
            office.desk.route("/reports", office.request, "POST"),
            office.desk.route("/reports/{ref}", office.report, "GET"),
        ]


class _Office:
    def __init__(self, desk: Desk, party: str) -> None:
        self.desk = desk
        self.house = desk.house
        self.party = party

    async def request(self, _: Request, asked: Document) -> Document:
        ref, phone, kind = text(asked, "ref"), text(asked, "phone"), text(asked, "kind")
        must_have(asked, "name", "id_number", "consent_ref", "reason")
        if kind not in _KINDS[self.party]:
            raise Refused(422, f"kind is one of {', '.join(sorted(_KINDS[self.party]))}")
        now = await self.house.now()
        found = self.desk.earlier(self.party, asked)
        if found is None:
            if phone.endswith("0503"):
                raise Refused(503, "the office is closed")
            answer: Document = {"ref": ref, "report_no": f"RP{secrets.token_hex(8)}", "reported_at": now.isoformat()}
            answer |= _answer(phone, kind)
            later = phone.endswith(("0408", "0409"))
            ready = real_time() + (self.house.config.delay if later else 0)
            found = {"asked": asked, "answer": answer, "ready": ready}
            with self.house.store.together():
                self.house.store.put(self.party, ref, found)
                if phone.endswith("0409"):
                    self.house.call_back(self.party, asked, answer)
        return _as_of_now(found)

    async def report(self, request: Request, _: Document) -> Document:
        ref = request.path_params["ref"]
        found = self.house.store.get(self.party, ref)
        return _as_of_now(found) if found else {"ref": ref, "state": "NOT_FOUND"}


def _as_of_now(found: Document) -> Document:
    if real_time() >= found["ready"]:
        return found["answer"]
    return {"ref": found["asked"]["ref"], "state": "PENDING"}


def _answer(phone: str, kind: str) -> Document:
    if phone.endswith("0403"):
        return {"state": "REFUSED", "reasons": ["nobody by that name is known"]}
    return {"state": "READY", "report": _REPORTS[kind]}
