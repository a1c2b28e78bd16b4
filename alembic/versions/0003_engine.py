"""Engine."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("loan_quotes", sa.Column("worst_case", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("product_versions", sa.Column("min_payment_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_product_versions_min_payment"), "product_versions", "min_payment_fen >= 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_product_versions_min_payment"), "product_versions", type_="check")
    op.drop_column("product_versions", "min_payment_fen")
    op.drop_column("loan_quotes", "worst_case")
