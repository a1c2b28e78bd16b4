"""A document is looked through once, and only what was found valid is believed again."""

from typing import Any

import strawberry
from graphql import GraphQLError, ValidationRule
from strawberry.extensions import AddValidationRules

from graph.documents import Known, LooksThroughOnce, SaysWhichOperation


@strawberry.type
class Query:
    day: str = "today"


def schema_of(known: Known, seen: list[str]) -> strawberry.Schema:
    class Looking(ValidationRule):
        def enter_field(self, node: Any, *_: object) -> None:
            seen.append(node.name.value)
            if node.alias:
                self.report_error(GraphQLError("no other names"))

    extensions = [lambda: AddValidationRules([Looking]), lambda: LooksThroughOnce(known), SaysWhichOperation]
    return strawberry.Schema(Query, extensions=extensions)


async def test_a_document_is_looked_through_once() -> None:
    seen: list[str] = []
    schema = schema_of(Known(), seen)

    answers = [await schema.execute("{ day }", root_value=Query()) for _ in range(3)]

    assert [answer.data for answer in answers] == [{"day": "today"}] * 3
    assert seen == ["day"]


async def test_what_was_refused_is_refused_again() -> None:
    seen: list[str] = []
    schema = schema_of(Known(), seen)

    for _ in range(2):
        errors = (await schema.execute("{ tag: day }", root_value=Query())).errors
        assert [error.message for error in errors or []] == ["no other names"]
    assert seen == ["day", "day"]


async def test_a_known_document_still_has_to_say_which_operation_is_meant() -> None:
    schema = schema_of(Known(), [])
    document = "query One { day } query Two { day }"

    told = await schema.execute(document, root_value=Query(), operation_name="Two")
    untold = await schema.execute(document, root_value=Query())

    assert told.data == {"day": "today"}
    assert untold.errors is not None
    assert "operationName" in untold.errors[0].message


async def test_other_rules_look_for_themselves() -> None:
    """Who may not ask what there is, is not answered because somebody else was."""
    known, seen = Known(), list[str]()

    for _ in range(2):
        await schema_of(known, seen).execute("{ day }", root_value=Query())

    assert seen == ["day", "day"]


def test_only_so_many_are_kept_and_the_oldest_goes() -> None:
    known = Known(most=2)
    for key in ("a", "b"):
        known.keep(key)
    assert known.has("a")

    known.keep("c")

    assert (known.has("a"), known.has("b"), known.has("c")) == (True, False, True)
