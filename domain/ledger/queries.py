"""Every select on the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, case, false, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.models import Account, AccountKind, ClosedDay, Entry, Side, Transfer

_BOOKING = 0x7375696461690002
"""Advisory lock: shared by whoever books, alone by whoever closes a day."""
_HOLD_DAYS_OPEN = select(func.pg_advisory_xact_lock_shared(_BOOKING))


@dataclass(frozen=True, slots=True)
class Totals:
    debit_fen: int
    credit_fen: int


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account and what stands in it; `balance_fen` counts on the side on which it grows."""

    code: str
    name_en: str
    name_zh: str
    kind: AccountKind
    side: Side
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        net_fen = self.debit_fen - self.credit_fen
        return net_fen if self.side is Side.DEBIT else -net_fen


async def hold_days_open(session: AsyncSession) -> None:
    """Until this transaction ends no day is closed."""
    await session.execute(_HOLD_DAYS_OPEN)


async def hold_days_shut(session: AsyncSession) -> None:
    """Until this transaction ends nobody else books."""
    await session.execute(select(func.pg_advisory_xact_lock(_BOOKING)))


async def last_closed_day(session: AsyncSession) -> date | None:
    return await session.scalar(select(func.max(ClosedDay.day)))


async def transfer_of(session: AsyncSession, source: str) -> Transfer:
    """The transfer of a source that was posted."""
    return (await session.scalars(select(Transfer).where(Transfer.source == source))).one()


async def posted_at(session: AsyncSession, source: str) -> datetime | None:
    """When the transfer of a source was recorded; None: there is none."""
    return await session.scalar(select(Transfer.recorded_at).where(Transfer.source == source))


async def totals_of_day(session: AsyncSession, day: date) -> Totals:
    """What was booked on a day, both sides."""
    query = select(_sum_of(Side.DEBIT), _sum_of(Side.CREDIT)).where(Entry.booking_date == day)
    debit_fen, credit_fen = (await session.execute(query)).one()
    return Totals(debit_fen, credit_fen)


async def trial_balance(session: AsyncSession, as_of: date | None = None) -> list[AccountBalance]:
    """Every account with its sums through a booking date (none: all there is), by code."""
    in_time = Entry.booking_date <= as_of if as_of else Entry.id.is_not(None)
    query = (
        select(Account, _sum_of(Side.DEBIT), _sum_of(Side.CREDIT))
        .outerjoin(Entry, (Entry.account_code == Account.code) & in_time)
        .group_by(Account.code)
        .order_by(Account.code)
    )
    return [
        AccountBalance(
            code=account.code,
            name_en=account.name_en,
            name_zh=account.name_zh,
            kind=account.kind,
            side=account.side,
            debit_fen=debit_fen,
            credit_fen=credit_fen,
        )
        for account, debit_fen, credit_fen in await session.execute(query)
    ]


async def account_entries(
    session: AsyncSession, account_code: str, *, limit: int, after: tuple[date, UUID] | None = None
) -> Sequence[Entry]:
    """A page of an account, oldest first, beyond the (booking date, id) of an entry."""
    place = tuple_(Entry.booking_date, Entry.id)
    query = select(Entry).where(Entry.account_code == account_code)
    if after is not None:
        query = query.where(place > tuple_(*after))
    return (await session.scalars(query.order_by(Entry.booking_date, Entry.id).limit(limit))).all()


async def transfers_of_loan(
    session: AsyncSession, loan_id: UUID, *, limit: int, after: UUID | None = None
) -> Sequence[Transfer]:
    """A page of what was posted for a loan, oldest first, beyond a transfer's id."""
    query = select(Transfer).where(Transfer.loan_id == loan_id)
    if after is not None:
        query = query.where(Transfer.id > after)
    return (await session.scalars(query.order_by(Transfer.id).limit(limit))).all()


async def transfers_caused_by(
    session: AsyncSession, loan_id: UUID, causes: Sequence[str], *, limit: int
) -> Sequence[Transfer]:
    """What was posted for a loan by these causes ("payment:<id>", "repayment:<id>"), oldest first."""
    caused = or_(*(Transfer.source.startswith(cause, autoescape=True) for cause in causes), false())
    rows = select(Transfer).where(Transfer.loan_id == loan_id, caused).order_by(Transfer.id).limit(limit)
    return (await session.scalars(rows)).all()


async def entries_of(session: AsyncSession, transfer_ids: Sequence[UUID]) -> Sequence[Entry]:
    """The entries of transfers, in the transfers' order."""
    query = select(Entry).where(Entry.transfer_id.in_(transfer_ids))
    return (await session.scalars(query.order_by(Entry.transfer_id, Entry.id))).all()


def _sum_of(side: Side) -> ColumnElement[int]:
    """The sum of a side as an integer: what the database adds up of bigints is a numeric."""
    return func.coalesce(func.sum(case((Entry.side == side, Entry.amount_fen), else_=0)), 0).cast(BigInteger)
