"""Rows of what licensed sources said of a borrower, each by a consent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.borrowers.models.owner import owner
from domain.borrowers.rules.sources import DATA_RECORD, DataKind, DataStatus
from domain.shared.db import Row


class DataRecord(Row):
    """What a licensed source said, by a consent that stood when it was asked, for a named reason; once an occasion."""

    __tablename__ = "data_records"
    __table_args__ = (
        UniqueConstraint("occasion", "kind"),
        Index("ix_data_records_ask", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
        Index("ix_data_records_raw", "raw_expires_at", postgresql_where=text("raw_sealed IS NOT NULL")),
    )

    borrower_id: Mapped[UUID] = owner()
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consents.id"))
    kind: Mapped[DataKind]
    provider: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    """Why it was asked for, in the bureau's sense: "CREDIT_REVIEW"."""
    occasion: Mapped[UUID]
    """What it was asked for: the id of the credit application."""
    status: Mapped[DataStatus] = mapped_column(default=DataStatus.REQUESTED)
    refusals: Mapped[list[str]] = mapped_column(default=list)
    raw_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer as it came, in the borrower's box as "data_raw"; forgotten after `raw_expires_at`."""
    features_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What a decision goes by, in the borrower's box as "data_features"; JSON, kept."""
    ask_at: Mapped[datetime | None]
    """None before it was first sent and after it is final."""
    asks: Mapped[int] = mapped_column(default=0)
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    raw_expires_at: Mapped[datetime | None]

    @property
    def final(self) -> bool:
        return self.status in (DataStatus.READY, DataStatus.REFUSED)

    def move_to(self, status: DataStatus) -> None:
        self.status = DATA_RECORD.move(self.status, status)
