"""The tables of schema `golden`. Each is written by one module alone, named beside it.

Invariant: a customer has at most one open version (`valid_to` null), and has one exactly while it is current in
identity; versions of a customer count up without gaps and their times don't overlap. No version is ever changed but
for its `valid_to`.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub.db import GOLDEN, metadata
from identity.tables import source_record

_MOMENT = DateTime(timezone=True)

# golden_record.history
golden_record = Table(
    "golden_record",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("entity_type", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("origins", JSONB, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("valid_from", _MOMENT, nullable=False),
    Column("valid_to", _MOMENT),
    Column("run_id", Uuid),
    Column("policy_hash", Text, nullable=False),
    Index("uq_golden_record_current", "customer_id", unique=True, postgresql_where=sa.text("valid_to IS NULL")),
    schema=GOLDEN,
)

# golden_record.policies: `effective_from` is what hub.yaml declares (null: nothing), `in_force_from` when all golden
# records had been brought to it.
policy = Table(
    "policy",
    metadata,
    Column("in_force_from", _MOMENT, primary_key=True),
    Column("effective_from", _MOMENT),
    Column("policy_hash", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("run_id", Uuid),
    schema=GOLDEN,
)

# golden_record.outbox
change = Table(
    "change",
    metadata,
    Column("seq", BigInteger, sa.Identity(), primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attributes", ARRAY(Text), nullable=False),
    Column("survivor_id", Uuid),
    Column("at", _MOMENT, nullable=False),
    Column("run_id", Uuid),
    sa.CheckConstraint("kind in ('created', 'updated', 'merged', 'split', 'retired', 'touched')", name="kind"),
    Index(None, "customer_id", "seq"),
    schema=GOLDEN,
)

# golden_record.silence: deleted records whose last word is over; one that comes back and goes again has another time.
silenced_record = Table(
    "silenced_record",
    metadata,
    Column("record_id", BigInteger, ForeignKey(source_record.c.record_id), primary_key=True, autoincrement=False),
    Column("deleted_at", _MOMENT, primary_key=True),
    Column("silenced_at", _MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    schema=GOLDEN,
)
