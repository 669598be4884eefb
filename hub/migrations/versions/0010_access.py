"""Users, sessions, API keys, and the audit log that nothing can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("now()")

_REFUSE = """
    CREATE FUNCTION ops.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
    END $$
"""
_TRIGGERS = """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit
    FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_audit_change()
"""


def upgrade() -> None:
    """Go to this step."""
    _people()
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.Column("used_at", _TIME),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_key_scopes")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        schema="ops",
    )
    op.create_index(
        "uq_api_key_name", "api_key", ["name"], unique=True, schema="ops",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("things", ARRAY(sa.Text()), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("entry_hash", name=op.f("uq_audit_entry_hash")),
        schema="ops",
    )
    op.create_index(op.f("ix_audit_who_seq"), "audit", ["who", "seq"], schema="ops")
    op.create_index(op.f("ix_audit_what_seq"), "audit", ["what", "seq"], schema="ops")
    op.create_index("ix_audit_things", "audit", ["things"], schema="ops", postgresql_using="gin")
    op.execute(_REFUSE)
    op.execute(_TRIGGERS)
    op.create_table(
        "secret",
        sa.Column("one", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _TIME, server_default=_NOW, nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_secret_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_secret")),
        schema="ops",
    )


def _people() -> None:
    op.create_table(
        "user_account",
        sa.Column("user_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("roles", ARRAY(sa.Text()), nullable=False),
        sa.Column("issuer", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("disabled_at", _TIME),
        sa.CheckConstraint(
            "roles <@ ARRAY['reader', 'steward', 'lead', 'engineer', 'auditor'] AND cardinality(roles) > 0",
            name=op.f("ck_user_account_roles"),
        ),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("ck_user_account_subject")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_account")),
        schema="ops",
    )
    op.create_index("uq_user_account_name", "user_account", [sa.text("lower(name)")], unique=True, schema="ops")
    op.create_index("uq_user_account_subject", "user_account", ["issuer", "subject"], unique=True, schema="ops")
    op.create_table(
        "web_session",
        sa.Column("session_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("seen_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ops.user_account.user_id"], name=op.f("fk_web_session_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
        schema="ops",
    )
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], schema="ops")
    op.create_index(op.f("ix_web_session_ends_at"), "web_session", ["ends_at"], schema="ops")


def downgrade() -> None:
    """Go back from this step."""
    for table in ("secret", "audit", "api_key", "web_session", "user_account"):
        op.drop_table(table, schema="ops")
    op.execute("DROP FUNCTION ops.refuse_audit_change()")
