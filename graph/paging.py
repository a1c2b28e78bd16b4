"""The four arguments of every list, described once, and read into the window that its resolver is given."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from typing_extensions import override

from graph.access import Guard, Rule
from graph.connections import page_of


def _argument(name: str, kind: type, description: str) -> StrawberryArgument:
    return StrawberryArgument(name, None, StrawberryAnnotation(kind | None), description=description, default=None)


class Paging(FieldExtension):
    """Takes `first`, `after`, `last` and `before` of the asker, and hands the resolver its `window`.

    Comes after the guard: who may not see a list is not told what a page is. Raises BadPage, BadCursor.
    """

    @override
    def apply(self, field: StrawberryField) -> None:
        field.arguments = [
            *(argument for argument in field.arguments if argument.python_name != "window"),
            _argument("first", int, "How many from the beginning, 1 to 100."),
            _argument("after", str, "Only what follows this cursor."),
            _argument("last", int, "How many from the end, 1 to 100."),
            _argument("before", str, "Only what comes before this cursor."),
        ]

    @override
    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        first, after, last, before = (kwargs.pop(name, None) for name in ("first", "after", "last", "before"))
        return await next_(source, info, window=page_of(first, after, last, before), **kwargs)


def listing(rule: Rule, description: str) -> Callable[[Any], StrawberryField]:
    """A list of Query, or one behind a permission, that `rule` lets through. Its resolver takes a `window`."""
    return strawberry.field(description=description, extensions=[Paging(), Guard(rule)])  # the last one is asked first


def list_of(description: str) -> Callable[[Any], StrawberryField]:
    """A list of a type, for whoever may see the type. Its resolver takes a `window`."""
    return strawberry.field(description=description, extensions=[Paging()])
