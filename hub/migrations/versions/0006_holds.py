"""Held changes: what is computed but waits for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "hold",
        sa.Column("hold_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", _TIME, nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approval_reason", sa.Text(), nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_how", sa.Text(), nullable=True),
        sa.CheckConstraint("closed_how in ('approved', 'superseded')", name=op.f("ck_hold_closed_how")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold")),
        schema="identity",
    )
    op.create_index(
        "ix_hold_open", "hold", ["hold_id"], schema="identity", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index(op.f("ix_hold_digest"), "hold", ["digest"], schema="identity")
    op.create_table(
        "hold_record",
        sa.Column("hold_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["identity.hold.hold_id"], name=op.f("fk_hold_record_hold_id_hold")),
        sa.PrimaryKeyConstraint("hold_id", "record_id", name=op.f("pk_hold_record")),
        schema="identity",
    )
    op.create_index(
        "uq_hold_record_open",
        "hold_record",
        ["record_id"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("open"),
    )
    op.create_index(op.f("ix_hold_record_record_id"), "hold_record", ["record_id"], schema="identity")


def downgrade() -> None:
    """Go back from this step."""
    op.drop_table("hold_record", schema="identity")
    op.drop_table("hold", schema="identity")
