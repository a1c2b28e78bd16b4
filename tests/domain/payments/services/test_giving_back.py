"""A refund on its way: claimed once, moved by what is learnt of it, booked once when the money went back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.models import Entry, Transfer
from domain.ledger.queries import trial_balance
from domain.payments import queries
from domain.payments.models import Refund, RefundChange, RefundState, Resolution
from domain.payments.ports import Capabilities, ErrorCode, RefundAbility, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import giving_back, refunds
from domain.payments.services.attempts import Source
from domain.shared.actors import SYSTEM
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import NOW
from tests.domain.payments.refunds import (
    AT_IT,
    BACK,
    CAN,
    NO,
    NOBODY_KNOWS,
    an_attempt,
    asked_back,
    put_aside,
)


async def _sent(session: AsyncSession) -> Refund:
    refund = await asked_back(session)
    assert await giving_back.claim(session, refund_id=refund.id, can=CAN, at=NOW) is refund
    return refund


async def _told(
    session: AsyncSession, refund: Refund, *results: RefundResult, at: datetime = NOW, source: Source = Source.NOTICE
) -> giving_back.Applied:
    for result in results:
        applied = await giving_back.apply_result(session, refund_id=refund.id, result=result, source=source, at=at)
    return applied


async def _booked(session: AsyncSession, refund: Refund) -> dict[str, tuple[str, int]]:
    rows = await session.execute(
        select(Entry.account_code, Entry.side, Entry.amount_fen)
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .where(Transfer.source == f"refund:{refund.id}")
    )
    return {code: (side.value, fen) for code, side, fen in rows}


async def _balance(session: AsyncSession, code: str) -> int:
    return next(each.balance_fen for each in await trial_balance(session) if each.code == code)


async def _announced(session: AsyncSession) -> int:
    rows = select(func.count()).select_from(OutboxRow).where(OutboxRow.topic == "payments.refunded")
    return await session.scalar(rows) or 0


async def test_it_is_claimed_once(session: AsyncSession) -> None:
    refund = await _sent(session)

    assert (refund.state, refund.submitted_at, refund.ask_at) == (RefundState.SUBMITTING, NOW, NOW + CRASHED_AFTER)
    assert await giving_back.claim(session, refund_id=refund.id, can=CAN, at=NOW) is None


async def test_money_that_went_back_is_booked_once_and_announced_once(session: AsyncSession) -> None:
    refund = await _sent(session)
    before = await _balance(session, "clearing.fake")
    await _told(session, refund, AT_IT, BACK, BACK, NOBODY_KNOWS, NO, BACK)

    assert (refund.state, refund.ask_at, refund.provider_no) == (RefundState.SUCCEEDED, None, "R1")
    assert await _booked(session, refund) == {
        "suspense.payments": ("DEBIT", 1000_00),
        "clearing.fake": ("CREDIT", 1000_00),
    }
    assert await _balance(session, "clearing.fake") == before - 1000_00
    assert await _balance(session, "suspense.payments") == 0
    assert await _announced(session) == 1


async def test_its_value_date_is_the_channels_shanghai_day_within_reason(session: AsyncSession) -> None:
    refund = await _sent(session)
    told = RefundResult(Told.SUCCEEDED, amount_fen=1000_00, refunded_at=datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    await _told(session, refund, told, at=NOW + timedelta(days=3))

    transfer = (await session.scalars(select(Transfer).where(Transfer.source == f"refund:{refund.id}"))).one()
    assert (transfer.value_date, transfer.booking_date) == (date(2026, 3, 3), date(2026, 3, 5))


async def test_a_moment_before_it_was_sent_is_not_believed(session: AsyncSession) -> None:
    refund = await _sent(session)
    await _told(session, refund, RefundResult(Told.SUCCEEDED, amount_fen=1000_00, refunded_at=NOW - timedelta(days=9)))

    assert refund.refunded_at == NOW


async def test_a_decline_that_went_through_all_the_same_is_booked(session: AsyncSession) -> None:
    refund = await _sent(session)
    row = await queries.unplaced_row(session, refund.unplaced_id)  # type: ignore[arg-type]  # of the work list
    await _told(session, refund, NO)
    assert (refund.state, row.resolution) == (RefundState.DECLINED, None)
    assert not await _booked(session, refund)

    await _told(session, refund, BACK)

    assert (refund.state, row.resolution) == (RefundState.SUCCEEDED, Resolution.REFUNDED)
    assert await _booked(session, refund)


async def test_every_word_that_changed_it_or_could_not_be_is_kept(session: AsyncSession) -> None:
    refund = await _sent(session)
    await _told(session, refund, NOBODY_KNOWS, AT_IT, RefundResult(Told.SUCCEEDED, amount_fen=1), BACK)
    changes = (await queries.changes_by_refund(session, [refund.id]))[refund.id]

    assert [(each.before, each.after, "contradicts" in each.facts) for each in changes] == [
        ("SUBMITTING", "UNKNOWN", False),
        ("UNKNOWN", "PROCESSING", False),
        ("PROCESSING", "PROCESSING", True),
        ("PROCESSING", "SUCCEEDED", False),
    ]


@pytest.mark.parametrize("statement", ["UPDATE refund_changes SET told = ''", "DELETE FROM refund_changes"])
async def test_what_was_learnt_is_never_rewritten(session: AsyncSession, statement: str) -> None:
    await _told(session, await _sent(session), BACK)

    with pytest.raises(DBAPIError, match="append only"):
        await session.execute(text(statement))
    assert RefundChange.__tablename__ in statement


@pytest.mark.parametrize(
    "can",
    [
        Capabilities(),
        Capabilities(refund=frozenset({RefundAbility.PARTIAL})),
    ],
    ids=["nothing", "parts only"],
)
async def test_what_the_channel_does_not_offer_is_declined_without_asking_it(
    session: AsyncSession, can: Capabilities
) -> None:
    refund = await asked_back(session)

    assert await giving_back.claim(session, refund_id=refund.id, can=can, at=NOW) is None
    assert (refund.state, refund.ask_at) == (RefundState.DECLINED, None)
    assert refund.error is not None
    assert refund.error["code"] == ErrorCode.NOT_REFUNDABLE


async def test_the_janitor_announces_what_is_due_and_goes_a_step_down_the_ladder(session: AsyncSession) -> None:
    refund = await _sent(session)
    assert await giving_back.due(session, at=NOW) == []

    later = NOW + CRASHED_AFTER
    assert await giving_back.due(session, at=later) == [refund.id]
    assert (refund.asks, refund.ask_at) == (1, later + timedelta(seconds=15))
    assert await giving_back.due(session, at=later) == []


async def test_one_that_was_never_sent_is_due_too(session: AsyncSession) -> None:
    refund = await asked_back(session)

    assert await giving_back.due(session, at=NOW + CRASHED_AFTER) == [refund.id]


async def test_excess_that_went_back_is_booked_by_its_loan_and_expected_in_clearing_until_then(
    session: AsyncSession,
) -> None:
    attempt = await an_attempt(session)
    refund = await refunds.of_excess(
        session, attempt_id=attempt.id, amount_fen=10_00, reason="too much", by=SYSTEM, at=NOW
    )
    await giving_back.claim(session, refund_id=refund.id, can=CAN, at=NOW)
    expected = await queries.clearing_expected(session)
    await _told(session, refund, RefundResult(Told.SUCCEEDED, amount_fen=10_00))

    assert await _announced(session) == 1
    assert not await _booked(session, refund)
    assert await queries.clearing_expected(session) == expected
    await session.execute(text("UPDATE outbox SET state = 'DONE'"))
    assert (await queries.clearing_expected(session))["fake"] == expected["fake"] - 10_00


async def test_clearing_is_what_came_less_what_went_back(session: AsyncSession) -> None:
    before = (await queries.clearing_expected(session)).get("fake", 0)
    await put_aside(session)
    await _told(session, await _sent(session), BACK)

    assert (await queries.clearing_expected(session))["fake"] == before + 1000_00
