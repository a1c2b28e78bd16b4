"""What a borrower may ask to pay, and what he is refused."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import (
    AmountMissing,
    LoanNotFound,
    LoanNotRunning,
    MoreThanOwed,
    NothingDue,
    PaymentBelowMinimum,
    PaymentNotPositive,
    PayoffTooSmall,
)
from domain.lending.models import Loan
from domain.lending.rules.events import Intent
from domain.lending.services import payoff, repayment
from domain.payments.models import PaymentOrder
from domain.payments.ports import Capabilities, Product
from domain.shared.days import SHANGHAI
from domain.shared.ids import new_id
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import new_loan, new_version, noon, running_loan
from tests.domain.lending.services.paying import pay
from tests.domain.payments.builders import routed

FIRST_DUE = date(2026, 2, 15)


@pytest.fixture(autouse=True)
async def routing_policy(session: AsyncSession) -> None:
    await routed(session)


@dataclass(frozen=True)
class Alipay:
    code: str = "alipay"
    capabilities: Capabilities = Capabilities(products=frozenset({Product.PAGE, Product.QR}))  # noqa: RUF009 - frozen


async def ask(
    session: AsyncSession, loan: Loan, intent: Intent, fen: int | None = None, *, at: datetime, **changes: Any
) -> PaymentOrder:
    asked: dict[str, Any] = {"borrower_id": loan.borrower_id, "product": "qr"} | changes
    return await repayment.request(
        session, loan_id=loan.id, intent=intent, amount_fen=fen, channel=Alipay(), at=at, **asked
    )


async def test_without_a_sum_an_installment_is_what_is_due(session: AsyncSession) -> None:
    loan = await running_loan(session)
    order = await ask(session, loan, Intent.INSTALLMENT, at=noon(FIRST_DUE))

    assert (order.amount_fen, order.channel, order.loan_id) == (1079_71, "alipay", loan.id)
    assert order.quoted_until is None


async def test_with_nothing_due_it_is_the_next_row_with_its_interest_so_far(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(day_count="ACT_360"))
    order = await ask(session, loan, Intent.INSTALLMENT, at=noon(date(2026, 1, 25)))
    first = 1080_49 - 148_80

    assert order.amount_fen == first + 48_00


async def test_a_payoff_is_its_quote_and_lapses_with_it(session: AsyncSession) -> None:
    loan = await running_loan(session)
    late = datetime(2026, 2, 1, 23, 50, tzinfo=SHANGHAI)
    quote = await payoff.quote(session, loan.id, late)
    order = await ask(session, loan, Intent.PAYOFF, at=late)

    midnight = datetime(2026, 2, 2, tzinfo=SHANGHAI)
    assert (order.amount_fen, order.quoted_until, order.expires_at) == (quote.amount_fen, midnight, midnight)


async def test_asking_does_not_touch_the_loan(session: AsyncSession) -> None:
    loan = await running_loan(session)
    before = (loan.last_sequence, loan.updated_at)
    await ask(session, loan, Intent.PAYOFF, at=noon(FIRST_DUE))

    assert (loan.last_sequence, loan.updated_at) == before


@pytest.mark.parametrize(
    ("intent", "fen", "refusal"),
    [
        (Intent.INSTALLMENT, 0, PaymentNotPositive),
        (Intent.INSTALLMENT, -1, PaymentNotPositive),
        (Intent.PREPAY, None, AmountMissing),
        (Intent.PAYOFF, 1_00, PayoffTooSmall),
        (Intent.PAYOFF, 13_000_00, MoreThanOwed),
        (Intent.INSTALLMENT, 13_000_00, MoreThanOwed),
    ],
)
async def test_a_sum_that_makes_no_sense_is_refused(
    session: AsyncSession, intent: Intent, fen: int | None, refusal: type[Exception]
) -> None:
    loan = await running_loan(session)
    with pytest.raises(refusal):
        await ask(session, loan, intent, fen, at=noon(FIRST_DUE))


async def test_another_borrowers_loan_does_not_exist(session: AsyncSession) -> None:
    loan, other = await running_loan(session), await running_loan(session)
    with pytest.raises(LoanNotFound):
        await ask(session, loan, Intent.INSTALLMENT, at=noon(FIRST_DUE), borrower_id=other.borrower_id)
    with pytest.raises(LoanNotFound):
        await payoff.quote(session, new_id(), noon(FIRST_DUE))


async def test_a_loan_that_does_not_run_takes_nothing(session: AsyncSession) -> None:
    unpaid_out, settled = await new_loan(session), await running_loan(session)
    quote = await payoff.quote(session, settled.id, noon(FIRST_DUE))
    await pay(session, settled, quote.amount_fen, FIRST_DUE, "PAYOFF")
    for loan in (unpaid_out, settled):
        with pytest.raises(LoanNotRunning):
            await ask(session, loan, Intent.INSTALLMENT, 1_00, at=noon(FIRST_DUE))


async def test_on_the_value_date_an_interest_only_loan_asks_for_nothing(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(method="INTEREST_ONLY"))
    with pytest.raises(NothingDue):
        await ask(session, loan, Intent.INSTALLMENT, at=noon(date(2026, 1, 15)))


async def with_minimum(session: AsyncSession, minimum_fen: int) -> Loan:
    version = await new_version(session, terms_like(), min_payment_fen=minimum_fen)
    return await running_loan(session, version_id=version.id)


async def test_less_than_the_minimum_is_refused_with_what_is_enough(session: AsyncSession) -> None:
    loan = await with_minimum(session, 200_00)
    with pytest.raises(PaymentBelowMinimum) as refused:
        await ask(session, loan, Intent.INSTALLMENT, 199_99, at=noon(FIRST_DUE))

    assert refused.value.fields == ("amount",)
    for fact in ("199.99 yuan is less than the 200.00 yuan", "Pay 200.00 yuan or more"):
        assert fact in str(refused.value)
    assert (await ask(session, loan, Intent.INSTALLMENT, 200_00, at=noon(FIRST_DUE))).amount_fen == 200_00


async def test_all_that_is_due_is_enough_though_it_is_below_the_minimum(session: AsyncSession) -> None:
    loan = await with_minimum(session, 200_00)
    await pay(session, loan, 1079_71 - 150_00, FIRST_DUE)

    with pytest.raises(PaymentBelowMinimum, match=r"Pay 150\.00 yuan or more"):
        await ask(session, loan, Intent.INSTALLMENT, 149_99, at=noon(FIRST_DUE))
    assert (await ask(session, loan, Intent.INSTALLMENT, 150_00, at=noon(FIRST_DUE))).amount_fen == 150_00


async def test_what_the_house_asks_for_itself_is_no_matter_of_the_minimum(session: AsyncSession) -> None:
    loan = await with_minimum(session, 5_000_00)

    assert (await ask(session, loan, Intent.INSTALLMENT, at=noon(date(2026, 1, 25)))).amount_fen < 5_000_00
    with pytest.raises(PaymentBelowMinimum, match=r"Pay 5000\.00 yuan or more"):
        await ask(session, loan, Intent.PREPAY, 4_999_99, at=noon(date(2026, 1, 25)))


async def test_all_that_is_owed_is_enough_though_it_is_below_the_minimum(session: AsyncSession) -> None:
    loan = await with_minimum(session, 20_000_00)
    at = noon(date(2026, 1, 25))
    quote = await payoff.quote(session, loan.id, at)

    assert (await ask(session, loan, Intent.PAYOFF, quote.amount_fen, at=at)).amount_fen == quote.amount_fen
    with pytest.raises(PaymentBelowMinimum):
        await ask(session, loan, Intent.PREPAY, quote.amount_fen - 1, at=at)
