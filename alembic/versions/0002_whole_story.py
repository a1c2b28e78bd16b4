"""Whole story."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# What is evidence is never rewritten, not even by us.
EVIDENCE = (
    "bill_files",
    "bill_lines",
    "bill_readings",
    "contact_attempts",
    "contact_decisions",
    "mandate_changes",
    "reconciliation_runs",
    "refund_changes",
    "remittance_lines",
    "settlement_items",
    "settlements",
)


def upgrade() -> None:
    op.create_table(
        "banners",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("link_url", sa.Text(), nullable=False),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("shown_until IS NULL OR shown_until > shown_from", name=op.f("ck_banners_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_banners")),
    )
    op.create_index("ix_banners_saved", "banners", ["saved_at", "id"], unique=False)
    op.create_index(
        "ix_banners_shown",
        "banners",
        ["position", "id"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "bills",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "TRADE", "FUND", "PAYMENT", "REFUND", "FEE", "OTHER", name="billkind", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "WANTED",
                "NOT_READY",
                "NOT_OFFERED",
                "EMPTY",
                "FETCHED",
                "PARSED",
                "FAILED",
                name="billstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.UUID(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bills")),
        sa.UniqueConstraint("channel", "day", "kind", name=op.f("uq_bills_channel_day_kind")),
    )
    op.create_index(
        "ix_bills_ask", "bills", ["ask_at", "id"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_table(
        "key_marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_marks")),
    )
    op.create_table(
        "remittances",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "REQUESTED",
                "SUBMITTING",
                "ACCEPTED",
                "SUCCEEDED",
                "FAILED",
                "UNKNOWN",
                name="remittancestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_remittances_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittances")),
        sa.UniqueConstraint("reference", name=op.f("uq_remittances_reference")),
    )
    op.create_index(
        "ix_remittances_ask", "remittances", ["ask_at"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_remittances_list", "remittances", ["requested_at", "id"], unique=False)
    op.create_table(
        "bill_files",
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("hash_ok", sa.Boolean(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_bill_files_bill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_files")),
        sa.UniqueConstraint("bill_id", "sha256", name=op.f("uq_bill_files_bill_id_sha256")),
    )
    op.create_table(
        "settlements",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("payments_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunds_fen", sa.BigInteger(), nullable=False),
        sa.Column("fees_fen", sa.BigInteger(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("net_fen = payments_fen - refunds_fen - fees_fen", name=op.f("ck_settlements_whole")),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_settlements_bill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.UniqueConstraint("number", name=op.f("uq_settlements_number")),
    )
    op.create_index("ix_settlements_bill", "settlements", ["bill_id", "id"], unique=False)
    op.create_table(
        "bill_lines",
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "TRADE", "FUND", "PAYMENT", "REFUND", "FEE", "OTHER", name="billkind", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("understood", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("order_no", sa.Text(), nullable=True),
        sa.Column("provider_no", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_fen", sa.BigInteger(), nullable=True),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["bill_files.id"], name=op.f("fk_bill_lines_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_lines")),
        sa.UniqueConstraint("file_id", "n", name=op.f("uq_bill_lines_file_id_n")),
    )
    op.create_index(
        "ix_bill_lines_number", "bill_lines", ["number"], unique=False, postgresql_where=sa.text("number IS NOT NULL")
    )
    op.create_table(
        "bill_readings",
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["bill_files.id"], name=op.f("fk_bill_readings_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_readings")),
        sa.UniqueConstraint("file_id", name=op.f("uq_bill_readings_file_id")),
    )
    op.create_table(
        "reconciliation_runs",
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=False),
        sa.Column("ours_fen", sa.BigInteger(), nullable=False),
        sa.Column("fees_fen", sa.BigInteger(), nullable=False),
        sa.Column("settled_fen", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_reconciliation_runs_bill_id")),
        sa.ForeignKeyConstraint(["file_id"], ["bill_files.id"], name=op.f("fk_reconciliation_runs_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_runs")),
    )
    op.create_index("ix_reconciliation_runs_bill", "reconciliation_runs", ["bill_id", "id"], unique=False)
    op.create_index("ix_reconciliation_runs_when", "reconciliation_runs", ["finished_at", "id"], unique=False)
    op.create_table(
        "mandates",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("bank_card_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("mandate_no", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "REQUESTED",
                "AWAITING_CODE",
                "AWAITING_PAGE",
                "CONFIRMING",
                "PROCESSING",
                "UNKNOWN",
                "ACTIVE",
                "SUSPENDED",
                "REVOKING",
                "REVOKED",
                "DECLINED",
                "EXPIRED",
                name="mandatestatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cap_fen", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("terms_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("action", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("account_masked", sa.Text(), nullable=True),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("channel_state", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "refusal",
            sa.Enum(
                "DECLINED",
                "WRONG_CODE",
                "NOT_REACHED",
                "NO_ANSWER",
                name="mandaterefusal",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("status <> 'ACTIVE' OR token_sealed IS NOT NULL", name=op.f("ck_mandates_debitable")),
        sa.CheckConstraint("cap_fen > 0", name=op.f("ck_mandates_capped")),
        sa.ForeignKeyConstraint(["bank_card_id"], ["bank_cards.id"], name=op.f("fk_mandates_bank_card_id")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_mandates_borrower_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("channel", "mandate_no", name=op.f("uq_mandates_channel_mandate_no")),
        sa.UniqueConstraint("number", name=op.f("uq_mandates_number")),
    )
    op.create_index(
        "ix_mandates_active",
        "mandates",
        ["borrower_id", "signed_at"],
        unique=False,
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    op.create_index(
        "ix_mandates_ask", "mandates", ["ask_at", "id"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_mandates_borrower", "mandates", ["borrower_id", "created_at", "id"], unique=False)
    op.create_index("ix_mandates_card", "mandates", ["bank_card_id"], unique=False)
    op.create_index(
        "uq_mandates_live",
        "mandates",
        ["borrower_id", "bank_card_id", "channel"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('REVOKING', 'REVOKED', 'DECLINED', 'EXPIRED')"),
    )
    op.create_table(
        "settlement_items",
        sa.Column("settlement_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("way", sa.Enum("PAYMENT", "REFUND", "FEE", name="way", native_enum=False, length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["bill_lines.id"], name=op.f("fk_settlement_items_line_id")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_settlement_items_settlement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_items")),
        sa.UniqueConstraint("channel", "subject", name=op.f("uq_settlement_items_channel_subject")),
    )
    op.create_index("ix_settlement_items_settlement", "settlement_items", ["settlement_id", "id"], unique=False)
    op.create_table(
        "mandate_changes",
        sa.Column("mandate_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_changes_mandate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_changes")),
    )
    op.create_index("ix_mandate_changes_mandate", "mandate_changes", ["mandate_id", "id"], unique=False)
    op.create_table(
        "remittance_lines",
        sa.Column("remittance_id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("principal_fen <> 0", name=op.f("ck_remittance_lines_something")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_remittance_lines_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_remittance_lines_loan_id")),
        sa.ForeignKeyConstraint(["remittance_id"], ["remittances.id"], name=op.f("fk_remittance_lines_remittance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_lines")),
        sa.UniqueConstraint("remittance_id", "loan_id", name=op.f("uq_remittance_lines_remittance_id_loan_id")),
    )
    op.create_index(op.f("ix_remittance_lines_borrower_id"), "remittance_lines", ["borrower_id"], unique=False)
    op.create_index("ix_remittance_lines_loan", "remittance_lines", ["loan_id", "id"], unique=False)
    op.create_table(
        "collection_tasks",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "kind", sa.Enum("SMS", "CALL", "LOCATE", name="taskkind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("OPEN", "DONE", "CANCELLED", name="taskstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.UUID(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_collection_tasks_borrower_id")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_collection_tasks_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_collection_tasks_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_tasks")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_collection_tasks_case_id_key")),
    )
    op.create_index(op.f("ix_collection_tasks_borrower_id"), "collection_tasks", ["borrower_id"], unique=False)
    op.create_index("ix_collection_tasks_day", "collection_tasks", ["case_id", "kind", "on_day"], unique=False)
    op.create_index(
        "uq_collection_tasks_open",
        "collection_tasks",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.create_table(
        "contact_decisions",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column(
            "channel", sa.Enum("CALL", "SMS", "VISIT", name="channel", native_enum=False, length=40), nullable=False
        ),
        sa.Column("party", sa.Enum("DEBTOR", "CONTACT", name="party", native_enum=False, length=40), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("allowed = (rule IS NULL)", name=op.f("ck_contact_decisions_reason")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_contact_decisions_borrower_id")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_contact_decisions_case_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_decisions_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_decisions")),
    )
    op.create_index(op.f("ix_contact_decisions_borrower_id"), "contact_decisions", ["borrower_id"], unique=False)
    op.create_index("ix_contact_decisions_case", "contact_decisions", ["case_id", "id"], unique=False)
    op.create_table(
        "payment_promises",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("OPEN", "KEPT", "BROKEN", name="promisestatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.UUID(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_promises_positive")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_payment_promises_borrower_id")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_payment_promises_case_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_payment_promises_loan_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_members.id"], name=op.f("fk_payment_promises_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_promises")),
    )
    op.create_index(op.f("ix_payment_promises_borrower_id"), "payment_promises", ["borrower_id"], unique=False)
    op.create_index("ix_payment_promises_case", "payment_promises", ["case_id", "id"], unique=False)
    op.create_index(
        "uq_payment_promises_open",
        "payment_promises",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.create_table(
        "contact_attempts",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column(
            "channel", sa.Enum("CALL", "SMS", "VISIT", name="channel", native_enum=False, length=40), nullable=False
        ),
        sa.Column("party", sa.Enum("DEBTOR", "CONTACT", name="party", native_enum=False, length=40), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "ANSWERED",
                "PROMISED",
                "UNANSWERED",
                "INVALID_NUMBER",
                "REFUSED_BY_CONTACT",
                "SENT",
                name="outcome",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.UUID(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_contact_attempts_borrower_id")),
        sa.ForeignKeyConstraint(["case_id"], ["collection_cases.id"], name=op.f("fk_contact_attempts_case_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_attempts_contact_id")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["contact_decisions.id"], name=op.f("fk_contact_attempts_decision_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_members.id"], name=op.f("fk_contact_attempts_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_contact_attempts_decision_id")),
    )
    op.create_index("ix_contact_attempts_borrower", "contact_attempts", ["borrower_id", "id"], unique=False)
    op.create_index("ix_contact_attempts_case", "contact_attempts", ["case_id", "id"], unique=False)
    op.create_table(
        "discrepancies",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "finding",
            sa.Enum(
                "MATCHED",
                "FEE",
                "AMOUNT_DIFF",
                "ONLY_CHANNEL",
                "ONLY_OURS",
                "DUPLICATE_LINE",
                "PROBLEM",
                "TOTALS_DIFF",
                "NO_BILL",
                "OTHER_FILE",
                name="finding",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=True),
        sa.Column("attempt_id", sa.UUID(), nullable=True),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=False),
        sa.Column("ours_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "WAITING", "OPEN", "RESOLVED", "SELF_RESOLVED", name="discrepancystate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "resolution",
            sa.Enum("ASK_CHANNEL", "ACCEPT_CHANNEL", "ACCEPT_OURS", name="resolution", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("written_off_fen", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name=op.f("fk_discrepancies_attempt_id")),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_discrepancies_bill_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bill_lines.id"], name=op.f("fk_discrepancies_line_id")),
        sa.ForeignKeyConstraint(["resolved_by"], ["staff_members.id"], name=op.f("fk_discrepancies_resolved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
        sa.UniqueConstraint("bill_id", "finding", "subject", name=op.f("uq_discrepancies_bill_id_finding_subject")),
        sa.UniqueConstraint("number", name=op.f("uq_discrepancies_number")),
    )
    op.create_index("ix_discrepancies_list", "discrepancies", ["state", "found_at", "id"], unique=False)
    op.create_index("ix_discrepancies_when", "discrepancies", ["found_at", "id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("refund_no", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=True),
        sa.Column("unplaced_id", sa.UUID(), nullable=True),
        sa.Column("borrower_id", sa.UUID(), nullable=True),
        sa.Column("loan_id", sa.UUID(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "DOUBLE_PAYMENT",
                "WRONG_AMOUNT",
                "UNPLACED",
                "EXCESS",
                name="refundpurpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "REQUESTED",
                "SUBMITTING",
                "PROCESSING",
                "SUCCEEDED",
                "DECLINED",
                "UNKNOWN",
                name="refundstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("channel_state", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("provider_no", sa.Text(), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.CheckConstraint("(unplaced_id IS NULL) = (purpose = 'EXCESS')", name=op.f("ck_refunds_taken_from")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refunds_positive")),
        sa.CheckConstraint("attempt_id IS NOT NULL OR unplaced_id IS NOT NULL", name=op.f("ck_refunds_of_a_payment")),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name=op.f("fk_refunds_attempt_id")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_refunds_borrower_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_refunds_loan_id")),
        sa.ForeignKeyConstraint(["unplaced_id"], ["unplaced_payments.id"], name=op.f("fk_refunds_unplaced_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("channel", "refund_no", name=op.f("uq_refunds_channel_refund_no")),
        sa.UniqueConstraint("number", name=op.f("uq_refunds_number")),
    )
    op.create_index(
        "ix_refunds_ask", "refunds", ["ask_at", "id"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_refunds_attempt", "refunds", ["attempt_id", "id"], unique=False)
    op.create_index("ix_refunds_loan", "refunds", ["loan_id", "id"], unique=False)
    op.create_index("ix_refunds_requested", "refunds", ["requested_at", "id"], unique=False)
    op.create_index("ix_refunds_state", "refunds", ["state", "requested_at", "id"], unique=False)
    op.create_index("ix_refunds_unplaced", "refunds", ["unplaced_id", "id"], unique=False)
    op.create_index(
        "uq_refunds_under_way",
        "refunds",
        ["unplaced_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('REQUESTED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN')"),
    )
    op.create_table(
        "refund_changes",
        sa.Column("refund_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_changes_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_changes")),
    )
    op.create_index("ix_refund_changes_refund", "refund_changes", ["refund_id", "id"], unique=False)
    op.add_column("channel_exchanges", sa.Column("refund_id", sa.UUID(), nullable=True))
    op.add_column("channel_exchanges", sa.Column("mandate_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_channel_exchanges_mandate",
        "channel_exchanges",
        ["mandate_id", "id"],
        unique=False,
        postgresql_where=sa.text("mandate_id IS NOT NULL"),
    )
    op.create_index(
        "ix_channel_exchanges_refund",
        "channel_exchanges",
        ["refund_id", "id"],
        unique=False,
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )
    op.add_column("data_records", sa.Column("occasion", sa.UUID(), nullable=False))
    op.add_column("data_records", sa.Column("refusals", postgresql.ARRAY(sa.Text()), nullable=False))
    op.add_column("data_records", sa.Column("asks", sa.BigInteger(), nullable=False))
    op.create_index(
        "ix_data_records_ask", "data_records", ["ask_at"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index(
        "ix_data_records_raw",
        "data_records",
        ["raw_expires_at"],
        unique=False,
        postgresql_where=sa.text("raw_sealed IS NOT NULL"),
    )
    op.create_unique_constraint(op.f("uq_data_records_occasion_kind"), "data_records", ["occasion", "kind"])
    op.add_column("messages", sa.Column("decision_id", sa.UUID(), nullable=True))
    op.add_column(
        "payment_attempts", sa.Column("unsent", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index("ix_payment_attempts_loan", "payment_attempts", ["loan_id", "id"], unique=False)
    op.create_index(
        "ix_payment_attempts_paid",
        "payment_attempts",
        ["channel", "paid_at"],
        unique=False,
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )
    op.add_column(
        "payment_orders",
        sa.Column(
            "method",
            sa.Enum("ACTIVE", "WITHHOLDING", name="paymentmethod", native_enum=False, length=40),
            server_default="ACTIVE",
            nullable=False,
        ),
    )
    op.add_column("payment_orders", sa.Column("mandate_id", sa.UUID(), nullable=True))
    op.add_column("payment_orders", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("payment_orders", sa.Column("once_key", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_payment_orders_once_key"), "payment_orders", ["once_key"])
    op.create_foreign_key(op.f("fk_payment_orders_mandate_id"), "payment_orders", "mandates", ["mandate_id"], ["id"])
    op.add_column("unplaced_payments", sa.Column("resolved_by", sa.Text(), nullable=True))
    op.add_column("unplaced_payments", sa.Column("resolution_reason", sa.Text(), nullable=True))
    op.add_column("unplaced_payments", sa.Column("applied_as", sa.UUID(), nullable=True))
    op.alter_column(
        "unplaced_payments",
        "resolution",
        existing_type=sa.TEXT(),
        type_=sa.Enum("REFUNDED", "APPLIED", "CLOSED", name="resolution", native_enum=False, length=40),
        existing_nullable=True,
    )
    op.create_index("ix_unplaced_payments_found", "unplaced_payments", ["found_at", "id"], unique=False)
    op.create_unique_constraint(op.f("uq_unplaced_payments_applied_as"), "unplaced_payments", ["applied_as"])
    op.create_check_constraint(
        op.f("ck_payment_orders_mandated"), "payment_orders", "(method = 'WITHHOLDING') = (mandate_id IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_unplaced_payments_resolved"), "unplaced_payments", "(resolved_at IS NULL) = (resolution IS NULL)"
    )
    for table in EVIDENCE:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_orders_mandated"), "payment_orders", type_="check")
    op.drop_constraint(op.f("ck_unplaced_payments_resolved"), "unplaced_payments", type_="check")
    op.drop_constraint(op.f("uq_unplaced_payments_applied_as"), "unplaced_payments", type_="unique")
    op.drop_index("ix_unplaced_payments_found", table_name="unplaced_payments")
    op.alter_column(
        "unplaced_payments",
        "resolution",
        existing_type=sa.Enum("REFUNDED", "APPLIED", "CLOSED", name="resolution", native_enum=False, length=40),
        type_=sa.TEXT(),
        existing_nullable=True,
    )
    op.drop_column("unplaced_payments", "applied_as")
    op.drop_column("unplaced_payments", "resolution_reason")
    op.drop_column("unplaced_payments", "resolved_by")
    op.drop_constraint(op.f("fk_payment_orders_mandate_id"), "payment_orders", type_="foreignkey")
    op.drop_constraint(op.f("uq_payment_orders_once_key"), "payment_orders", type_="unique")
    op.drop_column("payment_orders", "once_key")
    op.drop_column("payment_orders", "due_on")
    op.drop_column("payment_orders", "mandate_id")
    op.drop_column("payment_orders", "method")
    op.drop_index(
        "ix_payment_attempts_paid", table_name="payment_attempts", postgresql_where=sa.text("paid_at IS NOT NULL")
    )
    op.drop_index("ix_payment_attempts_loan", table_name="payment_attempts")
    op.drop_column("payment_attempts", "unsent")
    op.drop_column("messages", "decision_id")
    op.drop_constraint(op.f("uq_data_records_occasion_kind"), "data_records", type_="unique")
    op.drop_index("ix_data_records_raw", table_name="data_records", postgresql_where=sa.text("raw_sealed IS NOT NULL"))
    op.drop_index("ix_data_records_ask", table_name="data_records", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_column("data_records", "asks")
    op.drop_column("data_records", "refusals")
    op.drop_column("data_records", "occasion")
    op.drop_index(
        "ix_channel_exchanges_refund", table_name="channel_exchanges", postgresql_where=sa.text("refund_id IS NOT NULL")
    )
    op.drop_index(
        "ix_channel_exchanges_mandate",
        table_name="channel_exchanges",
        postgresql_where=sa.text("mandate_id IS NOT NULL"),
    )
    op.drop_column("channel_exchanges", "mandate_id")
    op.drop_column("channel_exchanges", "refund_id")
    op.drop_index("ix_refund_changes_refund", table_name="refund_changes")
    op.drop_table("refund_changes")
    op.drop_index(
        "uq_refunds_under_way",
        table_name="refunds",
        postgresql_where=sa.text("state IN ('REQUESTED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN')"),
    )
    op.drop_index("ix_refunds_unplaced", table_name="refunds")
    op.drop_index("ix_refunds_state", table_name="refunds")
    op.drop_index("ix_refunds_requested", table_name="refunds")
    op.drop_index("ix_refunds_loan", table_name="refunds")
    op.drop_index("ix_refunds_attempt", table_name="refunds")
    op.drop_index("ix_refunds_ask", table_name="refunds", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("refunds")
    op.drop_index("ix_discrepancies_when", table_name="discrepancies")
    op.drop_index("ix_discrepancies_list", table_name="discrepancies")
    op.drop_table("discrepancies")
    op.drop_index("ix_contact_attempts_case", table_name="contact_attempts")
    op.drop_index("ix_contact_attempts_borrower", table_name="contact_attempts")
    op.drop_table("contact_attempts")
    op.drop_index(
        "uq_payment_promises_open", table_name="payment_promises", postgresql_where=sa.text("status = 'OPEN'")
    )
    op.drop_index("ix_payment_promises_case", table_name="payment_promises")
    op.drop_index(op.f("ix_payment_promises_borrower_id"), table_name="payment_promises")
    op.drop_table("payment_promises")
    op.drop_index("ix_contact_decisions_case", table_name="contact_decisions")
    op.drop_index(op.f("ix_contact_decisions_borrower_id"), table_name="contact_decisions")
    op.drop_table("contact_decisions")
    op.drop_index(
        "uq_collection_tasks_open", table_name="collection_tasks", postgresql_where=sa.text("status = 'OPEN'")
    )
    op.drop_index("ix_collection_tasks_day", table_name="collection_tasks")
    op.drop_index(op.f("ix_collection_tasks_borrower_id"), table_name="collection_tasks")
    op.drop_table("collection_tasks")
    op.drop_index("ix_remittance_lines_loan", table_name="remittance_lines")
    op.drop_index(op.f("ix_remittance_lines_borrower_id"), table_name="remittance_lines")
    op.drop_table("remittance_lines")
    op.drop_index("ix_mandate_changes_mandate", table_name="mandate_changes")
    op.drop_table("mandate_changes")
    op.drop_index("ix_settlement_items_settlement", table_name="settlement_items")
    op.drop_table("settlement_items")
    op.drop_index(
        "uq_mandates_live",
        table_name="mandates",
        postgresql_where=sa.text("status NOT IN ('REVOKING', 'REVOKED', 'DECLINED', 'EXPIRED')"),
    )
    op.drop_index("ix_mandates_card", table_name="mandates")
    op.drop_index("ix_mandates_borrower", table_name="mandates")
    op.drop_index("ix_mandates_ask", table_name="mandates", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_index("ix_mandates_active", table_name="mandates", postgresql_where=sa.text("status = 'ACTIVE'"))
    op.drop_table("mandates")
    op.drop_index("ix_reconciliation_runs_when", table_name="reconciliation_runs")
    op.drop_index("ix_reconciliation_runs_bill", table_name="reconciliation_runs")
    op.drop_table("reconciliation_runs")
    op.drop_table("bill_readings")
    op.drop_index("ix_bill_lines_number", table_name="bill_lines", postgresql_where=sa.text("number IS NOT NULL"))
    op.drop_table("bill_lines")
    op.drop_index("ix_settlements_bill", table_name="settlements")
    op.drop_table("settlements")
    op.drop_table("bill_files")
    op.drop_index("ix_remittances_list", table_name="remittances")
    op.drop_index("ix_remittances_ask", table_name="remittances", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("remittances")
    op.drop_table("key_marks")
    op.drop_index("ix_bills_ask", table_name="bills", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("bills")
    op.drop_index("ix_banners_shown", table_name="banners", postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.drop_index("ix_banners_saved", table_name="banners")
    op.drop_table("banners")
