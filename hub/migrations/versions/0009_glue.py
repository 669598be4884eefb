"""Glue by the records as they are, not as they were at the last training; every record is resolved again with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "suppressed_value",
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("names", sa.Double(), nullable=False),
        sa.Column("drift", sa.BigInteger(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("entity_type", "kind", "key", name=op.f("pk_suppressed_value")),
        schema="identity",
    )
    op.create_table(
        "touched_value",
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        schema="identity",
    )
    op.create_index(op.f("ix_touched_value_record_id"), "touched_value", ["record_id"], schema="identity")
    op.create_table(
        "value_word",
        sa.Column("word_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", _TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("word in ('released', 'banned', 'revoked')", name=op.f("ck_value_word_word")),
        sa.PrimaryKeyConstraint("word_id", name=op.f("pk_value_word")),
        schema="identity",
    )
    op.create_index(op.f("ix_value_word_kind_key"), "value_word", ["kind", "key"], schema="identity")
    op.create_table(
        "settlement",
        sa.Column("one", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_settlement_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_settlement")),
        schema="identity",
    )
    # Nothing is known yet of the values that the present records share: the next round looks at all of them.
    op.execute("""
        INSERT INTO identity.pending_record (record_id, revision, entity_type, live)
        SELECT record_id, revision, entity_type, true FROM identity.source_record WHERE deleted_at IS NULL
        ORDER BY record_id ON CONFLICT DO NOTHING""")


def downgrade() -> None:
    """Go back from this step."""
    for table in ("settlement", "value_word", "touched_value", "suppressed_value"):
        op.drop_table(table, schema="identity")
