"""Refusals as data: the one place where a DomainError becomes a `Problem`, in the asker's language."""

import strawberry
from strawberry.types.field import StrawberryField
from typing_extensions import override

from domain.shared.errors import DomainError
from graph.context import Info


@strawberry.type(description="The business refused the request. Nothing was changed.")
class Problem:
    code: str = strawberry.field(description="Stable, for programs; docs/problems.md lists them.")
    message: str = strawberry.field(description="What was refused, why, and how to mend it; by Accept-Language.")
    field: list[str] | None = strawberry.field(description="The parts of the input it is about.")

    @classmethod
    def of(cls, refusal: DomainError, language: str) -> "Problem":
        return cls(code=refusal.code, message=refusal.message(language), field=list(refusal.fields) or None)


class ProblemHandler(strawberry.ExceptionHandler[DomainError, Problem]):
    """Any refusal of a field whose result may be a Problem."""

    @override
    def handle(self, exception: DomainError, *, field: StrawberryField, info: strawberry.Info) -> Problem:
        context: Info = info  # pyright: ignore[reportAssignmentType] - the schema's own context
        return Problem.of(exception, context.context.language)
