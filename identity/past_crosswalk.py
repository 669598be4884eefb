"""The crosswalk of a past moment: which record belonged to which customer, and what an id answered.

Rows of identity.crosswalk are closed, never changed, so what was at a moment stays so for ever. A moment `then` is
aware; a row counts from its `valid_from` on, until before its `valid_to`.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey
from identity.crosswalk import Answer

OPEN = "x.valid_from <= :then AND (x.valid_to IS NULL OR x.valid_to > :then)"
"""The condition on identity.crosswalk x that the row was open at :then."""


@dataclass(frozen=True, slots=True)
class MemberThen:
    """A source record of a customer at a moment; `since` when it has been the customer's."""

    customer_id: UUID
    record_id: int
    key: RecordKey
    since: datetime


def members(conn: Connection, customer_ids: Sequence[UUID], then: datetime) -> list[MemberThen]:
    """Give the records that the crosswalk gave these ids at a moment, in the order of customer and record."""
    found = conn.execute(
        sa.text(f"""
            SELECT x.customer_id, x.record_id, s.system, s.object, s.source_id, x.valid_from
            FROM ({rows("x.customer_id = ANY(:ids)")}) x JOIN identity.source_record s USING (record_id)
            ORDER BY x.customer_id, s.system, s.object, s.source_id"""),
        {"ids": list(customer_ids), "then": then},
    )
    return [MemberThen(r[0], r[1], RecordKey(*r[2:5]), r.valid_from) for r in found]


def owners(conn: Connection, keys: Sequence[RecordKey], then: datetime) -> dict[RecordKey, UUID]:
    """Say to which customer each of these records belonged at a moment; a record that had none is left out."""
    columns = {name: [key[i] for key in keys] for i, name in enumerate(RecordKey._fields)}
    found = conn.execute(
        sa.text(f"""
            SELECT s.system, s.object, s.source_id, x.customer_id
            FROM unnest(CAST(:system AS text[]), CAST(:object AS text[]), CAST(:source_id AS text[]))
                k (system, object, source_id)
            JOIN identity.source_record s USING (system, object, source_id)
            JOIN identity.crosswalk x ON x.record_id = s.record_id AND {OPEN}"""),
        {**columns, "then": then},
    )
    return {RecordKey(row.system, row.object, row.source_id): row.customer_id for row in found}


def answer(conn: Connection, customer_id: UUID, then: datetime) -> Answer | None:
    """Say what this id answered at a moment, as `identity.crosswalk.answer` did then; None: it was not given out yet.

    Whether it had merged, been split or retired by then is told by where its last records went in that instant.
    """
    found = conn.execute(
        sa.text("SELECT entity_type FROM identity.customer WHERE customer_id = :id AND created_at <= :then"),
        {"id": customer_id, "then": then},
    ).one_or_none()
    if found is None:
        return None
    ended = conn.execute(
        sa.text(f"""
            WITH mine AS MATERIALIZED (
                SELECT record_id, valid_to FROM identity.crosswalk
                WHERE customer_id = :id AND valid_to IS NULL AND valid_from <= :then
                UNION ALL
                SELECT record_id, valid_to FROM identity.crosswalk
                WHERE customer_id = :id AND valid_to IS NOT NULL AND valid_from <= :then AND valid_from < valid_to
            ), last AS (
                SELECT record_id, valid_to FROM mine WHERE valid_to <= :then
                  AND valid_to = (SELECT max(valid_to) FROM mine WHERE valid_to <= :then)
                  AND NOT EXISTS (SELECT FROM mine WHERE valid_to IS NULL OR valid_to > :then)
            )
            SELECT l.record_id, h.customer_id AS heir, x.customer_id AS owner FROM last l
            LEFT JOIN identity.crosswalk h ON h.record_id = l.record_id AND h.valid_from = l.valid_to
                AND (h.valid_to IS NULL OR h.valid_to > h.valid_from)
            LEFT JOIN identity.crosswalk x ON x.record_id = l.record_id AND {OPEN}"""),
        {"id": customer_id, "then": then},
    ).all()
    if not ended:
        return Answer(customer_id, found.entity_type, "current", (customer_id,))
    heirs = {row.heir for row in ended} - {None}
    owned = [row.owner for row in ended if row.owner is not None]
    now = sorted(set(owned), key=lambda owner: (-owned.count(owner), str(owner)))
    status = {0: "retired", 1: "merged"}.get(len(heirs), "split")
    if not now and status == "merged":
        survivor = answer(conn, heirs.pop(), then)
        now = list(survivor.current_ids) if survivor else []
    return Answer(customer_id, found.entity_type, status, tuple(now))


def before_birth(conn: Connection, customer_id: UUID, then: datetime) -> list[UUID]:
    """Say to which customers the first records of an id belonged at a moment before it was given out, most first."""
    return list(
        conn.scalars(
            sa.text(f"""
                SELECT x.customer_id FROM identity.crosswalk f
                JOIN identity.crosswalk x ON x.record_id = f.record_id AND {OPEN}
                WHERE f.customer_id = :id AND f.valid_from = (
                    SELECT min(valid_from) FROM identity.crosswalk WHERE customer_id = :id)
                GROUP BY x.customer_id ORDER BY count(*) DESC, x.customer_id"""),
            {"id": customer_id, "then": then},
        )
    )


def rows(condition: str) -> str:
    """Write the query of the rows of identity.crosswalk x that were open at :then; each half goes by its own index."""
    return f"""
        SELECT x.* FROM identity.crosswalk x WHERE {condition} AND x.valid_to IS NULL AND x.valid_from <= :then
        UNION ALL
        SELECT x.* FROM identity.crosswalk x WHERE {condition} AND x.valid_to IS NOT NULL AND x.valid_to > :then
            AND x.valid_from <= :then"""
