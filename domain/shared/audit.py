"""Who did what to what, when and why: append only, in the transaction of the act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.actors import Actor
from domain.shared.db import Row


class AuditRecord(Row):
    """One act. `details` never hold personal data in the clear."""

    __tablename__ = "audit_records"
    __table_args__ = (Index("ix_audit_records_subject", "subject_kind", "subject_id", "id"),)

    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


def record(
    session: AsyncSession,
    *,
    actor: Actor,
    action: str,
    subject: tuple[str, UUID | None],
    at: datetime,
    **details: Any,
) -> None:
    """Note an act; it stands or falls with this transaction."""
    session.add(
        AuditRecord(
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            details=details,
            at=at,
        )
    )
