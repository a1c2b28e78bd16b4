"""GET /papers/{token}: one paper, from an address that works for a few minutes and is nobody's log-in."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.lending.papers.typesetting import PDF, content_type_of
from domain.lending.services import papers
from domain.shared.errors import DomainError
from graph.accepting import language_of
from graph.context import House
from graph.limits import PAPERS_PER_ADDRESS

SECRET = {"cache-control": "private, no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
"""The address is a secret and so is what is there: no cache keeps it, no page it leads to learns of it."""


async def fetch(request: Request) -> Response:
    """200 with the file; 404 with the refusal's code and sentence when there is none, or none any more."""
    house: House = request.app.state.house
    language = language_of(request.headers.get("accept-language", ""))
    try:
        await house.limits.count(PAPERS_PER_ADDRESS, "papers", request.client.host if request.client else "")
        async with house.sessions() as session:
            at = await house.clock.now(session)
            paper = await papers.fetch(session, token=request.path_params["token"], at=at)
    except DomainError as refusal:
        status = 429 if refusal.passing else 404
        return JSONResponse({"code": refusal.code, "message": refusal.message(language)}, status, SECRET)
    kind = content_type_of(paper.content)
    ending = "pdf" if kind == PDF else "txt"
    headers = SECRET | {"content-disposition": f'inline; filename="{paper.name}.{ending}"'}
    return Response(paper.content, media_type=kind, headers=headers)
