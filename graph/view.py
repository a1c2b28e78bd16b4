"""The `/graphql` endpoint, GraphQL over HTTP: who asks, in which language, answered how."""

import json
from typing import Any, cast

import strawberry
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.parse_content_type import parse_content_type
from strawberry.schema.exceptions import InvalidOperationTypeError
from typing_extensions import override

from domain.shared.clock import real_now
from domain.shared.errors import DomainError
from graph.accepting import JSON, RESPONSE, Answer, acceptable, language_of
from graph.context import Context, House


class View(GraphQL[Context, None]):
    """The `/graphql` endpoint of one house."""

    def __init__(self, house: House, schema: strawberry.Schema, *, ide: bool) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if ide else None,
            subscription_protocols=(),
        )
        self._house = house

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self.run(request)
        except HTTPException as refusal:
            response = _refused(request, refusal)
        await response(scope, receive, send)

    @override
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        context = Context(self._house, request, language=language_of(request.headers.get("accept-language", "")))
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
    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """What the answer will be like. A document that cannot run is answered 400, unless a status is set here."""
        answer = acceptable(request.headers.get("accept", "")) or Answer()
        response = await super().get_sub_response(request)
        response.media_type = f"{answer.media_type}; charset=utf-8"
        if answer.old:
            response.status_code = 200
        return response

    @override
    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        if acceptable(request.headers.get("accept", "")) is None:
            raise HTTPException(406, f"Accept {RESPONSE} or {JSON}.")
        if request.method == "POST" and parse_content_type(request.content_type or "text/plain")[0] != JSON:
            raise HTTPException(415, f"Send the request as {JSON}.")
        return await super().parse_http_body(request)

    @override
    def decode_json(self, data: str | bytes) -> object:
        try:
            told = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "The request is not JSON.") from error
        if not isinstance(told, dict):
            raise HTTPException(400, "The request, its variables and its extensions are each one JSON object.")
        return cast("dict[str, object]", told)

    @override
    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        ran = isinstance(response_data, list) or _ran(response_data)
        if not isinstance(response_data, list) and not ran:
            response_data.pop("data", None)
        status = sub_response.status_code or (200 if ran else 400)
        return Response(self.encode_json(response_data), status, media_type=sub_response.media_type)


def _ran(told: GraphQLHTTPResponse) -> bool:
    """Whether the document ran. One that did not (syntax, validation, variables) says nothing but errors without a path."""
    errors = cast("list[dict[str, Any]]", told.get("errors") or [])
    return told.get("data") is not None or not errors or any("path" in error for error in errors)


def _refused(request: Request, refusal: HTTPException) -> Response:
    """What is wrong with the request itself, as GraphQL says errors."""
    wrong_method = isinstance(refusal.__cause__, InvalidOperationTypeError) and request.method == "GET"
    status = 405 if wrong_method else refusal.status_code
    error = {"message": refusal.reason, "extensions": {"code": "BAD_REQUEST"}}
    answer = acceptable(request.headers.get("accept", "")) or Answer()
    return Response(
        json.dumps({"errors": [error]}),
        status,
        {"allow": "POST" if wrong_method else "GET, POST"} if status == 405 else None,
        media_type=f"{answer.media_type}; charset=utf-8",
    )
