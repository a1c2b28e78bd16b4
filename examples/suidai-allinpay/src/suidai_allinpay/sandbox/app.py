"""The sandbox over HTTP: one address for documents, and notices posted to where each trade wants them."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from suidai_allinpay.documents import Malformed
from suidai_allinpay.sandbox.gateway import Allinpay, Broken, Lost
from suidai_allinpay.signing import Unproven

PATH = "/aipg/ProcessServlet"

_TRIES = 5
_WAIT = 0.5


def app(allinpay: Allinpay) -> Starlette:
    async def process(request: Request) -> Response:
        content = await request.body()
        try:
            answer = await asyncio.to_thread(allinpay.answer, content)
        except (Unproven, Malformed) as why:
            return PlainTextResponse(str(why), 400)
        except Lost:
            return PlainTextResponse("gateway timeout", 504)
        except Broken:
            return PlainTextResponse("error", 500)
        return Response(answer, media_type="text/xml; charset=GBK", background=BackgroundTask(_post_notices, allinpay))

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route(PATH, process, methods=["POST"]), Route("/healthz", healthz)])


async def _post_notices(allinpay: Allinpay) -> None:
    """Post what is due, some times over until it is answered as it wants."""
    due, allinpay.notices = allinpay.notices, []
    async with httpx.AsyncClient(timeout=10) as http:
        for url, body in due:
            for _ in range(_TRIES):
                if await _taken(http, allinpay, url, body):
                    break
                await asyncio.sleep(_WAIT)


async def _taken(http: httpx.AsyncClient, allinpay: Allinpay, url: str, body: bytes) -> bool:
    try:
        answer = await http.post(url, content=body, headers={"Content-Type": "text/xml; charset=GBK"})
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and allinpay.is_receipt(body, answer.content)
