"""PUT /uploads/{token}: the bytes of one image, to an address that works once."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from domain.borrowers.services import uploads
from domain.shared.errors import DomainError
from graph.accepting import language_of
from graph.context import House


async def store(request: Request) -> JSONResponse:
    """201 when kept; 422 with the refusal's code and sentence when not."""
    house: House = request.app.state.house
    content = await request.body()
    language = language_of(request.headers.get("accept-language", ""))
    try:
        async with house.sessions.begin() as session:
            at = await house.clock.now(session)
            await uploads.store(session, token=request.path_params["token"], content=content, at=at)
    except DomainError as refusal:
        return JSONResponse({"code": refusal.code, "message": refusal.message(language)}, 422)
    return JSONResponse({"ok": True}, 201)
