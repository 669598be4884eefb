"""Identity's part of the stewards' queue. It is derived from what is there, never stored: a task is gone once its cause
is.

* A possible match: see `identity.possible_matches`.
* A held change: what a run would do to customers, but a person should see first (`identity.holds`). Where the records
  name two values of an identifier of which nobody has two, it is a contradiction.
* A decision to reopen: one of its records holds something else now than when it was decided. It stands until somebody
  says it anew or revokes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.tasks import ORDER, Kind, Place, Task, Wanted, parameters, select
from identity import holds, possible_matches, store
from identity.decision_log import STANDS

_SHOWN = 20

KINDS: tuple[Kind, ...] = ("held", "contradiction", "reopened", "possible_match")
"""The kinds of items that identity has."""

# Of each customer in question its attributes and its systems hang on it; records without a customer count as one.
_HANGS = """
    SELECT sum(c.hangs)::int AS consequence, sum(c.records)::int AS affected, array_agg(c.customer_id) AS customers
    FROM (
        SELECT {customer} AS customer_id, count(DISTINCT s.record_id) AS records,
               count(DISTINCT k.name) + count(DISTINCT s.system) AS hangs
        FROM {members} JOIN identity.source_record s USING (record_id)
        LEFT JOIN LATERAL jsonb_object_keys(s.attributes) AS k (name) ON true
        GROUP BY 1) c"""
_OF_HOLD = _HANGS.format(
    customer="m.customer_id", members="(SELECT * FROM identity.hold_record WHERE hold_id = h.hold_id) m"
)
_OF_DECISION = _HANGS.format(
    customer="x.customer_id",
    members="""identity.crosswalk x JOIN (
            SELECT DISTINCT y.customer_id FROM identity.crosswalk y
            WHERE y.record_id = ANY(r.records) AND y.valid_to IS NULL) o
        ON o.customer_id = x.customer_id AND x.valid_to IS NULL""",
)
_HELD = f"""
    SELECT 'hold:' || lpad(h.hold_id::text, 12, '0') AS key, h.hold_id AS number, h.opened_at AS since, h.entity_type,
           h.details, c.consequence, c.affected, array_remove(c.customers, NULL) AS customers, r.records, r.systems
    FROM identity.hold h
    CROSS JOIN LATERAL ({_OF_HOLD}) c
    CROSS JOIN LATERAL (
        SELECT array_agg(m.record_id ORDER BY m.cluster_id, m.record_id) AS records,
               array_agg(DISTINCT s.system ORDER BY s.system) AS systems
        FROM identity.hold_record m JOIN identity.source_record s USING (record_id) WHERE m.hold_id = h.hold_id) r
    WHERE h.closed_at IS NULL AND h.approved_at IS NULL AND {{which}}"""  # noqa: S608 - own words
_REOPENED = f"""
    SELECT 'decision:' || lpad(d.decision_id::text, 12, '0') AS key, d.decision_id AS number, d.kind, d.decided_by,
           r.since, r.entity_type, r.records, r.systems, r.changed, coalesce(c.consequence, 0) AS consequence,
           coalesce(c.affected, 0) AS affected, coalesce(c.customers, '{{}}') AS customers
    FROM (
        SELECT d.decision_id, array_agg(m.record_id ORDER BY m.record_id) AS records, max(s.changed_at) AS since,
               min(s.entity_type) AS entity_type, array_agg(DISTINCT s.system ORDER BY s.system) AS systems,
               count(*) FILTER (WHERE s.content_hash <> m.content_hash AND s.deleted_at IS NULL) AS changed
        FROM identity.decision d JOIN identity.decision_record m USING (decision_id)
        JOIN identity.source_record s USING (record_id)
        WHERE d.kind IN ('same', 'different') AND {STANDS}
        GROUP BY d.decision_id HAVING bool_or(s.content_hash <> m.content_hash AND s.deleted_at IS NULL)) r
    JOIN identity.decision d USING (decision_id)
    CROSS JOIN LATERAL ({_OF_DECISION}) c"""  # noqa: S608 - own words
_WHICH = {
    "held": "NOT 'two_identifiers' = ANY(h.reasons)",
    "contradiction": "'two_identifiers' = ANY(h.reasons)",
}


def count(conn: Connection, kind: Kind, wanted: Wanted) -> int:
    """How many items of a kind there are."""
    if kind == "possible_match":
        return possible_matches.count(conn, wanted)
    counted = sa.text(f"SELECT count(*) {select(_items(kind), wanted)}")
    return int(conn.scalar(counted, parameters(wanted)) or 0)


def tasks(
    conn: Connection, kind: Kind, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give a page of the items of a kind, those on which most hangs first; with `key` only that one."""
    if kind == "possible_match":
        return possible_matches.tasks(conn, wanted, after=after, limit=limit, key=key)
    page = sa.text(f"SELECT q.* {select(_items(kind), wanted, after=after, key=key)} {ORDER}")
    rows = conn.execute(page, parameters(wanted, after, limit=limit, key=key)).all()
    make: Callable[[Connection, Kind, Sequence[sa.Row[tuple[object, ...]]]], list[Task]] = (
        _reopened if kind == "reopened" else _held
    )
    return make(conn, kind, rows)


def _items(kind: Kind) -> str:
    return _REOPENED if kind == "reopened" else _HELD.format(which=_WHICH[kind])


def _held(conn: Connection, kind: Kind, rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Task]:
    names = store.keys_of(conn, [record for row in rows for record in row.records])
    return [
        Task(
            key=row.key,
            kind=kind,
            consequence=row.consequence,
            since=row.since,
            reason="; ".join(holds.wording(detail, names) for detail in row.details),
            entity_type=row.entity_type,
            systems=tuple(row.systems),
            records=tuple(names[record] for record in row.records[:_SHOWN]),
            customers=tuple(sorted(row.customers)),
            affected=row.affected,
            number=row.number,
        )
        for row in rows
    ]


def _reopened(conn: Connection, kind: Kind, rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Task]:
    names = store.keys_of(conn, [record for row in rows for record in row.records])
    return [
        Task(
            key=row.key,
            kind=kind,
            consequence=row.consequence,
            since=row.since,
            reason=f"{row.changed} of the records of decision #{row.number} ({row.kind}, by {row.decided_by}) "
            "changed since",
            entity_type=row.entity_type,
            systems=tuple(row.systems),
            records=tuple(names[record] for record in row.records[:_SHOWN]),
            customers=tuple(sorted(row.customers)),
            affected=row.affected,
            number=row.number,
        )
        for row in rows
    ]
