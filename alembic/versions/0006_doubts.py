"""Doubts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Some databases were made while 0005 had this column.
    column = sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("payment_attempts", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("payment_attempts", "doubted_at")
