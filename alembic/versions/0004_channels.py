"""Channels."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# What is evidence is never rewritten, not even by us.
EVIDENCE = (
    "channel_drafts",
    "channel_exchange_verdicts",
    "channel_settings",
)


def upgrade() -> None:
    op.create_table(
        "channel_drafts",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("former_version", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_drafts")),
    )
    op.create_table(
        "channel_exchange_verdicts",
        sa.Column("exchange_id", sa.UUID(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column(
            "signature",
            sa.Enum("HELD", "BROKEN", "NOT_SAID", name="signature", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["channel_exchanges.id"], name=op.f("fk_channel_exchange_verdicts_exchange_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_exchange_verdicts")),
        sa.UniqueConstraint("exchange_id", name=op.f("uq_channel_exchange_verdicts_exchange_id")),
    )
    op.create_table(
        "channel_settings",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mark", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change_id", sa.UUID(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_members.id"], name=op.f("fk_channel_settings_asked_by")),
        sa.ForeignKeyConstraint(["change_id"], ["change_requests.id"], name=op.f("fk_channel_settings_change_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_members.id"], name=op.f("fk_channel_settings_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_settings")),
        sa.UniqueConstraint("channel", "version", name=op.f("uq_channel_settings_channel_version")),
    )
    op.add_column("inbox", sa.Column("about", sa.Text(), nullable=True))
    op.create_index("ix_inbox_about", "inbox", ["source", "about"], unique=False, postgresql_where="about IS NOT NULL")
    op.add_column("mandates", sa.Column("token_index", sa.LargeBinary(), nullable=True))
    op.add_column(
        "mandates", sa.Column("query_final_after", sa.Interval(), server_default="10 minutes", nullable=False)
    )
    op.add_column("mandates", sa.Column("final_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_mandates_token",
        "mandates",
        ["channel", "token_index"],
        unique=False,
        postgresql_where=sa.text("token_index IS NOT NULL"),
    )
    op.add_column("payment_attempts", sa.Column("batch_no", sa.Text(), nullable=True))
    op.add_column("payment_attempts", sa.Column("batch_position", sa.BigInteger(), nullable=True))
    op.create_index(
        "uq_payment_attempts_batch",
        "payment_attempts",
        ["channel", "batch_no", "batch_position"],
        unique=True,
        postgresql_where=sa.text("batch_no IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_payment_attempts_batched"), "payment_attempts", "(batch_no IS NULL) = (batch_position IS NULL)"
    )
    for table in EVIDENCE:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_attempts_batched"), "payment_attempts", type_="check")
    op.drop_index(
        "uq_payment_attempts_batch", table_name="payment_attempts", postgresql_where=sa.text("batch_no IS NOT NULL")
    )
    op.drop_column("payment_attempts", "batch_position")
    op.drop_column("payment_attempts", "batch_no")
    op.drop_index("ix_mandates_token", table_name="mandates", postgresql_where=sa.text("token_index IS NOT NULL"))
    op.drop_column("mandates", "final_at")
    op.drop_column("mandates", "query_final_after")
    op.drop_column("mandates", "token_index")
    op.drop_index("ix_inbox_about", table_name="inbox", postgresql_where="about IS NOT NULL")
    op.drop_column("inbox", "about")
    op.drop_table("channel_settings")
    op.drop_table("channel_exchange_verdicts")
    op.drop_table("channel_drafts")
