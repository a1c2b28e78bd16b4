"""What a person decides about a discrepancy has its effect in the books, once, and the laws hold after it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.payments.models import AttemptState, Refund, RefundState, Unplaced
from domain.payments.models import Resolution as Placed
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.reconciliation.errors import BillNotWanted, DiscrepancyNotFound, DiscrepancyResolved, NothingToAccept
from domain.reconciliation.models import Discrepancy
from domain.reconciliation.rules.states import DiscrepancyState, Finding, Resolution
from domain.reconciliation.services import verification, worklist
from domain.shared.actors import SYSTEM
from domain.shared.audit import AuditRecord
from domain.shared.ids import new_id
from tests.domain.lending.services.laws import balances
from tests.domain.payments.builders import CLOSED, paid
from tests.domain.reconciliation.builders import DAY, World, noon, payment, refund

NEXT = DAY + timedelta(days=1)


async def books(world: World) -> dict[str, int]:
    """The books, after their laws were checked."""
    async with world.sessions() as session:
        broken = await verification.verify(session)
        assert not broken, "\n".join(map(str, broken))
        return await balances(session)


async def test_what_the_channel_has_too_little_is_our_cost(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 999_00, 1_00)]
    await world.night()

    row = await world.resolve(Finding.AMOUNT_DIFF, Resolution.ACCEPT_CHANNEL)

    assert (row.state, row.written_off_fen) == (DiscrepancyState.RESOLVED, 1_00)
    assert await books(world) == {
        "bank.operating": 998_00,
        "expense.channel_fees": 2_00,
        "suspense.payments": 1000_00,
    }
    assert await world.settled() == [(999_00, 0, 1_00, 998_00)]


async def test_what_the_channel_has_too_much_waits_in_suspense_for_its_owner(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1001_00)]
    await world.night()

    row = await world.resolve(Finding.AMOUNT_DIFF, Resolution.ACCEPT_CHANNEL)

    (stray,) = await world.all(Unplaced)
    assert (stray.order_no, stray.amount_fen, row.written_off_fen) == (row.number, 1_00, 0)
    assert await books(world) == {"bank.operating": 1001_00, "suspense.payments": 1001_00}


async def test_where_ours_stands_the_channel_goes_on_owing_the_rest(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 999_00)]
    await world.night()

    await world.resolve(Finding.AMOUNT_DIFF, Resolution.ACCEPT_OURS)

    assert await books(world) == {"bank.operating": 999_00, "clearing.fake": 1_00, "suspense.payments": 1000_00}


async def test_a_payment_the_channel_never_had_is_given_up(world: World) -> None:
    await world.paid()
    await world.night()
    await world.night(NEXT + timedelta(days=1))

    await world.resolve(Finding.ONLY_OURS, Resolution.ACCEPT_CHANNEL)

    assert await books(world) == {"expense.channel_fees": 1000_00, "suspense.payments": 1000_00}


async def test_a_refund_only_the_channel_knows_costs_us_what_left_the_bank(world: World) -> None:
    order_no = await world.paid()
    world.channel.files[DAY] = [payment(order_no, 1000_00), refund("NOBODYS", 40_00)]
    await world.night()
    assert await world.settled() == [(1000_00, 0, 0, 1000_00)]

    await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    assert (await world.settled())[1:] == [(0, 40_00, 0, -40_00)]
    assert await books(world) == {
        "bank.operating": 960_00,
        "expense.channel_fees": 40_00,
        "suspense.payments": 1000_00,
    }


async def test_a_refund_that_only_the_bill_says_went_back_is_that_refund_and_no_cost_of_ours(world: World) -> None:
    order_no = await world.paid()
    refund_no = await world.refunded(1000_00, at=noon(DAY), known=False)
    world.channel.files[DAY] = [payment(order_no, 1000_00), refund(refund_no, 1000_00)]
    await world.night()

    row = await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    (back,) = await world.all(Refund)
    assert (back.state, back.refunded_at, row.written_off_fen) == (RefundState.SUCCEEDED, noon(DAY), 0)
    assert [one.resolution for one in await world.all(Unplaced)] == [Placed.REFUNDED]
    assert await books(world) == {}
    assert await world.settled() == [(1000_00, 0, 0, 1000_00), (0, 1000_00, 0, -1000_00)]


async def test_a_refund_we_heard_of_since_is_not_booked_a_second_time(world: World) -> None:
    order_no = await world.paid()
    refund_no = await world.refunded(1000_00, at=noon(DAY), known=False)
    world.channel.files[DAY] = [payment(order_no, 1000_00), refund(refund_no, 1000_00)]
    await world.night()
    await world.refund_done(refund_no, at=noon(DAY))

    await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    assert await books(world) == {}


async def test_a_refund_of_another_sum_than_ours_costs_us_what_left_the_bank(world: World) -> None:
    order_no = await world.paid()
    refund_no = await world.refunded(1000_00, at=noon(DAY), known=False)
    world.channel.files[DAY] = [payment(order_no, 1000_00), refund(refund_no, 40_00)]
    await world.night()

    row = await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    assert row.written_off_fen == 40_00
    assert await books(world) == {
        "bank.operating": 960_00,
        "expense.channel_fees": 40_00,
        "suspense.payments": 1000_00,
    }


async def test_money_our_books_do_not_hold_is_received_before_it_is_settled(world: World) -> None:
    attempt = await world.tried()
    async with world.sessions.begin() as session:
        foreign = paid(1000_00, "USD", paid_at=noon(DAY))
        await attempts.apply_result(
            session, attempt_id=attempt.id, result=foreign, source=Source.QUERY, at=world.hand.at
        )
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    await world.night()

    row = await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    assert row.number in [one.order_no for one in await world.all(Unplaced)]
    assert await books(world) == {"bank.operating": 1000_00, "suspense.payments": 1000_00}


async def test_a_line_of_nothing_can_be_accepted(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00), refund("NOBODYS", 0)]
    await world.night()

    row = await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    assert (row.state, row.written_off_fen) == (DiscrepancyState.RESOLVED, 0)
    assert await books(world) == {"bank.operating": 1000_00, "suspense.payments": 1000_00}


async def test_a_payment_the_channel_contradicted_is_posted_by_its_bill_when_a_person_says_so(world: World) -> None:
    attempt = await world.tried()
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    world.channel.queries = [CLOSED]
    await world.night()

    await world.resolve(Finding.ONLY_CHANNEL, Resolution.ACCEPT_CHANNEL)

    assert (await world.attempt(attempt.id)).state is AttemptState.SUCCEEDED
    assert await world.told_by(attempt.id) == ["MANUAL"]
    assert await books(world) == {"bank.operating": 1000_00, "suspense.payments": 1000_00}


async def test_asking_the_channel_again_leaves_it_open_until_both_agree(world: World) -> None:
    attempt = await world.tried()
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    world.channel.queries = [CLOSED]
    await world.night()

    assert (await world.resolve(Finding.ONLY_CHANNEL, Resolution.ASK_CHANNEL)).state is DiscrepancyState.OPEN
    world.channel.queries = [paid(1000_00, paid_at=noon(DAY))]
    row = await world.resolve(Finding.ONLY_CHANNEL, Resolution.ASK_CHANNEL)

    assert (row.state, row.resolution) == (DiscrepancyState.SELF_RESOLVED, Resolution.ASK_CHANNEL)
    assert world.channel.fetched.count(DAY) == 3
    assert len(await world.settled()) == 1


async def test_the_other_file_is_taken_when_a_person_says_so_and_nothing_is_settled_twice(world: World) -> None:
    first, second = await world.paid(), await world.paid(20_00)
    world.channel.files[DAY] = [payment(first, 1000_00)]
    await world.night()
    world.channel.files[DAY] = [payment(first, 1000_00), payment(second, 20_00)]
    await world.rerun()

    await world.resolve(Finding.OTHER_FILE, Resolution.ACCEPT_CHANNEL)

    assert await world.found() == {"MATCHED": 2}
    assert await world.settled() == [(1000_00, 0, 0, 1000_00), (20_00, 0, 0, 20_00)]
    assert await books(world) == {"bank.operating": 1020_00, "suspense.payments": 1020_00}


@pytest.mark.parametrize("resolution", [Resolution.ACCEPT_CHANNEL, Resolution.ACCEPT_OURS])
async def test_what_has_no_sum_cannot_be_booked_and_can_be_let_stand(world: World, resolution: Resolution) -> None:
    await world.paid()
    world.channel.files[DAY] = ["a,b"]
    await world.night()

    if resolution is Resolution.ACCEPT_CHANNEL:
        with pytest.raises(NothingToAccept):
            await world.resolve(Finding.PROBLEM, resolution)
    else:
        assert (await world.resolve(Finding.PROBLEM, resolution)).state is DiscrepancyState.RESOLVED
    assert await world.settled() == []


async def test_what_is_decided_is_decided_once_and_written_down(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 999_00)]
    await world.night()
    await world.resolve(Finding.AMOUNT_DIFF, Resolution.ACCEPT_CHANNEL)

    with pytest.raises(DiscrepancyResolved):
        await world.resolve(Finding.AMOUNT_DIFF, Resolution.ACCEPT_CHANNEL)

    async with world.sessions() as session:
        told = (await session.scalars(select(AuditRecord))).all()
    assert [(each.action, each.details) for each in told] == [
        ("reconciliation.resolve", {"resolution": "ACCEPT_CHANNEL", "reason": "seen"})
    ]
    await world.rerun()
    assert await books(world) == {
        "bank.operating": 999_00,
        "expense.channel_fees": 1_00,
        "suspense.payments": 1000_00,
    }


async def test_what_is_not_there_cannot_be_decided_or_looked_at(world: World) -> None:
    async with world.sessions.begin() as session:
        with pytest.raises(DiscrepancyNotFound):
            await worklist.resolve(
                session,
                actor=SYSTEM,
                discrepancy_id=new_id(),
                resolution=Resolution.ACCEPT_OURS,
                reason="why not",
                at=world.hand.at,
            )
    with pytest.raises(BillNotWanted):
        await world.rerun()
    assert await world.all(Discrepancy) == []
