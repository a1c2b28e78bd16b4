"""A message as its reader sees it."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain.messaging import models, queries, services
from domain.messaging.rules import machine
from graph.access import check
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node, Nodes
from graph.owning import SEES_BORROWERS, himself_or, owner_of

MessageKind = machine.TemplateKind
described(
    MessageKind,
    "What a message is for.",
    {
        "VERIFICATION": "It carries a code.",
        "SERVICE": "It answers what the borrower just did.",
        "REMINDER": "Something will be due.",
        "OVERDUE": "Something is past due.",
        "LOCATE_ONLY": "It asks to be called back and tells of no debt.",
    },
)
MessageStatus = machine.MessageStatus
described(
    MessageStatus,
    "What became of a message.",
    {
        "QUEUED": "It waits to be sent.",
        "SENDING": "It is being sent.",
        "SENT": "The provider has taken it.",
        "DELIVERED": "The handset has it.",
        "FAILED": "It could not be sent or delivered.",
        "UNKNOWN": "Nobody knows whether it was sent; the provider is asked.",
        "CANCELLED": "It came too late to be of use and was not sent.",
    },
)


@strawberry.type(description="A text message to a borrower.")
class Message(Node):
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    template: str = strawberry.field(description='What it tells, such as "REPAYMENT_REMINDER".')
    kind: MessageKind = strawberry.field(description="What it is for.")
    status: MessageStatus = strawberry.field(description="What became of it.")
    to: str = strawberry.field(description="The phone it went to, masked.")
    created_at: datetime = strawberry.field(description="When it was queued.")
    sent_at: datetime | None = strawberry.field(description="When it was sent.")
    delivered_at: datetime | None = strawberry.field(description="When the handset had it.")

    @classmethod
    def of(cls, row: models.Message) -> "Message":
        return cls(
            key=row.id,
            id=global_id("Message", row.id),
            template=row.template_code,
            kind=row.kind,
            status=row.status,
            to=row.to_masked,
            created_at=row.created_at,
            sent_at=row.sent_at,
            delivered_at=row.delivered_at,
        )

    @strawberry.field(description="What it says; null for one that carries a code.")
    async def text(self, info: Info) -> str | None:
        return await loader(info.context, services.texts_of).load(self.key)


async def _message(context: Context, key: UUID) -> Message | None:
    check(context, himself_or(*SEES_BORROWERS))
    async with context.reading() as (session, _):
        row = await queries.message_of(session, key, borrower_id=owner_of(context.actor))
    return Message.of(row) if row else None


NODES: Nodes = {"Message": _message}
