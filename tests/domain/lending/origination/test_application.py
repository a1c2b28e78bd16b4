"""Applying for a loan, being decided on, taking it back: each refusal changes nothing."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import AccountFrozen
from domain.borrowers.models import BankCard, Borrower, BorrowerStatus, CardStatus
from domain.credit.errors import CreditLineNotUsable, CreditLineTooSmall, ReviewTaskClosed, VerdictNotPossible
from domain.credit.models import (
    CreditLine,
    CreditLineMovement,
    CreditLineStatus,
    ReviewSubject,
    ReviewTask,
    ReviewTaskStatus,
    ReviewVerdict,
)
from domain.credit.queries.lines import line_of
from domain.lending.errors import (
    BankCardNotUsable,
    CostAboveCeiling,
    ExposureAboveCap,
    LoanNotCancellable,
    LoanNotFound,
    NoCreditLine,
    PurposeMissing,
    PurposeRefused,
    QuoteExpired,
    QuoteNotConfirmed,
    QuoteNotFound,
    QuoteUsed,
)
from domain.lending.models import Loan, LoanStatus, Quote
from domain.lending.queries.applications import exposure_fen, loan_page
from domain.lending.services import application
from domain.messaging.models import Message
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.outbox import OutboxRow
from domain.shared.paging import Window
from domain.shared.policy import PolicyValue
from tests.domain.credit.builders import NOW, granted_line, member_of_staff, ready_borrower, set_up
from tests.domain.lending.origination.builders import (
    applied_loan,
    card_of,
    confirmed_quote,
    decided,
    product,
)


@pytest.fixture
async def borrower_id(session: AsyncSession) -> UUID:
    await set_up(session)
    await product(session)
    borrower_id = await ready_borrower(session)
    await granted_line(session, borrower_id)
    return borrower_id


async def line(session: AsyncSession, borrower_id: UUID) -> CreditLine:
    row = await line_of(session, borrower_id)
    assert row is not None
    return row


async def nothing_happened(session: AsyncSession, borrower_id: UUID) -> bool:
    loans = await session.scalar(select(func.count()).select_from(Loan))
    tasks = await session.scalar(
        select(func.count()).select_from(ReviewTask).where(ReviewTask.subject_kind == ReviewSubject.LOAN)
    )
    moved = await session.scalar(
        select(func.count()).select_from(CreditLineMovement).where(CreditLineMovement.kind != "GRANT")
    )
    return (loans, tasks, moved) == (0, 0, 0)


async def test_an_application_reserves_its_sum_and_goes_into_the_queue(
    session: AsyncSession, borrower_id: UUID
) -> None:
    loan = await applied_loan(session, borrower_id)

    assert (loan.number, loan.status, loan.purpose) == ("LN20260115000001", LoanStatus.PENDING_REVIEW, "RENOVATION")
    row = await line(session, borrower_id)
    assert (row.reserved_fen, row.available_fen) == (40_000_00, 10_000_00)
    task = (await session.scalars(select(ReviewTask).where(ReviewTask.subject_id == loan.id))).one()
    assert (task.subject_kind, task.status) == (ReviewSubject.LOAN, ReviewTaskStatus.OPEN)
    assert [each.id for each in await loan_page(session, Window(limit=5), statuses=[LoanStatus.PENDING_REVIEW])] == [
        loan.id
    ]


async def test_a_quote_makes_one_loan(session: AsyncSession, borrower_id: UUID) -> None:
    quote = await confirmed_quote(session, borrower_id, principal_fen=1_000_00)
    facts = {"borrower_id": borrower_id, "quote_id": quote.id, "purpose": "TRAVEL", "at": NOW}
    loan = await application.apply(session, bank_card_id=await card_of(session, borrower_id), **facts)

    with pytest.raises(QuoteUsed, match=loan.number):
        await application.apply(session, bank_card_id=await card_of(session, borrower_id), **facts)
    assert (await line(session, borrower_id)).reserved_fen == 1_000_00


Spoil = Callable[[AsyncSession, UUID, Quote], object]


async def unconfirmed(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    quote.confirmed_at = None


async def expired(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    quote.valid_until = NOW - timedelta(seconds=1)


async def foreign(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    quote.borrower_id = await ready_borrower(session, phone="+8613800005678")


async def unbound(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    card = await session.get_one(BankCard, await card_of(session, borrower_id))
    card.status = CardStatus.CODE_SENT


async def too_much(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    quote.principal_fen = 50_000_01


async def frozen(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    (await line(session, borrower_id)).status = CreditLineStatus.FROZEN


async def closed(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    (await line(session, borrower_id)).status = CreditLineStatus.CLOSED


async def capped(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    session.add(PolicyValue(name="lending.exposure_cap_fen", value=39_999_99, source="a", effective_from=NOW.date()))


async def lower_ceiling(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    value = {"measure": "NOMINAL", "limit": "0.12"}
    session.add(PolicyValue(name="lending.cost_ceiling", value=value, source="a", effective_from=NOW.date()))


async def frozen_account(session: AsyncSession, borrower_id: UUID, quote: Quote) -> None:
    (await session.get_one(Borrower, borrower_id)).status = BorrowerStatus.FROZEN


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (frozen_account, AccountFrozen),
        (unconfirmed, QuoteNotConfirmed),
        (expired, QuoteExpired),
        (foreign, QuoteNotFound),
        (unbound, BankCardNotUsable),
        (too_much, CreditLineTooSmall),
        (frozen, CreditLineNotUsable),
        (closed, NoCreditLine),
        (capped, ExposureAboveCap),
        (lower_ceiling, CostAboveCeiling),
    ],
)
async def test_what_does_not_hold_is_refused_and_changes_nothing(
    session: AsyncSession, borrower_id: UUID, spoil: Spoil, refusal: type[Exception]
) -> None:
    quote = await confirmed_quote(session, borrower_id)
    card_id = await card_of(session, borrower_id)
    await spoil(session, borrower_id, quote)  # type: ignore[misc]  # each of them is awaited
    await session.flush()

    with pytest.raises(refusal):
        async with session.begin_nested():
            await application.apply(
                session, borrower_id=borrower_id, quote_id=quote.id, purpose="TRAVEL", bank_card_id=card_id, at=NOW
            )
    assert await nothing_happened(session, borrower_id)


@pytest.mark.parametrize(
    ("purpose", "refusal"),
    [
        ("SECURITIES", PurposeRefused),
        (" securities ", PurposeRefused),
        ("House_Purchase", PurposeRefused),
        (" ", PurposeMissing),
        ("x" * 61, PurposeMissing),
    ],
)
async def test_a_purpose_that_is_not_permitted_is_refused(
    session: AsyncSession, borrower_id: UUID, purpose: str, refusal: type[Exception]
) -> None:
    quote = await confirmed_quote(session, borrower_id)

    with pytest.raises(refusal):
        await application.apply(
            session,
            borrower_id=borrower_id,
            quote_id=quote.id,
            purpose=purpose,
            bank_card_id=await card_of(session, borrower_id),
            at=NOW,
        )
    assert await nothing_happened(session, borrower_id)


async def test_money_goes_to_ones_own_card_only(session: AsyncSession, borrower_id: UUID) -> None:
    quote = await confirmed_quote(session, borrower_id)
    stranger = await ready_borrower(session, phone="+8613800005678")

    for card_id in (await card_of(session, stranger), new_id()):
        with pytest.raises(BankCardNotUsable):
            await application.apply(
                session, borrower_id=borrower_id, quote_id=quote.id, purpose="TRAVEL", bank_card_id=card_id, at=NOW
            )


async def test_loans_on_their_way_count_as_owed(session: AsyncSession, borrower_id: UUID) -> None:
    loan = await applied_loan(session, borrower_id, principal_fen=20_000_00)
    assert await exposure_fen(session, borrower_id) == 20_000_00

    loan.status, loan.principal_open_fen = LoanStatus.ACTIVE, 15_000_00
    await session.flush()
    assert await exposure_fen(session, borrower_id) == 15_000_00

    loan.status = LoanStatus.CANCELLED
    await session.flush()
    assert await exposure_fen(session, borrower_id) == 0


async def test_two_loans_at_once_cannot_pass_the_line(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        await product(session)
        borrower_id = await ready_borrower(session)
        await granted_line(session, borrower_id)
        found = [await confirmed_quote(session, borrower_id) for _ in range(3)]
        card_id = await card_of(session, borrower_id)

    async def apply(quote_id: UUID) -> bool:
        try:
            async with sessions.begin() as session:
                await application.apply(
                    session, borrower_id=borrower_id, quote_id=quote_id, purpose="TRAVEL", bank_card_id=card_id, at=NOW
                )
                await asyncio.sleep(0.02)
        except CreditLineTooSmall:
            return False
        return True

    assert sorted(await asyncio.gather(*(apply(quote.id) for quote in found))) == [False, False, True]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Loan)) == 1
        assert (await line(session, borrower_id)).reserved_fen == 40_000_00


async def test_one_quote_used_twice_at_once_makes_one_loan(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        await product(session)
        borrower_id = await ready_borrower(session)
        await granted_line(session, borrower_id)
        quote = await confirmed_quote(session, borrower_id, principal_fen=1_000_00)
        card_id = await card_of(session, borrower_id)

    async def apply() -> bool:
        try:
            async with sessions.begin() as session:
                await application.apply(
                    session, borrower_id=borrower_id, quote_id=quote.id, purpose="TRAVEL", bank_card_id=card_id, at=NOW
                )
                await asyncio.sleep(0.02)
        except QuoteUsed:
            return False
        return True

    assert sorted(await asyncio.gather(apply(), apply(), apply())) == [False, False, True]


async def test_an_approved_loan_waits_for_its_signature(session: AsyncSession, borrower_id: UUID) -> None:
    anna = await member_of_staff(session, "anna")
    loan = await decided(session, anna, (await applied_loan(session, borrower_id)).id)

    assert (loan.status, loan.sign_by) == (LoanStatus.AWAITING_SIGNATURE, NOW + timedelta(days=7))
    assert (await line(session, borrower_id)).reserved_fen == 40_000_00
    assert await session.scalar(select(Message.template_code)) == "SIGN_CONTRACT"
    announced = await session.scalar(select(OutboxRow.payload).where(OutboxRow.topic == "lending.approved"))
    assert announced == {"loan_id": str(loan.id)}


async def test_a_rejected_loan_gives_its_reservation_back(session: AsyncSession, borrower_id: UUID) -> None:
    anna = await member_of_staff(session, "anna")
    loan = await decided(session, anna, (await applied_loan(session, borrower_id)).id, ReviewVerdict.REJECTED)

    assert (loan.status, loan.closed_reason) == (LoanStatus.REJECTED, "looked at")
    assert (await line(session, borrower_id)).holding.available_fen == 50_000_00
    assert await session.scalar(select(Message.template_code)) == "LOAN_REJECTED"
    with pytest.raises(ReviewTaskClosed):
        await decided(session, anna, loan.id)


async def test_a_loan_is_not_returned(session: AsyncSession, borrower_id: UUID) -> None:
    anna = await member_of_staff(session, "anna")
    loan = await applied_loan(session, borrower_id)

    with pytest.raises(VerdictNotPossible):
        await decided(session, anna, loan.id, ReviewVerdict.RETURNED)
    assert loan.status is LoanStatus.PENDING_REVIEW


async def test_a_borrower_takes_his_application_back_once(session: AsyncSession, borrower_id: UUID) -> None:
    anna = await member_of_staff(session, "anna")
    loan = await applied_loan(session, borrower_id)

    await application.cancel(session, borrower_id=borrower_id, loan_id=loan.id, at=NOW)

    assert loan.status is LoanStatus.CANCELLED
    assert (await line(session, borrower_id)).available_fen == 50_000_00
    with pytest.raises(ReviewTaskClosed):
        await decided(session, anna, loan.id)
    with pytest.raises(LoanNotCancellable):
        await application.cancel(session, borrower_id=borrower_id, loan_id=loan.id, at=NOW)


@pytest.mark.parametrize("status", [LoanStatus.DISBURSING, LoanStatus.ACTIVE, LoanStatus.SETTLED])
async def test_once_the_money_is_on_its_way_nothing_is_cancelled(
    session: AsyncSession, borrower_id: UUID, status: LoanStatus
) -> None:
    loan = await applied_loan(session, borrower_id)
    loan.status = status
    await session.flush()

    with pytest.raises(LoanNotCancellable, match=status):
        await application.cancel(session, borrower_id=borrower_id, loan_id=loan.id, at=NOW)
    assert (await line(session, borrower_id)).reserved_fen == 40_000_00


async def test_anothers_loan_is_no_loan(session: AsyncSession, borrower_id: UUID) -> None:
    loan = await applied_loan(session, borrower_id)
    stranger = await ready_borrower(session, phone="+8613800005678")

    with pytest.raises(LoanNotFound):
        await application.cancel(session, borrower_id=stranger, loan_id=loan.id, at=NOW)
    assert loan.status is LoanStatus.PENDING_REVIEW


async def test_without_a_line_there_is_no_loan(session: AsyncSession) -> None:
    await set_up(session)
    await product(session)
    borrower_id = await ready_borrower(session)

    with pytest.raises(NoCreditLine):
        await applied_loan(session, borrower_id)
    assert await session.scalar(select(func.count()).select_from(Loan)) == 0


async def test_a_line_on_its_last_day_still_lends(session: AsyncSession) -> None:
    await set_up(session)
    await product(session)
    borrower_id = await ready_borrower(session)
    await granted_line(session, borrower_id, expires_on=date(2026, 1, 15))
    late = NOW + timedelta(hours=13, minutes=59)

    await applied_loan(session, borrower_id, late, principal_fen=1_000_00)
    with pytest.raises(CreditLineNotUsable):
        async with session.begin_nested():
            await applied_loan(session, borrower_id, late + timedelta(minutes=1), principal_fen=1_000_00)
    assert await session.scalar(select(func.count()).select_from(Loan)) == 1
