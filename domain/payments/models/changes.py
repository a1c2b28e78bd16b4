"""One thing that was learnt of an attempt, a refund or a mandate, and who told us."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class Change(Row):
    """`told` is the word, `before` and `after` what we knew. Append only."""

    __abstract__ = True

    source: Mapped[str]
    told: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
