"""The table of what stewards enter.

Invariant: rows are appended, never changed. A row stands while no later row revokes it. It is tied to a source record,
which keeps its id for ever, so that it goes with the record through merges and splits.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from hub.db import GOLDEN, metadata
from identity.tables import source_record

# golden_record.pins
pin = Table(
    "pin",
    metadata,
    Column("pin_id", BigInteger, sa.Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("record_id", BigInteger, ForeignKey(source_record.c.record_id), nullable=False),
    Column("attribute", Text, nullable=False),
    # As in source_record.attributes: {value, standard}.
    Column("value", JSONB(none_as_null=True)),
    Column("lifetime", Text, nullable=False),
    Column("until", DateTime(timezone=True)),
    # lifetime source: what the record said of the attribute when the row was entered.
    Column("source_value", JSONB(none_as_null=True)),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("revokes", BigInteger, ForeignKey(f"{GOLDEN}.pin.pin_id")),
    sa.CheckConstraint("kind in ('pin', 'value', 'exclude', 'revoke')", name="kind"),
    sa.CheckConstraint("(kind = 'revoke') = (revokes IS NOT NULL)", name="revokes"),
    sa.CheckConstraint("lifetime in ('permanent', 'source', 'date')", name="lifetime"),
    sa.CheckConstraint("(lifetime = 'date') = (until IS NOT NULL)", name="until"),
    Index(None, "record_id"),
    Index("uq_pin_revokes", "revokes", unique=True, postgresql_where=sa.text("revokes IS NOT NULL")),
    schema=GOLDEN,
)
