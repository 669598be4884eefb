"""The stewards' queue. It is derived from what is there, never stored: a task is gone once its cause is.

* A possible match: two customers with records that match well enough to be looked at, not well enough to be joined.
  A standing `different` between records of the two takes it out for good, `unsure` until one of its records changes.
* A held change: what a run would do to customers, but a person should see first (`identity.holds`).
* A decision to reopen: one of its records holds something else now than when it was decided. It stands until somebody
  says it anew or revokes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey
from identity import holds
from identity.decision_log import STANDS
from identity.model import probability

_SHOWN = 20

TaskKind = Literal["held", "reopened", "possible_match"]


@dataclass(frozen=True)
class Task:
    """Something for a steward to look at.

    `records`: of a possible match its best pair. `weight`: match weight (log2 odds) of that pair; `decision_id`: the
    decision to reopen; `hold_id`: the held change. `affected`: how many records the customers in question have; the
    queue goes by it, most first.
    """

    kind: TaskKind
    records: tuple[RecordKey, ...]
    customers: tuple[UUID, ...]
    affected: int
    reason: str
    weight: float | None = None
    decision_id: int | None = None
    hold_id: int | None = None


# Each pair of customers once, by its best pair of records.
_MATCHES = f"""
    WITH pair AS MATERIALIZED (
        SELECT least(l.customer_id, r.customer_id) AS one, greatest(l.customer_id, r.customer_id) AS other,
               (array_agg(ARRAY[e.record_l, e.record_r] ORDER BY e.match_weight DESC, e.record_l, e.record_r))[1:1]
                   AS best,
               max(e.match_weight) AS weight
        FROM identity.model m
        JOIN identity.edge e ON e.entity_type = m.entity_type
            AND e.match_weight >= m.review_weight AND e.match_weight < m.link_weight
        JOIN identity.crosswalk l ON l.record_id = e.record_l AND l.valid_to IS NULL
        JOIN identity.crosswalk r ON r.record_id = e.record_r AND r.valid_to IS NULL
        WHERE m.live AND l.customer_id <> r.customer_id
        GROUP BY 1, 2
    ), covered AS MATERIALIZED (
        SELECT DISTINCT least(x.customer_id, y.customer_id) AS one, greatest(x.customer_id, y.customer_id) AS other
        FROM identity.decision d
        JOIN identity.decision_record a ON a.decision_id = d.decision_id
        JOIN identity.decision_record b ON b.decision_id = d.decision_id AND b.record_id <> a.record_id
            AND (d.kind = 'unsure' OR b.side <> a.side)
        JOIN identity.crosswalk x ON x.record_id = a.record_id AND x.valid_to IS NULL
        JOIN identity.crosswalk y ON y.record_id = b.record_id AND y.valid_to IS NULL
        WHERE d.kind IN ('different', 'unsure') AND {STANDS} AND (d.kind = 'different' OR NOT EXISTS (
            SELECT FROM identity.decision_record c JOIN identity.source_record s USING (record_id)
            WHERE c.decision_id = d.decision_id AND s.content_hash <> c.content_hash))
    ), open AS MATERIALIZED (
        SELECT * FROM pair p WHERE NOT EXISTS (SELECT FROM covered c WHERE c.one = p.one AND c.other = p.other)
    ), members AS (
        SELECT x.customer_id, count(*) AS records FROM identity.crosswalk x
        WHERE x.valid_to IS NULL AND x.customer_id IN (SELECT one FROM open UNION SELECT other FROM open)
        GROUP BY x.customer_id
    )"""  # noqa: S608 - own words
_PAGE = f"""{_MATCHES}
    SELECT o.one, o.other, o.weight, o.best, a.records + b.records AS affected FROM open o
    JOIN members a ON a.customer_id = o.one JOIN members b ON b.customer_id = o.other
    ORDER BY affected DESC, o.weight DESC, o.one, o.other LIMIT :limit OFFSET :offset"""  # noqa: S608 - own words
_REOPENED = f"""
    SELECT d.decision_id, d.kind, d.decided_by, array_agg(m.record_id ORDER BY m.record_id) AS records,
           count(*) FILTER (WHERE s.content_hash <> m.content_hash AND s.deleted_at IS NULL) AS changed,
           (SELECT count(*) FROM identity.crosswalk x WHERE x.valid_to IS NULL AND x.customer_id IN (
               SELECT y.customer_id FROM identity.crosswalk y JOIN identity.decision_record n USING (record_id)
               WHERE n.decision_id = d.decision_id AND y.valid_to IS NULL)) AS affected
    FROM identity.decision d JOIN identity.decision_record m USING (decision_id)
    JOIN identity.source_record s USING (record_id)
    WHERE d.kind IN ('same', 'different') AND {STANDS}
    GROUP BY d.decision_id HAVING bool_or(s.content_hash <> m.content_hash AND s.deleted_at IS NULL)
    ORDER BY affected DESC, d.decision_id LIMIT :limit OFFSET :offset"""  # noqa: S608 - own words


def tasks(conn: Connection, *, limit: int = 50, offset: int = 0) -> list[Task]:
    """Give a page of the queue: held changes, then decisions to reopen, then possible matches; the largest first."""
    found = _held(conn, limit, offset)
    if len(found) < limit:
        offset = max(offset - holds.count(conn), 0)
        found += _reopened(conn, limit - len(found), offset)
    if len(found) < limit:
        offset = max(offset - _reopened_count(conn), 0)
        found += _matches(conn, limit - len(found), offset)
    return found


def counts(conn: Connection) -> dict[TaskKind, int]:
    """How many tasks of each kind there are."""
    matches = conn.scalar(sa.text(f"{_MATCHES} SELECT count(*) FROM open"))  # noqa: S608 - own words; values are bound
    return {"held": holds.count(conn), "reopened": _reopened_count(conn), "possible_match": int(matches or 0)}


def _held(conn: Connection, limit: int, offset: int) -> list[Task]:
    found = []
    for hold in holds.largest(conn, limit=limit, offset=offset):
        records = [record for record, _, _ in holds.records_of(conn, hold.hold_id)]
        keys = _keys(conn, records)
        found.append(
            Task(
                kind="held",
                records=tuple(keys[record] for record in records[:_SHOWN]),
                customers=hold.customer_ids,
                affected=hold.records,
                reason="; ".join(holds.wording(detail, keys) for detail in hold.details),
                hold_id=hold.hold_id,
            )
        )
    return found


def _reopened_count(conn: Connection) -> int:
    counted = sa.text(f"SELECT count(*) FROM ({_REOPENED}) q")  # noqa: S608 - own words
    return int(conn.scalar(counted, {"limit": None, "offset": 0}) or 0)


def _reopened(conn: Connection, limit: int, offset: int) -> list[Task]:
    rows = conn.execute(sa.text(_REOPENED), {"limit": limit, "offset": offset}).all()
    keys = _keys(conn, [record for row in rows for record in row.records])
    owners = _owners(conn, [record for row in rows for record in row.records])
    return [
        Task(
            kind="reopened",
            records=tuple(keys[record] for record in row.records),
            customers=tuple(sorted({owners[record] for record in row.records if record in owners})),
            affected=row.affected,
            reason=f"{row.changed} of the records of decision #{row.decision_id} ({row.kind}, by {row.decided_by}) "
            "changed since",
            decision_id=row.decision_id,
        )
        for row in rows
    ]


def _matches(conn: Connection, limit: int, offset: int) -> list[Task]:
    rows = conn.execute(sa.text(_PAGE), {"limit": limit, "offset": offset}).all()
    keys = _keys(conn, [record for row in rows for record in row.best[0]])
    return [
        Task(
            kind="possible_match",
            records=tuple(keys[record] for record in row.best[0]),
            customers=(row.one, row.other),
            affected=row.affected,
            reason=f"two records match with probability {probability(row.weight):.2f}, no link, but for review",
            weight=row.weight,
        )
        for row in rows
    ]


def _keys(conn: Connection, records: Sequence[int]) -> dict[int, RecordKey]:
    rows = conn.execute(
        sa.text("SELECT record_id, system, object, source_id FROM identity.source_record WHERE record_id = ANY(:ids)"),
        {"ids": list(records)},
    )
    return {row.record_id: RecordKey(*row[1:]) for row in rows}


def _owners(conn: Connection, records: Sequence[int]) -> dict[int, UUID]:
    rows = conn.execute(
        sa.text(
            "SELECT record_id, customer_id FROM identity.crosswalk WHERE record_id = ANY(:ids) AND valid_to IS NULL"
        ),
        {"ids": list(records)},
    )
    return {row.record_id: row.customer_id for row in rows}
