"""The table of what people do with the items of the queue, written by `hub.handling` alone."""

from __future__ import annotations

import sqlalchemy as sa

from hub.db import OPS, metadata

_MOMENT = sa.DateTime(timezone=True)

task_handling = sa.Table(
    "task_handling",
    metadata,
    sa.Column("task_key", sa.Text, primary_key=True),
    sa.Column("assigned_to", sa.Text),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_until", _MOMENT),
    sa.Column("due_on", sa.Date),
    sa.Column("deferred_until", _MOMENT),
    sa.Column("note", sa.Text),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", _MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim"),
    sa.Index("ix_task_handling_assigned_to", "assigned_to", postgresql_where=sa.text("assigned_to IS NOT NULL")),
    schema=OPS,
)
"""One row for each item that somebody has touched; the item itself is derived and may be gone."""
