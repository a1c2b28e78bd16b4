"""What `errors[]` may say: refusals of queries by their code, faults of the client as they are, ours masked with an id."""

from collections.abc import Iterator
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from domain.shared.errors import DomainError
from domain.shared.ids import new_id

log = structlog.get_logger()


class Faults(SchemaExtension):
    """Rewrites the errors of a result, once, when the operation is over."""

    @override
    def on_operation(self) -> Iterator[None]:
        yield
        result: Any = self.execution_context.result
        if result is not None and getattr(result, "errors", None):
            language = getattr(self.execution_context.context, "language", "en")
            result.errors = [_told(error, language) for error in result.errors]


def _told(error: GraphQLError, language: str) -> GraphQLError:
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, DomainError):
        facts = {"code": cause.code, "field": list(cause.fields) or None}
        return _same_place(error, cause.message(language), facts)
    if cause is None:
        return _same_place(error, error.message, {"code": "BAD_REQUEST", **(error.extensions or {})})
    error_id = str(new_id())
    log.error("graphql.fault", error_id=error_id, path=error.path, exc_info=cause)
    return _same_place(error, "Something went wrong on our side.", {"code": "INTERNAL", "errorId": error_id})


def _same_place(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
