"""Questions made from the schema: the least a field takes, and all that it gives."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_composite_type,
)

from graph.schema import make_schema
from tests.graph.api import Json

SCHEMA = make_schema()
TYPES = SCHEMA._schema.type_map

_SAMPLES = {
    "Int": 1,
    "Boolean": True,
    "Money": "1.00",
    "Rate": "0.1",
    "Date": "2026-02-20",
    "DateTime": "2026-02-20T10:00:00+08:00",
}


def least(of: GraphQLType) -> Any:
    """A value of an input type, required parts only."""
    kind = of.of_type if isinstance(of, GraphQLNonNull) else of
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLInputObjectType):
        return {name: least(part.type) for name, part in kind.fields.items() if required(part)}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return _SAMPLES.get(str(kind), "x")


def required(part: GraphQLArgument | GraphQLInputField) -> bool:
    return isinstance(part.type, GraphQLNonNull) and part.default_value is Undefined


def asking(operation: str, name: str, of: GraphQLField) -> tuple[str, Json]:
    """The document that asks a root field, with its variables."""
    wanted = {argument: part for argument, part in of.args.items() if required(part) or argument == "first"}
    variables = {argument: 1 if argument == "first" else least(part.type) for argument, part in wanted.items()}
    head = ", ".join(f"${argument}: {part.type}" for argument, part in wanted.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in wanted)
    kind = get_named_type(of.type)
    selection = "{ __typename }" if is_composite_type(kind) else ""
    if isinstance(kind, GraphQLUnionType):
        selection = "{ __typename ... on Problem { code } }"
    document = f"{operation} {f'({head})' if head else ''} {{ {name}{f'({given})' if given else ''} {selection} }}"
    return document, variables


def everything(kind: GraphQLNamedType, depth: int) -> str:
    """A selection of all fields of a type, and of what these lead to, so deep; of an interface or a union nothing."""
    if not isinstance(kind, GraphQLObjectType):
        return "{ __typename }"
    parts = [f"{name}{given(of)}{inner}" for name, of in kind.fields.items() for inner in _inner(of, depth)]
    return f"{{ {' '.join(parts or ['__typename'])} }}"


def _inner(of: GraphQLField, depth: int) -> Iterator[str]:
    """What is asked of a field's own type, if it is asked at all."""
    kind = get_named_type(of.type)
    if not is_composite_type(kind):
        yield ""
    elif depth:
        yield f" {everything(kind, depth - 1)}"


def given(of: GraphQLField) -> str:
    """The arguments without which a field is not answered, in the document itself."""
    wanted = {name: part for name, part in of.args.items() if required(part) or name == "first"}
    values = {name: 3 if name == "first" else least(part.type) for name, part in wanted.items()}
    written = [f"{name}: {value}" for name, value in values.items()]
    return f"({', '.join(written)})" if written else ""
