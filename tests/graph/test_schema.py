"""The schema itself: complete, described, guarded, and the one that is committed."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
)

from graph.access import Guard
from graph.schema import Mutation, Query, make_schema

SCHEMA = make_schema()
OURS = {
    name: kind
    for name, kind in SCHEMA._schema.type_map.items()
    if not name.startswith("__") and name not in {"String", "Int", "Float", "Boolean", "ID", "JSON"}
}
SNAPSHOT = Path(__file__).parents[2] / "graph" / "schema.graphql"


def _undescribed(kind: GraphQLNamedType) -> list[str]:
    missing = [] if kind.description else [kind.name]
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        for name, field in kind.fields.items():
            missing += [] if field.description else [f"{kind.name}.{name}"]
            missing += [
                f"{kind.name}.{name}({each}:)"
                for each, arg in field.args.items()
                if not arg.description and each != "input"
            ]
    elif isinstance(kind, GraphQLInputObjectType):
        missing += [f"{kind.name}.{name}" for name, field in kind.fields.items() if not field.description]
    elif isinstance(kind, GraphQLEnumType):
        missing += [f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description]
    return missing


@pytest.mark.parametrize("name", sorted(OURS))
def test_everything_a_client_sees_is_described(name: str) -> None:
    assert _undescribed(OURS[name]) == []


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert SNAPSHOT.read_text() == make_schema(in_order=True).as_str() + "\n", (
        "write it anew: uv run python -m tools.schema"
    )


@pytest.mark.parametrize("root", [Query, Mutation])
def test_every_root_field_says_who_may_ask(root: type) -> None:
    fields = root.__strawberry_definition__.fields
    open_to_all = [field.name for field in fields if not any(isinstance(each, Guard) for each in field.extensions)]

    assert open_to_all == []


def test_every_mutation_takes_one_input_and_answers_with_a_problem_or_what_it_changed() -> None:
    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"] or not field.args, name
        answer = getattr(field.type, "of_type", field.type)
        assert isinstance(answer, GraphQLUnionType), name
        assert "Problem" in {each.name for each in answer.types}, name
        assert answer.name == f"{name[0].upper()}{name[1:]}Result", name


def test_money_is_never_a_number() -> None:
    amounts = ("principal", "interest", "penalty", "amount", "balance", "limit", "paid", "outstanding", "total")
    for kind in OURS.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if name in amounts:
                    assert "Float" not in str(field.type), f"{kind.name}.{name}"
                    assert "Int" not in str(field.type), f"{kind.name}.{name}"
