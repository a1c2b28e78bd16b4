"""Money goes back: claim, call, record, whatever the channel and the network do, and however often it is tried."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from domain.ledger.models import Transfer
from domain.payments import flows, queries
from domain.payments.errors import RefundTooLarge, RefundUnderWay
from domain.payments.models import Refund, RefundState, Unplaced
from domain.payments.ports import Capabilities, ErrorCode, RefundAbility, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import giving_back, refunds, unplaced
from domain.payments.services.exchanges import record_exchange
from domain.shared.actors import SYSTEM
from domain.shared.db import Sessions
from tests.domain.payments.builders import NOW, FakeChannel, Hand, paid
from tests.domain.payments.refunds import (
    AT_IT,
    BACK,
    CAN,
    NEVER_SEEN,
    NO,
    NOBODY_KNOWS,
    OFFER,
    RefundingChannel,
    an_attempt,
    asked_back,
    fresh,
    put_aside,
    refund_notice,
)

LATER = CRASHED_AFTER + timedelta(seconds=1)


@pytest.fixture
def channel() -> RefundingChannel:
    return RefundingChannel()


async def _asked(sessions: Sessions) -> Refund:
    async with sessions.begin() as session:
        return await asked_back(session)


async def _go(
    sessions: Sessions, hand: Hand, channel: FakeChannel, refund: Refund, can: Capabilities = CAN
) -> RefundState:
    return await flows.refund(sessions, hand.clock(), channel, can, refund_id=refund.id)


async def _row(sessions: Sessions, refund: Refund) -> Refund:
    async with sessions() as session:
        return await fresh(session, refund)


async def _booked(sessions: Sessions, refund: Refund) -> int:
    async with sessions() as session:
        rows = select(func.count()).select_from(Transfer).where(Transfer.source == f"refund:{refund.id}")
        return await session.scalar(rows) or 0


async def test_it_is_sent_once_with_its_sums(sessions: Sessions, hand: Hand, channel: RefundingChannel) -> None:
    refund = await _asked(sessions)

    assert [await _go(sessions, hand, channel, refund) for _ in range(3)] == [RefundState.SUCCEEDED] * 3

    (told,) = channel.told
    assert (told.refund_no, told.amount_fen, told.total_fen) == (refund.refund_no, 1000_00, 1000_00)
    assert (told.payment.provider_no, told.submitted_at) == ("T1", hand.at)
    assert channel.operations() == ["refund"]
    assert await _booked(sessions, refund) == 1


async def test_it_is_committed_before_the_channel_hears_of_it(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    refund = await _asked(sessions)
    seen: list[str] = []

    async def look() -> RefundResult:
        seen.append((await _row(sessions, refund)).state)
        return BACK

    channel.refunds = [look]
    await _go(sessions, hand, channel, refund)

    assert seen == ["SUBMITTING"]


STATE_AS_TEXT = replace(BACK, state=cast("Any", "SUCCEEDED"))


@pytest.mark.parametrize(
    "nonsense",
    [RuntimeError("after the request left"), TimeoutError(), "SUCCEEDED", None, paid(), BACK.state, STATE_AS_TEXT],
    ids=["raises", "times out", "text", "nothing", "a payment", "a state alone", "a state as text"],
)
async def test_nonsense_is_unknown_and_asked_about(
    sessions: Sessions, hand: Hand, channel: RefundingChannel, nonsense: Any
) -> None:
    async def say() -> Any:
        if isinstance(nonsense, Exception):
            raise nonsense
        return nonsense

    channel.refunds = [say]
    refund = await _asked(sessions)

    assert await _go(sessions, hand, channel, refund) is RefundState.UNKNOWN
    assert await _booked(sessions, refund) == 0

    hand.move(LATER)
    assert await _go(sessions, hand, channel, refund) is RefundState.SUCCEEDED
    assert channel.operations() == ["refund", "query_refund"]
    assert await _booked(sessions, refund) == 1


async def test_one_whose_process_died_is_asked_about_before_it_is_sent_again_under_its_number(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    refund = await _asked(sessions)
    async with sessions.begin() as session:
        await giving_back.claim(session, refund_id=refund.id, can=CAN, at=hand.at)

    assert await _go(sessions, hand, channel, refund) is RefundState.SUBMITTING
    assert channel.operations() == [], "its process may still be at the call"

    channel.refund_queries = [NEVER_SEEN]
    hand.move(LATER)
    assert await _go(sessions, hand, channel, refund) is RefundState.SUCCEEDED
    assert channel.asked == [("query_refund", refund.refund_no), ("refund", refund.refund_no)]


async def test_one_that_died_after_the_money_went_back_is_found_and_not_sent_again(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    refund = await _asked(sessions)
    async with sessions.begin() as session:
        await giving_back.claim(session, refund_id=refund.id, can=CAN, at=hand.at)
    hand.move(LATER)

    assert await _go(sessions, hand, channel, refund) is RefundState.SUCCEEDED
    assert channel.operations() == ["query_refund"]


async def test_a_channel_that_calls_what_it_never_saw_under_way_is_told_again(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    channel.refunds, channel.refund_queries = [NOBODY_KNOWS, AT_IT], [AT_IT, AT_IT, BACK]
    refund = await _asked(sessions)

    states = [await _go(sessions, hand, channel, refund)]
    for _ in range(3):
        hand.move(LATER)
        states.append(await _go(sessions, hand, channel, refund))

    assert states == ["UNKNOWN", "PROCESSING", "PROCESSING", "SUCCEEDED"]
    assert channel.operations() == ["refund", "query_refund", "refund", "query_refund", "query_refund"]
    assert {number for _, number in channel.asked} == {refund.refund_no}


async def test_a_channel_that_answers_no_questions_is_told_again(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    can = Capabilities(refund=CAN.refund)
    channel.refunds = [NOBODY_KNOWS, BACK]
    refund = await _asked(sessions)
    await _go(sessions, hand, channel, refund, can)
    hand.move(LATER)

    assert await _go(sessions, hand, channel, refund, can) is RefundState.SUCCEEDED
    assert channel.operations() == ["refund", "refund"]


async def test_a_declined_one_is_not_sent_again(sessions: Sessions, hand: Hand, channel: RefundingChannel) -> None:
    channel.refunds = [NO]
    refund = await _asked(sessions)

    for _ in range(2):
        assert await _go(sessions, hand, channel, refund) is RefundState.DECLINED
        hand.move(LATER)
    assert channel.operations() == ["refund"]
    async with sessions() as session:
        assert len(await queries.unplaced(session, limit=10)) == 1


async def test_what_the_channel_does_not_offer_is_a_persons(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    refund = await _asked(sessions)

    assert await _go(sessions, hand, channel, refund, Capabilities()) is RefundState.DECLINED
    assert channel.operations() == []


async def test_it_is_not_taken_to_a_channel_that_is_not_its_own(sessions: Sessions, hand: Hand) -> None:
    refund = await _asked(sessions)

    with pytest.raises(ValueError, match="is with fake, not other"):
        await _go(sessions, hand, RefundingChannel("other"), refund)
    assert (await _row(sessions, refund)).state is RefundState.REQUESTED


async def test_money_under_a_number_we_never_gave_goes_back_by_what_the_channel_told(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    channel.refunds = [RefundResult(Told.SUCCEEDED, amount_fen=12_00)]
    async with sessions.begin() as session:
        await unplaced.keep_stray(session, channel="fake", order_no="STRANGE", result=paid(12_00), paid_at=NOW, at=NOW)
        row = (await session.scalars(select(Unplaced))).one()
        refund = await asked_back(session, row)

    assert await _go(sessions, hand, channel, refund) is RefundState.SUCCEEDED
    (told,) = channel.told
    assert (told.payment.order_no, told.payment.provider_no, told.total_fen) == ("STRANGE", "T1", 12_00)
    async with sessions() as session:
        assert not await queries.unplaced(session, limit=10)


async def test_what_is_exchanged_about_it_is_kept_with_its_payment(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    async def answer() -> RefundResult:
        await record_exchange(sessions, _Exchange())
        return BACK

    refund = await _asked(sessions)
    channel.refunds = [answer]
    await _go(sessions, hand, channel, refund)

    async with sessions() as session:
        (kept,) = await queries.exchanges_of(session, refund.attempt_id)  # type: ignore[arg-type]  # of an attempt
    assert (kept.operation, kept.refund_id) == ("refund", refund.id)


@dataclass(frozen=True)
class _Exchange:
    code: str = "fake"
    method: str = "POST"
    url: str = "https://pay.example"
    request: str = ""
    at: datetime = NOW
    duration_ms: int = 1
    status: int | None = 200
    response: str = ""
    failure: str = ""


# Notices


async def _order_no(sessions: Sessions, refund: Refund) -> str:
    async with sessions() as session:
        return (await session.get_one(Unplaced, refund.unplaced_id)).order_no


async def test_a_notice_of_a_refund_is_applied_by_its_number_once(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    channel.refunds = [AT_IT]
    refund = await _asked(sessions)
    await _go(sessions, hand, channel, refund)
    order_no = await _order_no(sessions, refund)

    answers = [
        await flows.receive_notice(
            sessions, hand.clock(), channel, refund_notice(order_no, refund.refund_no, 1000_00, nonce=nonce)
        )
        for nonce in (1, 1, 2)
    ]

    assert [answer.body for answer in answers] == [b"ACCEPTED", b"DUPLICATE", b"ACCEPTED"]
    assert (await _row(sessions, refund)).state is RefundState.SUCCEEDED
    assert await _booked(sessions, refund) == 1


async def test_a_notice_of_too_little_moves_nothing_and_has_the_channel_asked(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    channel.refunds = [AT_IT]
    refund = await _asked(sessions)
    await _go(sessions, hand, channel, refund)
    notice = refund_notice(await _order_no(sessions, refund), refund.refund_no, 999_99)

    answer = await flows.receive_notice(sessions, hand.clock(), channel, notice)

    row = await _row(sessions, refund)
    assert (answer.body, row.state, row.ask_at) == (b"REJECTED", RefundState.PROCESSING, hand.at)


async def test_a_notice_that_names_the_payment_only_has_its_refunds_asked_about(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    channel.refunds = [AT_IT]
    refund = await _asked(sessions)
    await _go(sessions, hand, channel, refund)
    hand.move(timedelta(seconds=1))

    await flows.receive_notice(
        sessions, hand.clock(), channel, refund_notice(await _order_no(sessions, refund), None, 1000_00)
    )

    row = await _row(sessions, refund)
    assert (row.state, row.ask_at) == (RefundState.PROCESSING, hand.at)


# Two at once


async def test_two_workers_at_once_send_it_once(sessions: Sessions, hand: Hand, channel: RefundingChannel) -> None:
    refund = await _asked(sessions)

    async def slow() -> RefundResult:
        await asyncio.sleep(0.05)
        return BACK

    channel.refunds = [slow]
    await asyncio.gather(*(_go(sessions, hand, channel, refund) for _ in range(4)))

    assert channel.operations() == ["refund"]
    assert await _booked(sessions, refund) == 1


async def test_two_who_decide_on_the_same_money_at_once_make_one_refund(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        row = await put_aside(session)

    async def decide() -> Refund:
        async with sessions.begin() as session:
            made = await refunds.of_unplaced(
                session, unplaced_id=row.id, reason="twice", by=SYSTEM, channel=OFFER, at=NOW
            )
            await asyncio.sleep(0.05)  # hold the payment, so that the other surely comes meanwhile
            return made

    outcomes = await asyncio.gather(decide(), decide(), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [Refund.__name__, RefundUnderWay.__name__]


async def test_two_at_once_never_give_back_more_than_came(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        attempt = await an_attempt(session, fen=100_00)

    async def back() -> Refund:
        async with sessions.begin() as session:
            made = await refunds.of_excess(
                session, attempt_id=attempt.id, amount_fen=60_00, reason="too much", by=SYSTEM, at=NOW
            )
            await asyncio.sleep(0.05)
            return made

    outcomes = await asyncio.gather(back(), back(), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [Refund.__name__, RefundTooLarge.__name__]


async def test_a_notice_and_the_answer_at_once_book_it_once(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    refund = await _asked(sessions)
    order_no = await _order_no(sessions, refund)

    async def meanwhile() -> RefundResult:
        await flows.receive_notice(sessions, hand.clock(), channel, refund_notice(order_no, refund.refund_no, 1000_00))
        return BACK

    channel.refunds = [meanwhile]

    assert await _go(sessions, hand, channel, refund) is RefundState.SUCCEEDED
    assert await _booked(sessions, refund) == 1


async def test_a_part_needs_a_channel_that_gives_parts(
    sessions: Sessions, hand: Hand, channel: RefundingChannel
) -> None:
    async with sessions.begin() as session:
        attempt = await an_attempt(session, fen=100_00)
        part = await refunds.of_excess(
            session, attempt_id=attempt.id, amount_fen=1, reason="too much", by=SYSTEM, at=NOW
        )
    whole_only = Capabilities(refund=frozenset({RefundAbility.FULL}))

    assert await _go(sessions, hand, channel, part, whole_only) is RefundState.DECLINED
    row = await _row(sessions, part)
    assert row.error is not None
    assert row.error["code"] == ErrorCode.NOT_REFUNDABLE
