"""Possible matches: pairs of customers with records that match well enough to be looked at, not to be joined.

Invariant: after each settlement `identity.possible_match` has exactly the pairs that its edges, customers, bars and
standing decisions give; to find them among all edges for each page of the queue would take seconds at a million
records. A standing `different` between records of the two keeps a pair out for good, `unsure` until one of its records
changes. Only settlements write the table, under the master lock; a decision that is not settled yet is left out when it
is read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.tasks import ORDER, Place, Task, Wanted, parameters, select
from identity import store
from identity.decision_log import STANDS
from identity.model import probability
from identity.staging import BY_INDEX, stage, stage_query

_MUCH = 0.1  # of the base: from here on one pass over all edges beats look-ups by record
_LEAST = 1_000

_COVERING = f"""
    FROM identity.decision d
    JOIN identity.decision_record a ON a.decision_id = d.decision_id
    JOIN identity.decision_record b ON b.decision_id = d.decision_id AND b.record_id <> a.record_id
        AND (d.kind <> 'different' OR b.side <> a.side)
    JOIN identity.crosswalk x ON x.record_id = a.record_id AND x.valid_to IS NULL
    JOIN identity.crosswalk y ON y.record_id = b.record_id AND y.valid_to IS NULL
    WHERE {STANDS} AND (d.kind <> 'unsure' OR NOT EXISTS (
        SELECT FROM identity.decision_record c JOIN identity.source_record s USING (record_id)
        WHERE c.decision_id = d.decision_id AND s.content_hash <> c.content_hash))"""
_ENDS = "least(x.customer_id, y.customer_id) AS one, greatest(x.customer_id, y.customer_id) AS other"

# Each pair of customers once, by its best pair of records.
_FOUND = f"""
    WITH pair AS MATERIALIZED (
        SELECT least(l.customer_id, r.customer_id) AS one, greatest(l.customer_id, r.customer_id) AS other,
               (array_agg(ARRAY[e.record_l, e.record_r] ORDER BY e.match_weight DESC, e.record_l, e.record_r))[1:1]
                   AS best,
               max(e.match_weight) AS weight, min(e.entity_type) AS entity_type
        FROM identity.model m
        JOIN {{edges}} e ON e.entity_type = m.entity_type
            AND e.match_weight >= m.review_weight AND e.match_weight < m.link_weight
        JOIN identity.crosswalk l ON l.record_id = e.record_l AND l.valid_to IS NULL
        JOIN identity.crosswalk r ON r.record_id = e.record_r AND r.valid_to IS NULL
        WHERE m.live AND l.customer_id <> r.customer_id
        GROUP BY 1, 2
    ), covered AS MATERIALIZED (
        SELECT DISTINCT {_ENDS} {_COVERING} AND d.kind <> 'same' {{scope}}
    ), open AS MATERIALIZED (
        SELECT * FROM pair p WHERE NOT EXISTS (SELECT FROM covered c WHERE c.one = p.one AND c.other = p.other)
    ), size AS MATERIALIZED (
        SELECT x.customer_id, count(DISTINCT x.record_id) AS records, array_agg(DISTINCT s.system) AS systems,
               count(DISTINCT k.name) + count(DISTINCT s.system) AS hangs
        FROM (SELECT one AS customer_id FROM open UNION SELECT other FROM open) o
        JOIN identity.crosswalk x ON x.customer_id = o.customer_id AND x.valid_to IS NULL
        JOIN identity.source_record s ON s.record_id = x.record_id
        LEFT JOIN LATERAL jsonb_object_keys(s.attributes) AS k (name) ON true
        GROUP BY x.customer_id
    )
    SELECT o.one, o.other, 'match:' || o.one || ':' || o.other AS key, o.entity_type, o.best[1][1] AS record_l,
           o.best[1][2] AS record_r, o.weight, a.records + b.records AS affected, a.hangs + b.hangs AS consequence,
           ARRAY(SELECT DISTINCT unnest(a.systems || b.systems) ORDER BY 1) AS systems
    FROM open o JOIN size a ON a.customer_id = o.one JOIN size b ON b.customer_id = o.other"""  # noqa: S608 - own words
_AT = f"SELECT record_l, record_r, entity_type, match_weight FROM identity.edge WHERE {{end}} = m.record_id {BY_INDEX}"  # noqa: S608 - own words
_TOUCHING = f"""(
    SELECT e.* FROM match_record m CROSS JOIN LATERAL ({_AT.format(end="record_l")}) e
    UNION
    SELECT e.* FROM match_record m CROSS JOIN LATERAL ({_AT.format(end="record_r")}) e)"""  # noqa: S608 - own words

# What is decided and not settled yet: its records are pending.
_OPEN = """
    SELECT p.* FROM identity.possible_match p WHERE NOT EXISTS (
        SELECT FROM fresh f WHERE f.one = p.one AND f.other = p.other)"""
_FRESH = f"""WITH fresh AS MATERIALIZED (
    SELECT DISTINCT {_ENDS} {_COVERING} AND a.record_id IN (SELECT record_id FROM identity.pending_record))"""  # noqa: S608 - own words


def settle(conn: Connection, *, at: datetime, whole: bool, records: Collection[int] = ()) -> None:
    """Bring the pairs of a settlement's customers up to date; those of all where `whole` (a bar has moved).

    Reads `settled_record` and `moved_record` of the settlement in hand; `records` are looked at beside them.
    """
    stage(conn, "match_named", "record_id bigint PRIMARY KEY", pa.table({"record_id": pa.array(records, pa.int64())}))
    stage_query(
        conn,
        "match_customer",
        """SELECT x.customer_id FROM identity.crosswalk x JOIN settled_record USING (record_id) WHERE x.valid_to IS NULL
           UNION SELECT x.customer_id FROM identity.crosswalk x JOIN match_named USING (record_id)
               WHERE x.valid_to IS NULL
           UNION SELECT old_id FROM moved_record WHERE old_id IS NOT NULL
           UNION SELECT new_id FROM moved_record WHERE new_id IS NOT NULL""",
    )
    members = stage_query(
        conn,
        "match_record",
        """SELECT x.record_id FROM identity.crosswalk x JOIN match_customer USING (customer_id)
           WHERE x.valid_to IS NULL""",
    )
    _replace(conn, at, whole=whole or members > max(_MUCH * store.about_how_many(conn), _LEAST))


def rebuild(conn: Connection, at: datetime) -> None:
    """Find all pairs anew, whatever the table has; the caller holds the master lock."""
    _replace(conn, at, whole=True)


def _replace(conn: Connection, at: datetime, *, whole: bool) -> None:
    scope = "" if whole else "AND a.record_id IN (SELECT record_id FROM match_record)"
    stage_query(conn, "match_found", _FOUND.format(edges="identity.edge" if whole else _TOUCHING, scope=scope))
    touched = "(SELECT customer_id FROM match_customer)"
    mine = "true" if whole else f"(p.one IN {touched} OR p.other IN {touched})"
    conn.execute(
        sa.text(f"""
            DELETE FROM identity.possible_match p WHERE {mine}
            AND NOT EXISTS (SELECT FROM match_found f WHERE f.one = p.one AND f.other = p.other)""")  # noqa: S608 - own words
    )
    conn.execute(
        sa.text("""
            INSERT INTO identity.possible_match AS p (
                one, other, key, entity_type, record_l, record_r, weight, affected, consequence, systems, since)
            SELECT one, other, key, entity_type, record_l, record_r, weight, affected, consequence, systems, :at
            FROM match_found
            ON CONFLICT (one, other) DO UPDATE
            SET record_l = excluded.record_l, record_r = excluded.record_r, weight = excluded.weight,
                affected = excluded.affected, consequence = excluded.consequence, systems = excluded.systems
            WHERE (p.record_l, p.record_r, p.weight, p.affected, p.consequence, p.systems) IS DISTINCT FROM
                (excluded.record_l, excluded.record_r, excluded.weight, excluded.affected, excluded.consequence,
                 excluded.systems)"""),
        {"at": at},
    )


def count(conn: Connection, wanted: Wanted) -> int:
    """How many possible matches are open."""
    counted = sa.text(f"{_FRESH} SELECT count(*) {select(_OPEN, wanted)}")
    return int(conn.scalar(counted, parameters(wanted)) or 0)


def tasks(
    conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give a page of the possible matches, those on which most hangs first; with `key` only that one."""
    page = sa.text(f"{_FRESH} SELECT q.* {select(_OPEN, wanted, after=after, key=key)} {ORDER}")
    rows = conn.execute(page, parameters(wanted, after, limit=limit, key=key)).all()
    names = store.keys_of(conn, [record for row in rows for record in (row.record_l, row.record_r)])
    return [
        Task(
            key=row.key,
            kind="possible_match",
            consequence=row.consequence,
            since=row.since,
            reason=f"two records match with probability {probability(row.weight):.2f}: no link, but for review",
            entity_type=row.entity_type,
            systems=tuple(row.systems),
            records=(names[row.record_l], names[row.record_r]),
            customers=(row.one, row.other),
            affected=row.affected,
            weight=row.weight,
        )
        for row in rows
    ]
