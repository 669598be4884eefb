"""The life cycle of models: which one was live when, and labels of pairs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "model_promotion",
        sa.Column("promotion_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('promote', 'rollback')", name=op.f("ck_model_promotion_kind")),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_model_promotion")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_model_promotion_entity_type_promotion_id"),
        "model_promotion",
        ["entity_type", "promotion_id"],
        unique=False,
        schema="identity",
    )
    # The models that are live already went live without a note of it: they have been applied, or will be as the first.
    op.execute(
        "INSERT INTO identity.model_promotion (entity_type, version, kind, at, applied_at)"
        " SELECT entity_type, version, 'promote', created_at, created_at FROM identity.model WHERE live"
    )
    op.create_table(
        "label",
        sa.Column("sample", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_l", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_r", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=True),
        sa.Column("stratum_pairs", sa.BigInteger(), nullable=True),
        sa.Column("together", sa.Boolean(), nullable=True),
        sa.Column("match_weight", sa.Double(), nullable=True),
        sa.Column("model_version", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("labelled_by", sa.Text(), nullable=True),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("record_l < record_r", name=op.f("ck_label_ordered")),
        sa.CheckConstraint("verdict in ('same', 'different', 'unsure')", name=op.f("ck_label_verdict")),
        sa.PrimaryKeyConstraint("sample", "record_l", "record_r", name=op.f("pk_label")),
        schema="identity",
    )


def downgrade() -> None:
    """Go back to the step before."""
    op.drop_table("label", schema="identity")
    op.drop_table("model_promotion", schema="identity")
