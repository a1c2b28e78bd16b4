"""Rows of the books: accounts, transfers, entries, closed days. The database refuses to change or unbalance them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from domain.ledger.rules.chart import AccountKind, Side
from domain.shared.db import Base, Row


class Account(Base):
    """One account of the chart, by its code: "loans.principal", "clearing.alipay"."""

    __tablename__ = "ledger_accounts"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    kind: Mapped[AccountKind]
    side: Mapped[Side]
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Transfer(Row):
    """What happened, posted once: `source` is unique ("payment:<attempt id>", "repayment:<id>")."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        Index("ix_ledger_transfers_booking", "booking_date", "id"),
        Index("ix_ledger_transfers_loan", "loan_id", "id"),
    )

    source: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    booking_date: Mapped[date]
    value_date: Mapped[date]
    recorded_at: Mapped[datetime]
    loan_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Entry(Row):
    """One side of a transfer. `amount_fen` is above zero; `side` says where it stands."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("ix_ledger_entries_account", "account_code", "booking_date", "id"),
    )

    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transfers.id"), index=True)
    account_code: Mapped[str] = mapped_column(ForeignKey("ledger_accounts.code"))
    side: Mapped[Side]
    amount_fen: Mapped[int]
    booking_date: Mapped[date]


class ClosedDay(Base):
    """A booking date that is over. Nothing is booked on it any more."""

    __tablename__ = "ledger_closed_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    debit_fen: Mapped[int]
    credit_fen: Mapped[int]
