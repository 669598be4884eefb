"""Stewards' decisions over records, and the sources that are free of duplicates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revokes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind in ('same', 'different', 'unsure', 'revoke')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint("kind <> 'revoke' OR revokes IS NOT NULL", name=op.f("ck_decision_revokes")),
        sa.ForeignKeyConstraint(
            ["revokes"], ["identity.decision.decision_id"], name=op.f("fk_decision_revokes_decision")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
        schema="identity",
    )
    op.create_index(
        "uq_decision_revokes",
        "decision",
        ["revokes"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("revokes IS NOT NULL"),
    )
    op.create_table(
        "decision_record",
        sa.Column("decision_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("side in ('left', 'right')", name=op.f("ck_decision_record_side")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["identity.decision.decision_id"], name=op.f("fk_decision_record_decision_id_decision")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["identity.source_record.record_id"],
            name=op.f("fk_decision_record_record_id_source_record"),
        ),
        sa.PrimaryKeyConstraint("decision_id", "record_id", name=op.f("pk_decision_record")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_decision_record_record_id"), "decision_record", ["record_id"], unique=False, schema="identity"
    )
    op.create_table(
        "duplicate_free",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system", "object", name=op.f("pk_duplicate_free")),
        schema="identity",
    )
    # The stewards' queue looks for pairs between two weights.
    op.create_index(
        op.f("ix_edge_entity_type_match_weight"),
        "edge",
        ["entity_type", "match_weight"],
        unique=False,
        schema="identity",
    )


def downgrade() -> None:
    """Go back from this step."""
    op.drop_index(op.f("ix_edge_entity_type_match_weight"), table_name="edge", schema="identity")
    op.drop_table("duplicate_free", schema="identity")
    op.drop_index(op.f("ix_decision_record_record_id"), table_name="decision_record", schema="identity")
    op.drop_table("decision_record", schema="identity")
    op.drop_index("uq_decision_revokes", table_name="decision", schema="identity")
    op.drop_table("decision", schema="identity")
