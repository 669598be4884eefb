"""The tables of bad glue: which values are suppressed, what has to be looked at again, and what stewards said.

Invariants: `suppressed_value` has exactly the values that the rule finds over the live records as last settled, without
stewards' words. Every row of `touched_value` is of a pending record. `value_word` is append-only: of the rows about a
value the newest one stands.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, Double, Index, Table, Text

from hub.db import IDENTITY, metadata

# identity.glue
suppressed_value = Table(
    "suppressed_value",
    metadata,
    Column("entity_type", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # As counted when the value was last looked at, and how many records with it have changed since at most.
    Column("records", BigInteger, nullable=False),
    Column("names", Double, nullable=False),
    Column("drift", BigInteger, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    schema=IDENTITY,
)

# identity.store writes it with the blocking keys, identity.glue clears it: the keys that could be glue which a record
# had when it was last settled, or has had since, and was then stored without.
touched_value = Table(
    "touched_value",
    metadata,
    Column("record_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Index(None, "record_id"),
    schema=IDENTITY,
)

# identity.glue_words
value_word = Table(
    "value_word",
    metadata,
    Column("word_id", BigInteger, sa.Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    sa.CheckConstraint("word in ('released', 'banned', 'revoked')", name="word"),
    Index(None, "kind", "key"),
    schema=IDENTITY,
)

# identity.glue: one row, with how often anything was settled.
settlement = Table(
    "settlement",
    metadata,
    Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    Column("number", BigInteger, nullable=False),
    sa.CheckConstraint("one", name="one"),
    schema=IDENTITY,
)
