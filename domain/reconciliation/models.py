"""Rows of reconciliation: bills and their files, what their lines say, each comparison, what differs, what was settled."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments.ports import BillKind
from domain.reconciliation.rules.matching import Way
from domain.reconciliation.rules.states import BILL, BillState, DiscrepancyState, Finding, Resolution
from domain.shared.db import Row


class Bill(Row):
    """The bill of one channel for one Beijing day: whether we have it, and when it is asked for next."""

    __tablename__ = "bills"
    __table_args__ = (
        UniqueConstraint("channel", "day", "kind"),
        Index("ix_bills_ask", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
    )

    channel: Mapped[str]
    day: Mapped[date]
    kind: Mapped[BillKind] = mapped_column(default=BillKind.TRADE)
    state: Mapped[BillState] = mapped_column(default=BillState.WANTED)
    file_id: Mapped[UUID | None]
    """The file that counts: the first that came, until a person takes another. No key: files point here."""
    wanted_at: Mapped[datetime]
    ask_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
    """Why it is not here or cannot be read, in the plugin's words or ours."""

    def move_to(self, state: BillState) -> None:
        """Raises IllegalMove."""
        if state is not self.state:
            self.state = BILL.move(self.state, state)


class BillFile(Row):
    """A bill as it was downloaded, compressed and sealed: payers' accounts may be in it. Append only."""

    __tablename__ = "bill_files"
    __table_args__ = (UniqueConstraint("bill_id", "sha256"),)

    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    name: Mapped[str]
    sha256: Mapped[str]
    hash_ok: Mapped[bool | None]
    """None where the channel gives no hash."""
    size: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    fetched_at: Mapped[datetime]


class BillReading(Row):
    """What a file says of itself as a whole, once read: how many lines, and its own totals. Append only."""

    __tablename__ = "bill_readings"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("bill_files.id"), unique=True)
    lines: Mapped[int]
    totals: Mapped[dict[str, Any]]
    read_at: Mapped[datetime]


class BillLine(Row):
    """One line of a file as it was understood. `raw` is kept, masked, of what was not. Append only."""

    __tablename__ = "bill_lines"
    __table_args__ = (
        UniqueConstraint("file_id", "n"),
        Index("ix_bill_lines_number", "number", postgresql_where=text("number IS NOT NULL")),
    )

    file_id: Mapped[UUID] = mapped_column(ForeignKey("bill_files.id"))
    n: Mapped[int]
    kind: Mapped[BillKind]
    understood: Mapped[bool] = mapped_column(default=True)
    number: Mapped[str | None]
    """Of a payment its order number, of a refund its refund number, else the channel's own number."""
    order_no: Mapped[str | None]
    provider_no: Mapped[str | None]
    amount_fen: Mapped[int]
    received_fen: Mapped[int | None]
    fee_fen: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    occurred_at: Mapped[datetime | None]
    status: Mapped[str | None]
    raw: Mapped[str | None]


class Run(Row):
    """One comparison of a bill with our records, by figures; a later one is a new row. Append only."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (
        Index("ix_reconciliation_runs_bill", "bill_id", "id"),
        Index("ix_reconciliation_runs_when", "finished_at", "id"),
    )

    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("bill_files.id"))
    channel: Mapped[str]
    day: Mapped[date]
    lines: Mapped[int]
    findings: Mapped[dict[str, Any]]
    """{"MATCHED": {"count": 2, "theirs_fen": 200, "ours_fen": 200}, ...}; fen as they count for us."""
    theirs_fen: Mapped[int]
    ours_fen: Mapped[int]
    fees_fen: Mapped[int]
    settled_fen: Mapped[int]
    """What this run settled: payments less refunds."""
    finished_at: Mapped[datetime]

    @property
    def difference_fen(self) -> int:
        """What the channel says it owes us more than we say."""
        return self.theirs_fen - self.ours_fen


class Discrepancy(Row):
    """Something on which a bill and our books do not agree: found once, however often it is looked at."""

    __tablename__ = "discrepancies"
    __table_args__ = (
        UniqueConstraint("bill_id", "finding", "subject"),
        Index("ix_discrepancies_list", "state", "found_at", "id"),
        Index("ix_discrepancies_when", "found_at", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    channel: Mapped[str]
    day: Mapped[date]
    finding: Mapped[Finding]
    subject: Mapped[str]
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("bill_lines.id"))
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_attempts.id"))
    theirs_fen: Mapped[int]
    ours_fen: Mapped[int]
    """Both as they count for us: a refund is below zero."""
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[DiscrepancyState] = mapped_column(default=DiscrepancyState.OPEN)
    found_at: Mapped[datetime]
    resolution: Mapped[Resolution | None]
    """The last thing a person decided; ASK_CHANNEL leaves it open."""
    reason: Mapped[str | None]
    written_off_fen: Mapped[int] = mapped_column(default=0)
    """What its resolution took off the channel's clearing account, at our cost."""
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))


class Settlement(Row):
    """What a channel paid out to our bank for a bill, fees held back: one transfer. Append only."""

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("net_fen = payments_fen - refunds_fen - fees_fen", name="whole"),
        Index("ix_settlements_bill", "bill_id", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    channel: Mapped[str]
    payments_fen: Mapped[int]
    refunds_fen: Mapped[int]
    fees_fen: Mapped[int]
    net_fen: Mapped[int]
    settled_at: Mapped[datetime]


class SettlementItem(Row):
    """One line that is settled: no payment, refund or fee is settled twice. Append only."""

    __tablename__ = "settlement_items"
    __table_args__ = (
        UniqueConstraint("channel", "subject"),
        Index("ix_settlement_items_settlement", "settlement_id", "id"),
    )

    settlement_id: Mapped[UUID] = mapped_column(ForeignKey("settlements.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("bill_lines.id"))
    channel: Mapped[str]
    subject: Mapped[str]
    """ "payment:<order number>", "refund:<refund number>", "fee:<bill>:<number>"."""
    way: Mapped[Way]
    amount_fen: Mapped[int]
    fee_fen: Mapped[int]
