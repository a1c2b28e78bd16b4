"""Rows to test with: a loan whose money is about to go out, with all that hangs on it, and payments that came for it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard, Borrower, Employment, Profile
from domain.credit.models import CreditApplication, CreditLine
from domain.credit.services import lines
from domain.lending.models import Loan, LoanProduct, LoanStatus, ProductVersion, Quote
from domain.lending.queries.loans import lock_loan
from domain.lending.rules.terms import Terms
from domain.lending.services import journal
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.rules.states import AttemptState, OrderStatus
from domain.payments.services import unplaced
from domain.shared.days import SHANGHAI
from domain.shared.db import Base
from domain.shared.ids import new_id
from tests.domain.lending.loans import loan as usual_terms

RowT = TypeVar("RowT", bound=Base)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_FILLERS: dict[type, Callable[[], Any]] = {
    UUID: new_id,
    str: lambda: new_id().hex,
    bytes: lambda: new_id().bytes,
    int: int,
    bool: bool,
    datetime: lambda: LONG_AGO,
    date: LONG_AGO.date,
    Decimal: Decimal,
    list: list,
    object: dict,  # JSONB says no more of itself
}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


def row(model: type[RowT], **facts: Any) -> RowT:
    """A row of which only `facts` matter; what else it must have is filled in, references excepted."""
    filled: dict[str, Any] = {}
    for column in model.__table__.columns:
        if column.key in facts or column.nullable or column.default is not None or column.server_default is not None:
            continue
        if column.foreign_keys:
            raise ValueError(f"{model.__name__} needs {column.key}")
        kind = column.type.python_type
        filled[column.key] = next(iter(kind)) if issubclass(kind, Enum) else _FILLERS[kind]()
    return model(**(filled | facts))


async def _add(session: AsyncSession, new: RowT) -> RowT:
    session.add(new)
    await session.flush()
    return new


async def new_loan(session: AsyncSession, terms: Terms | None = None, version_id: UUID | None = None) -> Loan:
    """A loan on these terms, DISBURSING, its principal in use on a credit line of twice as much.

    `version_id` names a product version with these terms, if there is one already.
    """
    terms = terms or usual_terms()
    borrower = await _add(session, row(Borrower))
    profile = await _add(session, row(Profile, borrower_id=borrower.id))
    employment = await _add(session, row(Employment, borrower_id=borrower.id))
    application = await _add(
        session,
        row(CreditApplication, borrower_id=borrower.id, profile_id=profile.id, employment_id=employment.id),
    )
    line = await _add(
        session,
        row(
            CreditLine,
            borrower_id=borrower.id,
            application_id=application.id,
            limit_fen=2 * terms.principal_fen,
            expires_on=date(2099, 1, 1),
        ),
    )
    card = await _add(session, row(BankCard, borrower_id=borrower.id, profile_id=profile.id))
    version_id = version_id or (await new_version(session, terms)).id
    quote = await _add(session, row(Quote, borrower_id=borrower.id, product_version_id=version_id))
    loan = row(
        Loan,
        borrower_id=borrower.id,
        product_version_id=version_id,
        quote_id=quote.id,
        credit_line_id=line.id,
        bank_card_id=card.id,
        status=LoanStatus.DISBURSING,
        principal_fen=terms.principal_fen,
        terms=terms.terms,
    )
    await _add(session, loan)
    for move in (lines.reserve, lines.use):
        source = f"{move.__name__}:{loan.id}"
        await move(session, line_id=line.id, amount_fen=terms.principal_fen, source=source, at=LONG_AGO)
    return loan


async def running_loan(
    session: AsyncSession, terms: Terms | None = None, at: datetime | None = None, version_id: UUID | None = None
) -> Loan:
    """The same, its money out on the terms' value date."""
    terms = terms or usual_terms()
    loan = await lock_loan(session, (await new_loan(session, terms, version_id)).id)
    await journal.open_loan(session, loan=loan, value_date=terms.value_date, at=at or noon(terms.value_date))
    return loan


async def new_version(session: AsyncSession, terms: Terms, **facts: Any) -> ProductVersion:
    """A product whose loans of that sum, length and day have these terms, and these other facts."""
    product = await _add(session, row(LoanProduct))
    orders = {"current": terms.waterfall, "late": terms.late_waterfall, "recovery": terms.recovery_waterfall}
    return await _add(
        session,
        row(
            ProductVersion,
            product_id=product.id,
            version=1,
            min_terms=1,
            max_terms=480,
            min_amount_fen=1,
            max_amount_fen=10**12,
            method=terms.method,
            annual_rate=terms.annual_rate,
            day_count=terms.day_count,
            penalty_multiplier=terms.penalty_multiplier,
            penalty_base=terms.penalty_base,
            grace_days=terms.grace_days,
            prepay=terms.prepay,
            prepay_fee_rate=terms.prepay_fee_rate,
            min_tail_fen=terms.min_tail_fen,
            dpd_switch=terms.dpd_switch,
            dpd_threshold_fen=terms.dpd_threshold_fen,
            waterfall={name: [each.lower() for each in order] for name, order in orders.items()},
            funder="own",
            **facts,
        ),
    )


async def settled_attempt(
    session: AsyncSession,
    loan: Loan,
    amount_fen: int,
    *,
    paid_at: datetime,
    at: datetime | None = None,
    order: PaymentOrder | None = None,
    intent: str = "INSTALLMENT",
) -> UUID:
    """A payment that came by Alipay as asked, received into suspense; not applied yet."""
    order = order or await _add(
        session,
        row(
            PaymentOrder,
            borrower_id=loan.borrower_id,
            loan_id=loan.id,
            intent=intent,
            amount_fen=amount_fen,
            channel="alipay",
            status=OrderStatus.PAID,
        ),
    )
    attempt = row(
        PaymentAttempt,
        order_id=order.id,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        channel="alipay",
        amount_fen=amount_fen,
        received_fen=amount_fen,
        state=AttemptState.SUCCEEDED,
        live=False,
        paid_at=paid_at,
    )
    await _add(session, attempt)
    await unplaced.receive(
        session,
        source=f"payment:{attempt.id}",
        channel="alipay",
        amount_fen=amount_fen,
        paid_at=paid_at,
        at=at or paid_at,
        loan_id=loan.id,
    )
    return attempt.id
