"""The statements over edges: the scored pairs of records.

Invariant: every edge joins two live records of one entity type at their present revisions, scored by the live model,
except where a record is pending; the edges of a pending record are its last resolved ones.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow, write_arrow
from identity import pending
from identity.pairs import EDGE_SCHEMA
from identity.staging import stage

SCORED_SCHEMA = pa.schema(
    [
        pa.field("record_l", pa.int64()),
        pa.field("record_r", pa.int64()),
        pa.field("entity_type", pa.dictionary(pa.int32(), pa.string())),
        pa.field("model_version", pa.int32()),
        pa.field("match_weight", pa.float64()),
        pa.field("match_probability", pa.float64()),
        # Vectors repeat a lot: as a dictionary a million edges take a tenth of the memory.
        pa.field("comparison", pa.dictionary(pa.int32(), pa.string())),
        pa.field("match_keys", pa.dictionary(pa.int32(), pa.string())),
    ]
)
"""Edges on their way from scoring to the database; `match_keys` are joined by commas."""

_WRITE_CHUNK = 250_000


def as_scored(edges: pa.Table, entity_type: str, version: int) -> pa.Table:
    """Give scored edges (EDGE_SCHEMA) the form in which a round keeps them (SCORED_SCHEMA)."""
    count = edges.num_rows
    columns = {
        "record_l": edges["record_l"],
        "record_r": edges["record_r"],
        "entity_type": pa.array([entity_type] * count, pa.string()).dictionary_encode(),
        "model_version": pa.array([version] * count, pa.int32()),
        "match_weight": edges["match_weight"],
        "match_probability": edges["match_probability"],
        "comparison": edges["comparison"].dictionary_encode(),
        "match_keys": pc.binary_join(edges["match_keys"], ",").dictionary_encode(),
    }
    return pa.table(columns).cast(SCORED_SCHEMA)


def stage_scored(conn: Connection, edges: pa.Table) -> None:
    """Put scored edges into the temporary table `scored_edge`."""
    plain = pa.schema(
        [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in SCORED_SCHEMA
        ]
    )
    stage(
        conn,
        "scored_edge",
        "record_l bigint, record_r bigint, entity_type text, model_version integer, match_weight float8,"
        " match_probability float8, comparison text, match_keys text",
    )
    for start in range(0, edges.num_rows, _WRITE_CHUNK):
        write_arrow(conn, "scored_edge", edges.slice(start, _WRITE_CHUNK).cast(plain))
    conn.execute(sa.text("ANALYZE scored_edge"))


def replace(conn: Connection) -> int:
    """Give the records of `settled_record` the edges of `scored_edge` in place of their old ones; gives their number.

    An edge to a record that is pending still is left out: the round that settles that record finds it. What stays as
    it is isn't written: a full run with the same model writes nothing.
    """
    # A settled record is as it was scored; only the few others have to be looked up.
    stage(conn, "left_out_record", "record_id bigint")
    left_out = conn.execute(
        sa.text("""
            WITH gone AS (
                DELETE FROM scored_edge e USING (
                    SELECT c.record_l, c.record_r, l.record_id AS settled_l, r.record_id AS settled_r FROM scored_edge c
                    LEFT JOIN settled_record l ON l.record_id = c.record_l
                    LEFT JOIN settled_record r ON r.record_id = c.record_r
                    WHERE l.record_id IS NULL OR r.record_id IS NULL) s
                WHERE e.record_l = s.record_l AND e.record_r = s.record_r
                  AND (coalesce(s.settled_l, s.settled_r) IS NULL OR EXISTS (
                           SELECT FROM identity.pending_record p
                           WHERE p.record_id = CASE WHEN s.settled_l IS NULL THEN s.record_l ELSE s.record_r END))
                RETURNING CASE WHEN s.settled_l IS NULL THEN s.record_l ELSE s.record_r END AS record_id,
                          coalesce(s.settled_l, s.settled_r) AS settled)
            INSERT INTO left_out_record SELECT DISTINCT record_id FROM gone WHERE settled IS NOT NULL""")
    ).rowcount
    if left_out:
        # A word alone may have marked it, and whoever carries that out takes its mark back without comparing anything.
        pending.mark_staged(conn, "left_out_record", anew=True)
    for end in ("record_l", "record_r"):
        conn.execute(
            sa.text(f"""
                DELETE FROM identity.edge e USING settled_record s
                WHERE e.{end} = s.record_id AND NOT EXISTS (
                    SELECT FROM scored_edge c WHERE (c.record_l, c.record_r) = (e.record_l, e.record_r)
                      AND c.entity_type = e.entity_type AND c.model_version = e.model_version
                      AND c.match_weight = e.match_weight AND c.comparison::jsonb = e.comparison
                      AND string_to_array(c.match_keys, ',') = e.match_keys)""")  # noqa: S608 - own words
        )
    conn.execute(
        sa.text("""
            INSERT INTO identity.edge (record_l, record_r, entity_type, model_version, match_weight,
                                       match_probability, comparison, match_keys)
            SELECT record_l, record_r, entity_type, model_version, match_weight,
                   match_probability, comparison::jsonb, string_to_array(match_keys, ',')
            FROM scored_edge c WHERE NOT EXISTS (
                SELECT FROM identity.edge e WHERE e.record_l = c.record_l AND e.record_r = c.record_r)""")
    )
    return int(conn.scalar(sa.text("SELECT count(*) FROM scored_edge")) or 0)


def read(conn: Connection, entity_type: str) -> pa.Table:
    """Read all edges of a type (EDGE_SCHEMA), in the order of their records."""
    return read_arrow(
        conn,
        """SELECT record_l, record_r, match_weight, match_probability, comparison, match_keys
           FROM identity.edge WHERE entity_type = %(type)s ORDER BY record_l, record_r""",
        EDGE_SCHEMA,
        {"type": entity_type},
    )


def count(conn: Connection) -> int:
    """How many edges there are."""
    return int(conn.scalar(sa.text("SELECT count(*) FROM identity.edge")) or 0)


def review_count(conn: Connection) -> int:
    """How many pairs of different customers lie between the bars for review and link."""
    counted = conn.scalar(
        sa.text("""
            SELECT count(*) FROM identity.edge e
            JOIN identity.model m ON m.entity_type = e.entity_type AND m.live
                AND e.match_weight >= m.review_weight AND e.match_weight < m.link_weight
            JOIN identity.crosswalk l ON l.record_id = e.record_l AND l.valid_to IS NULL
            JOIN identity.crosswalk r ON r.record_id = e.record_r AND r.valid_to IS NULL
            WHERE l.customer_id <> r.customer_id""")
    )
    return int(counted or 0)
