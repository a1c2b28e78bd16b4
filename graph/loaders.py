"""One SQL per level of a list: loaders that gather keys for a tick and open a short session of their own."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from graph.context import Context

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

Load = Callable[[AsyncSession, Sequence[KeyT]], Awaitable[Mapping[KeyT, ValueT]]]
"""Reads what belongs to each key; a key without anything is left out."""


def loader(
    context: Context, load: Load[KeyT, ValueT], otherwise: Callable[[], Any] = lambda: None
) -> DataLoader[KeyT, Any]:
    """The request's loader for `load`; a key without a value gives `otherwise()`."""
    name = f"{load.__module__}.{load.__qualname__}"
    if name not in context.loaders:

        async def gather(keys: list[KeyT]) -> list[Any]:
            async with context.house.sessions() as session:
                found = await load(session, keys)
            return [found[key] if key in found else otherwise() for key in keys]

        context.loaders[name] = DataLoader(load_fn=gather)
    return cast("DataLoader[KeyT, Any]", context.loaders[name])
