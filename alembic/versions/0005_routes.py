"""Routes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "payment_batches",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("batch_no", sa.Text(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "SUBMITTING",
                "UNSENT",
                "SENT",
                "UNKNOWN",
                "DONE",
                "NOT_SENT",
                name="batchstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_state", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("items > 0", name=op.f("ck_payment_batches_not_empty")),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_payment_batches_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
        sa.UniqueConstraint("channel", "batch_no", name=op.f("uq_payment_batches_channel_batch_no")),
    )
    op.create_index(
        "ix_payment_batches_ask",
        "payment_batches",
        ["ask_at", "id"],
        unique=False,
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )
    op.create_index("ix_payment_batches_state", "payment_batches", ["state", "submitted_at", "id"], unique=False)
    op.create_index("ix_payment_batches_submitted", "payment_batches", ["submitted_at", "id"], unique=False)
    op.add_column("channel_exchanges", sa.Column("batch_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_channel_exchanges_batch",
        "channel_exchanges",
        ["batch_id", "id"],
        unique=False,
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.add_column("inbox", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.alter_column("inbox", "body", existing_type=postgresql.BYTEA(), nullable=True)
    op.create_index("ix_inbox_clear", "inbox", ["id"], unique=False, postgresql_where="sealed IS NULL")
    op.create_index(
        "ix_inbox_refused", "inbox", ["source", "received_at"], unique=False, postgresql_where="state = 'REFUSED'"
    )
    op.add_column("mandates", sa.Column("return_url", sa.Text(), nullable=True))
    op.add_column("mandates", sa.Column("first_due_on", sa.Date(), nullable=True))
    op.alter_column("mandates", "bank_card_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(
        "uq_mandates_live_account",
        "mandates",
        ["borrower_id", "channel"],
        unique=True,
        postgresql_where=sa.text(
            "bank_card_id IS NULL AND status NOT IN ('REVOKING', 'REVOKED', 'DECLINED', 'EXPIRED')"
        ),
    )
    op.add_column("payment_attempts", sa.Column("batch_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_payment_attempts_batch",
        "payment_attempts",
        ["batch_id", "id"],
        unique=False,
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index("ix_payment_attempts_tries", "payment_attempts", ["channel", "submitted_at"], unique=False)
    op.create_foreign_key(
        op.f("fk_payment_attempts_batch_id"), "payment_attempts", "payment_batches", ["batch_id"], ["id"]
    )
    op.add_column("payment_orders", sa.Column("instead_of_id", sa.UUID(), nullable=True))
    op.add_column("payment_orders", sa.Column("choice", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index(
        "uq_payment_orders_instead",
        "payment_orders",
        ["instead_of_id"],
        unique=True,
        postgresql_where=sa.text("instead_of_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_payment_orders_instead_of_id"), "payment_orders", "payment_orders", ["instead_of_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_payment_orders_instead_of_id"), "payment_orders", type_="foreignkey")
    op.drop_index(
        "uq_payment_orders_instead", table_name="payment_orders", postgresql_where=sa.text("instead_of_id IS NOT NULL")
    )
    op.drop_column("payment_orders", "choice")
    op.drop_column("payment_orders", "instead_of_id")
    op.drop_constraint(op.f("fk_payment_attempts_batch_id"), "payment_attempts", type_="foreignkey")
    op.drop_index("ix_payment_attempts_tries", table_name="payment_attempts")
    op.drop_index(
        "ix_payment_attempts_batch", table_name="payment_attempts", postgresql_where=sa.text("batch_id IS NOT NULL")
    )
    op.drop_column("payment_attempts", "batch_id")
    op.drop_index(
        "uq_mandates_live_account",
        table_name="mandates",
        postgresql_where=sa.text(
            "bank_card_id IS NULL AND status NOT IN ('REVOKING', 'REVOKED', 'DECLINED', 'EXPIRED')"
        ),
    )
    op.alter_column("mandates", "bank_card_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("mandates", "first_due_on")
    op.drop_column("mandates", "return_url")
    op.drop_index("ix_inbox_refused", table_name="inbox", postgresql_where="state = 'REFUSED'")
    op.drop_index("ix_inbox_clear", table_name="inbox", postgresql_where="sealed IS NULL")
    op.alter_column("inbox", "body", existing_type=postgresql.BYTEA(), nullable=False)
    op.drop_column("inbox", "sealed")
    op.drop_index(
        "ix_channel_exchanges_batch", table_name="channel_exchanges", postgresql_where=sa.text("batch_id IS NOT NULL")
    )
    op.drop_column("channel_exchanges", "batch_id")
    op.drop_index("ix_payment_batches_submitted", table_name="payment_batches")
    op.drop_index("ix_payment_batches_state", table_name="payment_batches")
    op.drop_index(
        "ix_payment_batches_ask", table_name="payment_batches", postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.drop_table("payment_batches")
