"""A bill that a plugin reads in an odd way is settled as far as it makes sense, and stops nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from domain.payments.ports import BillEntry, BillFile, BillKind, BillRow, BillTotals
from domain.reconciliation.models import BillLine
from domain.reconciliation.rules.states import BillState
from domain.reconciliation.services import verification
from tests.domain.reconciliation.builders import DAY, BillingChannel, World, fee, noon, payment


@dataclass
class Odd(BillingChannel):
    """Says of its file what the test says."""

    entries: list[Any] = field(default_factory=list[Any])

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        return iter(self.entries)


def row(order_no: Any, amount_fen: Any = 1000_00, currency: Any = "CNY", **said: Any) -> BillRow:
    return BillRow(BillKind.PAYMENT, order_no, amount_fen, currency, occurred_at=noon(DAY), raw="a line", **said)


async def laws_hold(world: World) -> bool:
    async with world.sessions() as session:
        return not await verification.verify(session)


async def test_two_fees_of_one_number_are_two_fees_each_settled_once(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00), fee(1_00), fee(2_00)]

    await world.night()
    await world.rerun()

    assert await world.settled() == [(1000_00, 0, 3_00, 997_00)]
    assert await laws_hold(world)


@pytest.mark.parametrize(
    "sums",
    [
        {"amount_fen": 1000.5},
        {"amount_fen": None},
        {"amount_fen": True},
        {"amount_fen": "100000"},
        {"amount_fen": 10**16},
        {"fee_fen": 0.5},
        {"received_fen": "x"},
        {"currency": None},
    ],
    ids=["float", "nothing", "truth", "text", "more than there is", "fee", "received", "currency"],
)
async def test_a_line_whose_sums_are_no_whole_fen_is_one_that_nobody_understood(
    world: World, sums: dict[str, Any]
) -> None:
    order_no = await world.paid()
    world.channel = Odd(files={DAY: ["x"]}, entries=[row(order_no, **sums), row(order_no)])

    await world.night()

    assert await world.found() == {"PROBLEM": 1, "MATCHED": 1}
    assert await world.settled() == [(1000_00, 0, 0, 1000_00)]


async def test_numbers_that_are_no_text_and_totals_that_are_no_sums_are_read_as_what_they_can_be(world: World) -> None:
    order_no = await world.paid()
    entries = [row(order_no, provider_no=2026112122001), BillTotals(payments_fen=cast("int", 1000.5), payments=1)]
    world.channel = Odd(files={DAY: ["x"]}, entries=entries)

    await world.night()

    assert await world.found() == {"MATCHED": 1}
    (line,) = await world.all(BillLine)
    assert line.provider_no == "2026112122001"


async def test_a_day_that_was_called_empty_too_early_is_fetched_again_by_itself(world: World) -> None:
    order_no = await world.paid()
    await world.night()
    assert (await world.bill()).state is BillState.EMPTY

    world.channel.files[DAY] = [payment(order_no, 1000_00)]
    await world.night(DAY + timedelta(days=2))

    assert (await world.bill()).state is BillState.PARSED
    assert await world.settled() == [(1000_00, 0, 0, 1000_00)]
    assert [state for _, _, state in await world.differing()] == ["SELF_RESOLVED"]
