"""The components that a settlement touches, found in the database, and their clusters.

Invariant: a component is taken whole: with a record come all that it is tied to by edges at or above the link bar, by
certain links, standing decisions or a common customer, directly or through others. The cost follows the size of what
is touched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, read_ids, rows_of
from hub.records import ENTITY_TYPES, EntityType
from identity import crosswalk, duplicate_free, models_store, standing, store
from identity.agglomeration import Edge
from identity.clustering import Clusterer, Pair, cluster
from identity.constraints import Constraints
from identity.simple_parts import sort_out
from identity.staging import BY_INDEX, stage, stage_query

# From a tenth of the base on, all of it is taken at once: following ties record by record costs more.
_ALL_SHARE = 0.1

_PAIRS = pa.schema([("record_l", pa.int64()), ("record_r", pa.int64())])
_EDGES = pa.schema([*_PAIRS, ("match_weight", pa.float64())])
_MANY = 5_000  # records from which it pays to sort out the simple components as sets


def start(conn: Connection, whole_types: Sequence[str]) -> None:
    """Fill `start_record`: the records of `settled_record` and those that were tied to them until now.

    To be called before edges change: what a lost edge held together must be looked at from both sides. Of
    `whole_types` every resolved record is taken.
    """
    if _most_of_all(conn, "settled_record"):
        stage_query(conn, "start_record", "SELECT record_id FROM settled_record")
        return
    # Asked only where it is wanted: it reads every customer.
    of_types = """
           UNION SELECT x.record_id FROM identity.crosswalk x JOIN identity.customer c USING (customer_id)
               WHERE x.valid_to IS NULL AND c.entity_type = ANY(:types)
           UNION SELECT r.record_id FROM identity.hold h JOIN identity.hold_record r USING (hold_id)
               WHERE r.open AND h.entity_type = ANY(:types)"""
    stage_query(
        conn,
        "start_record",
        f"""SELECT record_id FROM settled_record
           UNION SELECT e.record_r FROM settled_record s JOIN identity.edge e ON e.record_l = s.record_id
               JOIN identity.model m ON m.entity_type = e.entity_type AND m.live AND e.match_weight >= m.link_weight
           UNION SELECT e.record_l FROM settled_record s JOIN identity.edge e ON e.record_r = s.record_id
               JOIN identity.model m ON m.entity_type = e.entity_type AND m.live AND e.match_weight >= m.link_weight
           {of_types if whole_types else ""}""",  # noqa: S608 - own words; values are bound
        **({"types": list(whole_types)} if whole_types else {}),
    )


def clusters(conn: Connection, clusterers: Mapping[EntityType, Clusterer] | None = None) -> pa.Table:
    """Give the clusters (crosswalk.CLUSTERS) of every component that `start_record` touches.

    Edges and bars are the new ones by now. Records of `settled_record` count as they are now; others as they were
    resolved last, which is how the crosswalk has them, or a hold that keeps them out of it.
    """
    _reach(conn)
    constraints = _stage_nodes(conn)
    by_type = clusterers or {}
    return pa.concat_tables([_clusters_of(conn, t, constraints, by_type.get(t, cluster)) for t in ENTITY_TYPES])


def _stage_nodes(conn: Connection) -> Constraints:
    """Fill `node`, the resolved records of `reached_record` with their types; gives the constraints on them."""
    by_index = "" if _most_of_all(conn, "reached_record") else BY_INDEX
    stage_query(
        conn,
        "node",
        f"""SELECT r.record_id, coalesce(s.entity_type, x.entity_type, h.entity_type) AS entity_type
            FROM reached_record r
            LEFT JOIN settled_record s ON s.record_id = r.record_id
            LEFT JOIN LATERAL (SELECT c.entity_type FROM identity.crosswalk x
                               JOIN identity.customer c USING (customer_id)
                               WHERE x.record_id = r.record_id AND x.valid_to IS NULL {by_index}) x ON true
            LEFT JOIN LATERAL (SELECT o.entity_type FROM identity.hold_record h JOIN identity.hold o USING (hold_id)
                               WHERE h.record_id = r.record_id AND h.open {by_index}) h ON true
            WHERE CASE WHEN s.record_id IS NULL THEN coalesce(x.entity_type, h.entity_type) IS NOT NULL
                       ELSE s.live END""",  # noqa: S608 - own words
    )
    return standing.constraints(conn, "node", duplicate_free.in_force(conn))


@dataclass(frozen=True)
class Parts:
    """All that the clusters of some components are made from, as `clustering.cluster` takes it."""

    records: list[int]
    edges: list[Edge]
    certain: list[Pair]
    link_weight: float
    constraints: Constraints


def parts_around(conn: Connection, records: Sequence[int], entity_type: EntityType) -> Parts:
    """Give what the components of these resolved records are made from now; changes nothing."""
    stage(conn, "settled_record", "record_id bigint PRIMARY KEY, entity_type text NOT NULL, live boolean NOT NULL")
    started = pa.table({"record_id": pa.array(records, pa.int64())})
    stage(conn, "start_record", "record_id bigint PRIMARY KEY", started)
    _reach(conn)
    constraints = _stage_nodes(conn)
    edges, certain = _edges(conn, entity_type), _certain(conn, entity_type)
    return Parts(
        _nodes(conn, entity_type).to_pylist(),
        list(rows_of(edges)),
        list(rows_of(certain)),
        _bar(conn, entity_type),
        constraints,
    )


def _clusters_of(conn: Connection, entity_type: EntityType, constraints: Constraints, clusterer: Clusterer) -> pa.Table:
    records, link_weight = _nodes(conn, entity_type), _bar(conn, entity_type)
    edges, certain = _edges(conn, entity_type), _certain(conn, entity_type)
    simple = crosswalk.CLUSTERS.empty_table()
    if len(records) > _MANY:
        found = sort_out(records, edges, certain, constraints, link_weight=link_weight)
        records, edges = found.records, found.edges
        simple = _as_clusters(found.clusters["record_id"], found.clusters["cluster_id"], entity_type)
    listed = records.to_pylist()
    names = clusterer(
        listed, list(rows_of(edges)), list(rows_of(certain)), link_weight=link_weight, constraints=constraints
    )
    return pa.concat_tables([simple, _as_clusters(records, pa.array([names[r] for r in listed]), entity_type)])


def _as_clusters(records: pa.Array, names: pa.Array, entity_type: EntityType) -> pa.Table:
    types = pa.repeat(pa.scalar(entity_type, pa.string()), len(records))
    return pa.table([records, names.cast(pa.int64()), types], schema=crosswalk.CLUSTERS)


def _nodes(conn: Connection, entity_type: EntityType) -> pa.Array:
    return read_ids(conn, "SELECT record_id FROM node WHERE entity_type = %(type)s", {"type": entity_type})


def _bar(conn: Connection, entity_type: EntityType) -> float:
    live = models_store.live(conn, entity_type)
    return live.bars.link if live and live.bars else math.inf


def _edges(conn: Connection, entity_type: EntityType) -> pa.Table:
    return read_arrow(
        conn,
        """SELECT e.record_l, e.record_r, e.match_weight FROM node n
           JOIN identity.edge e ON e.record_l = n.record_id AND e.entity_type = n.entity_type
           WHERE n.entity_type = %(type)s""",
        _EDGES,
        {"type": entity_type},
    )


def _certain(conn: Connection, entity_type: EntityType) -> pa.Table:
    return read_arrow(
        conn,
        """SELECT k.record_l, k.record_r FROM identity.known_link k
           JOIN node l ON l.record_id = k.record_l AND l.entity_type = %(type)s
           JOIN node r ON r.record_id = k.record_r AND r.entity_type = %(type)s""",
        _PAIRS,
        {"type": entity_type},
    )


def _most_of_all(conn: Connection, table: str) -> bool:
    """Say whether so many records are in a temporary table that all are to be taken."""
    number = conn.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - own words
    return bool(number > max(_ALL_SHARE * store.about_how_many(conn), 1000))


def _reach(conn: Connection) -> None:
    """Fill `reached_record` with the whole components of `start_record`."""
    if _most_of_all(conn, "start_record"):
        stage_query(
            conn,
            "reached_record",
            """SELECT record_id FROM identity.crosswalk WHERE valid_to IS NULL
               UNION SELECT record_id FROM start_record
               UNION SELECT record_id FROM identity.decision_record
               UNION SELECT record_id FROM identity.hold_record WHERE open""",
        )
        return
    stage(conn, "reached_record", "record_id bigint PRIMARY KEY")
    conn.execute(
        sa.text(f"""
            INSERT INTO reached_record
            WITH RECURSIVE reach (record_id) AS (
                SELECT record_id FROM start_record
                UNION
                SELECT n.record_id FROM reach r CROSS JOIN LATERAL (
                    SELECT e.record_r AS record_id FROM identity.edge e JOIN identity.model m
                    ON m.entity_type = e.entity_type AND m.live AND e.match_weight >= m.link_weight
                    WHERE e.record_l = r.record_id
                    UNION ALL
                    SELECT e.record_l FROM identity.edge e JOIN identity.model m
                    ON m.entity_type = e.entity_type AND m.live AND e.match_weight >= m.link_weight
                    WHERE e.record_r = r.record_id
                    UNION ALL SELECT k.record_r FROM identity.known_link k WHERE k.record_l = r.record_id
                    UNION ALL SELECT k.record_l FROM identity.known_link k WHERE k.record_r = r.record_id
                    UNION ALL {standing.TIED}
                    UNION ALL
                    SELECT o.record_id FROM identity.crosswalk x
                    JOIN identity.crosswalk o ON o.customer_id = x.customer_id AND o.valid_to IS NULL
                    WHERE x.record_id = r.record_id AND x.valid_to IS NULL
                    OFFSET 0) n)
            SELECT record_id FROM reach""")  # noqa: S608 - own words
    )
    conn.execute(sa.text("ANALYZE reached_record"))
