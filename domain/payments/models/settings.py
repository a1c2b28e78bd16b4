"""Settings of channels that the lender's people entered: what they asked for, and the versions that came of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class ChannelDraft(Row):
    """Settings that one person asked for, until another decides. Append only."""

    __tablename__ = "channel_drafts"

    channel: Mapped[str]
    former_version: Mapped[int]
    """What was in force when it was asked for: 0 is the environment's."""
    enabled: Mapped[bool]
    sealed: Mapped[bytes | None]
    """All settings, by the master key; NULL: the environment's are to be in force again."""
    at: Mapped[datetime]


class ChannelSetting(Row):
    """One version of a channel's settings; the newest is in force. Append only."""

    __tablename__ = "channel_settings"
    __table_args__ = (UniqueConstraint("channel", "version"),)

    channel: Mapped[str]
    version: Mapped[int]
    enabled: Mapped[bool]
    sealed: Mapped[bytes | None]
    mark: Mapped[bytes | None]
    """By which two versions that say the same are seen to, and nothing else is."""
    reason: Mapped[str]
    change_id: Mapped[UUID] = mapped_column(ForeignKey("change_requests.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
