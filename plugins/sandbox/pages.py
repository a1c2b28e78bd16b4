"""The sandbox's few pages, plain enough to be read by people and programs."""

import html
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse

_STYLE = "body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}button{font:inherit}"


def page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """A page. `body` is HTML already; whatever came from outside in it must have been escaped."""
    title = html.escape(title)
    return HTMLResponse(
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1>{body}</html>",
        status,
    )


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form, in UTF-8."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
