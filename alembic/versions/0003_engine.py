"""Engine."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# What is evidence is never rewritten, not even by us.
EVIDENCE = (
    "paper_links",
    "papers",
    "policy_values",
    "product_versions",
)


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
    op.create_table(
        "papers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CONTRACT",
                "SIGNED_CONTRACT",
                "STATEMENT",
                "SETTLEMENT_CERTIFICATE",
                name="paperkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_papers_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_papers_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("mark", name=op.f("uq_papers_mark")),
        sa.UniqueConstraint("number", name=op.f("uq_papers_number")),
    )
    op.create_index(op.f("ix_papers_borrower_id"), "papers", ["borrower_id"], unique=False)
    op.create_index("ix_papers_loan", "papers", ["loan_id", "id"], unique=False)
    op.create_table(
        "paper_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CONTRACT",
                "SIGNED_CONTRACT",
                "STATEMENT",
                "SETTLEMENT_CERTIFICATE",
                name="paperkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("paper_id", sa.UUID(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_paper_links_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_paper_links_loan_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_paper_links_paper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_paper_links_token_hash")),
    )
    op.create_index(op.f("ix_paper_links_borrower_id"), "paper_links", ["borrower_id"], unique=False)
    op.create_index("ix_paper_links_loan", "paper_links", ["loan_id", "asked_at"], unique=False)
    op.add_column("loan_quotes", sa.Column("worst_case", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("policy_values", sa.Column("change_id", sa.UUID(), nullable=True))
    op.add_column("product_versions", sa.Column("min_payment_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_product_versions_min_payment"), "product_versions", "min_payment_fen >= 0")
    for table in EVIDENCE:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_product_versions_min_payment"), "product_versions", type_="check")
    op.execute("DROP TRIGGER append_only ON policy_values")
    op.execute("DROP TRIGGER append_only ON product_versions")
    op.drop_column("product_versions", "min_payment_fen")
    op.drop_column("policy_values", "change_id")
    op.drop_column("loan_quotes", "worst_case")
    op.drop_index("ix_paper_links_loan", table_name="paper_links")
    op.drop_index(op.f("ix_paper_links_borrower_id"), table_name="paper_links")
    op.drop_table("paper_links")
    op.drop_index("ix_papers_loan", table_name="papers")
    op.drop_index(op.f("ix_papers_borrower_id"), table_name="papers")
    op.drop_table("papers")
    op.drop_index("ix_loan_simulations_loan", table_name="loan_simulations")
    op.drop_table("loan_simulations")
