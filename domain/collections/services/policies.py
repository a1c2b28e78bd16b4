"""What the lender's policy says of collecting, read for a day and checked."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.rules import packs, strategy
from domain.collections.rules.packs import Packs
from domain.collections.rules.strategy import Strategy
from domain.shared import policy


@dataclass(frozen=True, slots=True)
class Rules:
    """What is done on which day, and which contacts are allowed."""

    strategy: Strategy
    packs: Packs


async def rules_on(session: AsyncSession, day: date) -> Rules:
    """The rules in force on a day. Raises NotAStrategy, NotAPack, PolicyMissing: faults of the set-up."""
    return Rules(
        strategy.read(await policy.value(session, "collections.strategy", on=day)),
        packs.read(await policy.value(session, "collections.contact_packs", on=day)),
    )


async def promise_max_days(session: AsyncSession, day: date) -> int:
    """How many days ahead a debtor may promise to pay."""
    return int(await policy.value(session, "collections.promise_max_days", on=day))
