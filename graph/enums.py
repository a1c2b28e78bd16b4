"""GraphQL enums out of the domain's own, each value described; one that is not stops the API from starting."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def described(kind: type[Enum], description: str, values: Mapping[str, str], *, name: str | None = None) -> None:
    """Make the domain's enum known to the schema, as it is: a resolver hands over what the row holds.

    Raises ValueError unless every value, and nothing else, is described.
    """
    names = {member.name for member in kind}
    if names != set(values):
        raise ValueError(f"{kind.__name__}: the descriptions do not fit {sorted(names ^ set(values))}")
    known = cast("Any", strawberry.enum(kind, name=name, description=description))
    definition: StrawberryEnumDefinition = known.__strawberry_definition__
    for value in definition.values:
        value.description = values[value.name]
