"""A batch that surely was not sent is sent again as it was, or given up."""

import asyncio
from datetime import timedelta

from domain.payments.ports import BatchResult, ChannelError, ErrorCode, ErrorKind
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.batching import SETTLES, BatchState
from tests.domain.payments.batches import Town, taken, telling
from tests.domain.payments.builders import NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, paid
from tests.domain.payments.flows.batches.words import UNDER_WAY, A

REFUSED_CONNECTION = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)


async def test_a_batch_that_was_surely_not_sent_is_sent_again_as_it_was(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION), telling(paid(), paid(), paid())]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    batch = await town.batch()
    assert (batch.state, await town.states()) == (BatchState.UNSENT, [A.SUBMITTING] * 3)
    for each in order_ids:
        assert await town.withhold(each) is UNDER_WAY
    assert (await town.attempt(order_ids[0])).unsent is False

    town.hand.move(timedelta(minutes=1))
    assert await town.due() == ([], [batch.id])
    assert await town.ask(batch) == BatchState.DONE

    first, second = town.channel.sent
    assert (first, town.debits(), await town.booked()) == (second, 0, [1000_00] * 3)


async def test_two_that_take_up_an_unsent_batch_send_it_once(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION), taken()]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    await town.withhold((await town.request())[0])
    batch = await town.batch()

    await asyncio.gather(*(town.ask(batch) for _ in range(3)))

    assert len(town.channel.sent) == 2
    assert (await town.batch()).state is BatchState.SENT


async def test_when_one_of_an_unsent_batch_may_not_go_any_more_the_others_go_alone(town: Town) -> None:
    town.channel.batches = [telling(NOT_EXECUTED, NOT_EXECUTED, NOT_EXECUTED, error=REFUSED_CONNECTION)]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    town.unwanted, town.channel.debits, town.channel.queries = {order_ids[1]}, [paid()], [NOT_FOUND]
    before = [(await town.attempt(each)).order_no for each in order_ids]

    assert await town.ask(await town.batch()) == BatchState.NOT_SENT

    requested = (await town.announced("payments.withholding_requested"))[-3:]
    assert {each["order_id"] for each in requested} == {str(each) for each in order_ids}
    for each in order_ids * 2:
        await town.withhold(each)
    assert [debit.order_no for debit in town.channel.debited] == [before[0], before[2]]
    assert (await town.booked(), len(town.channel.sent)) == ([1000_00, 0, 1000_00], 1)
    town.hand.move(CALL_LIMIT + SETTLES)
    assert await town.ask_alone(order_ids[1]) is A.NOT_FOUND


async def test_what_is_not_sent_in_its_time_is_given_up_and_asked_about_to_its_end(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION)]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    town.channel.queries = [NOT_FOUND]
    order_ids = await town.request()
    await town.withhold(order_ids[0])

    town.hand.move(timedelta(hours=8))
    assert await town.ask(await town.batch()) == BatchState.NOT_SENT

    for each in order_ids:
        await town.withhold(each)
        assert await town.ask_alone(each) is A.NOT_FOUND
    assert (town.debits(), len(town.channel.sent)) == (0, 1)


async def test_a_query_that_finds_it_after_all_keeps_it_from_being_sent_again(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION)]
    await town.withhold((await town.request())[0])
    town.channel.batch_queries = [telling(PROCESSING, None, None)]

    assert await town.ask(await town.batch()) == BatchState.SENT
    assert len(town.channel.sent) == 1


async def test_a_refusal_of_one_is_no_proof_that_the_batch_was_not_sent(town: Town) -> None:
    town.channel.batches = [telling(UNKNOWN, NOT_EXECUTED, NOT_EXECUTED, error=REFUSED_CONNECTION)]
    await town.withhold((await town.request())[0])
    assert (await town.batch()).state is BatchState.UNKNOWN
