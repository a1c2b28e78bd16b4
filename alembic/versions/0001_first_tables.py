"""The first tables, and what the database itself guards: transfers that balance, evidence that is never rewritten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A transfer is judged once it is whole: when its transaction commits.
BALANCE = (
    """
    CREATE FUNCTION ledger_transfer_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        difference numeric;
    BEGIN
        SELECT sum(CASE side WHEN 'DEBIT' THEN amount_fen ELSE -amount_fen END) INTO difference
        FROM ledger_entries WHERE transfer_id = NEW.transfer_id;
        IF difference <> 0 THEN
            RAISE EXCEPTION 'transfer % does not balance: debits less credits are % fen', NEW.transfer_id, difference
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_balances';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER ledger_transfer_balances AFTER INSERT ON ledger_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transfer_balances()
    """,
)

APPEND_ONLY = """
    CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append only: corrections are added, rows are never changed or removed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
    END $$
"""

# What is evidence is never rewritten, not even by us.
EVIDENCE = (
    "audit_records",
    "channel_exchanges",
    "credit_line_movements",
    "ledger_entries",
    "ledger_transfers",
    "loan_events",
    "payment_attempt_changes",
    "review_decisions",
)

WAKE_RELAY = (
    """
    CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('suidai_outbox', '');
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake()",
)


