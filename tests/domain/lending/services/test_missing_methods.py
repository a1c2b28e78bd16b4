"""A loan whose method's package is gone, or has gone wrong, waits for it; every other loan goes its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from domain.ledger.rules.chart import SUSPENSE
from domain.lending.errors import MethodBroken, MethodUnknown
from domain.lending.models import Loan
from domain.lending.queries import loans as queries
from domain.lending.queries.contracts import live_funding
from domain.lending.rules.plan import make_plan
from domain.lending.services import close_of_day, figures, funding, methods, repayment, verification, withholding
from domain.payments.models import PaymentOrder
from domain.shared.days import SHANGHAI
from plugins.testing import registered
from tests.domain.collections.builders import after as days_after
from tests.domain.collections.builders import late_loan, morning, night
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.reminders.builders import at, lender
from tests.domain.lending.rows import new_loan, noon, running_loan, settled_attempt
from tests.domain.lending.rules.test_methods import HalfWay
from tests.domain.lending.services.debits import DUE, debtor, requested
from tests.domain.lending.services.laws import balances, the_books_hold

AFTER_DUE = date(2026, 2, 16)


@contextmanager
def installed() -> Iterator[HalfWay]:
    method = HalfWay()
    with registered(method, provider="half-way"):
        yield method


def after_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 0, 30, tzinfo=SHANGHAI)


async def close(session: AsyncSession, day: date) -> close_of_day.Closed:
    return await close_of_day.close(session, at=after_midnight(day))


@pytest.fixture
async def orphan(session: AsyncSession) -> Loan:
    """A running loan of a method whose package was installed until now."""
    with installed():
        return await running_loan(session, terms_like(method="HALF_WAY", terms=4))


async def test_the_night_goes_on_without_it_and_says_so(session: AsyncSession, orphan: Loan) -> None:
    other = await running_loan(session)
    with capture_logs() as logs:
        closed = await close(session, AFTER_DUE)

    assert (closed.looked_at, closed.left) == (1, 1)
    (said,) = [each for each in logs if each["event"] == "lending.method_missing"]
    assert (said["log_level"], said["method"], said["loans"], said["first"]) == ("error", "HALF_WAY", 1, orphan.number)
    rows = await queries.installments_of(session, [other.id, orphan.id])
    assert [rows[loan.id][0].status for loan in (other, orphan)] == ["DUE", "PENDING"]


async def test_what_only_earns_interest_earns_it_without_the_package(session: AsyncSession, orphan: Loan) -> None:
    await running_loan(session)

    assert (await close(session, date(2026, 1, 20))).accrued == 2


async def test_once_the_package_is_back_the_next_night_makes_it_good(session: AsyncSession) -> None:
    with installed():
        loan = await running_loan(session, terms_like(method="HALF_WAY", terms=4))
        never_missed = await running_loan(session, terms_like(terms=4))
    await close(session, AFTER_DUE)
    with installed():
        closed = await close(session, AFTER_DUE + timedelta(days=1))

        assert (closed.looked_at, closed.left) == (2, 0)
        position = await figures.position_of(session, loan, on=None, at=noon(AFTER_DUE))
        assert position is not None
        assert position.due_fen == 144_00
        assert never_missed.overdue_since == loan.overdue_since == date(2026, 2, 15)
        assert await the_books_hold(session)


async def test_a_method_that_goes_wrong_later_holds_up_its_own_loans_only(session: AsyncSession) -> None:
    other = await running_loan(session)
    with installed() as method:
        loan = await running_loan(session, terms_like(method="HALF_WAY", terms=4))
        make_plan.cache_clear()
        method.principals = lambda balance_fen, periods, level_fen: [0] * len(periods)
        with capture_logs() as logs:
            looked = await close_of_day.look_again(session, at=after_midnight(AFTER_DUE), limit=1)
            rest = await close_of_day.look_again(session, at=after_midnight(AFTER_DUE), limit=1, after=looked.after)
            closed = await close(session, AFTER_DUE)

        assert (looked.replayed + rest.replayed, looked.left + rest.left) == (1, 1)
        assert (closed.looked_at, closed.left) == (0, 1)
        assert {each["loan"] for each in logs if each["event"] == "close_of_day.left"} == {loan.number}
        assert (await queries.book_of(session, other.id)).posted_through == AFTER_DUE
        with pytest.raises(MethodBroken):
            await figures.position_of(session, loan, on=None, at=noon(AFTER_DUE))


async def test_who_asks_about_it_is_told_what_is_missing(session: AsyncSession, orphan: Loan) -> None:
    with pytest.raises(MethodUnknown, match="HALF_WAY is provided by no package here"):
        await figures.position_of(session, orphan, on=None, at=noon(AFTER_DUE))


async def test_no_money_goes_out_for_it(session: AsyncSession) -> None:
    loan = await new_loan(session, terms_like(method="HALF_WAY", terms=4))
    with pytest.raises(MethodUnknown):
        await funding.claim(session, loan_id=loan.id, funder="own", at=noon(date(2026, 1, 15)))

    assert await live_funding(session, loan.id) is None


async def test_of_several_loans_the_others_are_told_what_happened(session: AsyncSession) -> None:
    with installed():
        orphan = await running_loan(session, terms_like(method="HALF_WAY", terms=4))
        other = await running_loan(session)
    with capture_logs():
        effects = await figures.effects_of(session, [orphan.id, other.id])

    assert list(effects) == [other.id]


async def test_money_that_comes_for_it_waits_in_suspense(session: AsyncSession, orphan: Loan) -> None:
    attempt_id = await settled_attempt(session, orphan, 144_00, paid_at=noon(date(2026, 2, 15)))
    with pytest.raises(MethodUnknown):
        await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(AFTER_DUE))
    assert (await balances(session))[SUSPENSE] == 144_00

    with installed():
        made = await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(AFTER_DUE))
        assert made is not None
        assert made.interest_fen == 144_00
        assert SUSPENSE not in await balances(session)
        assert await the_books_hold(session)


async def test_a_check_of_the_books_names_it_and_checks_the_others(session: AsyncSession, orphan: Loan) -> None:
    await running_loan(session)
    (broken,) = await verification.verify(session)

    assert (broken.law, broken.subject.split(":")[0]) == ("a journal can be replayed", orphan.number)
    assert "HALF_WAY" in broken.subject


async def test_the_withholding_run_goes_on_without_it(session: AsyncSession) -> None:
    await lender(session)
    with installed():
        orphan = await debtor(session, method="HALF_WAY", terms=4)
        other = await debtor(session)
    with capture_logs() as logs:
        ran = await withholding.run(session, at=at(DUE, 10))

    assert ran.figures == {"left": 1, "requested": 1}
    assert [each["loan"] for each in logs if each["event"] == "withholding.left"] == [orphan.number]
    assert not await requested(session, orphan)
    (order,) = await requested(session, other)
    assert await withholding.still_wanted(session, order, at(DUE, 10))


async def test_what_was_asked_for_before_is_not_debited_while_nobody_knows_what_is_owed(session: AsyncSession) -> None:
    await lender(session)
    with installed():
        orphan = await debtor(session, method="HALF_WAY", terms=4)
        await withholding.run(session, at=at(DUE, 10))
    (order,) = await requested(session, orphan)
    assert isinstance(order, PaymentOrder)

    assert not await withholding.still_wanted(session, order, at(DUE, 10))


async def test_overdue_borrowers_of_other_loans_are_told(session: AsyncSession) -> None:
    await lender(session)
    with installed():
        orphan = await late_loan(session, method="HALF_WAY", terms=4)
        await late_loan(session)
        await night(session, days_after(1))
    with capture_logs() as logs:
        figures_of_the_morning = await morning(session, days_after(1))

    assert figures_of_the_morning["told"] == 1
    assert {each["loan"] for each in logs if each["event"] == "telling.left"} == {orphan.number}


async def test_a_process_that_starts_says_which_loans_wait_for_a_package(session: AsyncSession, orphan: Loan) -> None:
    with capture_logs() as logs:
        (waiting,) = await methods.tell_who_waits(session)
    assert (waiting.method, waiting.loans) == ("HALF_WAY", 1)
    assert [each["event"] for each in logs] == ["lending.method_missing"]

    with installed(), capture_logs() as logs:
        assert await methods.tell_who_waits(session) == ()
    assert logs == []
