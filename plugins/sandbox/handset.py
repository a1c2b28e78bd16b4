"""The telephones of the sandbox: what was sent to a number can be read here."""

import html
import secrets
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plugins.sandbox.house import House
from plugins.sandbox.pages import page


def receive(house: House, phone: str, message: str, at: datetime, *, sender: str, template: str = "") -> None:
    """Deliver a message to a handset."""
    note = {"at": at.isoformat(), "from": sender, "template": template, "text": message}
    house.store.put("handset", secrets.token_hex(16), note, key=_line(phone))


async def show(request: Request) -> Response:
    """`GET /sms/handset/{phone}`: the messages, oldest first, as JSON, or as a page for who asks for HTML."""
    house: House = request.app.state.house
    phone = request.path_params["phone"]
    messages = house.store.by_key("handset", _line(phone))
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"phone": phone, "messages": messages})
    notes = "".join(
        f"<li><time>{html.escape(note['at'])}</time> <b>{html.escape(note['from'])}</b> {html.escape(note['text'])}</li>"
        for note in reversed(messages)
    )
    return page(phone, f"<ul>{notes}</ul>")


def _line(phone: str) -> str:
    """A number as it is within China: some senders write its country, some do not."""
    return phone.removeprefix("+86")
