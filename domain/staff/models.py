"""Rows of staff: members, their sessions, change requests."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.db import Row
from domain.shared.logins import LoginSession


class StaffStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class StaffMember(Row):
    __tablename__ = "staff_members"

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    roles: Mapped[list[str]]
    status: Mapped[StaffStatus] = mapped_column(default=StaffStatus.ACTIVE)
    seeded: Mapped[bool] = mapped_column(default=False)
    """Made with a known password for development; refused in production."""
    created_at: Mapped[datetime]

    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.id, frozenset(Role(role) for role in self.roles))


class StaffSession(LoginSession):
    """A log-in of a member of staff."""

    __tablename__ = "staff_sessions"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), index=True)


class ChangeState(StrEnum):
    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class ChangeRequest(Row):
    """Maker and checker: what is to change, from what to what, why; who asked; who decided."""

    __tablename__ = "change_requests"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
        Index("ix_change_requests_asked", "asked_at", "id"),
        Index(
            "uq_change_requests_waiting",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'ASKED'"),
        ),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str]
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.ASKED)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
