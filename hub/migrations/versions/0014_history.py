"""What source records said before they changed, and what systems held of the hub's words before; kept from now on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "past_record",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("modified_at", _TIME),
        sa.Column("attribute_times", postgresql.JSONB()),
        sa.Column("family_name", sa.Text()),
        sa.Column("organisation_name", sa.Text()),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_to", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("record_id", "revision", name=op.f("pk_past_record")),
        schema="identity",
    )
    op.create_table(
        "past_told",
        sa.Column("past_told_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_to", _TIME, nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.CheckConstraint("ended in ('told anew', 'changed there', 'gone there')", name=op.f("ck_past_told_ended")),
        sa.PrimaryKeyConstraint("past_told_id", name=op.f("pk_past_told")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_past_told_source_id_system_object"),
        "past_told",
        ["source_id", "system", "object"],
        schema="identity",
    )
    for table in ("activity", "consent"):
        for column, name in (("record_source_id", "record"), ("record_email", "email")):
            op.create_index(
                f"ix_{table}_{name}_past",
                table,
                [column, "record_system", "record_object"],
                schema="golden",
                postgresql_where=sa.text(f"valid_to IS NOT NULL AND {column} IS NOT NULL"),
            )
    op.create_index(
        "ix_consent_withdrawn_past",
        "consent",
        ["point", "point_kind"],
        schema="golden",
        postgresql_where=sa.text("valid_to IS NOT NULL AND in_force = 'withdrawn'::text AND point IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back from this step."""
    op.drop_index("ix_consent_withdrawn_past", table_name="consent", schema="golden")
    for table in ("activity", "consent"):
        for name in ("record", "email"):
            op.drop_index(f"ix_{table}_{name}_past", table_name=table, schema="golden")
    op.drop_table("past_told", schema="identity")
    op.drop_table("past_record", schema="identity")
