"""The table of possible matches, written by `identity.possible_matches` alone."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, Double, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from hub.db import IDENTITY, metadata

possible_match = Table(
    "possible_match",
    metadata,
    Column("one", Uuid, primary_key=True),
    Column("other", Uuid, primary_key=True),
    # Of the two customers, as the queue names it: a text of one collation, so that every source pages by it alike.
    Column("key", Text(collation="C"), nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("record_l", BigInteger, nullable=False),
    Column("record_r", BigInteger, nullable=False),
    Column("weight", Double, nullable=False),
    Column("affected", Integer, nullable=False),
    Column("consequence", Integer, nullable=False),
    Column("systems", ARRAY(Text), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("one < other", name="ordered"),
    Index(None, "other"),
    Index("ix_possible_match_order", sa.text("consequence DESC"), "key"),
    Index(None, "key", unique=True),
    schema=IDENTITY,
)
