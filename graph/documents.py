"""What a document may be like: so deep, so many aliases, and which of its operations is meant must be said."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)
from strawberry.extensions import SchemaExtension
from typing_extensions import override

MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_TOKENS = 2000


@dataclass(frozen=True, slots=True)
class Size:
    """How many fields lie within each other, and how many are renamed, all spreads counted."""

    depth: int = 0
    aliases: int = 0


@dataclass(slots=True)
class _Ruler:
    """Measures each fragment once, however often it is spread."""

    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Size] = field(default_factory=dict[str, Size])

    def of(self, selected: SelectionSetNode) -> Size:
        sizes = [self._of_one(selection) for selection in selected.selections]
        return Size(max(size.depth for size in sizes), sum(size.aliases for size in sizes))

    def _of_one(self, selection: SelectionNode) -> Size:
        if isinstance(selection, FieldNode):
            return self._of_field(selection)
        if isinstance(selection, InlineFragmentNode):
            return self.of(selection.selection_set)
        return self._of_spread(selection.name.value) if isinstance(selection, FragmentSpreadNode) else Size()

    def _of_field(self, selected: FieldNode) -> Size:
        # What describes the schema nests as deep as its types are wrapped, and is off where strangers are.
        if selected.name.value.startswith("__"):
            return Size(1, int(bool(selected.alias)))
        inner = self.of(selected.selection_set) if selected.selection_set else Size()
        return Size(inner.depth + 1, inner.aliases + bool(selected.alias))

    def _of_spread(self, name: str) -> Size:
        if name not in self.known:
            self.known[name] = Size()  # a fragment within itself is refused by another rule
            if name in self.fragments:
                self.known[name] = self.of(self.fragments[name].selection_set)
        return self.known[name]


class WithinLimits(ValidationRule):
    """Refuses what is nested deeper than MAX_DEPTH or renames more than MAX_ALIASES fields.

    Not the limiters of the framework: they follow each spread anew, so that some fragments that each spread the next one
    twice keep a process busy for ever.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        parts = context.document.definitions
        ruler = _Ruler({part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)})
        sizes = [ruler.of(part.selection_set) for part in parts if isinstance(part, OperationDefinitionNode)]
        depth, aliases = max((size.depth for size in sizes), default=0), sum(size.aliases for size in sizes)
        if depth > MAX_DEPTH:
            told = (
                f"The document is nested {depth} fields deep; at most {MAX_DEPTH} are answered. Ask in several steps."
            )
            context.report_error(GraphQLError(told, extensions={"code": "TOO_DEEP"}))
        if aliases > MAX_ALIASES:
            told = f"The document has {aliases} aliases; at most {MAX_ALIASES} are answered. Ask in several requests."
            context.report_error(GraphQLError(told, extensions={"code": "TOO_MANY_ALIASES"}))


class SaysWhichOperation(SchemaExtension):
    """Refuses a document of several operations without an `operationName`: the framework would run the first one."""

    @override
    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        parts = asked.graphql_document.definitions if asked.graphql_document else ()
        named = [part.name.value for part in parts if isinstance(part, OperationDefinitionNode) and part.name]
        given = asked._provided_operation_name  # pyright: ignore[reportPrivateUsage] - the public one guesses
        if len(named) > 1 and given is None:
            told = f"The document has {len(named)} operations; say by `operationName` which one is meant."
            asked.pre_execution_errors = [GraphQLError(told)]
        yield


@dataclass(slots=True)
class Known:
    """Documents that were found valid, by their digests; the `most` that were asked for last."""

    most: int = 500
    found: OrderedDict[object, None] = field(default_factory=OrderedDict[object, None])

    def has(self, key: object) -> bool:
        if key in self.found:
            self.found.move_to_end(key)
            return True
        return False

    def keep(self, key: object) -> None:
        self.found[key] = None
        if len(self.found) > self.most:
            self.found.popitem(last=False)


class LooksThroughOnce(SchemaExtension):
    """Spares what an app asks over and over a second look: that costs as much as many an answer.

    Not the cache of the framework: it keeps the errors of one asker, told in his language, for the next.
    """

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known

    @override
    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        key = (sha256((asked.query or "").encode()).digest(), asked.validation_rules)
        if self._known.has(key):
            asked.pre_execution_errors = []
        yield
        if not asked.pre_execution_errors:
            self._known.keep(key)
