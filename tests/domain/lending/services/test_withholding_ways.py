"""By which of his mandates a borrower is debited, and where the same is tried after a debit came to nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard
from domain.lending.models import Loan, LoanStatus
from domain.lending.services import withholding
from domain.payments.models import Mandate, PaymentOrder, Unplaced, UnplacedReason
from domain.payments.ports import ErrorCode, MandateResult, MandateState, Retry
from domain.payments.rules.mandates import MandateStatus
from domain.payments.rules.states import OrderStatus
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.shared.ids import new_id
from tests.domain.lending.reminders.builders import at, lender, lent
from tests.domain.lending.services.debits import DAY, DUE, EVENING, MORNING, answered, ran, requested, told
from tests.domain.payments.builders import NOT_FOUND, PROCESSING, UNKNOWN, paid, routed
from tests.domain.payments.mandates import refused, signed

SIGNED_ON = at(DUE - 10 * DAY)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def loan(session: AsyncSession) -> Loan:
    """496.00 fall due; the borrower has a mandate at two channels for one card, the one at "dear" signed last."""
    await lender(session)
    await routed(
        session, DUE - 30 * DAY, channels={"cheap": {"fee": {"per_mille": "2"}}, "dear": {"fee": {"per_mille": "5"}}}
    )
    loan = await lent(session)
    for n, code in enumerate(("cheap", "dear")):
        result = MandateResult(MandateState.ACTIVE, token=f"T-{code}")
        await signed(session, loan.borrower_id, at=SIGNED_ON + n * DAY, result=result, code=code)
    return loan


async def terms(session: AsyncSession, n: int = 1, **channels: Any) -> None:
    """From now on these; the `n`th change."""
    await routed(session, DUE - (30 - n) * DAY, channels=channels)


async def of_another_card(session: AsyncSession, loan: Loan, code: str) -> None:
    """The mandate at this channel is for another card of his."""
    mandate = await mandate_at(session, loan, code)
    card = await session.get_one(BankCard, mandate.bank_card_id)
    facts = {column.key: getattr(card, column.key) for column in BankCard.__table__.columns}
    other = BankCard(
        **(facts | {"id": new_id(), "last4": "9999", "card_index": b"another card", "reference": new_id().hex})
    )
    session.add(other)
    await session.flush()
    mandate.bank_card_id = other.id
    await session.flush()


async def mandate_at(session: AsyncSession, loan: Loan, code: str) -> Mandate:
    rows = select(Mandate).where(Mandate.borrower_id == loan.borrower_id, Mandate.channel == code)
    return (await session.scalars(rows)).one()


async def refused_by(
    session: AsyncSession, order: PaymentOrder, code: ErrorCode, retry: Retry = Retry.LATER_DAY
) -> None:
    when = order.created_at + MINUTE
    attempt_id = await answered(session, order, refused(code, retry), when)
    await withholding.declined(session, attempt_id=attempt_id, at=when)


# Which one


async def test_the_channel_that_costs_least_is_debited_not_the_one_signed_last(
    session: AsyncSession, loan: Loan
) -> None:
    assert await ran(session, MORNING) == {"requested": 1}

    (order,) = await requested(session, loan)
    assert (order.channel, order.mandate_id) == ("cheap", (await mandate_at(session, loan, "cheap")).id)
    assert order.choice is not None
    assert [(each["channel"], each["fee_fen"]) for each in order.choice["ranked"]] == [("cheap", 99), ("dear", 248)]


async def test_a_channel_in_maintenance_or_over_its_limit_is_left_out(session: AsyncSession, loan: Loan) -> None:
    await terms(session, cheap={"maintenance": [{"from": "09:30", "to": "10:30"}]})
    await ran(session, MORNING)
    await terms(session, 2, cheap={"limits": {"payment_fen": 495_99}})
    await ran(session, EVENING)

    assert [order.channel for order in await requested(session, loan)] == ["dear", "dear"]


async def test_where_no_channel_works_the_next_run_tries(session: AsyncSession, loan: Loan) -> None:
    closed = {"maintenance": [{"from": "09:30", "to": "10:30"}]}
    await terms(session, cheap=closed, dear=closed)

    assert await ran(session, MORNING) == {"no_channel": 1}
    assert await ran(session, EVENING) == {"requested": 1}


async def test_a_mandate_that_allows_enough_is_taken_whatever_it_costs(session: AsyncSession, loan: Loan) -> None:
    (await mandate_at(session, loan, "cheap")).cap_fen = 495_99
    await session.flush()

    await ran(session, MORNING)

    assert [order.channel for order in await requested(session, loan)] == ["dear"]


# Where else


@pytest.mark.parametrize("code", [ErrorCode.LIMIT_EXCEEDED, ErrorCode.NOT_SUPPORTED_BANK])
async def test_what_the_channel_refuses_for_its_own_reason_is_tried_at_the_next_in_the_same_run(
    session: AsyncSession, loan: Loan, code: ErrorCode
) -> None:
    await ran(session, MORNING)
    (first,) = await requested(session, loan)
    await refused_by(session, first, code)

    first, second = await requested(session, loan)
    assert (first.status, second.status, second.channel) == (OrderStatus.FAILED, OrderStatus.CREATED, "dear")
    assert (second.wish_id, second.instead_of_id, second.expires_at) == (first.wish_id, first.id, EVENING)
    assert (second.amount_fen, second.due_on, second.once_key) == (496_00, DUE, f"{first.once_key}:2")

    await refused_by(session, second, code)
    assert len(await requested(session, loan)) == 2, "each channel has one turn"
    assert await ran(session, EVENING) == {"held": 1}


async def test_it_is_tried_elsewhere_once_however_often_we_hear_of_it(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    (first,) = await requested(session, loan)
    attempt_id = await answered(session, first, refused(ErrorCode.LIMIT_EXCEEDED), MORNING)
    for _ in range(3):
        await withholding.declined(session, attempt_id=attempt_id, at=MORNING)

    assert len(await requested(session, loan)) == 2


async def test_without_money_the_same_card_is_not_tried_by_another_channel(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    await refused_by(session, (await requested(session, loan))[0], ErrorCode.INSUFFICIENT_FUNDS)

    assert len(await requested(session, loan)) == 1
    assert len(await told(session, loan, "WITHHOLDING_DECLINED")) == 1
    assert await ran(session, EVENING) == {"requested": 1}


async def test_without_money_another_card_is_tried_as_often_a_day_as_any(session: AsyncSession, loan: Loan) -> None:
    await of_another_card(session, loan, "dear")
    await ran(session, MORNING)
    await refused_by(session, (await requested(session, loan))[0], ErrorCode.INSUFFICIENT_FUNDS)
    assert await told(session, loan, "WITHHOLDING_DECLINED") == [], "it may come from the other card yet"

    await refused_by(session, (await requested(session, loan))[1], ErrorCode.INSUFFICIENT_FUNDS)

    assert [order.channel for order in await requested(session, loan)] == ["cheap", "dear"]
    assert len(await told(session, loan, "WITHHOLDING_DECLINED")) == 1
    assert await ran(session, EVENING) == {"held": 1}


@pytest.mark.parametrize(
    ("code", "retry"),
    [(ErrorCode.RISK, Retry.LATER_DAY), (ErrorCode.OTHER, Retry.LATER_DAY), (ErrorCode.RISK, Retry.NEVER)],
)
async def test_a_suspicion_and_what_says_nothing_are_got_round_by_no_other_road(
    session: AsyncSession, loan: Loan, code: ErrorCode, retry: Retry
) -> None:
    await of_another_card(session, loan, "dear")
    await ran(session, MORNING)
    await refused_by(session, (await requested(session, loan))[0], code, retry)

    assert len(await requested(session, loan)) == 1
    held = MandateStatus.SUSPENDED if retry is Retry.NEVER else MandateStatus.ACTIVE
    assert (await mandate_at(session, loan, "cheap")).status is held
    assert await ran(session, EVENING) == {"held": 1}


async def test_a_frozen_account_holds_every_mandate_of_it_and_no_other_card(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    frozen = ErrorCode.ACCOUNT_FROZEN
    await refused_by(session, (await requested(session, loan))[0], frozen, Retry.AFTER_USER_ACTION)
    assert await ran(session, EVENING) == {"held": 1}

    await of_another_card(session, loan, "dear")
    assert await ran(session, at(DUE + DAY, 10)) == {"requested": 1}
    assert (await requested(session, loan))[-1].channel == "dear"


@pytest.mark.parametrize("late", ["after the run", "at night", "paid meanwhile", "revoked"])
async def test_it_is_tried_elsewhere_only_while_it_is_wanted_in_the_same_run(
    session: AsyncSession, loan: Loan, late: str
) -> None:
    await ran(session, EVENING if late == "at night" else MORNING)
    (first,) = await requested(session, loan)
    when = {"after the run": EVENING, "at night": at(DUE, 22)}.get(late, MORNING)
    if late == "paid meanwhile":
        loan.status = LoanStatus.SETTLED
    elif late == "revoked":
        (await mandate_at(session, loan, "dear")).status = MandateStatus.REVOKED
    await session.flush()
    attempt_id = await answered(session, first, refused(ErrorCode.LIMIT_EXCEEDED), first.created_at)

    await withholding.declined(session, attempt_id=attempt_id, at=when)

    assert len(await requested(session, loan)) == 1


@pytest.mark.parametrize("told_of_first", [UNKNOWN, PROCESSING, NOT_FOUND])
async def test_while_money_may_move_by_the_first_nothing_else_is_requested(
    session: AsyncSession, loan: Loan, told_of_first: Any
) -> None:
    await ran(session, MORNING)
    (first,) = await requested(session, loan)
    await answered(session, first, told_of_first, MORNING)

    assert await ran(session, EVENING) == {"under_way": 1}
    assert len(await requested(session, loan)) == 1


async def test_what_the_first_brings_after_all_is_the_same_wish(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    (first,) = await requested(session, loan)
    late = await answered(session, first, refused(ErrorCode.LIMIT_EXCEEDED), MORNING)
    await withholding.declined(session, attempt_id=late, at=MORNING)
    await answered(session, (await requested(session, loan))[1], paid(496_00), MORNING)

    applied = await attempts.apply_result(
        session, attempt_id=late, result=paid(496_00), source=Source.NOTICE, at=MORNING + MINUTE
    )

    assert applied.verdict.late
    rows = select(Unplaced.reason).where(Unplaced.attempt_id == late)
    assert (await session.scalars(rows)).all() == [UnplacedReason.DOUBLE]
