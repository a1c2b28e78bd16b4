"""Rows of people: who a borrower is, how he logs in, and every time he did."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from domain.borrowers.models.owner import owner
from domain.shared.actors import Actor, ActorKind
from domain.shared.crypto import Box, Keyring
from domain.shared.db import Base, Row
from domain.shared.ids import new_id
from domain.shared.logins import LoginSession


class BorrowerStatus(StrEnum):
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class Borrower(Row):
    """A person. `data_key` is his wrapped key: without it nothing sealed about him can be read again."""

    __tablename__ = "borrowers"
    __table_args__ = (Index("ix_borrowers_registered", "registered_at", "id"),)

    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[BorrowerStatus] = mapped_column(default=BorrowerStatus.ACTIVE)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    password_hash: Mapped[str | None]
    registered_at: Mapped[datetime]

    def box(self, keyring: Keyring) -> Box:
        """The box of what is sealed about him. Raises LookupError after erasure."""
        if self.data_key is None:
            raise LookupError(f"the data of borrower {self.id} was erased")
        return keyring.box(self.data_key)

    def actor(self) -> Actor:
        return Actor(ActorKind.BORROWER, self.id)


class BorrowerSession(LoginSession):
    """A log-in of a borrower."""

    __tablename__ = "borrower_sessions"

    borrower_id: Mapped[UUID] = owner()


class CodePurpose(StrEnum):
    REGISTER = "REGISTER"
    LOGIN = "LOGIN"
    RESET_PASSWORD = "RESET_PASSWORD"
    CHANGE_PHONE = "CHANGE_PHONE"


class LoginCode(Row):
    """A short code sent by SMS: hashed (argon2id), few tries, short life, one use."""

    __tablename__ = "login_codes"
    __table_args__ = (Index("ix_login_codes_phone", "phone_index", "purpose", "sent_at"),)

    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[CodePurpose]
    code_hash: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class LoginMethod(StrEnum):
    CODE = "CODE"
    PASSWORD = "PASSWORD"


class LoginOutcome(StrEnum):
    SUCCEEDED = "SUCCEEDED"
    WRONG_CREDENTIAL = "WRONG_CREDENTIAL"
    LOCKED = "LOCKED"


class LoginRecord(Base):
    """T2. The device is a hash, the place coarse (5 characters of geohash, about 5 km); kept for a short time by month."""

    __tablename__ = "login_records"
    __table_args__ = (
        Index("ix_login_records_borrower", "borrower_id", "at", "id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    method: Mapped[LoginMethod]
    outcome: Mapped[LoginOutcome]
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    device_model: Mapped[str | None]
    geohash5: Mapped[str | None]
    ip_prefix: Mapped[str | None]
    """IPv4 /24 or IPv6 /48: enough to see a pattern, not a person's line."""
