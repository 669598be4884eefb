"""The table of open conflicts with destinations, written by `destinations.conflicts` alone."""

from __future__ import annotations

import sqlalchemy as sa

from hub.db import OPS, metadata

publish_conflict = sa.Table(
    "publish_conflict",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Uuid, primary_key=True),
    sa.Column("slot", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
    schema=OPS,
)
"""A field that holds something else there than the golden record, and is left so, as the last plan found it."""
