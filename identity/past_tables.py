"""The tables of what was: source records before they changed, and what systems held of the hub's words before.

Invariant: rows are appended, never changed. A row of `past_record` is what a live record said from `valid_from` until
`valid_to`; what it says now stands in `source_record` alone, and times without a row are those when it was deleted. Of
the rows of `past_told` and `told` about one attribute of one record that began at a moment or before, the one that
ended soonest after it held at that moment.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub.db import IDENTITY, metadata

_MOMENT = DateTime(timezone=True)

# identity.past
past_record = Table(
    "past_record",
    metadata,
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("entity_type", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("modified_at", _MOMENT),
    Column("attribute_times", JSONB(none_as_null=True)),
    # By what identity.relations relates customers: names as features have them, and blocking keys, kind by key.
    Column("family_name", Text),
    Column("organisation_name", Text),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("keys", ARRAY(Text), nullable=False),
    Column("valid_from", _MOMENT, nullable=False),
    Column("valid_to", _MOMENT, nullable=False),
    schema=IDENTITY,
)

# identity.past
past_told = Table(
    "past_told",
    metadata,
    Column("past_told_id", BigInteger, sa.Identity(), primary_key=True),
    Column("system", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("values", JSONB, nullable=False),
    Column("valid_from", _MOMENT, nullable=False),
    Column("valid_to", _MOMENT, nullable=False),
    Column("ended", Text, nullable=False),
    sa.CheckConstraint("ended in ('told anew', 'changed there', 'gone there')", name="ended"),
    Index(None, "source_id", "system", "object"),
    schema=IDENTITY,
)
