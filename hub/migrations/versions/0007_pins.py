"""What stewards enter: pins, values beside the sources, and exclusions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "pin",
        sa.Column("pin_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=True),
        sa.Column("lifetime", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_value", postgresql.JSONB(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revokes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind in ('pin', 'value', 'exclude', 'revoke')", name=op.f("ck_pin_kind")),
        sa.CheckConstraint("(kind = 'revoke') = (revokes IS NOT NULL)", name=op.f("ck_pin_revokes")),
        sa.CheckConstraint("lifetime in ('permanent', 'source', 'date')", name=op.f("ck_pin_lifetime")),
        sa.CheckConstraint("(lifetime = 'date') = (until IS NOT NULL)", name=op.f("ck_pin_until")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["identity.source_record.record_id"], name=op.f("fk_pin_record_id_source_record")
        ),
        sa.ForeignKeyConstraint(["revokes"], ["golden.pin.pin_id"], name=op.f("fk_pin_revokes_pin")),
        sa.PrimaryKeyConstraint("pin_id", name=op.f("pk_pin")),
        schema="golden",
    )
    op.create_index(op.f("ix_pin_record_id"), "pin", ["record_id"], schema="golden")
    op.create_index(
        "uq_pin_revokes",
        "pin",
        ["revokes"],
        unique=True,
        schema="golden",
        postgresql_where=sa.text("revokes IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back from this step."""
    op.drop_table("pin", schema="golden")
