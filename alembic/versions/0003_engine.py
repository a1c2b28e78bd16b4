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
    op.create_table(
        "loan_simulations",
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("loan_version", sa.BigInteger(), nullable=False),
        sa.Column("supposed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("meanwhile", sa.Text(), nullable=False),
        sa.Column("looked_at_on", sa.Date(), nullable=False),
        sa.Column("saving_fen", sa.BigInteger(), nullable=True),
        sa.Column("payoff_fen", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_kind", sa.Text(), nullable=True),
        sa.Column("outcome_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_loan_simulations_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_simulations_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_simulations")),
    )
    op.create_index("ix_loan_simulations_loan", "loan_simulations", ["loan_id", "id"], unique=False)
    op.add_column("loan_quotes", sa.Column("worst_case", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("product_versions", sa.Column("min_payment_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_product_versions_min_payment"), "product_versions", "min_payment_fen >= 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_product_versions_min_payment"), "product_versions", type_="check")
    op.drop_column("product_versions", "min_payment_fen")
    op.drop_column("loan_quotes", "worst_case")
    op.drop_index("ix_loan_simulations_loan", table_name="loan_simulations")
    op.drop_table("loan_simulations")
