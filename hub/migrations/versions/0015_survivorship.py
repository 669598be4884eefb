"""Survivorship in full: when each attribute changed, last words of deleted records, policies by a declared time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this step."""
    op.add_column("source_record", sa.Column("attribute_times", postgresql.JSONB(), nullable=True), schema="identity")
    op.create_index(
        "ix_source_record_deleted_at",
        "source_record",
        ["deleted_at"],
        schema="identity",
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_merged_into",
        "customer",
        ["merged_into"],
        schema="identity",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.add_column("policy", sa.Column("effective_from", _TIME, nullable=True), schema="golden")
    op.create_table(
        "silenced_record",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deleted_at", _TIME, nullable=False),
        sa.Column("silenced_at", _TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["identity.source_record.record_id"], name=op.f("fk_silenced_record_record_id_source_record")
        ),
        sa.PrimaryKeyConstraint("record_id", "deleted_at", name=op.f("pk_silenced_record")),
        schema="golden",
    )


def downgrade() -> None:
    """Go back from this step."""
    op.drop_table("silenced_record", schema="golden")
    op.drop_column("policy", "effective_from", schema="golden")
    op.drop_index("ix_customer_merged_into", "customer", schema="identity")
    op.drop_index("ix_source_record_deleted_at", "source_record", schema="identity")
    op.drop_column("source_record", "attribute_times", schema="identity")
