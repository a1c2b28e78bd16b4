"""Decisions on a loan made once more: as they were under the policy of their day, otherwise under another's."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import DayNotAskable, LoanNotFound
from domain.lending.models import Loan, Quote
from domain.lending.rules.exposure import Elsewhere, exposure_then_fen
from domain.lending.services import application, repayment
from domain.lending.services.deciding_again import Again, Decision
from domain.operations.errors import PolicyWithoutValue
from domain.operations.services import decisions
from domain.shared.days import SHANGHAI, business_day
from domain.shared.ids import new_id
from domain.shared.policy import PolicyValue
from tests.domain.credit.builders import NOW, granted_line, ready_borrower, set_up
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.loans import paid_on_time
from tests.domain.lending.origination.builders import applied_loan, card_of, confirmed_quote, product
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.paying import pay

TODAY = business_day(NOW)
TOMORROW = TODAY + timedelta(days=1)
FIRST_DUE = date(2026, 2, 15)


@pytest.fixture
async def borrower_id(session: AsyncSession) -> UUID:
    await set_up(session)
    await product(session)
    borrower_id = await ready_borrower(session)
    await granted_line(session, borrower_id)
    return borrower_id


async def say(session: AsyncSession, name: str, value: Any, since: date, **more: Any) -> None:
    session.add(PolicyValue(name=name, value=value, source="a new rule", effective_from=since, **more))
    await session.flush()


async def again(session: AsyncSession, loan: Loan, at: datetime = NOW, **more: Any) -> dict[Decision, Again]:
    found = await decisions.again(session, loan_id=loan.id, at=at, **more)
    return {each.decision: each for each in found}


async def test_under_its_own_day_a_loan_passes_as_it_did(session: AsyncSession, borrower_id: UUID) -> None:
    loan = await applied_loan(session, borrower_id)

    found = await again(session, loan)

    assert [(each.then, each.verdict, each.same) for each in found.values()] == [("PASSED", "PASSED", True)] * 3
    ceiling = found[Decision.COST_CEILING]
    assert (ceiling.under, ceiling.policies[0].row.source) == (TODAY, "the test's lending.cost_ceiling")
    assert ceiling.figures["planned"] == ceiling.figures["nominalThen"] == "0.145954"
    assert ceiling.figures["worst"] == ceiling.figures["worstThen"]
    assert ceiling.figures["limit"] == ceiling.figures["limitThen"] == "0.24"


async def test_a_ceiling_that_comes_down_tomorrow_refuses_tomorrow_and_leaves_today_as_it_was(
    session: AsyncSession, borrower_id: UUID
) -> None:
    loan = await applied_loan(session, borrower_id)
    await say(session, "lending.cost_ceiling", {"measure": "NOMINAL", "limit": "0.12"}, TOMORROW)

    of_its_day = (await again(session, loan))[Decision.COST_CEILING]
    under_the_new = (await again(session, loan, under=TOMORROW))[Decision.COST_CEILING]

    assert (of_its_day.verdict, of_its_day.same, of_its_day.refusal) == ("PASSED", True, None)
    assert of_its_day.policies[0].until == TOMORROW
    assert (under_the_new.verdict, under_the_new.same, under_the_new.under) == ("REFUSED", False, TOMORROW)
    assert under_the_new.policies[0].row.source == "a new rule"
    for fact in (under_the_new.figures["worst"], "above the ceiling of 0.12"):
        assert fact in str(under_the_new.refusal)


async def test_what_was_changed_later_on_the_same_day_is_not_the_policy_it_was_decided_by(
    session: AsyncSession, borrower_id: UUID
) -> None:
    loan = await applied_loan(session, borrower_id)
    value = {"measure": "NOMINAL", "limit": "0.12"}
    later = NOW + timedelta(hours=1)
    await say(session, "lending.cost_ceiling", value, TODAY, recorded_at=later, change_id=new_id())

    assert (await again(session, loan))[Decision.COST_CEILING].same
    assert not (await again(session, loan, under=TODAY))[Decision.COST_CEILING].same


async def test_a_purpose_that_is_refused_by_now_was_given_then(session: AsyncSession, borrower_id: UUID) -> None:
    loan = await applied_loan(session, borrower_id)
    await say(session, "lending.refused_purposes", ["renovation"], TOMORROW)

    assert (await again(session, loan))[Decision.PURPOSE].same
    refused = (await again(session, loan, under=TOMORROW))[Decision.PURPOSE]
    assert (refused.verdict, refused.figures) == ("REFUSED", {"purpose": "RENOVATION"})


async def test_a_quote_of_an_earlier_release_says_no_worst_case_and_is_decided_again(
    session: AsyncSession, borrower_id: UUID
) -> None:
    loan = await applied_loan(session, borrower_id)
    quote = await session.get_one(Quote, loan.quote_id)
    quote.worst_case, quote.ceiling = None, {"measure": "NOMINAL", "limit": "0.24", "source": "an old one"}
    await session.flush()

    found = (await again(session, loan))[Decision.COST_CEILING]

    assert found.same
    assert "worstThen" not in found.figures


async def later_loan(session: AsyncSession, borrower_id: UUID, at: datetime, fen: int = 5_000_00) -> Loan:
    quote = await confirmed_quote(session, borrower_id, at, principal_fen=fen)
    return await application.apply(
        session,
        borrower_id=borrower_id,
        quote_id=quote.id,
        purpose="TRAVEL",
        bank_card_id=await card_of(session, borrower_id),
        at=at,
    )


async def test_what_he_owed_is_counted_as_it_stood_when_he_applied(session: AsyncSession, borrower_id: UUID) -> None:
    gone = await applied_loan(session, borrower_id, principal_fen=10_000_00)
    waiting = await later_loan(session, borrower_id, NOW + timedelta(minutes=1), 8_000_00)
    await application.cancel(session, borrower_id=borrower_id, loan_id=gone.id, at=NOW + timedelta(hours=1))
    third = await later_loan(session, borrower_id, NOW + timedelta(hours=2))

    async def owed(loan: Loan) -> str:
        return (await again(session, loan, at=NOW + timedelta(days=1)))[Decision.EXPOSURE_CAP].figures["owed"]

    assert [await owed(gone), await owed(waiting), await owed(third)] == ["0.00", "10000.00", "8000.00"]
    await say(session, "lending.exposure_cap_fen", 12_999_99, TOMORROW)
    under = await again(session, third, under=TOMORROW)
    assert under[Decision.EXPOSURE_CAP].verdict == "REFUSED"
    assert "you would owe 13000.00 yuan" in str(under[Decision.EXPOSURE_CAP].refusal)


async def test_a_payment_recorded_later_did_not_lessen_what_was_owed_then(
    session: AsyncSession, borrower_id: UUID
) -> None:
    other = await running_loan(session)
    other.borrower_id, other.applied_at = borrower_id, NOW - timedelta(days=9)
    await session.flush()
    await pay(session, other, 1_079_71, FIRST_DUE)
    applied = noon(FIRST_DUE) + timedelta(hours=1)
    loan = await later_loan(session, borrower_id, applied)
    owed_then = f"{(12_000_00 - (1_079_71 - 144_00)) / 100:.2f}"

    assert (await again(session, loan, at=applied))[Decision.EXPOSURE_CAP].figures["owed"] == owed_then

    # A payment of an earlier day that becomes known now: what was known then stays what was known then.
    late = await settled_attempt(session, other, 500_00, paid_at=noon(FIRST_DUE))
    assert await repayment.apply_settled(session, attempt_id=late, at=applied + timedelta(days=3))
    found = (await again(session, loan, at=applied + timedelta(days=4)))[Decision.EXPOSURE_CAP]
    assert found.figures["owed"] == owed_then


def test_a_loan_on_its_way_counts_whole_until_it_comes_to_nothing() -> None:
    at = datetime(2026, 1, 20, 10, tzinfo=SHANGHAI)
    terms = terms_like()

    assert exposure_then_fen(Elsewhere(5_00), at) == 5_00
    assert exposure_then_fen(Elsewhere(5_00, ended_at=at), at) == 0
    assert exposure_then_fen(Elsewhere(5_00, ended_at=at + timedelta(seconds=1)), at) == 5_00
    paid_out = Elsewhere(12_000_00, terms=terms)
    assert exposure_then_fen(paid_out, at - timedelta(days=10)) == exposure_then_fen(paid_out, at) == 12_000_00
    settled = Elsewhere(12_000_00, terms=terms, events=tuple(paid_on_time(terms, 12)))
    assert exposure_then_fen(settled, at + timedelta(days=400)) == 0


async def test_how_pressing_a_day_was_is_said_by_the_thresholds_of_that_day(session: AsyncSession) -> None:
    await set_up(session)
    await product(session)
    for name, value in (("collections.warn_after_days", 1), ("collections.red_after_days", 5)):
        await say(session, name, value, date(2020, 1, 1))
    await say(session, "reminders.offsets", [-2, 0], date(2020, 1, 1))
    await say(session, "collections.red_after_days", 3, date(2026, 2, 19))
    loan = await running_loan(session)
    loan.quote_id = (await confirmed_quote(session, loan.borrower_id)).id
    await session.flush()
    at = noon(date(2026, 3, 1))

    async def pressing(day: date, **more: Any) -> tuple[str, str]:
        found = (await again(session, loan, at=at, on=day, **more))[Decision.SEVERITY]
        return found.figures["daysPastDue"], found.verdict

    assert await pressing(FIRST_DUE) == ("0", "NORMAL")
    assert await pressing(date(2026, 2, 18)) == ("3", "WARN")
    assert await pressing(date(2026, 2, 19)) == ("4", "RED")
    assert await pressing(date(2026, 2, 18), under=date(2026, 2, 19)) == ("3", "RED")

    async def reminded(day: date) -> dict[str, str]:
        return dict((await again(session, loan, at=at, on=day))[Decision.REMINDERS].figures)

    assert await reminded(date(2026, 2, 12)) == {}
    assert await reminded(date(2026, 2, 13)) == {"installment 1, due 2026-02-15": "-2"}
    assert await reminded(FIRST_DUE) == {"installment 1, due 2026-02-15": "0"}

    for day in (date(2026, 1, 14), date(2026, 3, 2)):
        with pytest.raises(DayNotAskable, match="2026-01-15 to 2026-03-01"):
            await again(session, loan, at=at, on=day)


async def test_a_day_before_all_policy_is_no_day_to_decide_by(session: AsyncSession, borrower_id: UUID) -> None:
    loan = await applied_loan(session, borrower_id)

    with pytest.raises(PolicyWithoutValue, match="no value in force on 1990-01-01") as refused:
        await again(session, loan, under=date(1990, 1, 1))
    assert refused.value.fields == ("under",)
    assert all(each.same for each in (await again(session, loan, under=date(9999, 12, 31))).values())


async def test_no_loan_no_decision(session: AsyncSession) -> None:
    with pytest.raises(LoanNotFound):
        await decisions.again(session, loan_id=new_id(), at=NOW)
