"""A Problem beside what was changed, in one selection."""

from graphql import GraphQLUnionType, get_named_type

from graph.schema import make_schema
from tools import problems


def test_a_client_can_ask_for_a_problem_and_for_what_was_changed_in_one_selection() -> None:
    """A field of the same name and another type would make the document invalid without aliases."""
    schema = make_schema()._schema
    told = schema.type_map["Problem"].fields
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType), name
        for member in result.types:
            for each in told.keys() & member.fields.keys():
                assert str(member.fields[each].type) == str(told[each].type), f"{name}: {member.name}.{each}"


def test_the_page_of_problems_names_every_refusal_there_is() -> None:
    assert problems.PAGE.read_text("utf-8") == problems.page(), "write it anew: uv run python -m tools.problems"
