"""The tables of held changes, written by `identity.holds` alone.

Invariant: a record is in at most one open hold; a hold is open while `closed_at` is null, and `hold_record.open` says
the same of its records.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub.db import IDENTITY, metadata

_MOMENT = DateTime(timezone=True)

hold = Table(
    "hold",
    metadata,
    Column("hold_id", BigInteger, sa.Identity(), primary_key=True),
    Column("entity_type", Text, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    # Each reason with what it is about: record ids, counts, the weight of an edge; no value of a customer.
    Column("details", JSONB, nullable=False),
    # Of the clusters as computed: an approval is of these and no others.
    Column("digest", Text, nullable=False),
    # Of the settings it was held by: when they change, it is looked at again.
    Column("policy_hash", Text, nullable=False),
    Column("opened_at", _MOMENT, nullable=False),
    Column("run_id", Uuid),
    Column("approved_at", _MOMENT),
    Column("approved_by", Text),
    Column("approval_reason", Text),
    Column("closed_at", _MOMENT),
    Column("closed_how", Text),
    sa.CheckConstraint("closed_how in ('approved', 'superseded')", name="closed_how"),
    Index(None, "digest"),
    Index("ix_hold_open", "hold_id", postgresql_where=sa.text("closed_at IS NULL")),
    schema=IDENTITY,
)

hold_record = Table(
    "hold_record",
    metadata,
    Column("hold_id", BigInteger, ForeignKey(hold.c.hold_id), primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("cluster_id", BigInteger, nullable=False),
    Column("customer_id", Uuid),
    Column("open", Boolean, nullable=False),
    Index("uq_hold_record_open", "record_id", unique=True, postgresql_where=sa.text("open")),
    Index(None, "record_id"),
    schema=IDENTITY,
)
