"""POST /notify/{kind}/{party}: what outside parties tell us, taken as raw bytes and handed to the flow that keeps it first."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from domain.credit import flows as credit
from domain.lending.flows import contract, funding
from domain.messaging import flows as messaging
from domain.payments import flows as payments
from domain.shared.wire import Headers, HttpAnswer, RawRequest
from graph.context import House
from graph.limits import NOTICES_PER_ADDRESS, TooManyRequests
from plugins.registry import Unavailable


class _Stranger(LookupError):
    """The address names a party we do not work with: nothing of it is kept."""


Receiver = Callable[[House, str, RawRequest], Awaitable[HttpAnswer]]

UNKNOWN_PARTY = HttpAnswer(404, {}, b"no such party\n")
NOT_NOW = HttpAnswer(503, {}, b"come again\n")
TOO_MANY = HttpAnswer(429, {"Retry-After": "60"}, b"too many at once\n")


async def receive(request: Request) -> Response:
    """Answer in the words the party expects; 404 for a kind of party there is not, 503 for one that is not ready.

    429 where one address sends more than any party does: what is not taken in is sent again, or asked about.
    """
    house: House = request.app.state.house
    kind, party = request.path_params["kind"], request.path_params["party"]
    receiver = RECEIVERS.get(kind)
    if receiver is None:
        return _response(UNKNOWN_PARTY)
    try:
        await house.limits.count(NOTICES_PER_ADDRESS, "notices", kind, party[:40], _address(request))
    except TooManyRequests:
        return _response(TOO_MANY)
    body = await request.body()
    raw = RawRequest(
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        headers=Headers(request.headers.items()),
        body=body,
        received_at=await _now(house),
    )
    try:
        return _response(await receiver(house, party, raw))
    except _Stranger:
        return _response(UNKNOWN_PARTY)
    except Unavailable:
        return _response(NOT_NOW)


async def _now(house: House) -> datetime:
    try:
        async with house.sessions() as session:
            return await house.clock.now(session)
    except Exception:  # noqa: BLE001 - the database is away, so it is not kept either: that is said in the party's own words
        return house.clock.last_known()


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _response(answer: HttpAnswer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


def _must_be(party: str, code: str) -> None:
    if party != code:
        raise _Stranger(party)


async def _payments(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    return await payments.receive_notice(house.sessions, house.clock, house.registry.channel(party), raw)


async def _risk(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    engine = house.registry.provider("risk")
    _must_be(party, engine.code)
    return await credit.receive_risk_callback(house.sessions, house.clock, engine, party, raw)


async def _bureau(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    return await _report(house, "bureau", party, raw)


async def _data(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    return await _report(house, "data", party, raw)


async def _report(house: House, kind: Literal["bureau", "data"], party: str, raw: RawRequest) -> HttpAnswer:
    source = house.registry.provider("bureau") if kind == "bureau" else house.registry.provider("data")
    _must_be(party, source.code)
    return await credit.receive_report(house.sessions, house.clock, source, origin=f"{kind}/{party}", raw=raw)


async def _esign(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    provider = house.registry.provider("esign")
    _must_be(party, provider.code)
    return await contract.receive_callback(house.sessions, house.clock, provider, party, raw)


async def _funding(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    funder = house.registry.provider("funding")
    _must_be(party, funder.code)
    return await funding.receive_callback(house.sessions, house.clock, funder, party, raw)


async def _sms(house: House, party: str, raw: RawRequest) -> HttpAnswer:
    sender = house.registry.provider("sms")
    _must_be(party, sender.code)
    return await messaging.receive_receipt(house.sessions, house.clock, sender, provider=party, raw=raw)


RECEIVERS: Mapping[str, Receiver] = {
    "payments": _payments,
    "bureau": _bureau,
    "data": _data,
    "risk": _risk,
    "esign": _esign,
    "funding": _funding,
    "sms": _sms,
}
