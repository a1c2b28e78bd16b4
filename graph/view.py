"""GraphQL over HTTP and graphql-transport-ws: who asks, in which language, and the statuses the protocol wants."""

from typing import Any

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from typing_extensions import override

from domain.shared.clock import real_now
from domain.shared.errors import DomainError
from graph.context import Context, House


class View(GraphQL[Context, None]):
    """The `/graphql` endpoint of one house."""

    def __init__(self, house: House, schema: strawberry.Schema, *, ide: bool) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if ide else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        )
        self._house = house

    @override
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        context = Context(self._house, request, language=_language(request.headers.get("accept-language", "")))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            try:
                context.bearer = self._house.tokens.read(token.strip(), now=real_now())
                context.actor = context.bearer.actor
            except DomainError as refusal:
                # An anonymous field does not care; any other says why the token does not count.
                context.refusal = refusal
        return context

    @override
    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        response = super().create_response(response_data, sub_response)
        # A request that never ran (syntax, validation, variables) is the client's fault: no data, status 400.
        if not sub_response.status_code and _never_ran(response_data):
            response.status_code = 400
        return response


def _never_ran(told: dict[str, Any] | list[Any]) -> bool:
    if isinstance(told, list) or told.get("data") is not None:
        return False
    errors: list[dict[str, Any]] = told.get("errors") or []
    return bool(errors) and all(error.get("path") is None for error in errors)


def _language(accept: str) -> str:
    """The first of our two languages the asker names; English when none."""
    for part in accept.lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"
