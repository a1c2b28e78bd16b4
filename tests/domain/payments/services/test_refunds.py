"""Asking money back: from the work list by a person or by itself, never more than came, never twice."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.errors import (
    AlreadyResolved,
    MoneyInSuspense,
    NothingToResolve,
    RefundNotOffered,
    RefundTooLarge,
    RefundUnderWay,
    UnplacedNotFound,
)
from domain.payments.models import RefundPurpose, RefundState, Resolution, Unplaced, UnplacedReason
from domain.payments.ports import RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.services import giving_back, refunds, unplaced
from domain.payments.services.attempts import Source
from domain.shared.actors import SYSTEM
from domain.shared.ids import new_id
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import NOW, Offer, paid
from tests.domain.payments.refunds import (
    BACK,
    CAN,
    NO,
    OFFER,
    an_attempt,
    asked_back,
    let_go_by_itself,
    put_aside,
)


async def _topics(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(OutboxRow.topic).order_by(OutboxRow.id)))


async def test_a_person_asks_money_on_the_list_back_and_it_stays_there_until_it_went(session: AsyncSession) -> None:
    row = await put_aside(session, reason=UnplacedReason.WRONG_AMOUNT)
    refund = await asked_back(session, row)

    assert (refund.state, refund.purpose, refund.amount_fen) == (
        RefundState.REQUESTED,
        RefundPurpose.WRONG_AMOUNT,
        1000_00,
    )
    assert refund.number.startswith("RF20260302")
    assert refund.refund_no.isalnum()
    assert 8 <= len(refund.refund_no) <= 40
    assert row.resolution is None
    assert (await _topics(session)).count("payments.refund_requested") == 1


async def test_money_that_goes_back_is_not_sent_back_again(session: AsyncSession) -> None:
    row = await put_aside(session)
    first = await asked_back(session, row)

    with pytest.raises(RefundUnderWay, match=first.number):
        await asked_back(session, row)


async def test_money_that_went_back_is_resolved(session: AsyncSession) -> None:
    row = await put_aside(session)
    refund = await asked_back(session, row)
    await giving_back.claim(session, refund_id=refund.id, can=CAN, at=NOW)
    await giving_back.apply_result(session, refund_id=refund.id, result=BACK, source=Source.ANSWER, at=NOW)

    assert (row.resolution, row.resolved_at, row.resolved_by) == (Resolution.REFUNDED, NOW, "SYSTEM")
    with pytest.raises(AlreadyResolved, match="REFUNDED"):
        await asked_back(session, row)


async def test_a_declined_refund_may_be_asked_again_under_a_new_number(session: AsyncSession) -> None:
    row = await put_aside(session)
    first = await asked_back(session, row)
    await giving_back.claim(session, refund_id=first.id, can=CAN, at=NOW)
    await giving_back.apply_result(session, refund_id=first.id, result=NO, source=Source.ANSWER, at=NOW)
    second = await asked_back(session, row)

    assert first.state is RefundState.DECLINED
    assert second.refund_no != first.refund_no


async def test_a_channel_that_gives_nothing_back_is_refused_by_name(session: AsyncSession) -> None:
    row = await put_aside(session)

    for channel in (Offer(), None):
        with pytest.raises(RefundNotOffered, match="fake"):
            await refunds.of_unplaced(session, unplaced_id=row.id, reason="twice", by=SYSTEM, channel=channel, at=NOW)


async def test_all_that_goes_back_never_passes_what_came(session: AsyncSession) -> None:
    attempt = await an_attempt(session, fen=100_00)

    async def back(fen: int) -> None:
        await refunds.of_excess(session, attempt_id=attempt.id, amount_fen=fen, reason="too much", by=SYSTEM, at=NOW)

    await back(60_00)
    with pytest.raises(RefundTooLarge, match=r"40\.00"):
        await back(40_01)
    await back(40_00)
    with pytest.raises(RefundTooLarge):
        await back(1)
    assert await refunds.room_fen(session, attempt_id=attempt.id, channel=OFFER, wanted_fen=1) == 0


async def test_a_declined_refund_leaves_its_room_to_others(session: AsyncSession) -> None:
    attempt = await an_attempt(session, fen=100_00)
    first = await refunds.of_excess(
        session, attempt_id=attempt.id, amount_fen=100_00, reason="too much", by=SYSTEM, at=NOW
    )
    await giving_back.claim(session, refund_id=first.id, can=CAN, at=NOW)
    await giving_back.apply_result(session, refund_id=first.id, result=NO, source=Source.ANSWER, at=NOW)

    assert await refunds.room_fen(session, attempt_id=attempt.id, channel=OFFER, wanted_fen=500_00) == 100_00


async def test_what_was_paid_twice_goes_back_by_itself_once(session: AsyncSession) -> None:
    await let_go_by_itself(session, "DOUBLE")
    row = await put_aside(session)
    assert "payments.put_aside" in await _topics(session)

    refund = await refunds.by_itself(session, unplaced_id=row.id, at=NOW)

    assert refund is not None
    assert (refund.purpose, refund.requested_by) == (RefundPurpose.DOUBLE_PAYMENT, "SYSTEM")
    assert await refunds.by_itself(session, unplaced_id=row.id, at=NOW) is None


@pytest.mark.parametrize("reason", [UnplacedReason.WRONG_AMOUNT, UnplacedReason.LOAN_CANNOT_TAKE_IT])
async def test_what_policy_does_not_name_waits_for_a_person(session: AsyncSession, reason: UnplacedReason) -> None:
    await let_go_by_itself(session, "DOUBLE")
    row = await put_aside(session, reason=reason)

    assert await refunds.by_itself(session, unplaced_id=row.id, at=NOW) is None


async def test_a_refund_that_the_channel_declined_is_not_begun_anew_by_itself(session: AsyncSession) -> None:
    await let_go_by_itself(session, "DOUBLE")
    row = await put_aside(session)
    refund = await refunds.by_itself(session, unplaced_id=row.id, at=NOW)
    assert refund is not None
    assert await giving_back.claim(session, refund_id=refund.id, can=Offer().capabilities, at=NOW) is None

    assert (refund.state, row.resolution) == (RefundState.DECLINED, None)
    assert await refunds.by_itself(session, unplaced_id=row.id, at=NOW) is None


async def _stray(session: AsyncSession, fen: int | None, currency: str = "CNY") -> Unplaced:
    await unplaced.keep_stray(
        session, channel="fake", order_no="STRANGE1", result=paid(fen or 0, currency), paid_at=NOW, at=NOW
    )
    return (await session.scalars(select(Unplaced).where(Unplaced.order_no == "STRANGE1"))).one()


async def test_money_under_a_number_we_never_gave_goes_back_under_that_number(session: AsyncSession) -> None:
    row = await _stray(session, 12_00)
    refund = await asked_back(session, row)

    assert (refund.attempt_id, refund.loan_id, refund.amount_fen) == (None, None, 12_00)
    assert refund.purpose is RefundPurpose.UNPLACED
    with pytest.raises(RefundUnderWay):
        await asked_back(session, row)


async def test_what_the_books_hold_nothing_of_is_only_closed(session: AsyncSession) -> None:
    row = await _stray(session, 12_00, "USD")

    with pytest.raises(NothingToResolve):
        await asked_back(session, row)
    closed = await unplaced.close(session, unplaced_id=row.id, reason="sent back by hand", by=SYSTEM, at=NOW)

    assert (closed.resolution, closed.resolution_reason) == (Resolution.CLOSED, "sent back by hand")
    with pytest.raises(AlreadyResolved):
        await unplaced.close(session, unplaced_id=row.id, reason="again", by=SYSTEM, at=NOW)


async def test_money_in_suspense_is_not_closed_away(session: AsyncSession) -> None:
    row = await put_aside(session)

    with pytest.raises(MoneyInSuspense, match=r"1000\.00"):
        await unplaced.close(session, unplaced_id=row.id, reason="away", by=SYSTEM, at=NOW)


async def test_a_row_that_is_not_there_is_refused(session: AsyncSession) -> None:
    with pytest.raises(UnplacedNotFound):
        await refunds.of_unplaced(session, unplaced_id=new_id(), reason="?", by=SYSTEM, channel=OFFER, at=NOW)


async def test_a_refund_is_known_by_its_number_at_its_channel(session: AsyncSession) -> None:
    refund = await asked_back(session)

    assert await queries.refund_numbered(session, "fake", refund.refund_no) == refund.id
    assert await queries.refund_numbered(session, "other", refund.refund_no) is None
    result = RefundResult(Told.SUCCEEDED, amount_fen=1000_00)
    applied = await giving_back.apply_result(session, refund_id=refund.id, result=result, source=Source.BILL, at=NOW)
    assert applied.verdict.contradicts, "nothing was sent yet"
