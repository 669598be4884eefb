"""Pending records in a narrow table of their own: settling a million of them no longer rewrites a million wide rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PENDING = sa.text("resolved_revision IS DISTINCT FROM revision")


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "pending_record",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_pending_record")),
        schema="identity",
    )
    op.execute(
        "INSERT INTO identity.pending_record (record_id, revision, entity_type, live)"
        " SELECT record_id, revision, entity_type, deleted_at IS NULL FROM identity.source_record"
        " WHERE resolved_revision IS DISTINCT FROM revision"
    )
    op.drop_index("ix_source_record_pending", table_name="source_record", schema="identity")
    op.drop_column("source_record", "resolved_revision", schema="identity")


def downgrade() -> None:
    """Go back from this step."""
    op.add_column("source_record", sa.Column("resolved_revision", sa.BigInteger(), nullable=True), schema="identity")
    op.execute(
        "UPDATE identity.source_record r SET resolved_revision = revision"
        " WHERE NOT EXISTS (SELECT FROM identity.pending_record p WHERE p.record_id = r.record_id)"
    )
    op.create_index(
        "ix_source_record_pending",
        "source_record",
        ["record_id"],
        schema="identity",
        postgresql_where=_PENDING,
    )
    op.drop_table("pending_record", schema="identity")
