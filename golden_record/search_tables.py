"""The tables of search and the trigger of the change feed, in schema `golden`. All of search is derived: it may be
emptied and is then made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import TSVECTOR

from hub.db import GOLDEN, metadata

# golden_record.search_index: the customers with a golden record, and by what they are found
search_entry = Table(
    "search_entry",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("terms", TSVECTOR, nullable=False),
    Index("ix_search_entry_terms", "terms", postgresql_using="gin"),
    schema=GOLDEN,
)

# golden_record.search_index: every word that ever stood in a term of these fields, to find the one that was meant
search_word = Table(
    "search_word",
    metadata,
    Column("field", Text, primary_key=True),
    Column("word", Text, primary_key=True),
    *(
        Index(
            f"ix_search_word_{name}",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
            postgresql_where=sa.text(f"field = '{field}'::text"),
        )
        for field, name in (("n", "name"), ("w", "mailbox"), ("a", "place"))
    ),
    schema=GOLDEN,
)

# golden_record.search_index: by which making of terms all entries were made
search_build = Table(
    "search_build",
    metadata,
    Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    Column("version", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("one", name="one"),
    schema=GOLDEN,
)
