"""The tables of stewards' decisions, and the sources that are free of duplicates by the settings in force.

Invariant: decisions are append-only: `identity.decisions` adds rows, nobody changes one. A decision stands while no
later row revokes it. It is about source records, which keep their ids for ever, so it outlasts deletion and revival,
new models and new blocking keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Table, Text

from hub.db import IDENTITY, metadata
from identity.tables import source_record

# identity.decisions
decision = Table(
    "decision",
    metadata,
    Column("decision_id", BigInteger, sa.Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    # The decision that this row ends: by saying the same anew over changed records, or by revoking it (kind revoke).
    Column("revokes", BigInteger, ForeignKey(f"{IDENTITY}.decision.decision_id")),
    sa.CheckConstraint("kind in ('same', 'different', 'unsure', 'revoke')", name="kind"),
    sa.CheckConstraint("kind <> 'revoke' OR revokes IS NOT NULL", name="revokes"),
    Index("uq_decision_revokes", "revokes", unique=True, postgresql_where=sa.text("revokes IS NOT NULL")),
    schema=IDENTITY,
)

# identity.decisions
decision_record = Table(
    "decision_record",
    metadata,
    Column("decision_id", BigInteger, ForeignKey(decision.c.decision_id), primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, ForeignKey(source_record.c.record_id), primary_key=True, autoincrement=False),
    Column("side", Text, nullable=False),
    # What the record held when it was decided (source_record.content_hash): when it differs, the evidence has changed.
    Column("content_hash", Text, nullable=False),
    sa.CheckConstraint("side in ('left', 'right')", name="side"),
    Index(None, "record_id"),
    schema=IDENTITY,
)

# identity.duplicate_free
duplicate_free = Table(
    "duplicate_free",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    schema=IDENTITY,
)
