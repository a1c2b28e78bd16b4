"""Rows of what a borrower told about himself: profile, employment, contacts; and what he consents to."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.borrowers.models.owner import owner
from domain.shared.db import Row


class Education(StrEnum):
    PRIMARY = "PRIMARY"
    JUNIOR_HIGH = "JUNIOR_HIGH"
    SENIOR_HIGH = "SENIOR_HIGH"
    VOCATIONAL = "VOCATIONAL"
    COLLEGE = "COLLEGE"
    BACHELOR = "BACHELOR"
    MASTER = "MASTER"
    DOCTOR = "DOCTOR"


class Profile(Row):
    """T3, versioned: the version without `superseded_at` holds. A proven identity number belongs to one borrower."""

    __tablename__ = "profiles"
    __table_args__ = (
        UniqueConstraint("borrower_id", "version"),
        Index("uq_profiles_current", "borrower_id", unique=True, postgresql_where=text("superseded_at IS NULL")),
        Index(
            "uq_profiles_proven",
            "id_number_index",
            unique=True,
            postgresql_where=text("superseded_at IS NULL AND real_name_at IS NOT NULL"),
        ),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    version: Mapped[int]
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_type: Mapped[str] = mapped_column(default="RESIDENT_ID")
    id_number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    id_address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    education: Mapped[Education | None]
    current_address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    real_name_at: Mapped[datetime | None]
    """When name and number were proved by the identity card and the face."""
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Employment(Row):
    """T4, versioned like the profile."""

    __tablename__ = "employments"
    __table_args__ = (
        UniqueConstraint("borrower_id", "version"),
        Index("uq_employments_current", "borrower_id", unique=True, postgresql_where=text("superseded_at IS NULL")),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    version: Mapped[int]
    employer: Mapped[str]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[str | None]
    position: Mapped[str | None]
    monthly_pay_fen: Mapped[int]
    started_on: Mapped[date | None]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Relation(StrEnum):
    SPOUSE = "SPOUSE"
    PARENT = "PARENT"
    CHILD = "CHILD"
    SIBLING = "SIBLING"
    RELATIVE = "RELATIVE"
    FRIEND = "FRIEND"
    COLLEAGUE = "COLLEAGUE"
    OTHER = "OTHER"


class Contact(Row):
    """T5, one row a contact. Kept to locate the borrower only; never contacted by a program; an opt-out is for ever."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(
            "uq_contacts_current", "borrower_id", "ordinal", unique=True, postgresql_where=text("superseded_at IS NULL")
        ),
    )

    borrower_id: Mapped[UUID] = owner()
    ordinal: Mapped[int]
    relation: Mapped[Relation]
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    opted_out_at: Mapped[datetime | None]
    """Copied to every later row of the same phone."""
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class ConsentPurpose(StrEnum):
    """One consent a purpose, each given and revoked apart from the others."""

    CREDIT_REPORT = "CREDIT_REPORT"
    DATA_SOURCES = "DATA_SOURCES"
    FACE = "FACE"
    PERSONAL_DATA = "PERSONAL_DATA"
    MARKETING = "MARKETING"


class Consent(Row):
    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_standing",
            "borrower_id",
            "purpose",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_consents_borrower", "borrower_id", "granted_at", "id"),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    purpose: Mapped[ConsentPurpose]
    scope: Mapped[str]
    text_version: Mapped[str]
    text_hash: Mapped[bytes] = mapped_column(LargeBinary)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
