"""Which channel would be taken, and why: for anyone whether, for the staff by which figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.ports import Product
from domain.payments.rules.routing import Barrier, Candidate, Choice, Need, Ranked, rounded
from domain.payments.services import routing
from domain.shared.actors import ActorKind
from domain.shared.money import round_half_up
from graph.context import Context
from graph.enums import described
from graph.loaders import loader
from graph.scalars import Fen, Rate
from plugins.registry import ChannelListing

ChannelBarrier = Barrier
described(
    ChannelBarrier,
    "Why a channel is not taken for a payment.",
    {
        "NOT_READY": "It cannot be used: see its status.",
        "PRODUCT": "It does not offer this way to pay, or does not debit.",
        "CURRENCY": "It does not take CNY.",
        "AMOUNT": "It does not take this sum.",
        "MAINTENANCE": "It does not work now, by its own hours or by ours.",
        "PAYMENT_LIMIT": "More than we let go through it at once.",
        "DAY_LIMIT": "More than we let go through it of one borrower a day.",
        "TRIED": "It had its turn, and failed.",
    },
    name="ChannelBarrier",
)


@strawberry.type(description="A channel among those that can take a payment, with the figures it is chosen by.")
class RankedChannel:
    channel: str = strawberry.field(description="Its code.")
    rank: int = strawberry.field(description="From 1 on: the one that is taken first.")
    fee: Fen = strawberry.field(description="What it takes of a payment of this sum that succeeds.")
    success: Rate = strawberry.field(description="How likely one try succeeds, as it fared of late.")
    cost: Fen = strawberry.field(description="What it costs until it has succeeded, rounded: what channels go by.")
    tries: int = strawberry.field(description="How many tries of late say so: the newest 200 at most.")
    resting: bool = strawberry.field(description="Whether its breaker let nothing through: then it comes last.")


@strawberry.type(description="A channel that could not take a payment.")
class ExcludedChannel:
    channel: str = strawberry.field(description="Its code.")
    reason: ChannelBarrier = strawberry.field(description="Why.")
    until: datetime | None = strawberry.field(description="Until when, where that is known.")


@strawberry.type(description="How we came to the channel of an order, with the figures as they were then.")
class ChannelChoice:
    ranked: list[RankedChannel] = strawberry.field(description="Those that could take it, the one taken first.")
    excluded: list[ExcludedChannel] = strawberry.field(description="Those that could not.")

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "ChannelChoice":
        return cls(
            ranked=[
                RankedChannel(
                    channel=each["channel"],
                    rank=rank,
                    fee=Fen(each["fee_fen"]),
                    success=Rate(Decimal(each["success"])),
                    cost=Fen(round_half_up(Fraction(each["cost_fen"]))),
                    tries=each["tries"],
                    resting=each.get("resting", False),
                )
                for rank, each in enumerate(facts["ranked"], 1)
            ],
            excluded=[
                ExcludedChannel(
                    channel=each["channel"],
                    reason=Barrier(each["reason"]),
                    until=datetime.fromisoformat(each["until"]) if "until" in each else None,
                )
                for each in facts["excluded"]
            ],
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of all channels at once; whose limits count."""

    candidates: tuple[Candidate, ...]
    amount_fen: int | None = None
    product: Product | None = None
    borrower_id: UUID | None = None


def asked_of(context: Context, amount_fen: int | None, product: Product | None) -> Asked:
    mine = context.actor.id if context.actor.kind is ActorKind.BORROWER else None
    return Asked(tuple(context.house.registry.candidates()), amount_fen, product, mine)


async def choice_of(context: Context, asked: Asked) -> Choice:
    """Where such a payment would go now; once for a request, and only if somebody wants to know."""

    async def load(session: AsyncSession, keys: Sequence[Asked]) -> dict[Asked, Choice]:
        at = await context.house.clock.now(session)
        return {
            key: await routing.chosen(
                session, key.candidates, Need(at, key.amount_fen, key.product), borrower_id=key.borrower_id
            )
            for key in keys
        }

    return await loader(context, load).load(asked)


def ranked(choice: Choice, code: str) -> RankedChannel | None:
    """One channel's place; None: it is not taken."""
    found: list[tuple[int, Ranked]] = [(n, each) for n, each in enumerate(choice.ranked, 1) if each.code == code]
    for rank, each in found:
        return RankedChannel(
            channel=code,
            rank=rank,
            fee=Fen(each.fee_fen),
            success=Rate(rounded(each.success)),
            cost=Fen(round_half_up(each.cost)),
            tries=each.tries,
            resting=each.resting,
        )
    return None


async def in_order_of_choice(
    context: Context, asked: Asked, listings: Sequence[ChannelListing]
) -> Sequence[ChannelListing]:
    """The channels as they would be taken, then those that would not; where nothing was asked, as they are listed."""
    if asked.amount_fen is None and asked.product is None:
        return listings
    places = {each.code: place for place, each in enumerate((await choice_of(context, asked)).ranked)}
    return sorted(listings, key=lambda listing: places.get(listing.code, len(places)))
