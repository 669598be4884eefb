"""Records side by side: what each says, whose it is, by what it is found, and how every two of them match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import Attributes, EntityType, RecordKey, attributes_from_json


@dataclass(frozen=True)
class Compared:
    """One record. `customer_id` is None for one that is not resolved yet, `beside` how many records its customer has.

    `waits`: it has changed since it was resolved. `blocking_keys` are (kind, key).
    """

    record_id: int
    key: RecordKey
    entity_type: EntityType
    attributes: Attributes
    modified_at: datetime | None
    deleted: bool
    waits: bool
    customer_id: UUID | None
    beside: int
    blocking_keys: tuple[tuple[str, str], ...]


_RECORDS = sa.text("""
    SELECT r.record_id, r.system, r.object, r.source_id, r.entity_type, r.attributes, r.modified_at,
           r.deleted_at IS NOT NULL AS deleted, x.customer_id,
           EXISTS (SELECT FROM identity.pending_record p WHERE p.record_id = r.record_id) AS waits,
           (SELECT count(*) FROM identity.crosswalk o
            WHERE o.customer_id = x.customer_id AND o.valid_to IS NULL) AS beside,
           (SELECT coalesce(array_agg(ARRAY[b.kind, b.key] ORDER BY b.kind, b.key), '{}')
            FROM identity.blocking_key b WHERE b.record_id = r.record_id) AS keys
    FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:ids AS text[]))
        WITH ORDINALITY AS k (system, object, source_id, place)
    JOIN identity.source_record r USING (system, object, source_id)
    LEFT JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
    ORDER BY k.place""")


def records(conn: Connection, keys: Sequence[RecordKey]) -> list[Compared]:
    """Give records in the order of their keys; unknown ones are left out."""
    rows = conn.execute(
        _RECORDS,
        {
            "systems": [key.system for key in keys],
            "objects": [key.object for key in keys],
            "ids": [key.source_id for key in keys],
        },
    )
    return [
        Compared(
            record_id=row.record_id,
            key=RecordKey(row.system, row.object, row.source_id),
            entity_type=cast(EntityType, row.entity_type),
            attributes=attributes_from_json(row.attributes),
            modified_at=row.modified_at,
            deleted=row.deleted,
            waits=row.waits,
            customer_id=row.customer_id,
            beside=row.beside,
            blocking_keys=tuple((kind, key) for kind, key in row.keys),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Tie:
    """What there is between two records: an edge (`weight`, match weight) or a certain link (`certain`: why)."""

    left: int
    right: int
    weight: float | None
    probability: float | None
    keys: tuple[str, ...] = ()
    certain: str | None = None


def ties(conn: Connection, record_ids: Sequence[int]) -> list[Tie]:
    """Give the edges and certain links among records, the strongest first."""
    rows = conn.execute(
        sa.text("""
            SELECT record_l, record_r, match_weight, match_probability, match_keys, NULL AS reason
            FROM identity.edge WHERE record_l = ANY(:ids) AND record_r = ANY(:ids)
            UNION ALL
            SELECT record_l, record_r, NULL, NULL, '{}', reason
            FROM identity.known_link WHERE record_l = ANY(:ids) AND record_r = ANY(:ids)
            ORDER BY match_weight DESC NULLS FIRST, record_l, record_r"""),
        {"ids": list(record_ids)},
    )
    return [
        Tie(r.record_l, r.record_r, r.match_weight, r.match_probability, tuple(r.match_keys), r.reason) for r in rows
    ]
