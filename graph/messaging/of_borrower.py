"""What a borrower was told."""

from uuid import UUID

import strawberry

from domain.messaging import queries
from domain.shared.paging import Window
from graph.connections import Connection, paged
from graph.context import Info
from graph.messaging.types import Message
from graph.paging import list_of


@strawberry.type
class MessagesOfBorrower:
    key: strawberry.Private[UUID]

    @list_of("Messages to the borrower, the newest first.")
    async def messages(self, info: Info, window: Window) -> Connection[Message]:
        listed = queries.messages(borrower_id=self.key)
        return await paged(info.context, window, listed, queries.BY_CREATION, Message.of)
