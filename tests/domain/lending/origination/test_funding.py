"""Paying out: asked for once, believed when it adds up, never sent twice."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain.borrowers.models import BankCard, CardStatus
from domain.ledger import queries as ledger
from domain.lending.errors import FundingNotRetryable
from domain.lending.flows import funding as funding_flow
from domain.lending.models import Funding, FundingState, Installment, LoanStatus
from domain.lending.ports import FundingResult
from domain.lending.ports import FundingState as Told
from domain.lending.queries.contracts import due_funding_asks
from domain.lending.services import application, funding
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.outbox import OutboxRow
from tests.domain.lending.origination.builders import Counter, counter
from tests.domain.lending.origination.fakes import ACCEPTED, paid_out, payout
from tests.domain.parties import signed

NOT_FOUND = FundingResult(Told.NOT_FOUND)
FAILED = FundingResult(Told.FAILED, reasons=("the account is closed",))


@pytest.fixture
async def desk(steps: Sessions) -> Counter:
    """A signed loan."""
    desk = await counter(steps)
    await desk.sign()
    return desk


async def states(desk: Counter) -> list[FundingState]:
    return [row.state for row in await desk.fundings()]


async def owed_to_funder_fen(desk: Counter) -> int:
    async with desk.sessions() as session:
        found = {each.code: each.balance_fen for each in await ledger.trial_balance(session)}
    assert found.get("loans.principal", 0) == found.get("funders.payable.fake", 0)
    return found.get("funders.payable.fake", 0)


async def test_the_money_goes_to_the_bound_card_in_full(desk: Counter) -> None:
    await desk.disburse()

    (request,) = desk.funder.sent
    (row,) = await desk.fundings()
    assert (request.ref, request.loan_number) == (row.reference, "LN20260115000001")
    assert request.amount_fen == row.amount_fen == 40_000_00
    assert request.account.token is not None
    assert request.account.token.reveal() == "token-of-the-card"
    assert request.account.name.reveal() == "王小明"
    assert (row.state, (await desk.loan()).status) == (FundingState.ACCEPTED, LoanStatus.DISBURSING)
    assert (await desk.line()).reserved_fen == 40_000_00


async def test_word_of_success_begins_the_loan_on_its_value_date(desk: Counter) -> None:
    await desk.disburse()
    assert await desk.hear_funder() == 200

    loan, line = await desk.loan(), await desk.line()
    assert (loan.status, loan.value_date, loan.next_due_on) == (
        LoanStatus.ACTIVE,
        date(2026, 1, 15),
        date(2026, 2, 15),
    )
    assert (line.used_fen, line.reserved_fen) == (40_000_00, 0)
    assert await owed_to_funder_fen(desk) == 40_000_00
    assert await desk.count(Installment) == 12
    (row,) = await desk.fundings()
    assert (row.state, row.value_date, row.ask_at) == (FundingState.SUCCEEDED, date(2026, 1, 15), None)
    assert await desk.messages() == ["DISBURSED", "SIGN_CONTRACT"]
    async with desk.sessions() as session:
        told = list(await session.scalars(select(OutboxRow.topic).where(OutboxRow.topic == "lending.disbursed")))
    assert len(told) == 1


async def test_the_plan_runs_from_the_value_date_and_not_from_the_day_we_heard(desk: Counter) -> None:
    await desk.disburse()
    desk.hands.wait(days=2)
    await desk.hear_funder()

    loan = await desk.loan()
    assert (loan.value_date, loan.next_due_on) == (date(2026, 1, 15), date(2026, 2, 15))


async def test_success_told_three_times_pays_out_once(desk: Counter) -> None:
    desk.funder.told = paid_out()
    await desk.disburse()
    assert [await desk.hear_funder() for _ in range(2)] == [200, 200]
    assert await desk.hear_funder(event="E2") == 200
    await desk.ask_funder(minutes=5)

    assert await states(desk) == [FundingState.SUCCEEDED]
    assert (await desk.line()).used_fen == 40_000_00
    assert await owed_to_funder_fen(desk) == 40_000_00


async def test_a_timeout_is_asked_about_and_succeeds_once(desk: Counter) -> None:
    desk.funder.answer = TimeoutError()
    await desk.disburse()
    await desk.disburse()
    assert await states(desk) == [FundingState.UNKNOWN]
    async with desk.sessions() as session:
        (row,) = await desk.fundings()
        assert await due_funding_asks(session, at=desk.hands.now, limit=5) == []
        later = desk.hands.now + timedelta(seconds=5)
        assert await due_funding_asks(session, at=later, limit=5) == [(row.id, "fake")]

    desk.funder.told = paid_out()
    for _ in range(3):
        await desk.ask_funder(seconds=30)

    assert len(desk.funder.sent) == 1
    assert len(desk.funder.asked) == 1
    assert (await desk.loan()).status is LoanStatus.ACTIVE
    assert await owed_to_funder_fen(desk) == 40_000_00


async def test_a_process_that_died_while_paying_leaves_it_to_be_asked_about(desk: Counter) -> None:
    desk.funder.answer = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await desk.disburse()
    desk.funder.answer, desk.funder.told = ACCEPTED, paid_out()
    await desk.disburse()
    assert (len(desk.funder.sent), await states(desk)) == (1, [FundingState.SUBMITTING])

    await desk.ask_funder(seconds=10)
    assert (len(desk.funder.sent), await states(desk)) == (1, [FundingState.SUCCEEDED])


async def test_what_may_be_on_its_way_is_not_sent_again_even_if_the_party_does_not_know_it_yet(desk: Counter) -> None:
    desk.funder.answer, desk.funder.told = TimeoutError(), NOT_FOUND
    await desk.disburse()
    await desk.ask_funder(seconds=6)
    assert len(desk.funder.sent) == 1

    desk.funder.answer = ACCEPTED
    await desk.ask_funder(seconds=16)

    assert [request.ref for request in desk.funder.sent] == [desk.funder.sent[0].ref] * 2
    assert await states(desk) == [FundingState.ACCEPTED]


async def test_what_was_accepted_is_never_sent_again(desk: Counter) -> None:
    await desk.disburse()
    desk.funder.told = NOT_FOUND
    for _ in range(5):
        await desk.ask_funder(hours=3)

    assert len(desk.funder.sent) == 1
    assert await states(desk) == [FundingState.ACCEPTED]


async def test_a_failure_waits_for_a_person_and_is_tried_again_as_a_new_request(desk: Counter) -> None:
    desk.funder.answer = FAILED
    await desk.disburse()
    await desk.disburse()
    assert len(desk.funder.sent) == 1
    assert (await desk.loan()).status is LoanStatus.DISBURSEMENT_FAILED
    (row,) = await desk.fundings()
    assert (row.reason, row.ask_at) == ("the account is closed", None)
    assert (await desk.line()).reserved_fen == 40_000_00

    desk.funder.answer = paid_out()
    async with desk.sessions.begin() as session:
        await funding.retry(session, actor=desk.reviewer, loan_id=desk.loan_id, at=desk.hands.now)
    await desk.disburse()

    first, second = desk.funder.sent
    assert first.ref != second.ref
    assert await states(desk) == [FundingState.FAILED, FundingState.SUCCEEDED]
    assert (await desk.loan()).status is LoanStatus.ACTIVE
    assert await owed_to_funder_fen(desk) == 40_000_00
    async with desk.sessions.begin() as session:
        with pytest.raises(FundingNotRetryable):
            await funding.retry(session, actor=desk.reviewer, loan_id=desk.loan_id, at=desk.hands.now)


async def test_a_loan_that_could_not_be_paid_out_can_be_taken_back(desk: Counter) -> None:
    desk.funder.answer = FAILED
    await desk.disburse()
    async with desk.sessions.begin() as session:
        await application.cancel(session, borrower_id=desk.borrower_id, loan_id=desk.loan_id, at=desk.hands.now)

    assert (await desk.loan()).status is LoanStatus.CANCELLED
    assert (await desk.line()).available_fen == 50_000_00


async def test_a_party_that_said_failed_and_paid_after_all_has_paid(desk: Counter) -> None:
    desk.funder.answer = FAILED
    await desk.disburse()
    await desk.hear_funder()

    assert await states(desk) == [FundingState.SUCCEEDED]
    assert (await desk.loan()).status is LoanStatus.ACTIVE
    assert (await desk.line()).used_fen == 40_000_00


async def test_money_that_goes_out_for_a_loan_that_is_over_is_put_on_record(desk: Counter) -> None:
    desk.funder.answer = FAILED
    await desk.disburse()
    async with desk.sessions.begin() as session:
        await application.cancel(session, borrower_id=desk.borrower_id, loan_id=desk.loan_id, at=desk.hands.now)

    assert await desk.hear_funder() == 200

    assert (await desk.loan()).status is LoanStatus.CANCELLED
    assert await owed_to_funder_fen(desk) == 0
    async with desk.sessions() as session:
        actions = list(await session.scalars(select(AuditRecord.action)))
    assert "funding.contradicted" in actions


async def test_a_late_success_beside_a_second_request_is_put_on_record(desk: Counter) -> None:
    desk.funder.answer = FAILED
    await desk.disburse()
    desk.funder.answer = ACCEPTED
    async with desk.sessions.begin() as session:
        await funding.retry(session, actor=desk.reviewer, loan_id=desk.loan_id, at=desk.hands.now)
    await desk.disburse()

    await desk.hear_funder()

    assert await states(desk) == [FundingState.FAILED, FundingState.ACCEPTED]
    assert (await desk.loan()).status is LoanStatus.DISBURSING
    async with desk.sessions() as session:
        assert "funding.contradicted" in list(await session.scalars(select(AuditRecord.action)))


@pytest.mark.parametrize(
    "doubtful",
    [
        paid_out(39_999_99),
        paid_out(40_000_01),
        paid_out(value_date=None),
        paid_out(value_date=date(2026, 1, 14)),
        paid_out(value_date=date(2026, 1, 16)),
        FundingResult(Told.SUCCEEDED, amount_fen=40_000_00, currency="USD", value_date=date(2026, 1, 15)),
    ],
)
async def test_a_success_that_does_not_add_up_begins_nothing(desk: Counter, doubtful: FundingResult) -> None:
    desk.funder.answer = doubtful
    await desk.disburse()

    (row,) = await desk.fundings()
    assert (row.state, (await desk.loan()).status) == (FundingState.UNKNOWN, LoanStatus.DISBURSING)
    assert row.reason is not None
    assert row.ask_at is not None
    assert await owed_to_funder_fen(desk) == 0

    desk.funder.told = paid_out()
    await desk.ask_funder(minutes=1)
    assert (await desk.loan()).status is LoanStatus.ACTIVE
    assert len(desk.funder.sent) == 1


async def test_a_callback_with_another_sum_begins_nothing(desk: Counter) -> None:
    await desk.disburse()
    assert await desk.hear_funder(amount_fen=1_00) == 200

    assert (await desk.loan()).status is LoanStatus.DISBURSING
    assert await owed_to_funder_fen(desk) == 0


async def test_a_forged_callback_and_one_about_nothing_of_ours_change_nothing(desk: Counter) -> None:
    await desk.disburse()
    (row,) = await desk.fundings()
    bodies = [
        (payout(row.reference), b"another key", "fake"),
        (payout("FD1"), None, "fake"),
        (payout(row.reference), None, "x"),
    ]
    statuses = [
        (
            await funding_flow.receive_callback(
                desk.sessions,
                desk.hands.clock,
                desk.funder,
                code,
                signed(body, desk.hands.now, key) if key else signed(body, desk.hands.now),
            )
        ).status
        for body, key, code in bodies
    ]

    assert statuses == [401, 404, 404]
    assert (await desk.loan()).status is LoanStatus.DISBURSING
    async with desk.sessions() as session:
        refused = select(InboxRow.state).where(InboxRow.source.like("funding/%"))
        assert set(await session.scalars(refused)) == {InboxState.REFUSED}


async def test_a_card_unbound_since_gets_no_money(desk: Counter) -> None:
    async with desk.sessions.begin() as session:
        (card,) = await session.scalars(select(BankCard))
        card.status = CardStatus.UNBOUND
    await desk.disburse()

    assert desk.funder.sent == []
    assert await states(desk) == [FundingState.FAILED]
    assert (await desk.loan()).status is LoanStatus.DISBURSEMENT_FAILED


async def test_a_loan_is_paid_out_by_the_party_of_its_product(desk: Counter) -> None:
    desk.funder.code = "other"

    with pytest.raises(LookupError, match="funded by fake, not by other"):
        await desk.disburse()
    assert await desk.count(Funding) == 0


async def test_nothing_is_paid_out_before_it_is_signed(steps: Sessions) -> None:
    desk = await counter(steps)
    await desk.send()
    await desk.hear_notary()
    await desk.disburse()

    assert desk.funder.sent == []
