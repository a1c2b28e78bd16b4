"""What a plugin says beside the sum may be nonsense: the money is booked all the same."""

from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import AttemptState, RefundState, Unplaced
from domain.payments.ports import PaymentResult, PaymentState, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.services import attempts, giving_back, unplaced
from domain.payments.services.attempts import Source
from tests.domain.payments.builders import NOW, an_order, received_fen
from tests.domain.payments.refunds import CAN, asked_back

NONSENSE: list[dict[str, Any]] = [
    {"provider_no": 2026112122001},
    {"provider_no": "T\0"},
    {"payer_id_masked": 138},
    {"paid_at": "2026-03-02 10:00:00"},
    {"paid_at": NOW.replace(tzinfo=None)},
    {"channel_state": {"a": object()}},
    {"channel_state": "txnTime"},
]
NAMES = ["number", "nul", "payer", "time as text", "time without zone", "state", "state as text"]


def _paid(**said: Any) -> PaymentResult:
    return PaymentResult(PaymentState.SUCCEEDED, 1000_00, "CNY", **said)


@pytest.mark.parametrize("said", NONSENSE, ids=NAMES)
async def test_a_payment_is_booked_whatever_is_said_beside_it(session: AsyncSession, said: dict[str, Any]) -> None:
    order = await an_order(session)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt

    await attempts.apply_result(session, attempt_id=attempt.id, result=_paid(**said), source=Source.NOTICE, at=NOW)

    assert (attempt.state, attempt.paid_at) == (AttemptState.SUCCEEDED, NOW)
    assert await received_fen(session, order.loan_id) == 1000_00


@pytest.mark.parametrize("provider_no", ["T\0", 7], ids=["nul", "number"])
async def test_money_under_a_number_we_never_gave_is_kept_whatever_is_said_beside_it(
    session: AsyncSession, provider_no: Any
) -> None:
    result = _paid(provider_no=provider_no)

    await unplaced.keep_stray(session, channel="fake", order_no="THEIRS", result=result, paid_at=NOW, at=NOW)

    row = (await session.scalars(select(Unplaced))).one()
    assert (row.amount_fen, row.details["provider_no"]) == (1000_00, str(provider_no).strip("\0"))


NO_SUMS: list[Any] = [1000_00.0, 1000_00.4, True, "100000", -1, 0, 10**16]
SUMS = ["float", "broken", "truth", "text", "below nothing", "nothing", "more than there is"]


@pytest.mark.parametrize("amount_fen", NO_SUMS, ids=SUMS)
async def test_a_payment_of_no_whole_fen_proves_nothing_and_is_asked_about(
    session: AsyncSession, amount_fen: Any
) -> None:
    order = await an_order(session)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    told = PaymentResult(PaymentState.SUCCEEDED, amount_fen, "CNY")

    await attempts.apply_result(session, attempt_id=attempt.id, result=told, source=Source.NOTICE, at=NOW)

    assert (attempt.state, attempt.received_fen) == (AttemptState.UNKNOWN, None)
    assert attempt.ask_at is not None
    assert await received_fen(session, order.loan_id) == 0


@pytest.mark.parametrize("amount_fen", NO_SUMS, ids=SUMS)
async def test_of_a_stray_payment_of_no_whole_fen_nothing_is_booked_and_a_person_looks(
    session: AsyncSession, amount_fen: Any
) -> None:
    told = PaymentResult(PaymentState.SUCCEEDED, amount_fen, "CNY")

    await unplaced.keep_stray(session, channel="fake", order_no="THEIRS", result=told, paid_at=NOW, at=NOW)

    assert (await session.scalars(select(Unplaced.amount_fen))).all() == [0]
    assert await received_fen(session, None) == 0


async def test_a_currency_that_is_no_word_is_another_currency(session: AsyncSession) -> None:
    order = await an_order(session)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    told = PaymentResult(PaymentState.SUCCEEDED, 1000_00, "CN\0Y")

    await attempts.apply_result(session, attempt_id=attempt.id, result=told, source=Source.QUERY, at=NOW)

    assert (attempt.state, attempt.received_fen) == (AttemptState.SUCCEEDED, None)


async def test_a_refund_is_booked_whatever_is_said_beside_it(session: AsyncSession) -> None:
    refund = await asked_back(session)
    await giving_back.claim(session, refund_id=refund.id, can=CAN, at=NOW)
    back = RefundResult(Told.SUCCEEDED, 1000_00, provider_no=cast("str", 5), refunded_at=cast("Any", "2026-03-02"))

    await giving_back.apply_result(session, refund_id=refund.id, result=back, source=Source.NOTICE, at=NOW)

    assert (refund.state, refund.provider_no, refund.refunded_at) == (RefundState.SUCCEEDED, "5", NOW)
