"""A repayment order, what to do next to pay it, and everything that was learnt of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.scalars import JSON

from domain.operations.services import order_history
from domain.payments import models, queries
from domain.payments.ports import Product, actions
from domain.payments.queries.routing import orders_instead
from domain.payments.rules import states
from domain.payments.services.attempts import Source
from domain.shared.actors import ActorKind, Role
from domain.shared.inbox import InboxRow
from graph.access import any_staff, staff
from graph.access import query as guarded
from graph.context import Context, Info
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node
from graph.payments.choosing import Asked, ChannelBarrier, ChannelChoice, RankedChannel, choice_of, ranked
from graph.payments.enums import (
    AttemptState,
    BreakerState,
    ChangeSource,
    ChannelStatus,
    MandateSigning,
    OrderStatus,
    PaymentMethod,
    PaymentProduct,
    RefundAbility,
)
from graph.payments.history import OrderHistoryEntry
from graph.payments.refunds import NODES as REFUNDS
from graph.payments.refunds import Refund
from graph.payments.settings import ChannelConfiguration, configuration
from graph.scalars import Fen
from plugins.registry import ChannelListing

if TYPE_CHECKING:
    from graph.lending.types import Loan


@strawberry.type(description="Open this address in a browser.")
class RedirectAction:
    url: str = strawberry.field(description="The address.")


@strawberry.type(description="Show this as a QR code.")
class QrCodeAction:
    code_url: str = strawberry.field(description="What the code says.")


@strawberry.type(description="Show this page; it posts itself.")
class HtmlFormAction:
    html: str = strawberry.field(description="The page.")


@strawberry.type(description="Hand these to the channel's script inside its own browser.")
class JsapiAction:
    params: JSON = strawberry.field(description="Names and values.")


@strawberry.type(description="Hand this to the channel's SDK inside our app.")
class AppAction:
    order_string: str = strawberry.field(description="The signed order.")


PaymentAction = Annotated[
    RedirectAction | QrCodeAction | HtmlFormAction | JsapiAction | AppAction,
    strawberry.union("PaymentAction", description="What the borrower does next to pay."),
]


def _shown(action: actions.Action) -> PaymentAction:
    match action:
        case actions.RedirectUrl(url):
            return RedirectAction(url=url)
        case actions.QrCode(code_url):
            return QrCodeAction(code_url=code_url)
        case actions.HtmlForm(html):
            return HtmlFormAction(html=html)
        case actions.JsapiParams(params):
            return JsapiAction(params=JSON(dict(params)))
        case actions.AppOrderString(order_string):
            return AppAction(order_string=order_string)


@strawberry.type(description="One thing that was learnt of an attempt.")
class AttemptChange:
    source: ChangeSource = strawberry.field(description="Who told us.")
    told: str = strawberry.field(description="What we were told.")
    before: AttemptState = strawberry.field(description="What we knew before.")
    after: AttemptState = strawberry.field(description="What we knew after.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.AttemptChange) -> "AttemptChange":
        return cls(
            source=Source(row.source),
            told=row.told,
            before=states.AttemptState(row.before),
            after=states.AttemptState(row.after),
            at=row.at,
        )


@strawberry.type(description="One try of an order at its channel.")
class PaymentAttempt:
    key: strawberry.Private[UUID]
    order_no: str = strawberry.field(description="What the channel knows it by.")
    channel: str = strawberry.field(description="The channel's code.")
    state: AttemptState = strawberry.field(description="What is known of it.")
    amount: Fen = strawberry.field(description="What was asked.")
    received: Fen | None = strawberry.field(description="What came.")
    provider_no: str | None = strawberry.field(description="The channel's own number.")
    submitted_at: datetime = strawberry.field(description="When it was sent.")
    paid_at: datetime | None = strawberry.field(description="When it was paid, as the channel says.")
    late: bool = strawberry.field(description="Whether it succeeded after we had taken it for closed or declined.")

    @classmethod
    def of(cls, row: models.PaymentAttempt) -> "PaymentAttempt":
        return cls(
            key=row.id,
            order_no=row.order_no,
            channel=row.channel,
            state=row.state,
            amount=Fen(row.amount_fen),
            received=None if row.received_fen is None else Fen(row.received_fen),
            provider_no=row.provider_no,
            submitted_at=row.submitted_at,
            paid_at=row.paid_at,
            late=row.late,
        )

    @strawberry.field(description="All that was ever learnt of it, in order.")
    async def changes(self, info: Info) -> list[AttemptChange]:
        rows = await loader(info.context, queries.changes_by_attempt).load(self.key)
        return [AttemptChange.of(row) for row in rows]

    @strawberry.field(description="What of it goes back or went back, oldest first.")
    async def refunds(self, info: Info) -> list[Refund]:
        rows = await loader(info.context, queries.refunds_of_attempts).load(self.key)
        return [Refund.of(row) for row in rows]


@strawberry.type(description="A sum to be paid for a loan: as its borrower asked, or withheld under his mandate.")
class RepaymentOrder(Node):
    key: strawberry.Private[UUID]
    loan_key: strawberry.Private[UUID]
    chosen: strawberry.Private[dict[str, Any] | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: OrderStatus = strawberry.field(description="Where it stands.")
    amount: Fen = strawberry.field(description="How much.")
    channel: str = strawberry.field(description="The channel's code.")
    product: PaymentProduct = strawberry.field(description="The way it is paid.")
    method: PaymentMethod = strawberry.field(description="Who began it: the borrower, or we under his mandate.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    expires_at: datetime = strawberry.field(description="Until when it can be paid.")
    paid_at: datetime | None = strawberry.field(description="When it was paid, as the channel says.")

    @classmethod
    def of(cls, row: models.PaymentOrder) -> "RepaymentOrder":
        return cls(
            key=row.id,
            loan_key=row.loan_id,
            chosen=row.choice,
            id=global_id("RepaymentOrder", row.id),
            number=row.number,
            status=row.status,
            amount=Fen(row.amount_fen),
            channel=row.channel,
            product=Product(row.product),
            method=row.method,
            created_at=row.created_at,
            expires_at=row.expires_at,
            paid_at=row.paid_at,
        )

    @strawberry.field(description="The loan it is for.")
    async def loan(self, info: Info) -> Annotated["Loan", strawberry.lazy("graph.lending.types")]:
        from graph.lending.loading import loan_of  # noqa: PLC0415 - a loan and its orders name each other

        return await loan_of(info.context, self.loan_key)

    @strawberry.field(description="What to do next to pay it; null while the channel has not answered, and once over.")
    async def action(self, info: Info) -> PaymentAction | None:
        attempts = await loader(info.context, queries.attempts_of).load(self.key)
        action = attempts[-1].to_pay_with() if attempts else None
        return _shown(actions.action_from_json(action)) if action else None

    @strawberry.field(
        description="The order we made instead of it, by another channel or account, after this one came to nothing; pay "
        "that one. Null: it was not left. One that was left may be replaced in turn."
    )
    async def replaced_by(self, info: Info) -> "RepaymentOrder | None":
        row = await loader(info.context, orders_instead).load(self.key)
        return RepaymentOrder.of(row) if row else None

    @strawberry.field(description="Its tries at the channel, oldest first.")
    async def attempts(self, info: Info) -> list[PaymentAttempt]:
        rows = await loader(info.context, queries.attempts_of).load(self.key)
        return [PaymentAttempt.of(row) for row in rows]

    @guarded(staff(Role.FINANCE, Role.CASHIER), "Why it goes by this channel; null: its borrower named it.")
    async def choice(self) -> ChannelChoice | None:
        return ChannelChoice.of(self.chosen) if self.chosen else None

    @guarded(staff(Role.FINANCE, Role.CASHIER), "All that happened to it, oldest first: up to 300 of a kind.")
    async def history(self, info: Info) -> list[OrderHistoryEntry] | None:
        async with info.context.reading() as (session, _):
            return [OrderHistoryEntry.of(entry) for entry in await order_history.of_order(session, self.key)]


@strawberry.type(description="A notice of a channel's that moved nothing, for a person to look into. Probes are none.")
class RefusedNotice:
    received_at: datetime = strawberry.field(description="When it came first.")
    reason: str = strawberry.field(
        description="BAD_SIGNATURE: nobody knows who sent it. FOREIGN_MERCHANT: proven, but it names another merchant or "
        "app. UNREADABLE, DAMAGED: it could not be read twice, as with a wrong key of ours."
    )
    about: str | None = strawberry.field(description="The number it names, where it is proven.")
    copies: int = strawberry.field(description="How often it came.")

    @classmethod
    def of(cls, row: InboxRow) -> "RefusedNotice":
        return cls(received_at=row.received_at, reason=row.outcome or "", about=row.about, copies=row.copies)


@strawberry.type(description="A way to move money.")
class PaymentChannel:
    listing: strawberry.Private[ChannelListing]
    asked: strawberry.Private[Asked]
    code: str = strawberry.field(description="Its code: what createRepayment takes.")
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
    status: ChannelStatus = strawberry.field(description="Whether it can be used.")
    products: list[PaymentProduct] = strawberry.field(description="The ways one can pay by it.")
    min_amount: Fen = strawberry.field(description="The least it takes.")
    max_amount: Fen = strawberry.field(description="The most it takes.")
    autodebit: bool = strawberry.field(description="Whether money can be withheld by it: signMandate.")
    mandate_signing: list[MandateSigning] = strawberry.field(description="How a mandate is signed there.")
    mandate_card: bool = strawberry.field(
        description="Whether a mandate is for a card; else it is for the account one signs with there."
    )
    query: bool = strawberry.field(description="Whether it can be asked what became of a payment.")
    close: bool = strawberry.field(description="Whether an order can be closed there before its time is over.")
    refund: list[RefundAbility] = strawberry.field(description="How money goes back through it; empty: not at all.")
    package: str = strawberry.field(description="The plugin it comes from.")
    version: str = strawberry.field(description="That plugin's version.")

    @classmethod
    def of(cls, listing: ChannelListing, asked: Asked) -> "PaymentChannel":
        can = listing.capabilities
        return cls(
            listing=listing,
            asked=asked,
            code=listing.code,
            name_en=listing.name_en,
            name_zh=listing.name_zh,
            status=listing.status,
            products=sorted(can.products),
            min_amount=Fen(can.min_fen),
            max_amount=Fen(can.max_fen),
            autodebit=can.autodebit,
            mandate_signing=sorted(can.mandate_sign),
            mandate_card=can.mandate_card,
            query=can.query,
            close=can.close,
            refund=sorted(can.refund),
            package=listing.package,
            version=listing.version,
        )

    @strawberry.field(description="Whether it would be taken now for what was asked.")
    async def available(self, info: Info) -> bool:
        return (await choice_of(info.context, self.asked)).barrier(self.code) is None

    @strawberry.field(description="Why it would not be taken.")
    async def unavailable_reason(self, info: Info) -> ChannelBarrier | None:
        barrier = (await choice_of(info.context, self.asked)).barrier(self.code)
        return barrier and barrier.barrier

    @strawberry.field(description="Until when it would not be taken, where that is known.")
    async def until(self, info: Info) -> datetime | None:
        barrier = (await choice_of(info.context, self.asked)).barrier(self.code)
        return barrier and barrier.until

    @guarded(any_staff, "Its place among those that would be taken, and by which figures; for the staff.")
    async def route(self, info: Info) -> RankedChannel | None:
        return ranked(await choice_of(info.context, self.asked), self.code)

    @guarded(any_staff, "Whether the process that answers lets calls to it through; for the staff.")
    async def breaker(self) -> BreakerState | None:
        return self.listing.breaker

    @guarded(
        any_staff, "Why it cannot be used, or why newer settings were not taken and the older go on; for the staff."
    )
    async def reason(self) -> str | None:
        return self.listing.trouble or self.listing.reason or None

    @guarded(any_staff, "Its latest 20 notices that moved nothing, newest first; for the staff.")
    async def refused_notices(self, info: Info) -> list[RefusedNotice] | None:
        rows: list[InboxRow] = await loader(info.context, queries.refused_notices, list).load(self.code)
        return [RefusedNotice.of(row) for row in rows]

    @guarded(staff(Role.ADMIN), "How it is set up, without secrets; for an ADMIN.")
    async def configuration(self, info: Info) -> ChannelConfiguration | None:
        return await configuration(info.context, self.listing)


async def _orders(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, models.PaymentOrder]:
    return await queries.orders_by_id(session, keys)


async def load_order(context: Context, key: UUID) -> RepaymentOrder | None:
    """The order, if the asker may see it: his own, or any for staff."""
    row = await loader(context, _orders).load(key)
    if row is None or (context.actor.kind is not ActorKind.STAFF and row.borrower_id != context.actor.id):
        return None
    return RepaymentOrder.of(row)


NODES = {"RepaymentOrder": load_order, **REFUNDS}
