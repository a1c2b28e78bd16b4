"""What a borrower was told."""

from uuid import UUID

import strawberry

from domain.messaging import queries
from graph.connections import Connection, page_of, paged
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
        return await paged(info.context, window, listed, queries.BY_CREATION, Message.of)
