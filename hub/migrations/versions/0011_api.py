"""For apps: search, a call when changes are committed, webhooks, and answers kept for repeated requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from hub.errors import SettingsError

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Go to this step."""
    _trigrams()
    _search()
    op.execute("""
        CREATE FUNCTION golden.tell_of_changes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('golden_change', '');
            RETURN NULL;
        END $$""")
    op.execute("""
        CREATE TRIGGER tell_of_changes AFTER INSERT ON golden.change
        FOR EACH STATEMENT EXECUTE FUNCTION golden.tell_of_changes()""")
    op.create_table(
        "webhook",
        sa.Column("webhook_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("sending", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("delivered_at", _TIME, nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('active', 'paused', 'parked')", name=op.f("ck_webhook_state")),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook")),
        schema="ops",
    )
    op.create_table(
        "idempotency",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("who", "key", name=op.f("pk_idempotency")),
        schema="ops",
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], schema="ops")


def _trigrams() -> None:
    conn = op.get_bind()
    if conn.scalar(sa.text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')")):
        return
    try:
        with conn.begin_nested():
            op.execute("CREATE EXTENSION pg_trgm WITH SCHEMA public")
    except sa.exc.DBAPIError:
        raise SettingsError(
            "This PostgreSQL has no extension pg_trgm, by which misspelt names are found.",
            hint="Install the package postgresql-contrib, or have an administrator run in this database:"
            " CREATE EXTENSION pg_trgm",
        ) from None


def _search() -> None:
    op.create_table(
        "search_entry",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_search_entry")),
        schema="golden",
    )
    op.create_index("ix_search_entry_terms", "search_entry", ["terms"], schema="golden", postgresql_using="gin")
    op.create_table(
        "search_word",
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("field", "word", name=op.f("pk_search_word")),
        schema="golden",
    )
    for field, name in (("n", "name"), ("w", "mailbox"), ("a", "place")):
        op.create_index(
            f"ix_search_word_{name}",
            "search_word",
            ["word"],
            schema="golden",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
            postgresql_where=sa.text(f"field = '{field}'::text"),
        )
    op.create_table(
        "search_build",
        sa.Column("one", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_search_build_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_search_build")),
        schema="golden",
    )


def downgrade() -> None:
    """Go back from this step. The extension stays: others may use it."""
    for table in ("idempotency", "webhook"):
        op.drop_table(table, schema="ops")
    op.execute("DROP TRIGGER tell_of_changes ON golden.change")
    op.execute("DROP FUNCTION golden.tell_of_changes()")
    for table in ("search_build", "search_word", "search_entry"):
        op.drop_table(table, schema="golden")
