"""The customer's profile: relations looked up from both sides, activities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this step."""
    op.create_index(
        "ix_blocking_key_email_host",
        "blocking_key",
        [sa.text("hashtextextended(split_part(key, '@', '-1'::integer), 0::bigint)")],
        schema="identity",
        postgresql_where=sa.text("kind = 'email'"),
    )
    op.create_index(
        "ix_source_record_employer",
        "source_record",
        [sa.text("hashtextextended(attributes #>> '{employer,0,standard}'::text[], 0::bigint)")],
        schema="identity",
        postgresql_where=sa.text("attributes ? 'employer'::text"),
    )
    _activities()


def _activities() -> None:
    op.create_table(
        "activity",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_system", sa.Text(), nullable=False),
        sa.Column("record_object", sa.Text(), nullable=False),
        sa.Column("record_source_id", sa.Text(), nullable=True),
        sa.Column("record_email", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_to", _TIME, nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(record_source_id IS NULL) <> (record_email IS NULL)", name=op.f("ck_activity_belongs")),
        sa.PrimaryKeyConstraint("system", "object", "source_id", "version", name=op.f("pk_activity")),
        schema="golden",
    )
    op.create_index(
        "uq_activity_current",
        "activity",
        ["system", "object", "source_id"],
        unique=True,
        schema="golden",
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    for name, column in (("record", "record_source_id"), ("email", "record_email")):
        op.create_index(
            f"ix_activity_{name}",
            "activity",
            [column, "record_system", "record_object", "at"],
            schema="golden",
            postgresql_where=sa.text(f"valid_to IS NULL AND {column} IS NOT NULL"),
        )


def downgrade() -> None:
    """Go back from this step."""
    op.drop_table("activity", schema="golden")
    op.drop_index("ix_source_record_employer", table_name="source_record", schema="identity")
    op.drop_index("ix_blocking_key_email_host", table_name="blocking_key", schema="identity")
