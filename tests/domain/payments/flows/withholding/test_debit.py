"""A debit is made at most once, whatever is known of it, and never without a mandate in force."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.borrowers.models import BankCard, CardStatus
from domain.payments.flows import mandates as mandate_flows
from domain.payments.models import Mandate
from domain.payments.ports import Capabilities, CloseResult, PaymentResult
from domain.payments.rules.asking import CALL_LIMIT, CRASHED_AFTER
from domain.payments.rules.states import AttemptState, OrderStatus, PaymentMethod
from domain.payments.services import janitor, mandates, withholding
from domain.payments.services.withholding import Held
from tests.domain.payments.builders import NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, paid
from tests.domain.payments.flows.withholding.debited import World
from tests.domain.payments.mandates import Debiting, refused

FINAL_AFTER = CALL_LIMIT + Debiting().capabilities.query_final_after


# A debit


async def test_it_names_the_account_the_sum_and_the_time(world: World) -> None:
    order_id = await world.request()

    assert await world.withhold(order_id) is OrderStatus.PROCESSING

    (debit,), attempt, order = world.channel.debited, await world.attempt(order_id), await world.order(order_id)
    assert (debit.token, debit.amount_fen, debit.currency, debit.due_date) == ("T-1", 1000_00, "CNY", order.due_on)
    assert (debit.order_no, debit.submitted_at) == (attempt.order_no, attempt.submitted_at)
    assert (order.method, order.product, attempt.live) == (PaymentMethod.WITHHOLDING, "withholding", True)
    assert attempt.final_at == world.hand.at + FINAL_AFTER


async def test_money_that_comes_at_once_is_booked_and_announced(world: World) -> None:
    world.channel.debits = [paid()]

    assert await world.withhold(await world.request()) is OrderStatus.PAID
    assert (await world.booked(), await world.announced("payments.settled")) == (1000_00, 1)


async def test_usually_a_query_finds_that_it_came(world: World) -> None:
    world.channel.queries = [PROCESSING, paid()]
    order_id = await world.request()
    await world.withhold(order_id)

    assert [await world.ask(order_id) for _ in range(2)] == [AttemptState.PROCESSING, AttemptState.SUCCEEDED]
    assert (world.debits(), await world.booked()) == (1, 1000_00)


async def test_a_refusal_is_final_for_the_order_and_announced_once_whoever_told_us(world: World) -> None:
    world.channel.debits, world.channel.queries = [refused()], [refused()]
    told_at_once = await world.request()
    assert await world.withhold(told_at_once) is OrderStatus.FAILED
    assert await world.announced("payments.withholding_declined") == 1
    assert await world.withhold(told_at_once) is OrderStatus.FAILED

    world.hand.move(timedelta(hours=1))
    world.channel.debits = [PROCESSING]
    found_later = await world.request()
    await world.withhold(found_later)
    assert [await world.ask(found_later) for _ in range(2)] == [AttemptState.DECLINED] * 2

    assert await world.announced("payments.withholding_declined") == 2
    assert (world.debits(), await world.attempts(told_at_once)) == (2, 1)


async def test_a_repeat_of_the_request_debits_once(world: World) -> None:
    order_id = await world.request()

    await asyncio.gather(*(world.withhold(order_id) for _ in range(3)))
    await world.withhold(order_id)

    assert world.debits() == 1
    assert await world.attempts(order_id) == 1


# What nobody knows


@pytest.mark.parametrize("trouble", [TimeoutError(), RuntimeError(), UNKNOWN], ids=["late", "broken", "unknown"])
async def test_one_nobody_knows_about_is_asked_and_never_sent_again(world: World, trouble: object) -> None:
    world.channel.debits, world.channel.queries = [trouble], [NOT_FOUND]
    order_id = await world.request()
    assert await world.withhold(order_id) is OrderStatus.PROCESSING
    world.hand.move(FINAL_AFTER - timedelta(seconds=1))
    assert await world.ask(order_id) is AttemptState.UNKNOWN
    assert await world.withhold(order_id) is OrderStatus.PROCESSING

    world.hand.move(timedelta(seconds=1))
    assert await world.ask(order_id) is AttemptState.NOT_FOUND

    assert ((await world.order(order_id)).status, world.debits()) == (OrderStatus.CLOSED, 1)


async def test_one_whose_process_died_is_asked_and_never_sent_again(world: World) -> None:
    order_id = await world.request()
    async with world.sessions.begin() as session:
        claimed = await withholding.claim(
            session, order_id=order_id, can=Debiting().capabilities, wanted=world.wanted, at=world.hand.at
        )
        assert not isinstance(claimed, Held)
    world.channel.queries = [NOT_FOUND]

    world.hand.move(CRASHED_AFTER)
    async with world.sessions.begin() as session:
        assert claimed.attempt.id in await janitor.due(session, at=world.hand.at)
    assert await world.ask(order_id) is AttemptState.SUBMITTING
    await world.withhold(order_id)
    world.hand.at = claimed.attempt.final_at
    assert await world.ask(order_id) is AttemptState.NOT_FOUND

    assert world.debits() == 0


async def test_one_that_died_after_the_money_moved_is_found_paid(world: World) -> None:
    order_id = await world.request()
    async with world.sessions.begin() as session:
        await withholding.claim(
            session, order_id=order_id, can=Debiting().capabilities, wanted=world.wanted, at=world.hand.at
        )
    world.channel.queries = [paid()]

    assert await world.ask(order_id) is AttemptState.SUCCEEDED
    assert (world.debits(), await world.booked()) == (0, 1000_00)


async def test_what_was_surely_not_sent_is_sent_again_under_its_number(world: World) -> None:
    over = asyncio.Event()

    def once_the_other_is_over(answer: PaymentResult) -> Callable[[], Awaitable[PaymentResult]]:
        async def says() -> PaymentResult:
            await over.wait()
            return answer

        return says

    again = [once_the_other_is_over(answer) for answer in (NOT_EXECUTED, PROCESSING)]
    world.channel.debits, world.channel.queries = [NOT_EXECUTED, *again], [NOT_FOUND]
    order_id = await world.request()
    await world.withhold(order_id)
    assert (await world.attempt(order_id)).state is AttemptState.SUBMITTING

    for asked in (2, 3):
        world.hand.move(timedelta(minutes=1))
        assert await world.ask(order_id) is AttemptState.SUBMITTING
        assert await world.announced("payments.withholding_requested") == asked
        over.clear()
        both = [asyncio.create_task(world.withhold(order_id)) for _ in range(2)]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await asyncio.gather(*both)

    attempt = await world.attempt(order_id)
    assert (attempt.state, attempt.final_at) == (AttemptState.PROCESSING, world.hand.at + FINAL_AFTER)
    assert len({(debit.order_no, debit.submitted_at) for debit in world.channel.debited}) == 1
    assert (world.debits(), await world.attempts(order_id)) == (3, 1)


async def test_the_right_to_send_again_is_used_up_by_taking_it(world: World) -> None:
    """A process that dies after taking it leaves a debit that may have been sent: it is asked about only."""
    world.channel.debits, world.channel.queries = [NOT_EXECUTED], [NOT_FOUND]
    order_id = await world.request()
    await world.withhold(order_id)
    async with world.sessions.begin() as session:
        again = await withholding.claim(
            session, order_id=order_id, can=Debiting().capabilities, wanted=world.wanted, at=world.hand.at
        )
        assert not isinstance(again, Held)

    await world.ask(order_id)
    await world.withhold(order_id)

    assert (world.debits(), await world.announced("payments.withholding_requested")) == (1, 1)


async def test_a_query_that_did_not_get_through_does_not_say_that_the_debit_did_not(world: World) -> None:
    order_id = await world.request()
    async with world.sessions.begin() as session:
        await withholding.claim(
            session, order_id=order_id, can=Debiting().capabilities, wanted=world.wanted, at=world.hand.at
        )
    world.channel.queries = [NOT_EXECUTED]

    await world.ask(order_id)
    await world.withhold(order_id)

    assert (world.debits(), (await world.attempt(order_id)).unsent) == (0, False)


@pytest.mark.parametrize("change", ["revoked", "paid", "late"])
async def test_what_is_no_longer_wanted_is_not_sent_again(world: World, change: str) -> None:
    world.channel.debits, world.channel.queries = [NOT_EXECUTED], [NOT_FOUND]
    order_id = await world.request()
    await world.withhold(order_id)
    if change == "revoked":
        await _revoke(world)
    elif change == "paid":
        world.owed_fen = 0
    else:
        world.hand.at = (await world.order(order_id)).expires_at

    await world.withhold(order_id)

    assert world.debits() == 1


# What it must not do


async def _revoke(world: World) -> None:
    await mandate_flows.revoke(
        world.sessions, world.hand.clock(), {}, mandate_id=world.mandate_id, borrower_id=world.debt.borrower_id
    )


async def test_a_revoked_mandate_is_never_debited(world: World) -> None:
    order_id = await world.request()
    await _revoke(world)

    assert await world.withhold(order_id) is OrderStatus.CLOSED
    assert world.debits() == 0


async def test_a_mandate_revoked_while_the_page_is_closed_is_not_debited(world: World) -> None:
    await world.open_page()

    async def revoked_meanwhile() -> CloseResult:
        await _revoke(world)
        return CloseResult.CLOSED

    world.page.closes = [revoked_meanwhile]

    assert await world.withhold(await world.request()) is OrderStatus.CLOSED
    assert world.debits() == 0


async def test_a_suspended_mandate_a_card_given_up_and_an_unable_channel_are_not_debited(world: World) -> None:
    for spoil in ("channel", "card", "mandate"):
        world.hand.move(timedelta(minutes=1))
        order_id = await world.request()
        offer = Debiting(capabilities=Capabilities()) if spoil == "channel" else None
        async with world.sessions.begin() as session:
            if spoil == "card":
                card_id = (await session.get_one(Mandate, world.mandate_id)).bank_card_id
                (await session.get_one(BankCard, card_id)).status = CardStatus.UNBINDING
            elif spoil == "mandate":
                await mandates.suspend(session, mandate_id=world.mandate_id, at=world.hand.at)

        assert await world.withhold(order_id, offer) is OrderStatus.CLOSED, spoil
    assert world.debits() == 0


async def test_no_more_than_the_cap_is_asked_for(world: World) -> None:
    with pytest.raises(ValueError, match="allows"):
        await world.request(amount_fen=50_000_01)


async def test_what_is_no_longer_owed_is_not_taken_and_the_page_stays_open(world: World) -> None:
    page = await world.open_page()
    order_id = await world.request()
    world.owed_fen = 999_99

    assert await world.withhold(order_id) is OrderStatus.CLOSED
    assert (world.debits(), "close" in world.page.operations()) == (0, False)
    assert (await world.attempt(page)).state is AttemptState.ACTION_REQUIRED


async def test_nobody_began_it_in_its_time(world: World) -> None:
    order_id = await world.request()
    world.hand.at = (await world.order(order_id)).expires_at

    assert await world.withhold(order_id) is OrderStatus.CLOSED
    assert world.debits() == 0
