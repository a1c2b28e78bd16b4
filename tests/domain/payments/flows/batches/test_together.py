"""Which debits go together, and who is left out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.payments import queries
from domain.payments.flows import batching
from domain.payments.models import ChannelExchange, Mandate, PaymentAttempt, PaymentOrder
from domain.payments.ports import CloseResult
from domain.payments.queries import batches as rows
from domain.payments.rules.batching import BatchState
from domain.payments.services import mandates
from domain.shared.db import Sessions
from tests.domain.payments.batches import Town, a_town, telling, telling_all
from tests.domain.payments.builders import PROCESSING, paid
from tests.domain.payments.flows.batches.words import CLOSED, FAILED, PAID, UNDER_WAY, WAITING
from tests.domain.payments.mandates import refused

# Together


async def test_what_waits_for_a_channel_goes_to_it_in_one_request(town: Town) -> None:
    first, second, third = await town.request()

    assert await town.withhold(second) is UNDER_WAY

    (sent,), batch = town.channel.sent, await town.batch()
    debits = [await town.attempt(each) for each in (first, second, third)]
    assert town.channel.operations() == ["batch"]
    assert [item.order_no for item in sent.items] == [attempt.order_no for attempt in debits]
    assert [(attempt.batch_no, attempt.batch_position) for attempt in debits] == [(sent.batch_no, n) for n in range(3)]
    assert {item.submitted_at for item in sent.items} == {sent.submitted_at} == {batch.submitted_at}
    assert (batch.state, batch.items, batch.total_fen) == (BatchState.SENT, 3, 3000_00)
    assert {(item.token, item.amount_fen, item.due_date) for item in sent.items} == {
        ("T-1", 1000_00, debits[0].submitted_at.date())
    }


async def test_its_number_has_the_day_and_the_count_in_it_and_letters_and_digits_only(town: Town) -> None:
    await town.withhold((await town.request())[0])

    number = town.channel.sent[0].batch_no
    assert (len(number), number.isalnum(), number[:10]) == (24, True, "BA20260302")
    assert int(number[10:16]) > 0


async def test_each_of_its_debits_ends_as_its_own_result_says(town: Town) -> None:
    town.channel.batches = [telling(paid(), refused(), PROCESSING, complete=False)]
    order_ids = await town.request()

    await town.withhold(order_ids[0])

    assert await town.statuses(order_ids) == [PAID, FAILED, UNDER_WAY]
    assert await town.booked() == [1000_00, 0, 0]
    assert len(await town.announced("payments.withholding_declined")) == 1
    assert len(await town.announced("payments.settled")) == 1


async def test_the_others_deliveries_find_it_done(town: Town) -> None:
    order_ids = await town.request()

    for _ in range(2):
        for each in order_ids:
            assert await town.withhold(each) is UNDER_WAY

    assert town.channel.operations() == ["batch"]


async def test_workers_that_gather_the_same_debits_send_each_once(town: Town) -> None:
    order_ids = await town.request()

    await asyncio.gather(*(town.withhold(each) for each in order_ids * 2))

    numbers = [item.order_no for batch in town.channel.sent for item in batch.items]
    assert (len(numbers), len(set(numbers)), town.debits()) == (3, 3, 0)
    assert await town.statuses(order_ids) == [UNDER_WAY] * 3


async def test_a_gathering_and_a_debit_alone_at_the_same_time_make_each_debit_once(town: Town) -> None:
    for _ in range(4):
        town.hand.move(timedelta(hours=9))
        town.channel.batches, town.channel.debits = [telling_all(paid())], [paid()]
        order_ids = await town.request()
        alone = Town(town.sessions, town.code, town.borrowers)
        alone.hand, alone.channel = town.hand, town.channel
        object.__setattr__(alone.offer.capabilities, "batch_autodebit", 0)

        await asyncio.gather(town.withhold(order_ids[0]), alone.withhold(order_ids[1]), town.withhold(order_ids[2]))

        numbers = [item.order_no for batch in town.channel.sent for item in batch.items]
        numbers += [debit.order_no for debit in town.channel.debited]
        assert len(numbers) == len(set(numbers))
        assert await town.statuses(order_ids) == [PAID] * 3
    assert await town.booked() == [4 * 1000_00] * 3


async def test_fewer_than_the_least_go_alone(sessions: Sessions) -> None:
    town = await a_town(sessions, borrowers=1)
    (order_id,) = await town.request()

    await town.withhold(order_id)

    assert (town.channel.operations(), await town.batches()) == (["debit"], [])


async def test_a_channel_that_takes_no_batches_is_sent_none(town: Town) -> None:
    object.__setattr__(town.offer.capabilities, "batch_autodebit", 0)
    for each in await town.request():
        await town.withhold(each)
    assert town.channel.operations() == ["debit"] * 3


async def test_no_more_go_together_than_the_channel_takes(town: Town) -> None:
    object.__setattr__(town.offer.capabilities, "batch_autodebit", 2)
    for each in await town.request():
        await town.withhold(each)
    assert town.channel.operations() == ["batch", "debit"]


async def test_who_finds_another_at_it_waits_and_then_takes_what_he_left(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "_PAUSE_SECONDS", 0.01)
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        assert await rows.may_gather(session, town.code)
        waiting = asyncio.create_task(town.withhold(order_ids[0]))
        await asyncio.sleep(0.05)
        assert town.channel.sent == []

    assert await waiting is UNDER_WAY
    assert [len(batch.items) for batch in town.channel.sent] == [3]


async def test_who_waits_too_long_for_another_is_debited_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_TRIES", 2)
    monkeypatch.setattr(batching, "_PAUSE_SECONDS", 0.01)
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        assert await rows.may_gather(session, town.code)
        assert await town.withhold(order_ids[0]) is UNDER_WAY

    assert town.channel.operations() == ["debit"]


# Who is left out


async def test_whoever_may_not_be_debited_now_is_left_out_and_the_others_go(town: Town) -> None:
    order_ids = await town.request()
    town.unwanted = {order_ids[1]}

    for each in order_ids:
        await town.withhold(each)

    assert [len(batch.items) for batch in town.channel.sent] == [2]
    assert (await town.statuses(order_ids), town.debits()) == ([UNDER_WAY, CLOSED, UNDER_WAY], 0)


async def test_a_mandate_that_was_revoked_is_left_out(town: Town) -> None:
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        mandate = await session.get_one(Mandate, town.borrowers[0].mandate_id)
        await mandates.revoke_of_card(session, card_id=mandate.bank_card_id, at=town.hand.at)

    await town.withhold(order_ids[2])

    assert await town.statuses(order_ids) == [WAITING, UNDER_WAY, UNDER_WAY]


async def test_an_open_page_is_closed_first_and_its_loan_is_debited_alone(town: Town) -> None:
    order_ids = await town.request()
    page = await town.open_page(town.borrowers[1].debt)
    town.channel.debits = [paid()]

    for each in order_ids:
        await town.withhold(each)

    assert [len(batch.items) for batch in town.channel.sent] == [2]
    assert (town.page.operations(), await town.statuses([page])) == (["create", "close"], [CLOSED])
    assert await town.statuses(order_ids) == [UNDER_WAY, PAID, UNDER_WAY]


async def test_a_page_that_was_paid_meanwhile_is_found_and_nobody_is_debited_for_it(town: Town) -> None:
    order_ids = await town.request()
    await town.open_page(town.borrowers[1].debt)
    town.page.closes, town.page.queries = [CloseResult.ALREADY_PAID], [paid()]

    for each in order_ids:
        await town.withhold(each)

    assert ([len(batch.items) for batch in town.channel.sent], town.debits()) == ([2], 0)
    assert (await town.statuses(order_ids), await town.booked()) == ([UNDER_WAY, CLOSED, UNDER_WAY], [0, 1000_00, 0])


async def test_one_whose_mandate_cannot_be_opened_keeps_nobody_from_his_debit(town: Town) -> None:
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        (await session.get_one(Mandate, town.borrowers[0].mandate_id)).token_sealed = b"broken"

    assert await town.withhold(order_ids[1]) is UNDER_WAY

    assert (town.debits(), await town.batches()) == (1, [])
    assert await town.statuses(order_ids) == [WAITING, UNDER_WAY, WAITING]


# What can be looked up


async def test_what_was_said_about_a_batch_was_said_about_each_of_its_debits(town: Town) -> None:
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    batch = await town.batch()
    async with town.sessions.begin() as session:
        session.add(
            ChannelExchange(
                channel=town.code,
                batch_id=batch.id,
                operation="debit_batch",
                request={},
                outcome="ANSWERED",
                duration_ms=1,
                at=town.hand.at,
            )
        )

    async with town.sessions() as session:
        for each in order_ids:
            attempt = await town.attempt(each)
            ((exchange, _),) = await queries.exchanges_about(session, [attempt.id], limit=9)
            assert exchange.operation == "debit_batch"


async def test_an_order_of_another_run_is_never_in_two_batches(town: Town) -> None:
    await town.withhold((await town.request())[0])
    town.hand.move(timedelta(hours=7))
    again = await town.request()

    for each in again:
        await town.withhold(each)

    assert len(town.channel.sent) == 1
    async with town.sessions() as session:
        live = select(PaymentAttempt).join(PaymentOrder, PaymentOrder.id == PaymentAttempt.order_id)
        loans = [each.debt.loan_id for each in town.borrowers]
        assert len((await session.scalars(live.where(PaymentAttempt.loan_id.in_(loans)))).all()) == 3
