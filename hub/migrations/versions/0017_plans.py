"""What people say of plans, and the quality of what systems deliver over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "plan_word",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_at", _TIME, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("word in ('approve', 'refuse')", name=op.f("ck_plan_word_word")),
        sa.ForeignKeyConstraint(["run_id"], ["ops.run.run_id"], name=op.f("fk_plan_word_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "said_by", name=op.f("pk_plan_word")),
        schema="ops",
    )
    op.create_table(
        "delivered_quality",
        sa.Column("at", _TIME, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("filled", sa.BigInteger(), nullable=False),
        sa.Column("usable", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("at", "system", "attribute", name=op.f("pk_delivered_quality")),
        schema="identity",
    )


def downgrade() -> None:
    """Go back from this step."""
    op.drop_table("delivered_quality", schema="identity")
    op.drop_table("plan_word", schema="ops")