def upgrade() -> None:
    op.create_table(
        "audit_records",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_records"),
    )
    op.create_index("ix_audit_records_subject", "audit_records", ["subject_kind", "subject_id", "id"])
    op.create_table(
        "borrowers",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_borrowers"),
        sa.UniqueConstraint("number", name="uq_borrowers_number"),
        sa.UniqueConstraint("phone_index", name="uq_borrowers_phone_index"),
    )
    op.create_index("ix_borrowers_registered", "borrowers", ["registered_at", "id"])
    op.create_table(
        "business_clock",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ahead_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ahead_us >= 0", name="ck_business_clock_forward"),
        sa.CheckConstraint("id = 1", name="ck_business_clock_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_business_clock"),
    )
    op.create_table(
        "channel_exchanges",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_channel_exchanges"),
    )
    op.create_index("ix_channel_exchanges_attempt", "channel_exchanges", ["attempt_id", "id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("outcome_kind", sa.Text(), nullable=True),
        sa.Column("outcome_id", sa.UUID(), nullable=True),
        sa.Column("refusal", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.UniqueConstraint("actor", "key", name="uq_idempotency_keys_actor_key"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("source", "content_hash", name="uq_inbox_source_content_hash"),
    )
    op.create_index(
        "ix_inbox_open", "inbox", ["received_at", "id"], unique=False, postgresql_where="state = 'RECEIVED'"
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_runs"),
        sa.UniqueConstraint("name", "scheduled_for", name="uq_job_runs_name_scheduled_for"),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_ledger_accounts"),
    )
    op.create_table(
        "ledger_closed_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("debit_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_ledger_closed_days"),
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("booking_date", sa.Date(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transfers"),
        sa.UniqueConstraint("source", name="uq_ledger_transfers_source"),
    )
    op.create_index("ix_ledger_transfers_booking", "ledger_transfers", ["booking_date", "id"])
    op.create_index("ix_ledger_transfers_loan", "ledger_transfers", ["loan_id", "id"])
    op.create_table(
        "loan_products",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_loan_products"),
        sa.UniqueConstraint("code", name="uq_loan_products_code"),
    )
    op.create_table(
        "login_codes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_login_codes"),
    )
    op.create_index("ix_login_codes_phone", "login_codes", ["phone_index", "purpose", "sent_at"])
    op.create_table(
        "login_guards",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_login_guards"),
    )
    op.create_table(
        "message_templates",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_templates"),
        sa.UniqueConstraint("code", "language", "version", name="uq_message_templates_code_language_version"),
    )
    op.create_table(
        "number_series",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "day", name="pk_number_series"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.String(40), server_default="PENDING", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["available_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_table(
        "policy_values",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_values"),
    )
    op.create_index("ix_policy_values_name", "policy_values", ["name", "effective_from"])
    op.create_table(
        "recurring_schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at_minute", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resume_from", postgresql.JSONB(), nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_recurring_schedules"),
    )
    op.create_table(
        "scheduled_actions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_actions"),
        sa.UniqueConstraint("kind", "key", name="uq_scheduled_actions_kind_key"),
    )
    op.create_index(
        "ix_scheduled_actions_due",
        "scheduled_actions",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_table(
        "staff_members",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("seeded", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_members"),
        sa.UniqueConstraint("username", name="uq_staff_members_username"),
    )
    op.create_table(
        "borrower_sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("family_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_borrower_sessions_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_borrower_sessions"),
        sa.UniqueConstraint("family_hash", name="uq_borrower_sessions_family_hash"),
    )
    op.create_index("ix_borrower_sessions_borrower_id", "borrower_sessions", ["borrower_id"])
    op.create_table(
        "change_requests",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="ck_change_requests_two_people"),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_members.id"], name="fk_change_requests_asked_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_members.id"], name="fk_change_requests_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_change_requests"),
    )
    op.create_index("ix_change_requests_asked", "change_requests", ["asked_at", "id"])
    op.create_index("ix_change_requests_subject_id", "change_requests", ["subject_id"])
    op.create_index(
        "uq_change_requests_waiting",
        "change_requests",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'ASKED'"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_consents_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_borrower", "consents", ["borrower_id", "granted_at", "id"])
    op.create_index(
        "uq_consents_standing",
        "consents",
        ["borrower_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_contacts_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_borrower_id", "contacts", ["borrower_id"])
    op.create_index("ix_contacts_phone_index", "contacts", ["phone_index"])
    op.create_index(
        "uq_contacts_current",
        "contacts",
        ["borrower_id", "ordinal"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "employments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("monthly_pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_employments_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_employments"),
        sa.UniqueConstraint("borrower_id", "version", name="uq_employments_borrower_id_version"),
    )
    op.create_index(
        "uq_employments_current",
        "employments",
        ["borrower_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "images",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("upload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("upload_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_images_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("upload_hash", name="uq_images_upload_hash"),
    )
    op.create_index("ix_images_borrower_id", "images", ["borrower_id"])
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("transfer_id", sa.UUID(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("booking_date", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name="ck_ledger_entries_positive"),
        sa.ForeignKeyConstraint(["account_code"], ["ledger_accounts.code"], name="fk_ledger_entries_account_code"),
        sa.ForeignKeyConstraint(["transfer_id"], ["ledger_transfers.id"], name="fk_ledger_entries_transfer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entries"),
    )
    op.create_index("ix_ledger_entries_account", "ledger_entries", ["account_code", "booking_date", "id"])
    op.create_index("ix_ledger_entries_transfer_id", "ledger_entries", ["transfer_id"])
    op.create_table(
        "login_records",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(), nullable=True),
        sa.Column("device_model", sa.Text(), nullable=True),
        sa.Column("geohash5", sa.Text(), nullable=True),
        sa.Column("ip_prefix", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_login_records_borrower_id"),
        sa.PrimaryKeyConstraint("id", "at", name="pk_login_records"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_login_records_borrower", "login_records", ["borrower_id", "at", "id"])
    op.create_table(
        "messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=True),
        sa.Column("loan_id", sa.UUID(), nullable=True),
        sa.Column("once_key", sa.Text(), nullable=False),
        sa.Column("template_code", sa.Text(), nullable=False),
        sa.Column("template_version", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("to_masked", sa.Text(), nullable=False),
        sa.Column("params_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_messages_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("once_key", name="uq_messages_once_key"),
    )
    op.create_index(
        "ix_messages_asks", "messages", ["ask_at", "id"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_messages_borrower", "messages", ["borrower_id", "created_at", "id"])
    op.create_index("ix_messages_provider_reference", "messages", ["provider_reference"])
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["send_after", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'QUEUED' AND released_at IS NULL"),
    )
    op.create_table(
        "product_versions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("min_terms", sa.BigInteger(), nullable=False),
        sa.Column("max_terms", sa.BigInteger(), nullable=False),
        sa.Column("min_amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("max_amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_step_fen", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=14, scale=10), nullable=False),
        sa.Column("day_count", sa.Text(), nullable=False),
        sa.Column("penalty_multiplier", sa.Numeric(precision=14, scale=10), nullable=False),
        sa.Column("penalty_base", sa.Text(), nullable=False),
        sa.Column("grace_days", sa.BigInteger(), nullable=False),
        sa.Column("prepay", sa.Text(), nullable=False),
        sa.Column("prepay_fee_rate", sa.Numeric(precision=14, scale=10), nullable=False),
        sa.Column("min_tail_fen", sa.BigInteger(), nullable=False),
        sa.Column("dpd_switch", sa.BigInteger(), nullable=False),
        sa.Column("dpd_threshold_fen", sa.BigInteger(), nullable=False),
        sa.Column("waterfall", postgresql.JSONB(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("min_read_seconds", sa.BigInteger(), nullable=False),
        sa.Column("quote_valid_minutes", sa.BigInteger(), nullable=False),
        sa.Column("sign_within_days", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("min_amount_fen BETWEEN 1 AND max_amount_fen", name="ck_product_versions_amounts"),
        sa.CheckConstraint("min_terms BETWEEN 1 AND max_terms", name="ck_product_versions_terms"),
        sa.ForeignKeyConstraint(["product_id"], ["loan_products.id"], name="fk_product_versions_product_id"),
        sa.PrimaryKeyConstraint("id", name="pk_product_versions"),
        sa.UniqueConstraint("product_id", "version", name="uq_product_versions_product_id_version"),
    )
    op.create_table(
        "profiles",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_type", sa.Text(), nullable=False),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_index", sa.LargeBinary(), nullable=False),
        sa.Column("id_address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("education", sa.String(40), nullable=True),
        sa.Column("current_address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("real_name_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_profiles_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_profiles"),
        sa.UniqueConstraint("borrower_id", "version", name="uq_profiles_borrower_id_version"),
    )
    op.create_index("ix_profiles_id_number_index", "profiles", ["id_number_index"])
    op.create_index(
        "uq_profiles_current",
        "profiles",
        ["borrower_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        "uq_profiles_proven",
        "profiles",
        ["id_number_index"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL AND real_name_at IS NOT NULL"),
    )
    op.create_table(
        "review_tasks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("claimed_by", sa.UUID(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_review_tasks_borrower_id"),
        sa.ForeignKeyConstraint(["claimed_by"], ["staff_members.id"], name="fk_review_tasks_claimed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_review_tasks"),
        sa.UniqueConstraint("subject_kind", "subject_id", name="uq_review_tasks_subject_kind_subject_id"),
    )
    op.create_index("ix_review_tasks_borrower_id", "review_tasks", ["borrower_id"])
    op.create_index("ix_review_tasks_queue", "review_tasks", ["status", "opened_at", "id"])
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("family_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name="fk_staff_sessions_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_sessions"),
        sa.UniqueConstraint("family_hash", name="uq_staff_sessions_family_hash"),
    )
    op.create_index("ix_staff_sessions_staff_id", "staff_sessions", ["staff_id"])
    op.create_table(
        "bank_cards",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("profile_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("bank_name", sa.Text(), nullable=True),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("card_index", sa.LargeBinary(), nullable=False),
        sa.Column("card_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("refusal", sa.String(40), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_bank_cards_borrower_id"),
        sa.ForeignKeyConstraint(["profile_id"], ["profiles.id"], name="fk_bank_cards_profile_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bank_cards"),
        sa.UniqueConstraint("reference", name="uq_bank_cards_reference"),
    )
    op.create_index(
        "ix_bank_cards_asks",
        "bank_cards",
        ["ask_at", "id"],
        unique=False,
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )
    op.create_index("ix_bank_cards_borrower", "bank_cards", ["borrower_id", "created_at", "id"])
    op.create_index(
        "uq_bank_cards_live",
        "bank_cards",
        ["borrower_id", "card_index"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('REFUSED', 'UNBOUND')"),
    )
    op.create_table(
        "credit_applications",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("supersedes_id", sa.UUID(), nullable=True),
        sa.Column("profile_id", sa.UUID(), nullable=False),
        sa.Column("employment_id", sa.UUID(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_credit_applications_borrower_id"),
        sa.ForeignKeyConstraint(["employment_id"], ["employments.id"], name="fk_credit_applications_employment_id"),
        sa.ForeignKeyConstraint(["profile_id"], ["profiles.id"], name="fk_credit_applications_profile_id"),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["credit_applications.id"], name="fk_credit_applications_supersedes_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credit_applications"),
        sa.UniqueConstraint("number", name="uq_credit_applications_number"),
        sa.UniqueConstraint("supersedes_id", name="uq_credit_applications_supersedes_id"),
    )
    op.create_index("ix_credit_applications_borrower", "credit_applications", ["borrower_id", "id"])
    op.create_index("ix_credit_applications_status", "credit_applications", ["status", "submitted_at", "id"])
    op.create_index(
        "uq_credit_applications_open",
        "credit_applications",
        ["borrower_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('SUBMITTED', 'RISK_PENDING')"),
    )
    op.create_table(
        "data_records",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("consent_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("features_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_data_records_borrower_id"),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name="fk_data_records_consent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_data_records"),
        sa.UniqueConstraint("reference", name="uq_data_records_reference"),
    )
    op.create_index("ix_data_records_borrower_id", "data_records", ["borrower_id"])
    op.create_table(
        "identity_checks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("front_image_id", sa.UUID(), nullable=True),
        sa.Column("back_image_id", sa.UUID(), nullable=True),
        sa.Column("face_image_id", sa.UUID(), nullable=True),
        sa.Column("card_check_id", sa.UUID(), nullable=True),
        sa.Column("provider_receipt", sa.Text(), nullable=True),
        sa.Column("score_millis", sa.BigInteger(), nullable=True),
        sa.Column("fields_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["back_image_id"], ["images.id"], name="fk_identity_checks_back_image_id"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_identity_checks_borrower_id"),
        sa.ForeignKeyConstraint(["card_check_id"], ["identity_checks.id"], name="fk_identity_checks_card_check_id"),
        sa.ForeignKeyConstraint(["face_image_id"], ["images.id"], name="fk_identity_checks_face_image_id"),
        sa.ForeignKeyConstraint(["front_image_id"], ["images.id"], name="fk_identity_checks_front_image_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_checks"),
    )
    op.create_index(
        "ix_identity_checks_asks",
        "identity_checks",
        ["ask_at", "id"],
        unique=False,
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )
    op.create_index("ix_identity_checks_borrower", "identity_checks", ["borrower_id", "created_at", "id"])
    op.create_index(
        "uq_identity_checks_open",
        "identity_checks",
        ["borrower_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status IN ('QUEUED', 'RUNNING', 'UNKNOWN')"),
    )
    op.create_table(
        "image_contents",
        sa.Column("image_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_image_contents_image_id"),
        sa.PrimaryKeyConstraint("image_id", name="pk_image_contents"),
    )
    op.create_table(
        "loan_quotes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("product_version_id", sa.UUID(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.BigInteger(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("total_interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("cost_nominal", sa.Numeric(precision=14, scale=10), nullable=False),
        sa.Column("cost_effective", sa.Numeric(precision=14, scale=10), nullable=False),
        sa.Column("cost_simple", sa.Numeric(precision=14, scale=10), nullable=False),
        sa.Column("ceiling", postgresql.JSONB(), nullable=False),
        sa.Column("disclosure", postgresql.JSONB(), nullable=False),
        sa.Column("disclosure_hash", sa.LargeBinary(), nullable=False),
        sa.Column("min_read_seconds", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_loan_quotes_borrower_id"),
        sa.ForeignKeyConstraint(
            ["product_version_id"], ["product_versions.id"], name="fk_loan_quotes_product_version_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_loan_quotes"),
    )
    op.create_index("ix_loan_quotes_borrower", "loan_quotes", ["borrower_id", "id"])
    op.create_table(
        "review_decisions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("task_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("reviewer_id", sa.UUID(), nullable=False),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("field_reasons", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_review_decisions_borrower_id"),
        sa.ForeignKeyConstraint(["reviewer_id"], ["staff_members.id"], name="fk_review_decisions_reviewer_id"),
        sa.ForeignKeyConstraint(["task_id"], ["review_tasks.id"], name="fk_review_decisions_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_review_decisions"),
        sa.UniqueConstraint("task_id", name="uq_review_decisions_task_id"),
    )
    op.create_index("ix_review_decisions_borrower_id", "review_decisions", ["borrower_id"])
    op.create_table(
        "credit_lines",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("limit_fen", sa.BigInteger(), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.Column("reserved_fen", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "used_fen >= 0 AND reserved_fen >= 0 AND limit_fen >= 0", name="ck_credit_lines_not_negative"
        ),
        sa.ForeignKeyConstraint(["application_id"], ["credit_applications.id"], name="fk_credit_lines_application_id"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_credit_lines_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_lines"),
        sa.UniqueConstraint("application_id", name="uq_credit_lines_application_id"),
        sa.UniqueConstraint("number", name="uq_credit_lines_number"),
    )
    op.create_index(
        "uq_credit_lines_live",
        "credit_lines",
        ["borrower_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'CLOSED'"),
    )
    op.create_table(
        "risk_decisions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("provider_decision_id", sa.Text(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("limit_fen", sa.BigInteger(), nullable=True),
        sa.Column("limit_until", sa.Date(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["credit_applications.id"], name="fk_risk_decisions_application_id"
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_risk_decisions_borrower_id"),
        sa.PrimaryKeyConstraint("id", name="pk_risk_decisions"),
        sa.UniqueConstraint("application_id", name="uq_risk_decisions_application_id"),
        sa.UniqueConstraint("provider", "provider_decision_id", name="uq_risk_decisions_provider_provider_decision_id"),
        sa.UniqueConstraint("reference", name="uq_risk_decisions_reference"),
    )
    op.create_index(
        "ix_risk_decisions_ask",
        "risk_decisions",
        ["ask_at"],
        unique=False,
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )
    op.create_index("ix_risk_decisions_borrower_id", "risk_decisions", ["borrower_id"])
    op.create_table(
        "credit_line_movements",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_credit_line_movements_borrower_id"),
        sa.ForeignKeyConstraint(["line_id"], ["credit_lines.id"], name="fk_credit_line_movements_line_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_line_movements"),
        sa.UniqueConstraint("source", name="uq_credit_line_movements_source"),
    )
    op.create_index("ix_credit_line_movements_line", "credit_line_movements", ["line_id", "id"])
    op.create_table(
        "loans",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("product_version_id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("credit_line_id", sa.UUID(), nullable=False),
        sa.Column("bank_card_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sign_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_early", sa.Boolean(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("undue_fen", sa.BigInteger(), nullable=False),
        sa.Column("principal_open_fen", sa.BigInteger(), nullable=False),
        sa.Column("excess_fen", sa.BigInteger(), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("principal_fen > 0", name="ck_loans_positive"),
        sa.ForeignKeyConstraint(["bank_card_id"], ["bank_cards.id"], name="fk_loans_bank_card_id"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_loans_borrower_id"),
        sa.ForeignKeyConstraint(["credit_line_id"], ["credit_lines.id"], name="fk_loans_credit_line_id"),
        sa.ForeignKeyConstraint(["product_version_id"], ["product_versions.id"], name="fk_loans_product_version_id"),
        sa.ForeignKeyConstraint(["quote_id"], ["loan_quotes.id"], name="fk_loans_quote_id"),
        sa.PrimaryKeyConstraint("id", name="pk_loans"),
        sa.UniqueConstraint("number", name="uq_loans_number"),
        sa.UniqueConstraint("quote_id", name="uq_loans_quote_id"),
    )
    op.create_index("ix_loans_borrower", "loans", ["borrower_id", "id"])
    op.create_index(
        "ix_loans_overdue",
        "loans",
        ["overdue_since", "id"],
        unique=False,
        postgresql_where=sa.text("overdue_since IS NOT NULL"),
    )
    op.create_index("ix_loans_status", "loans", ["status", "applied_at", "id"])
    op.create_table(
        "collection_cases",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("overdue_since", sa.Date(), nullable=False),
        sa.Column("overdue_fen_at_import", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_to", sa.UUID(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff_members.id"], name="fk_collection_cases_assigned_to"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_collection_cases_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_collection_cases_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_collection_cases"),
        sa.UniqueConstraint("number", name="uq_collection_cases_number"),
    )
    op.create_index(
        "ix_collection_cases_assignee", "collection_cases", ["assigned_to", "status", "overdue_since", "id"]
    )
    op.create_index("ix_collection_cases_borrower_id", "collection_cases", ["borrower_id"])
    op.create_index("ix_collection_cases_loan", "collection_cases", ["loan_id", "id"])
    op.create_index("ix_collection_cases_queue", "collection_cases", ["status", "overdue_since", "id"])
    op.create_index(
        "uq_collection_cases_open",
        "collection_cases",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(), nullable=False),
        sa.Column("disclosure_hash", sa.LargeBinary(), nullable=False),
        sa.Column("signing_url", sa.Text(), nullable=True),
        sa.Column("signed_document_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("signed_document_hash", sa.LargeBinary(), nullable=True),
        sa.Column("certificates", postgresql.JSONB(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_contracts_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_contracts_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contracts"),
        sa.UniqueConstraint("loan_id", name="uq_contracts_loan_id"),
        sa.UniqueConstraint("number", name="uq_contracts_number"),
        sa.UniqueConstraint("reference", name="uq_contracts_reference"),
    )
    op.create_index(
        "ix_contracts_ask", "contracts", ["ask_at"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_contracts_borrower_id", "contracts", ["borrower_id"])
    op.create_table(
        "fundings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_fundings_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_fundings_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fundings"),
        sa.UniqueConstraint("reference", name="uq_fundings_reference"),
    )
    op.create_index(
        "ix_fundings_ask", "fundings", ["ask_at"], unique=False, postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_fundings_borrower_id", "fundings", ["borrower_id"])
    op.create_index("ix_fundings_loan_id", "fundings", ["loan_id"])
    op.create_index(
        "uq_fundings_live", "fundings", ["loan_id"], unique=True, postgresql_where=sa.text("state <> 'FAILED'")
    )
    op.create_table(
        "installments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("waived_interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("waived_penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_installments_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_installments_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_installments"),
        sa.UniqueConstraint("loan_id", "n", name="uq_installments_loan_id_n"),
    )
    op.create_index(
        "ix_installments_due",
        "installments",
        ["due_on", "id"],
        unique=False,
        postgresql_where=sa.text("status <> 'PAID'"),
    )
    op.create_table(
        "loan_books",
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("product_version_id", sa.UUID(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("posted_through", sa.Date(), nullable=False),
        sa.Column("posting", sa.BigInteger(), nullable=False),
        sa.Column("disbursed_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_earned_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_earned_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_earned_fen", sa.BigInteger(), nullable=False),
        sa.Column("principal_paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("excess_received_fen", sa.BigInteger(), nullable=False),
        sa.Column("excess_refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_waived_fen", sa.BigInteger(), nullable=False),
        sa.Column("nonaccrual_fen", sa.BigInteger(), nullable=False),
        sa.Column("memo_fen", sa.BigInteger(), nullable=False),
        sa.Column("principal_written_off_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_written_off_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_written_off_fen", sa.BigInteger(), nullable=False),
        sa.Column("recovered_fen", sa.BigInteger(), nullable=False),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("line_from", sa.Date(), nullable=True),
        sa.Column("line_billed_fen", sa.BigInteger(), nullable=False),
        sa.Column("line_exact", sa.Numeric(precision=48, scale=0), nullable=False),
        sa.Column("line_a_day", sa.Numeric(precision=48, scale=0), nullable=False),
        sa.Column("line_scale", sa.Numeric(precision=48, scale=0), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_loan_books_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_loan_books_loan_id"),
        sa.ForeignKeyConstraint(
            ["product_version_id"], ["product_versions.id"], name="fk_loan_books_product_version_id"
        ),
        sa.PrimaryKeyConstraint("loan_id", name="pk_loan_books"),
    )
    op.create_index("ix_loan_books_look_again_on", "loan_books", ["look_again_on"])
    op.create_index("ix_loan_books_posted_through", "loan_books", ["posted_through"])
    op.create_table(
        "loan_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_loan_events_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_loan_events_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_loan_events"),
        sa.UniqueConstraint("loan_id", "sequence", name="uq_loan_events_loan_id_sequence"),
        sa.UniqueConstraint("source", name="uq_loan_events_source"),
    )
    op.create_table(
        "payment_orders",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("intent", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("quoted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wish_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name="ck_payment_orders_positive"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_payment_orders_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_payment_orders_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_orders"),
        sa.UniqueConstraint("number", name="uq_payment_orders_number"),
    )
    op.create_index("ix_payment_orders_borrower", "payment_orders", ["borrower_id", "id"])
    op.create_index("ix_payment_orders_loan", "payment_orders", ["loan_id", "id"])
    op.create_index("ix_payment_orders_status", "payment_orders", ["status", "created_at", "id"])
    op.create_index(
        "ix_payment_orders_unsent",
        "payment_orders",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'CREATED'"),
    )
    op.create_index("ix_payment_orders_wish", "payment_orders", ["wish_id"])
    op.create_table(
        "payment_attempts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action", postgresql.JSONB(), nullable=True),
        sa.Column("channel_state", postgresql.JSONB(), nullable=True),
        sa.Column("provider_no", sa.Text(), nullable=True),
        sa.Column("payer_masked", sa.Text(), nullable=True),
        sa.Column("received_fen", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_payment_attempts_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_payment_attempts_loan_id"),
        sa.ForeignKeyConstraint(["order_id"], ["payment_orders.id"], name="fk_payment_attempts_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_attempts"),
        sa.UniqueConstraint("channel", "order_no", name="uq_payment_attempts_channel_order_no"),
    )
    op.create_index(
        "ix_payment_attempts_ask",
        "payment_attempts",
        ["ask_at", "id"],
        unique=False,
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )
    op.create_index("ix_payment_attempts_order", "payment_attempts", ["order_id", "id"])
    op.create_index(
        "uq_payment_attempts_live", "payment_attempts", ["loan_id"], unique=True, postgresql_where=sa.text("live")
    )
    op.create_table(
        "repayments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("recovery_fen", sa.BigInteger(), nullable=False),
        sa.Column("excess_fen", sa.BigInteger(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_fen = penalty_fen + interest_fen + principal_fen + fee_fen + recovery_fen + excess_fen",
            name="ck_repayments_whole",
        ),
        sa.CheckConstraint("amount_fen > 0", name="ck_repayments_positive"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_repayments_borrower_id"),
        sa.ForeignKeyConstraint(["event_id"], ["loan_events.id"], name="fk_repayments_event_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_repayments_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_repayments"),
        sa.UniqueConstraint("event_id", name="uq_repayments_event_id"),
        sa.UniqueConstraint("number", name="uq_repayments_number"),
        sa.UniqueConstraint("payment_id", name="uq_repayments_payment_id"),
    )
    op.create_index("ix_repayments_borrower", "repayments", ["borrower_id", "id"])
    op.create_index("ix_repayments_loan", "repayments", ["loan_id", "id"])
    op.create_table(
        "payment_attempt_changes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name="fk_payment_attempt_changes_attempt_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_attempt_changes"),
    )
    op.create_index("ix_payment_attempt_changes_attempt", "payment_attempt_changes", ["attempt_id", "id"])
    op.create_table(
        "repayment_allocations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("repayment_id", sa.UUID(), nullable=False),
        sa.Column("loan_id", sa.UUID(), nullable=False),
        sa.Column("borrower_id", sa.UUID(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("days_past_due", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_repayment_allocations_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_repayment_allocations_loan_id"),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name="fk_repayment_allocations_repayment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_repayment_allocations"),
        sa.UniqueConstraint("repayment_id", "n", name="uq_repayment_allocations_repayment_id_n"),
    )
    op.create_index("ix_repayment_allocations_loan_id", "repayment_allocations", ["loan_id"])
    op.create_table(
        "unplaced_payments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=True),
        sa.Column("borrower_id", sa.UUID(), nullable=True),
        sa.Column("loan_id", sa.UUID(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint("attempt_id IS NOT NULL OR reason = 'UNKNOWN_ORDER'", name="ck_unplaced_payments_owned"),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name="fk_unplaced_payments_attempt_id"),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name="fk_unplaced_payments_borrower_id"),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name="fk_unplaced_payments_loan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unplaced_payments"),
        sa.UniqueConstraint("attempt_id", name="uq_unplaced_payments_attempt_id"),
        sa.UniqueConstraint("channel", "order_no", name="uq_unplaced_payments_channel_order_no"),
    )
    op.create_index(
        "ix_unplaced_payments_open",
        "unplaced_payments",
        ["found_at", "id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.execute("CREATE TABLE login_records_default PARTITION OF login_records DEFAULT")
    for statement in (*BALANCE, APPEND_ONLY, *WAKE_RELAY):
        op.execute(statement)
    for table in EVIDENCE:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_index(
        "ix_unplaced_payments_open", table_name="unplaced_payments", postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.drop_table("unplaced_payments")
    op.drop_index("ix_repayment_allocations_loan_id", table_name="repayment_allocations")
    op.drop_table("repayment_allocations")
    op.drop_index("ix_payment_attempt_changes_attempt", table_name="payment_attempt_changes")
    op.drop_table("payment_attempt_changes")
    op.drop_index("ix_repayments_loan", table_name="repayments")
    op.drop_index("ix_repayments_borrower", table_name="repayments")
    op.drop_table("repayments")
    op.drop_index("uq_payment_attempts_live", table_name="payment_attempts", postgresql_where=sa.text("live"))
    op.drop_index("ix_payment_attempts_order", table_name="payment_attempts")
    op.drop_index(
        "ix_payment_attempts_ask", table_name="payment_attempts", postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.drop_table("payment_attempts")
    op.drop_index("ix_payment_orders_wish", table_name="payment_orders")
    op.drop_index(
        "ix_payment_orders_unsent", table_name="payment_orders", postgresql_where=sa.text("status = 'CREATED'")
    )
    op.drop_index("ix_payment_orders_status", table_name="payment_orders")
    op.drop_index("ix_payment_orders_loan", table_name="payment_orders")
    op.drop_index("ix_payment_orders_borrower", table_name="payment_orders")
    op.drop_table("payment_orders")
    op.drop_table("loan_events")
    op.drop_index("ix_loan_books_posted_through", table_name="loan_books")
    op.drop_index("ix_loan_books_look_again_on", table_name="loan_books")
    op.drop_table("loan_books")
    op.drop_index("ix_installments_due", table_name="installments", postgresql_where=sa.text("status <> 'PAID'"))
    op.drop_table("installments")
    op.drop_index("uq_fundings_live", table_name="fundings", postgresql_where=sa.text("state <> 'FAILED'"))
    op.drop_index("ix_fundings_loan_id", table_name="fundings")
    op.drop_index("ix_fundings_borrower_id", table_name="fundings")
    op.drop_index("ix_fundings_ask", table_name="fundings", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("fundings")
    op.drop_index("ix_contracts_borrower_id", table_name="contracts")
    op.drop_index("ix_contracts_ask", table_name="contracts", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("contracts")
    op.drop_index(
        "uq_collection_cases_open", table_name="collection_cases", postgresql_where=sa.text("status = 'OPEN'")
    )
    op.drop_index("ix_collection_cases_queue", table_name="collection_cases")
    op.drop_index("ix_collection_cases_loan", table_name="collection_cases")
    op.drop_index("ix_collection_cases_borrower_id", table_name="collection_cases")
    op.drop_index("ix_collection_cases_assignee", table_name="collection_cases")
    op.drop_table("collection_cases")
    op.drop_index("ix_loans_status", table_name="loans")
    op.drop_index("ix_loans_overdue", table_name="loans", postgresql_where=sa.text("overdue_since IS NOT NULL"))
    op.drop_index("ix_loans_borrower", table_name="loans")
    op.drop_table("loans")
    op.drop_index("ix_credit_line_movements_line", table_name="credit_line_movements")
    op.drop_table("credit_line_movements")
    op.drop_index("ix_risk_decisions_borrower_id", table_name="risk_decisions")
    op.drop_index("ix_risk_decisions_ask", table_name="risk_decisions", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("risk_decisions")
    op.drop_index("uq_credit_lines_live", table_name="credit_lines", postgresql_where=sa.text("status <> 'CLOSED'"))
    op.drop_table("credit_lines")
    op.drop_index("ix_review_decisions_borrower_id", table_name="review_decisions")
    op.drop_table("review_decisions")
    op.drop_index("ix_loan_quotes_borrower", table_name="loan_quotes")
    op.drop_table("loan_quotes")
    op.drop_table("image_contents")
    op.drop_index(
        "uq_identity_checks_open",
        table_name="identity_checks",
        postgresql_where=sa.text("status IN ('QUEUED', 'RUNNING', 'UNKNOWN')"),
    )
    op.drop_index("ix_identity_checks_borrower", table_name="identity_checks")
    op.drop_index(
        "ix_identity_checks_asks", table_name="identity_checks", postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.drop_table("identity_checks")
    op.drop_index("ix_data_records_borrower_id", table_name="data_records")
    op.drop_table("data_records")
    op.drop_index(
        "uq_credit_applications_open",
        table_name="credit_applications",
        postgresql_where=sa.text("status IN ('SUBMITTED', 'RISK_PENDING')"),
    )
    op.drop_index("ix_credit_applications_status", table_name="credit_applications")
    op.drop_index("ix_credit_applications_borrower", table_name="credit_applications")
    op.drop_table("credit_applications")
    op.drop_index(
        "uq_bank_cards_live", table_name="bank_cards", postgresql_where=sa.text("status NOT IN ('REFUSED', 'UNBOUND')")
    )
    op.drop_index("ix_bank_cards_borrower", table_name="bank_cards")
    op.drop_index("ix_bank_cards_asks", table_name="bank_cards", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("bank_cards")
    op.drop_index("ix_staff_sessions_staff_id", table_name="staff_sessions")
    op.drop_table("staff_sessions")
    op.drop_index("ix_review_tasks_queue", table_name="review_tasks")
    op.drop_index("ix_review_tasks_borrower_id", table_name="review_tasks")
    op.drop_table("review_tasks")
    op.drop_index(
        "uq_profiles_proven",
        table_name="profiles",
        postgresql_where=sa.text("superseded_at IS NULL AND real_name_at IS NOT NULL"),
    )
    op.drop_index("uq_profiles_current", table_name="profiles", postgresql_where=sa.text("superseded_at IS NULL"))
    op.drop_index("ix_profiles_id_number_index", table_name="profiles")
    op.drop_table("profiles")
    op.drop_table("product_versions")
    op.drop_index(
        "ix_messages_waiting",
        table_name="messages",
        postgresql_where=sa.text("status = 'QUEUED' AND released_at IS NULL"),
    )
    op.drop_index("ix_messages_provider_reference", table_name="messages")
    op.drop_index("ix_messages_borrower", table_name="messages")
    op.drop_index("ix_messages_asks", table_name="messages", postgresql_where=sa.text("ask_at IS NOT NULL"))
    op.drop_table("messages")
    op.drop_index("ix_login_records_borrower", table_name="login_records")
    op.drop_table("login_records")
    op.drop_index("ix_ledger_entries_transfer_id", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_account", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index("ix_images_borrower_id", table_name="images")
    op.drop_table("images")
    op.drop_index("uq_employments_current", table_name="employments", postgresql_where=sa.text("superseded_at IS NULL"))
    op.drop_table("employments")
    op.drop_index("uq_contacts_current", table_name="contacts", postgresql_where=sa.text("superseded_at IS NULL"))
    op.drop_index("ix_contacts_phone_index", table_name="contacts")
    op.drop_index("ix_contacts_borrower_id", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("uq_consents_standing", table_name="consents", postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_index("ix_consents_borrower", table_name="consents")
    op.drop_table("consents")
    op.drop_index(
        "uq_change_requests_waiting", table_name="change_requests", postgresql_where=sa.text("state = 'ASKED'")
    )
    op.drop_index("ix_change_requests_subject_id", table_name="change_requests")
    op.drop_index("ix_change_requests_asked", table_name="change_requests")
    op.drop_table("change_requests")
    op.drop_index("ix_borrower_sessions_borrower_id", table_name="borrower_sessions")
    op.drop_table("borrower_sessions")
    op.drop_table("staff_members")
    op.drop_index(
        "ix_scheduled_actions_due", table_name="scheduled_actions", postgresql_where=sa.text("state = 'PENDING'")
    )
    op.drop_table("scheduled_actions")
    op.drop_table("recurring_schedules")
    op.drop_index("ix_policy_values_name", table_name="policy_values")
    op.drop_table("policy_values")
    op.drop_index("ix_outbox_pending", table_name="outbox", postgresql_where=sa.text("state = 'PENDING'"))
    op.drop_table("outbox")
    op.drop_table("number_series")
    op.drop_table("message_templates")
    op.drop_table("login_guards")
    op.drop_index("ix_login_codes_phone", table_name="login_codes")
    op.drop_table("login_codes")
    op.drop_table("loan_products")
    op.drop_index("ix_ledger_transfers_loan", table_name="ledger_transfers")
    op.drop_index("ix_ledger_transfers_booking", table_name="ledger_transfers")
    op.drop_table("ledger_transfers")
    op.drop_table("ledger_closed_days")
    op.drop_table("ledger_accounts")
    op.drop_table("job_runs")
    op.drop_index("ix_inbox_open", table_name="inbox", postgresql_where="state = 'RECEIVED'")
    op.drop_table("inbox")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_channel_exchanges_attempt", table_name="channel_exchanges")
    op.drop_table("channel_exchanges")
    op.drop_table("business_clock")
    op.drop_index("ix_borrowers_registered", table_name="borrowers")
    op.drop_table("borrowers")
    op.drop_index("ix_audit_records_subject", table_name="audit_records")
    op.drop_table("audit_records")
    for function in ("ledger_transfer_balances", "append_only", "outbox_wake"):
        op.execute(f"DROP FUNCTION {function}()")
