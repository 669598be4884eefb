"""Which source record belongs to which customer, now and at any past moment, and what became of each customer id.

Invariant: every live resolved record has exactly one open crosswalk row; a customer is `current` exactly while it has
one; `customer_id`s are never deleted, and each says for ever where its records went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, rows_of
from hub.records import Attributes, EntityType, RecordKey, attributes_from_json
from hub.release import ReleaseConfig
from identity import blast_radius, echoes, events, holds, succession
from identity.staging import BY_INDEX, stage, stage_query

CLUSTERS = pa.schema([("record_id", pa.int64()), ("cluster_id", pa.int64()), ("entity_type", pa.string())])
"""Live records and their cluster, named by its lowest record id."""

_FEW = 20_000  # records of a settlement that are looked up one by one, whatever the planner thinks of the sizes

TOUCHED = pa.schema([("customer_id", pa.string()), ("entity_type", pa.string())])


@dataclass(frozen=True)
class Moves:
    """What a settlement did to the customers; `touched` has every customer whose members or their content changed.

    `waiting` counts the records that have no customer yet because the change is held.
    """

    counts: dict[str, int]
    touched: pa.Table
    waiting: int = 0


def settle(
    conn: Connection,
    clusters: pa.Table,
    changed: pa.Array,
    *,
    at: datetime,
    run_id: UUID | None = None,
    release: ReleaseConfig | None = None,
    approved: bool = False,
) -> Moves:
    """Bring the crosswalk to the given clusters, but for what `release` holds; the caller holds the master lock.

    Raises PlanHeldError where more customers would change than `release` allows, unless that is `approved`.

    `clusters` (CLUSTERS) has all live records of every customer in question; `changed` has the records whose content
    was settled, the deleted ones included: those that are in no cluster leave the crosswalk.
    """
    stage(
        conn,
        "new_cluster",
        "record_id bigint PRIMARY KEY, cluster_id bigint NOT NULL, entity_type text NOT NULL",
        clusters,
    )
    stage(conn, "changed_record", "record_id bigint PRIMARY KEY", pa.table({"record_id": changed}))
    by_index = BY_INDEX if clusters.num_rows + len(changed) < _FEW else ""
    stage_query(
        conn,
        "old_member",
        f"""SELECT r.record_id, x.customer_id, x.entity_type, x.created_at
            FROM (SELECT record_id FROM new_cluster UNION SELECT record_id FROM changed_record) r
            CROSS JOIN LATERAL (SELECT c.customer_id, c.entity_type, c.created_at
                                FROM identity.crosswalk x JOIN identity.customer c USING (customer_id)
                                WHERE x.record_id = r.record_id AND x.valid_to IS NULL {by_index}) x""",  # noqa: S608 - own words
    )
    waiting = holds.hold_back(conn, release, at=at, run_id=run_id) if release else 0
    succession.grant_ids(conn)
    conn.execute(
        sa.text("""
            INSERT INTO identity.customer (customer_id, entity_type, created_at)
            SELECT customer_id, entity_type, :at FROM granted_id WHERE how = 'new'"""),
        {"at": at},
    )
    stage_query(
        conn,
        "moved_record",
        """SELECT coalesce(n.record_id, o.record_id) AS record_id, o.customer_id AS old_id, n.customer_id AS new_id
           FROM old_member o
           FULL JOIN (SELECT c.record_id, g.customer_id FROM new_cluster c JOIN granted_id g USING (cluster_id)) n
             USING (record_id)
           WHERE o.customer_id IS DISTINCT FROM n.customer_id""",
    )
    if release and not approved:
        blast_radius.check(conn, release)
    _write(conn, at)
    counts = events.record(conn, at=at, run_id=run_id)
    return Moves(counts, _touched(conn, by_index), waiting)


def _write(conn: Connection, at: datetime) -> None:
    """Close and open crosswalk rows, and give each customer its status."""
    conn.execute(
        sa.text("""
            UPDATE identity.crosswalk x SET valid_to = :at FROM moved_record m
            WHERE x.record_id = m.record_id AND x.valid_to IS NULL AND m.old_id IS NOT NULL"""),
        {"at": at},
    )
    conn.execute(
        sa.text("""
            INSERT INTO identity.crosswalk (record_id, customer_id, valid_from)
            SELECT record_id, new_id, :at FROM moved_record WHERE new_id IS NOT NULL"""),
        {"at": at},
    )
    conn.execute(
        sa.text("""
            UPDATE identity.customer c SET status = 'current', merged_into = NULL
            FROM granted_id g WHERE g.customer_id = c.customer_id AND g.how = 'former'""")
    )
    conn.execute(
        sa.text("""
            UPDATE identity.customer c
            SET status = CASE cardinality(e.heirs) WHEN 0 THEN 'retired' WHEN 1 THEN 'merged' ELSE 'split' END,
                merged_into = CASE WHEN cardinality(e.heirs) = 1 THEN e.heirs[1] END
            FROM (SELECT old_id, array_remove(array_agg(DISTINCT new_id), NULL) AS heirs
                  FROM moved_record WHERE old_id NOT IN (SELECT customer_id FROM granted_id) GROUP BY old_id) e
            WHERE c.customer_id = e.old_id""")
    )


def _touched(conn: Connection, by_index: str) -> pa.Table:
    return read_arrow(
        conn,
        f"""SELECT t.customer_id, c.entity_type FROM (
                SELECT old_id AS customer_id FROM moved_record UNION SELECT new_id FROM moved_record
                UNION SELECT customer_id FROM old_member JOIN changed_record USING (record_id)) t
            CROSS JOIN LATERAL (SELECT entity_type FROM identity.customer c
                                WHERE c.customer_id = t.customer_id {by_index}) c
            ORDER BY customer_id""",  # noqa: S608 - own words
        TOUCHED,
    )


@dataclass(frozen=True)
class Answer:
    """What became of a customer id: its status and the current customers that hold its records, most records first."""

    customer_id: UUID
    entity_type: str
    status: str
    current_ids: tuple[UUID, ...]


def answer(conn: Connection, customer_id: UUID) -> Answer | None:
    """Say where the records of this id are now; None if the hub never gave out this id.

    A current id answers itself. Another one answers the customers that now hold the records it held last; are they
    all gone, it answers what its survivor answers; a retired one answers nobody.
    """
    found = conn.execute(
        sa.text("SELECT entity_type, status, merged_into FROM identity.customer WHERE customer_id = :id"),
        {"id": customer_id},
    ).one_or_none()
    if found is None:
        return None
    if found.status == "current":
        return Answer(customer_id, found.entity_type, found.status, (customer_id,))
    heirs = conn.scalars(
        sa.text("""
            SELECT n.customer_id FROM identity.crosswalk x
            JOIN identity.crosswalk n ON n.record_id = x.record_id AND n.valid_to IS NULL
            WHERE x.customer_id = :id AND x.valid_to = (
                SELECT max(valid_to) FROM identity.crosswalk WHERE customer_id = :id AND valid_to IS NOT NULL)
            GROUP BY n.customer_id ORDER BY count(*) DESC, n.customer_id"""),
        {"id": customer_id},
    ).all()
    if not heirs and found.merged_into is not None:
        survivor = answer(conn, found.merged_into)
        heirs = survivor.current_ids if survivor else ()
    return Answer(customer_id, found.entity_type, found.status, tuple(heirs))


def customer_of(conn: Connection, key: RecordKey) -> UUID | None:
    """The customer that a source record belongs to now; None for an unknown, deleted or not yet resolved record."""
    found: UUID | None = conn.scalar(
        sa.text("""
            SELECT x.customer_id FROM identity.source_record r
            JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
            WHERE r.system = :system AND r.object = :object AND r.source_id = :source_id"""),
        key._asdict(),
    )
    return found


def owners(conn: Connection, record_ids: Iterable[int]) -> set[UUID]:
    """The customers that these records belong to now."""
    found = conn.scalars(
        sa.text("SELECT customer_id FROM identity.crosswalk WHERE record_id = ANY(:ids) AND valid_to IS NULL"),
        {"ids": list(record_ids)},
    )
    return set(found)


def customers_of(conn: Connection, system: str, source_id: str) -> list[UUID]:
    """The customers that records with this id in this system belong to, whatever their object; in order of the ids."""
    found = conn.scalars(
        sa.text("""
            SELECT DISTINCT x.customer_id FROM identity.source_record r
            JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
            WHERE r.system = :system AND r.source_id = :source_id ORDER BY x.customer_id"""),
        {"system": system, "source_id": source_id},
    )
    return list(found)


def clusters(conn: Connection, entity_type: str) -> dict[int, int]:
    """Each live record of a type with the lowest record of its cluster as computed: its customer, if none is held."""
    found = read_arrow(
        conn,
        """SELECT x.record_id, min(x.record_id) OVER (PARTITION BY x.customer_id) AS cluster_id
           FROM identity.crosswalk x JOIN identity.customer c USING (customer_id)
           WHERE x.valid_to IS NULL AND c.entity_type = %(type)s
             AND NOT EXISTS (SELECT FROM identity.hold_record h WHERE h.record_id = x.record_id AND h.open)
           UNION ALL
           SELECT r.record_id, r.cluster_id FROM identity.hold h JOIN identity.hold_record r USING (hold_id)
           WHERE r.open AND h.entity_type = %(type)s
           ORDER BY record_id""",
        pa.schema([("record_id", pa.int64()), ("cluster_id", pa.int64())]),
        {"type": entity_type},
    )
    return dict(rows_of(found))


def count(conn: Connection) -> int:
    """How many current customers there are."""
    return int(conn.scalar(sa.text("SELECT count(*) FROM identity.customer WHERE status = 'current'")) or 0)


@dataclass(frozen=True)
class Member:
    """A source record of a customer: what it says by itself (`attributes`), and what the hub wrote over it (`told`)."""

    customer_id: UUID
    record_id: int
    key: RecordKey
    entity_type: EntityType
    attributes: Attributes
    told: Attributes
    modified_at: datetime | None

    @property
    def current(self) -> Attributes:
        """What the system holds now, as far as the hub knows."""
        return {name: values for name, values in {**self.attributes, **self.told}.items() if values}


def members(conn: Connection, customer_ids: Iterable[UUID], *, system: str | None = None) -> list[Member]:
    """The present records of the given customers, of one system or of all, in the order of customer and record id.

    A record that was deleted in its system is no member, also while its deletion is pending.
    """
    rows = conn.execute(
        sa.text("""
            SELECT x.customer_id, r.* FROM identity.crosswalk x
            JOIN identity.source_record r ON r.record_id = x.record_id
            WHERE x.customer_id = ANY(:ids) AND x.valid_to IS NULL AND r.deleted_at IS NULL
              AND (CAST(:system AS text) IS NULL OR r.system = :system)
            ORDER BY x.customer_id, r.record_id"""),
        {"ids": list(customer_ids), "system": system},
    ).all()
    keys = [RecordKey(row.system, row.object, row.source_id) for row in rows]
    told = echoes.told_of(conn, keys)
    return [
        Member(
            customer_id=row.customer_id,
            record_id=row.record_id,
            key=key,
            entity_type=row.entity_type,
            attributes=attributes_from_json(row.attributes),
            told=told.get(key, {}),
            modified_at=row.modified_at,
        )
        for row, key in zip(rows, keys, strict=True)
    ]
