"""The tables of publishing: the ledger of deliveries and each destination's place in the stream of changes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub.db import OPS, metadata

STATES = ("planned", "sending", "applied", "rejected", "unknown")

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Uuid, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("entity_type", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text),
    sa.Column("fields", ARRAY(sa.Text), nullable=False),
    # The values to write; emptied once they are applied, for the ledger needs to know that, not what.
    sa.Column("content", JSONB),
    sa.Column("content_key", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("replan", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", sa.DateTime(timezone=True)),
    sa.Column("reason", sa.Text),
    sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.Column("settled_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint(f"state IN {STATES}", name="state"),
    sa.CheckConstraint("action IN ('create', 'update')", name="action"),
    sa.Index(
        "uq_delivery_open", "destination", "customer_id", unique=True, postgresql_where=sa.text("state <> 'applied'")
    ),
    sa.Index("ix_delivery_work", "destination", "state", "delivery_id", postgresql_where=sa.text("state <> 'applied'")),
    sa.Index(
        "ix_delivery_applied", "destination", "customer_id", "version", postgresql_where=sa.text("state = 'applied'")
    ),
    sa.Index("ix_delivery_replan", "destination", postgresql_where=sa.text("replan")),
    schema=OPS,
)
"""One row for each write; of each customer at most one that is not applied."""

destination_cursor = sa.Table(
    "destination_cursor",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # On what grounds was planned, as a digest: where they change, all is planned anew.
    sa.Column("grounds", sa.Text),
    sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    schema=OPS,
)
"""The last change of the golden records that was planned for a destination."""
