"""What a borrower was told."""

from uuid import UUID

import strawberry

from domain.messaging import queries
from domain.shared import paging
from graph.connections import Connection, connect, page_of
from graph.context import Info
from graph.messaging.types import Message
from graph.paging import After, Before, First, Last


@strawberry.type
class MessagesOfBorrower:
    key: strawberry.Private[UUID]

    @strawberry.field(description="Messages to the borrower, the newest first.")
    async def messages(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Message]:
        window = page_of(first, after, last, before)
        listed = queries.messages(borrower_id=self.key)
        async with info.context.reading() as (session, _):
            rows = await paging.rows_in(session, listed, queries.BY_CREATION, window)

        async def count() -> int:
            async with info.context.reading() as (session, _):
                return await paging.total(session, listed)

        return connect(window, rows, key=queries.BY_CREATION.key, node=Message.of, count=count)
