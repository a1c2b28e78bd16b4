"""Papers that were issued, and to whom they were handed out."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class PaperKind(StrEnum):
    """What can be had of a loan on paper. Contracts are kept with their loan; the others are issued when asked for."""

    CONTRACT = "CONTRACT"
    SIGNED_CONTRACT = "SIGNED_CONTRACT"
    STATEMENT = "STATEMENT"
    SETTLEMENT_CERTIFICATE = "SETTLEMENT_CERTIFICATE"


class Paper(Row):
    """A paper we issued, as it was; append only. What says the very same is the same paper, not another."""

    __tablename__ = "papers"
    __table_args__ = (Index("ix_papers_loan", "loan_id", "id"),)

    number: Mapped[str] = mapped_column(unique=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    kind: Mapped[PaperKind]
    since: Mapped[date | None]
    until: Mapped[date | None]
    sequence: Mapped[int]
    """Of the last event of the loan's journal that it knows of."""
    mark: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """A keyed hash of all it says but its number and date."""
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The PDF, in the borrower's box as "paper"."""
    issued_at: Mapped[datetime]


class PaperLink(Row):
    """A paper handed out: an address that works for a few minutes, and who asked for it; append only."""

    __tablename__ = "paper_links"
    __table_args__ = (Index("ix_paper_links_loan", "loan_id", "asked_at"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    kind: Mapped[PaperKind]
    paper_id: Mapped[UUID | None] = mapped_column(ForeignKey("papers.id"))
    """None for a contract, which its loan has."""
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    valid_until: Mapped[datetime]
