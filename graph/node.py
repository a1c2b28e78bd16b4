"""What every thing with an id of its own is to a client that keeps a cache: a node, found again by its id."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from uuid import UUID

import strawberry

from graph.context import Context


@strawberry.interface(description="A thing with an id, by which `node` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description="Its id, opaque and good for ever.")


Find: TypeAlias = Callable[[Context, UUID], Awaitable[Node | None]]
"""The thing with this key, if the asker may see it. A types module exports `NODES: dict[kind, Find]`."""

Nodes: TypeAlias = Mapping[str, Find]
