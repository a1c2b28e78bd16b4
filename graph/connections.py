"""Relay connections by keyset: cursors name a row's sort key and id, so that a page never skips or repeats a row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
import strawberry
from sqlalchemy import Select

from domain.shared.errors import DomainError
from domain.shared.paging import Key, NotACursor, Order, Window, part_of, rows_in, total
from graph.context import Context

MAX_PAGE = 100

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")


class BadPage(DomainError):
    code = "BAD_PAGE"
    english = (
        "Give exactly one of `first` and `last`, from 1 to {most}; `after` goes with `first`, `before` with `last`."
    )
    chinese = "`first` 与 `last` 只能且必须给一个，取值 1 至 {most}；`after` 配 `first`，`before` 配 `last`。"


class BadCursor(DomainError):
    code = "BAD_CURSOR"
    english = "The cursor is not one of this list; take `cursor` or `pageInfo` of an earlier page."
    chinese = "游标不属于该列表；请使用先前页面的 `cursor` 或 `pageInfo`。"


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something came before.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge.")


@strawberry.type(description="An item of a page and its cursor.")
class Edge(Generic[NodeT]):
    cursor: str = strawberry.field(description="Hand it to `after` or `before`.")
    node: NodeT = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    edges: list[Edge[NodeT]] = strawberry.field(description="The items with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    count: strawberry.Private[Callable[[], Awaitable[int]] | None] = None

    @strawberry.field(description="The items alone.")
    def nodes(self) -> list[NodeT]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many there are in all; computed only when asked.")
    async def total_count(self) -> int | None:
        return await self.count() if self.count else None


def page_of(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """The window a client asks for, with one row more than shown, to see whether more follows. Raises BadPage, BadCursor."""
    size = first if first is not None else last
    mixed = (first is None) == (last is None) or (after and last is not None) or (before and first is not None)
    if mixed or size is None or not 1 <= size <= MAX_PAGE:
        raise BadPage(most=MAX_PAGE, fields=("first", "last"))
    cursor = after if first is not None else before
    return Window(size + 1, first is None, _read_cursor(cursor) if cursor else None)


def _read_cursor(text: str) -> tuple[str, UUID]:
    try:
        moment, key = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=tuple[str, UUID])
    except (ValueError, msgspec.DecodeError) as error:
        raise BadCursor(fields=("after", "before")) from error
    return moment, key


def cursor_of(key: Key) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def connect(
    window: Window,
    rows: Sequence[RowT],
    *,
    key: Callable[[RowT], Key],
    node: Callable[[RowT], NodeT],
    count: Callable[[], Awaitable[int]] | None = None,
) -> Connection[NodeT]:
    """The connection of `rows`, which came in the window's own direction and may be one more than is shown."""
    size = window.limit - 1
    more = len(rows) > size
    shown = list(rows[:size])
    if window.backward:
        shown.reverse()
    edges = [Edge(cursor=cursor_of(key(row)), node=node(row)) for row in shown]
    info = PageInfo(
        has_next_page=window.cursor is not None if window.backward else more,
        has_previous_page=more if window.backward else window.cursor is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info, count=count)


async def paged(
    context: Context, window: Window, listed: Select[RowT], order: Order, node: Callable[[RowT], NodeT]
) -> Connection[NodeT]:
    """The page of a list that the window asks for: one SQL, and another for the count if somebody wants it."""
    async with context.reading() as (session, _):
        try:
            rows = await rows_in(session, listed, order, window)
        except NotACursor as error:
            raise BadCursor(fields=("after", "before")) from error

    async def count() -> int:
        async with context.reading() as (session, _):
            return await total(session, listed)

    return connect(window, rows, key=order.key, node=node, count=count)


def paged_of(
    window: Window, rows: Sequence[RowT], *, key: Callable[[RowT], Key], node: Callable[[RowT], NodeT]
) -> Connection[NodeT]:
    """The page of a short list that was read whole, because a row of it is only understood beside the others."""
    try:
        shown = part_of(rows, key, window)
    except NotACursor as error:
        raise BadCursor(fields=("after", "before")) from error

    async def count() -> int:
        return len(rows)

    return connect(window, shown, key=key, node=node, count=count)
