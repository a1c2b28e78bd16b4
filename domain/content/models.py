"""Rows of content."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from domain.shared.db import Row


class Banner(Row):
    """T26: a picture on the home page that leads somewhere, for a time."""

    __tablename__ = "banners"
    __table_args__ = (
        CheckConstraint("shown_until IS NULL OR shown_until > shown_from", name="in_order"),
        Index("ix_banners_shown", "position", "id", postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_banners_saved", "saved_at", "id"),
    )

    position: Mapped[int]
    """From the left, 1 first."""
    title_zh: Mapped[str]
    title_en: Mapped[str]
    image_url: Mapped[str]
    link_url: Mapped[str]
    shown_from: Mapped[datetime]
    shown_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    saved_at: Mapped[datetime]
