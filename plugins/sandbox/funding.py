"""The funding party: pays a loan out once, tells the value date, takes the repayments passed on."""

import secrets
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.shared.days import business_day
from plugins.sandbox.desk import Desk, Refused, text
from plugins.sandbox.house import House
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Document

RULES = (
    "A disbursement is ACCEPTED and a moment later SUCCEEDED, with the business day of its acceptance as value date,",
    "but an amount whose fen are 04: FAILED, the account refuses it;",
    "an amount whose fen are 08: paid, and the callback is lost (the query knows);",
    "an amount whose fen are 09: paid, and the answer to the request is lost (HTTP 503);",
    "an amount whose fen are 03: HTTP 503, and nothing is kept.",
    "The same reference never pays twice, nor does another reference for a loan that was paid: FAILED.",
    "A remittance is taken at once; its sum follows the rules of 04, 09 and 03.",
    "What was paid out: GET /funding/payouts. What was passed on: GET /funding/remitted.",
)


def routes(house: House) -> list[Route]:
    party = _Party(Desk(house, "funding"))
    route = party.desk.route
    return [
        route("/disbursements", party.disburse, "POST"),
        route("/requests/{ref}", party.request, "GET"),
        route("/remittances", party.remit, "POST"),
        Route("/payouts", party.payouts, methods=["GET"]),
        Route("/remitted", party.remitted, methods=["GET"]),
    ]


class _Party:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.house = desk.house
        self.store = desk.house.store

    async def disburse(self, _: Request, asked: Document) -> Document:
        ref, loan = text(asked, "ref"), text(asked, "loan_number")
        amount = asked.get("amount_fen")
        if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0 or asked.get("currency") != "CNY":
            raise Refused(422, "the amount is not a positive sum of fen in CNY")
        day = business_day(await self.house.now()).isoformat()
        if self.desk.earlier("funding", asked) is None:
            if amount % 100 == 3:
                raise Refused(503, "the party is not available")
            result: Document = {
                "ref": ref,
                "provider_ref": f"FD{secrets.token_hex(8)}",
                **self._paid(loan, amount, day),
            }
            ready = real_time() + self.house.config.delay
            with self.store.together():
                self.store.put("funding", ref, {"asked": asked, "result": result, "ready": ready}, key=loan)
                if amount % 100 != 8:
                    self.house.call_back("funding", asked, result)
            if amount % 100 == 9:
                raise Refused(503, "the answer is lost")
        return {"ref": ref, "state": "ACCEPTED"}

    async def request(self, request: Request, _: Document) -> Document:
        """What became of a disbursement or of a remittance, by its reference."""
        ref = request.path_params["ref"]
        found = self.store.get("funding", ref) or self.store.get("remittance", ref)
        if found is None:
            return {"ref": ref, "state": "NOT_FOUND"}
        return found["result"] if real_time() >= found["ready"] else {"ref": ref, "state": "ACCEPTED"}

    async def remit(self, _: Request, asked: Document) -> Document:
        ref = text(asked, "ref")
        if earlier := self.desk.earlier("remittance", asked):
            return earlier["result"]
        amount = _sum_of(asked.get("items"))
        if amount % 100 == 3:
            raise Refused(503, "the party is not available")
        result = {"ref": ref, "provider_ref": f"RM{secrets.token_hex(8)}", **_taken(amount, text(asked, "day"))}
        self.store.put("remittance", ref, {"asked": asked, "result": result, "ready": 0.0})
        if amount % 100 == 9:
            raise Refused(503, "the answer is lost")
        return result

    async def remitted(self, _: Request) -> Response:
        taken = [found["result"] for found in self.store.all("remittance") if found["result"]["state"] == "SUCCEEDED"]
        return JSONResponse({"remittances": taken, "total_fen": sum(result["amount_fen"] for result in taken)})

    async def payouts(self, _: Request) -> Response:
        paid = [found["result"] for found in self.store.all("funding") if found["result"]["state"] == "SUCCEEDED"]
        return JSONResponse({"payouts": paid, "total_fen": sum(result["amount_fen"] for result in paid)})

    def _paid(self, loan: str, amount: int, day: str) -> Document:
        if any(found["result"]["state"] == "SUCCEEDED" for found in self.store.by_key("funding", loan)):
            return {"state": "FAILED", "reasons": ["the loan was paid out under another reference"]}
        if amount % 100 == 4:
            return {"state": "FAILED", "reasons": ["the account refuses the payment"]}
        return {"state": "SUCCEEDED", "amount_fen": amount, "currency": "CNY", "value_date": day}


def _taken(amount: int, day: str) -> Document:
    if amount % 100 == 4:
        return {"state": "FAILED", "reasons": ["the account is closed today"]}
    return {"state": "SUCCEEDED", "amount_fen": amount, "currency": "CNY", "value_date": day}


def _sum_of(items: Any) -> int:
    """The sum of a batch; refused unless it is one of whole fen above zero."""
    told = cast("list[Document]", items) if isinstance(items, list) else []
    parts: list[Any] = [item.get(name) for item in told for name in ("principal_fen", "interest_fen", "penalty_fen")]
    total = sum(parts) if all(type(fen) is int for fen in parts) else 0
    if total <= 0:
        raise Refused(422, "the items do not add up to a positive sum of fen")
    return total
