"""The tables behind the life cycle of models: which one was live when, and what people said of pairs.

Invariant: each change of the live model is a row of `model_promotion`, never changed but for `applied_at`, the moment
of the settlement that took it in: the clusters are that model's then, or that of a later change settled with it. A pair
has at most one row a sample in `label`; sample 0 holds what was imported without having been sampled.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Double, Index, Integer, Table, Text

from hub.db import IDENTITY, metadata

_MOMENT = DateTime(timezone=True)

# identity.models_store
model_promotion = Table(
    "model_promotion",
    metadata,
    Column("promotion_id", BigInteger, sa.Identity(), primary_key=True),
    Column("entity_type", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("replaced", Integer),
    Column("kind", Text, nullable=False),
    Column("at", _MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    Column("applied_at", _MOMENT),
    sa.CheckConstraint("kind in ('promote', 'rollback')", name="kind"),
    Index(None, "entity_type", "promotion_id"),
    schema=IDENTITY,
)

# identity.labels
label = Table(
    "label",
    metadata,
    Column("sample", Integer, primary_key=True, autoincrement=False),
    Column("record_l", BigInteger, primary_key=True, autoincrement=False),
    Column("record_r", BigInteger, primary_key=True, autoincrement=False),
    Column("entity_type", Text, nullable=False),
    Column("place", Integer, nullable=False),
    # Null where the pair was imported without having been sampled: it trains, but measures nothing.
    Column("stratum", Integer),
    Column("stratum_pairs", BigInteger),
    Column("together", Boolean),
    Column("match_weight", Double),
    Column("model_version", Integer),
    Column("verdict", Text),
    Column("labelled_by", Text),
    Column("labelled_at", _MOMENT),
    sa.CheckConstraint("record_l < record_r", name="ordered"),
    sa.CheckConstraint("verdict in ('same', 'different', 'unsure')", name="verdict"),
    schema=IDENTITY,
)
