"""The e-signature service: a page on which a document is signed or declined, and the sealed document afterwards."""

import base64
import binascii
import hmac
import html
import secrets
from datetime import datetime
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from plugins.sandbox.desk import Desk, Refused, must_have, text
from plugins.sandbox.house import House
from plugins.sandbox.pages import form_of, page
from plugins.sandbox.store import Document

RULES = (
    "A document waits on its page /esign/sign/{id} until it is signed, declined (VOID) or expired.",
    "One signature is everybody's: the page does not tell the signers apart.",
)

_OVER = {"SIGNED", "VOID", "EXPIRED"}


def routes(house: House) -> list[Route]:
    service = _Service(Desk(house, "esign"))
    route = service.desk.route
    return [
        route("/flows", service.create, "POST"),
        route("/flows/{ref}", service.flow, "GET"),
        route("/flows/{ref}/document", service.document, "GET"),
        Route("/sign/{id}", service.show, methods=["GET"]),
        Route("/sign/{id}", service.decide, methods=["POST"]),
    ]


class _Service:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.house = desk.house
        self.store = desk.house.store

    async def create(self, request: Request, asked: Document) -> Document:
        must_have(asked, "ref")
        _moment(text(asked, "expires_at"))
        now = await self.house.now()
        if found := self.desk.earlier("flow", asked):
            return _shown(found, now)
        flow_id = secrets.token_urlsafe(18)
        flow = {
            "id": flow_id,
            "asked": asked,
            "state": "SENT",
            "original_sha256": sha256(_content(asked)).hexdigest(),
            "url": f"{request.base_url}esign/sign/{flow_id}",
        }
        self._keep(flow)
        return _shown(flow, now)

    async def flow(self, request: Request, _: Document) -> Document:
        ref = request.path_params["ref"]
        found = self.store.get("flow", ref)
        return _shown(found, await self.house.now()) if found else {"ref": ref, "state": "NOT_FOUND"}

    async def document(self, request: Request, _: Document) -> Document:
        """The document with the seal at its end: a comment that neither HTML nor PDF shows."""
        found = self.store.get("flow", request.path_params["ref"])
        if found is None or found["state"] != "SIGNED":
            raise Refused(409, "it is not signed")
        seal = self._seal(found)
        sealed = _content(found["asked"]) + f"\n<!-- sandbox seal {seal} {found['signed_at']} -->\n".encode()
        return {
            "ref": found["asked"]["ref"],
            "document": base64.b64encode(sealed).decode(),
            "content_type": found["asked"].get("content_type"),
            "sha256": sha256(sealed).hexdigest(),
            "original_sha256": found["original_sha256"],
            "seal": seal,
            "signed_at": found["signed_at"],
        }

    async def show(self, request: Request) -> Response:
        """The signing page; opening it is VIEWED."""
        flow, now = self._by_id(request), await self.house.now()
        if flow is None:
            return page("电子签", "<p>没有这份文件。</p>", status=404)
        state = _state(flow, now)
        if state == "SENT":
            flow["state"] = state = "VIEWED"
            self._keep(flow)
        asked = flow["asked"]
        body = f"<p>{html.escape(asked.get('title', ''))}</p><p>SHA-256 <code>{flow['original_sha256']}</code></p>"
        if state in _OVER:
            return page("电子签", f"{body}<p>{state}</p>")
        buttons = (
            '<form method="post"><button name="decision" value="sign">签署 Sign</button> '
            '<button name="decision" value="decline">拒绝 Decline</button></form>'
        )
        return page("电子签", body + buttons)

    async def decide(self, request: Request) -> Response:
        """`decision=sign` or `decision=decline`. What is over stays as it is."""
        decision = (await form_of(request)).get("decision", "sign")
        flow, now = self._by_id(request), await self.house.now()
        if flow is None:
            return page("电子签", "<p>没有这份文件。</p>", status=404)
        if _state(flow, now) in _OVER:
            return page("电子签", f"<p>{_state(flow, now)}</p>", status=200 if flow["state"] == "SIGNED" else 409)
        if decision == "sign":
            flow |= {"state": "SIGNED", "signed_at": now.isoformat()}
        else:
            flow["state"] = "VOID"
        with self.store.together():
            self._keep(flow)
            self.house.call_back("esign", flow["asked"], _shown(flow, now))
        return page("电子签", f"<p>{flow['state']}</p>")

    def _keep(self, flow: Document) -> None:
        self.store.put("flow", flow["asked"]["ref"], flow, key=flow["id"])

    def _by_id(self, request: Request) -> Document | None:
        return next(iter(self.store.by_key("flow", request.path_params["id"])), None)

    def _seal(self, flow: Document) -> str:
        signed = f"{flow['original_sha256']}\n{flow['signed_at']}".encode()
        return hmac.new(self.house.config.secrets["esign"].reveal().encode(), signed, sha256).hexdigest()


def _shown(flow: Document, now: datetime) -> Document:
    return {
        "ref": flow["asked"]["ref"],
        "state": _state(flow, now),
        "sign_urls": [flow["url"] for _ in flow["asked"].get("signers", [])],
        "provider_ref": flow["id"],
        "signed_at": flow.get("signed_at"),
    }


def _state(flow: Document, now: datetime) -> str:
    if flow["state"] not in _OVER and now > _moment(flow["asked"]["expires_at"]):
        return "EXPIRED"
    return flow["state"]


def _moment(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise Refused(422, "expires_at is not a time") from error
    if found.tzinfo is None:
        raise Refused(422, "expires_at has no offset")
    return found


def _content(asked: Document) -> bytes:
    try:
        return base64.b64decode(text(asked, "document"), validate=True)
    except binascii.Error as error:
        raise Refused(422, "document is not base64") from error
