"""The identity register: reads what our own paper images say, and knows the face of everyone whose card it has read."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from plugins.sandbox import paper
from plugins.sandbox.desk import Desk, Refused, text
from plugins.sandbox.house import House
from plugins.sandbox.store import Document

RULES = (
    "An image that plugins.sandbox.paper did not make is UNREADABLE.",
    "An identity number whose digits 15 to 17 are 404 is MISMATCHED: the register does not know it.",
    "With 503 in that place the register breaks down: HTTP 503, and nothing is kept.",
    "A face is MATCHED when its face_id is the one on the card that was read under that identity number.",
)


def routes(house: House) -> list[Route]:
    register = _Register(Desk(house, "identity"))
    route = register.desk.route
    return [
        route("/cards", register.read_card, "POST"),
        route("/cards/{ref}", register.card, "GET"),
        route("/faces", register.match_face, "POST"),
        route("/faces/{ref}", register.face, "GET"),
    ]


class _Register:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.house.store

    async def read_card(self, _: Request, asked: Document) -> Document:
        front, back = _image(asked, "front"), _image(asked, "back")
        # The images are not kept: what they say is.
        ref = text(asked, "ref")
        said = {"ref": ref, "front": front, "back": back}
        if found := self.desk.earlier("card", said):
            return found["result"]
        result = {"ref": ref, "provider_ref": _number(), **_reading(front, back)}
        with self.store.together():
            self.store.put("card", ref, {"asked": said, "result": result})
            if result["state"] == "MATCHED" and front:
                self.store.put("person", str(front["id_number"]), {"face_id": front.get("face_id")})
        return result

    async def match_face(self, _: Request, asked: Document) -> Document:
        ref, id_number = text(asked, "ref"), text(asked, "id_number")
        seen = _seen(asked)
        said = {"ref": ref, "id_number": id_number, "face_id": seen}
        if found := self.desk.earlier("face", said):
            return found["result"]
        person = self.store.get("person", id_number)
        if seen is None:
            verdict: Document = {"state": "UNREADABLE"}
        elif person and person["face_id"] == seen:
            verdict = {"state": "MATCHED", "score": 96}
        else:
            verdict = {"state": "MISMATCHED", "score": 12}
        result = {"ref": ref, "provider_ref": _number(), **verdict}
        self.store.put("face", ref, {"asked": said, "result": result})
        return result

    async def card(self, request: Request, _: Document) -> Document:
        return self._known("card", request)

    async def face(self, request: Request, _: Document) -> Document:
        return self._known("face", request)

    def _known(self, kind: str, request: Request) -> Document:
        ref = request.path_params["ref"]
        found = self.store.get(kind, ref)
        return found["result"] if found else {"ref": ref, "state": "NOT_FOUND"}


def _reading(front: Mapping[str, Any] | None, back: Mapping[str, Any] | None) -> Document:
    if not front or not back or front.get("side") != "front" or back.get("side") != "back":
        return {"state": "UNREADABLE"}
    sequence = str(front.get("id_number", ""))[14:17]
    if sequence == "503":
        raise Refused(503, "the register is not available")
    read = {name: front.get(name) for name in ("name", "id_number", "address")}
    valid = {name: back.get(name) for name in ("valid_from", "valid_to")}
    return {"state": "MISMATCHED" if sequence == "404" else "MATCHED", "score": 98, **read, **valid}


def _image(asked: Document, name: str) -> Mapping[str, Any] | None:
    try:
        return paper.read(base64.b64decode(text(asked, name), validate=True))
    except binascii.Error as error:
        raise Refused(422, f"{name} is not base64") from error


def _seen(asked: Document) -> str | None:
    """The face in the image, or behind a liveness token `live:<face_id>`."""
    token = asked.get("liveness_token")
    if isinstance(token, str) and token.startswith("live:"):
        return token.removeprefix("live:")
    facts = _image(asked, "image") if asked.get("image") else None
    return facts.get("face_id") if facts and facts.get("side") == "face" else None


def _number() -> str:
    return f"ID{secrets.token_hex(8)}"
