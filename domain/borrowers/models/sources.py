"""Rows of what licensed sources said of a borrower, each by a consent."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from domain.borrowers.models.owner import owner
from domain.shared.db import Row


class DataKind(StrEnum):
    """T18 to T21, and the credit report of the bureau (X2)."""

    CREDIT_REPORT = "CREDIT_REPORT"
    SOCIAL_SECURITY = "SOCIAL_SECURITY"
    CARRIER = "CARRIER"
    HOUSING_FUND = "HOUSING_FUND"
    CREDIT_CARD_BILL = "CREDIT_CARD_BILL"


class DataStatus(StrEnum):
    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class DataRecord(Row):
    """What a licensed source said, by a consent that was valid when it was asked; the raw answer expires."""

    __tablename__ = "data_records"

    borrower_id: Mapped[UUID] = owner()
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consents.id"))
    kind: Mapped[DataKind]
    provider: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    status: Mapped[DataStatus] = mapped_column(default=DataStatus.PENDING)
    raw_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    features_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ask_at: Mapped[datetime | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    raw_expires_at: Mapped[datetime | None]
