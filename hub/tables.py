"""Tables of the floor: the record of runs, and what people say of plans."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from hub.db import OPS, metadata

# hub.plans. A person's word on what a run would have done, had a person let it. One row a person.
plan_word = sa.Table(
    "plan_word",
    metadata,
    sa.Column("run_id", UUID(as_uuid=True), sa.ForeignKey(f"{OPS}.run.run_id"), primary_key=True),
    sa.Column("said_by", sa.Text, primary_key=True),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("said_at", TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("word in ('approve', 'refuse')", name="word"),
    schema=OPS,
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("run_id", UUID(as_uuid=True), primary_key=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("command", sa.Text, nullable=False, comment="What was started, such as sync."),
    sa.Column("trigger", sa.Text, nullable=False, comment="Who started it: command, prefect."),
    sa.Column("started_at", TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("ended_at", TIMESTAMP(timezone=True)),
    sa.Column("status", sa.Text, nullable=False, server_default="running"),
    sa.Column("summary", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.CheckConstraint("status in ('running', 'completed', 'warning', 'failed', 'lost')", name="status"),
    sa.Index("ix_run_started_at", "started_at"),
    schema=OPS,
)
