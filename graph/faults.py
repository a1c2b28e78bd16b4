"""What `errors[]` may say: refusals of queries by their code, faults of the client as they are, ours masked with an id."""

from typing import Any

import structlog
from graphql import GraphQLError

from domain.shared.errors import DomainError
from domain.shared.ids import new_id

log = structlog.get_logger()


def told(error: GraphQLError, language: str) -> GraphQLError:
    """The error as the client may see it. A fault of ours is logged; told again, it stays as it is."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, DomainError):
        facts = {"code": cause.code, "field": list(cause.fields) or None}
        return _same_place(error, cause.message(language), facts)
    if isinstance(cause, RecursionError) and error.path is None:
        return _same_place(error, "The document is nested too deeply.", {"code": "TOO_DEEP"})
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
