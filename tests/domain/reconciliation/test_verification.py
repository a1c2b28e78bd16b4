"""The laws between what was reconciled and the books: whatever is off is found, by its name and with its figures."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.services import Line
from domain.lending.services.verification import BrokenLaw
from domain.reconciliation.services import verification
from tests.domain.reconciliation.builders import DAY, World, noon, payment

Tamper = Callable[[AsyncSession], Awaitable[None]]

CLEARING = "a clearing account holds what came and was neither refunded nor settled"


def _posted(*lines: Line, kind: str = "by_hand") -> Tamper:
    async def tamper(session: AsyncSession) -> None:
        await ledger.post(
            session, source="by hand", kind=kind, booking_date=DAY, value_date=DAY, at=noon(DAY), lines=lines
        )

    return tamper


async def _another_item(session: AsyncSession) -> None:
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(text("UPDATE settlement_items SET amount_fen = amount_fen + 1"))
    await session.execute(text("SET LOCAL session_replication_role = origin"))


CASES: dict[str, tuple[str, Tamper]] = {
    "settled by hand": (CLEARING, _posted(ledger.debit("bank.operating", 1), ledger.credit("clearing.fake", 1))),
    "another channel": (CLEARING, _posted(ledger.debit("bank.operating", 1), ledger.credit("clearing.other", 1))),
    "settled by nobody": (
        "what was settled came to the bank",
        _posted(ledger.debit("bank.operating", 1), ledger.credit("clearing.fake", 1), kind="channel_settled"),
    ),
    "a fee by hand": (
        "fees are what the bills say",
        _posted(ledger.debit("expense.channel_fees", 1), ledger.credit("bank.operating", 1)),
    ),
    "another line": ("a settlement is its lines", _another_item),
}


@pytest.mark.parametrize(("law", "tamper"), CASES.values(), ids=CASES.keys())
async def test_a_broken_law_is_found(world: World, law: str, tamper: Tamper) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00, 6_00)]
    await world.night()
    async with world.sessions.begin() as session:
        assert await verification.verify(session) == []
        await tamper(session)

        assert law in {broken.law for broken in await verification.verify(session)}


async def test_a_broken_law_says_its_figures(world: World) -> None:
    await world.paid()
    async with world.sessions.begin() as session:
        await CASES["settled by hand"][1](session)

        assert BrokenLaw(CLEARING, "clearing.fake", 1000_00, 999_99) in await verification.verify(session)
