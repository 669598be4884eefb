"""How good is what the systems deliver: of their records, how many fill an attribute, and how many usably; over time.

Measured now and then, never on the way of a record: at most once an hour, and of a large base on a sample of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Connection, DateTime, Table, Text

from hub.db import IDENTITY, metadata

EVERY = timedelta(hours=1)
SAMPLE = 200_000
"""Records that a measurement looks at, of a base that has more."""

delivered_quality = Table(
    "delivered_quality",
    metadata,
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("system", Text, primary_key=True),
    Column("attribute", Text, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("usable", BigInteger, nullable=False),
    schema=IDENTITY,
)

_MEASURE = """
    INSERT INTO identity.delivered_quality (at, system, attribute, records, filled, usable)
    WITH looked_at AS MATERIALIZED (
        SELECT system, entity_type, attributes FROM identity.source_record {sample} WHERE deleted_at IS NULL
    ), size AS (SELECT system, entity_type, count(*) AS records FROM looked_at GROUP BY 1, 2),
    spoken AS (
        SELECT l.system, l.entity_type, a.key AS attribute, count(*) AS filled,
               count(*) FILTER (WHERE a.value -> 0 -> 'standard' <> 'null'::jsonb) AS usable
        FROM looked_at l CROSS JOIN LATERAL jsonb_each(l.attributes) a
        WHERE a.key <> ALL (:derived) GROUP BY 1, 2, 3)
    SELECT now(), s.system, s.attribute, sum(z.records), sum(s.filled), sum(s.usable)
    FROM spoken s JOIN size z USING (system, entity_type) GROUP BY s.system, s.attribute"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of an attribute in a system: shares of its records from 0 to 1."""

    at: datetime
    system: str
    attribute: str
    filled: float
    usable: float


def measure(conn: Connection, derived: list[str]) -> bool:
    """Measure what is stored, unless that was done within the hour; `derived` attributes are left out."""
    newest = conn.scalar(sa.select(sa.func.max(delivered_quality.c.at)))
    now: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    if newest is not None and now - newest < EVERY:
        return False
    rows = conn.scalar(sa.text("SELECT reltuples FROM pg_class WHERE oid = CAST('identity.source_record' AS regclass)"))
    share = 100.0 if not rows or rows <= SAMPLE else 100.0 * SAMPLE / rows
    sample = "" if share == 100.0 else f"TABLESAMPLE SYSTEM ({share:.4f}) REPEATABLE (1)"
    conn.execute(sa.text(_MEASURE.format(sample=sample)), {"derived": derived})
    return True


def history(conn: Connection, *, points: int = 60) -> list[Measured]:
    """The newest measurements, at most so many moments, oldest first."""
    t = delivered_quality.c
    moments = sa.select(t.at).distinct().order_by(t.at.desc()).limit(points)
    rows = conn.execute(sa.select(delivered_quality).where(t.at.in_(moments)).order_by(t.at, t.system, t.attribute))
    return [
        Measured(row.at, row.system, row.attribute, row.filled / row.records, row.usable / row.records) for row in rows
    ]
