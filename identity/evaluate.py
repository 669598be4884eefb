"""How good the present clusters are, measured against a known truth.

Definitions, over the records of the truth alone:

* pairwise: of the pairs that the hub puts together, the share that belongs together (precision); of the pairs that
  belong together, the share that the hub puts together (recall). Without such pairs the measure is 1.
* B-cubed (Bagga and Baldwin 1998): for each record the share of its cluster that is of its entity (precision), and the
  share of its entity that is in its cluster (recall); the mean over all records.
* F1 is the harmonic mean of precision and recall.

A record of the truth that the hub does not hold, or has not resolved, counts as a customer of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlalchemy import Connection

from hub import duck
from hub.bulk import read_arrow
from hub.errors import RejectedError

_HELD = pa.schema(
    [
        ("system", pa.string()),
        ("object", pa.string()),
        ("source_id", pa.string()),
        ("customer_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class Measure:
    """Precision, recall and F1, from 0 to 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Evaluation:
    """The measures, and what they rest on: `records` of the truth, of which `unknown` have no customer in the hub."""

    pairwise: Measure
    bcubed: Measure
    records: int
    unknown: int
    entities: int
    clusters: int


def evaluate(conn: Connection, truth: pa.Table) -> Evaluation:
    """Measure the present clusters against `truth`: columns system, source_id, entity, and object where ids need it.

    Raises RejectedError where a record of the truth has two entities, or is found in several objects of its system.
    """
    held = read_arrow(
        conn,
        """SELECT r.system, r.object, r.source_id, x.customer_id FROM identity.source_record r
           JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
           WHERE r.deleted_at IS NULL""",
        _HELD,
    )
    con = duck.connect()
    try:
        con.register("held", held)
        con.register("truth_in", truth)
        _load(con, has_object="object" in truth.column_names)
        return _measure(con)
    finally:
        con.close()


def _load(con: duckdb.DuckDBPyConnection, *, has_object: bool) -> None:
    """Make table `judged`: each record of the truth once, with its entity and its cluster."""
    chosen = "object" if has_object else "NULL"
    con.execute(
        f"""
        CREATE TABLE truth AS
        SELECT DISTINCT system::VARCHAR AS system, {chosen}::VARCHAR AS object, source_id::VARCHAR AS source_id,
            entity::VARCHAR AS entity
        FROM truth_in WHERE entity IS NOT NULL AND source_id IS NOT NULL
        """  # noqa: S608 - one of two own words
    )
    twice = con.sql(
        "SELECT system, source_id FROM truth GROUP BY system, object, source_id HAVING count(*) > 1 LIMIT 1"
    ).fetchall()
    if twice:
        raise RejectedError(
            f"The truth gives record {twice[0][1]} of system {twice[0][0]} two entities.", hint="Name each record once."
        )
    con.execute(
        """
        CREATE TABLE judged AS
        SELECT t.system, t.source_id, t.entity, coalesce(h.customer_id, 'alone ' || t.rowid) AS cluster,
            h.customer_id IS NULL AS unknown, t.rowid AS record
        FROM (SELECT *, rowid FROM truth) t LEFT JOIN held h
        ON h.system = t.system AND h.source_id = t.source_id AND (t.object IS NULL OR h.object = t.object)
        """
    )
    several = con.sql("SELECT any_value(source_id), any_value(system) FROM judged GROUP BY record HAVING count(*) > 1")
    found = several.fetchall()
    if found:
        raise RejectedError(
            f"Several objects of system {found[0][1]} hold a record {found[0][0]}.",
            hint="Add a column `object` to the truth.",
        )


def _measure(con: duckdb.DuckDBPyConnection) -> Evaluation:
    con.execute(
        """
        CREATE TABLE cell AS
        SELECT entity, cluster, n, sum(n) OVER (PARTITION BY cluster) AS in_cluster,
            sum(n) OVER (PARTITION BY entity) AS in_entity
        FROM (SELECT entity, cluster, count(*) AS n FROM judged GROUP BY ALL)
        """
    )
    row = con.sql(
        """
        SELECT coalesce(sum(n), 0)::BIGINT, count(DISTINCT entity), count(DISTINCT cluster),
            coalesce(sum(n * (n - 1) / 2), 0)::DOUBLE,
            coalesce(sum(n * (in_cluster - 1) / 2), 0)::DOUBLE, coalesce(sum(n * (in_entity - 1) / 2), 0)::DOUBLE,
            coalesce(sum(n * n / in_cluster) / sum(n), 1)::DOUBLE, coalesce(sum(n * n / in_entity) / sum(n), 1)::DOUBLE,
            (SELECT count(*) FROM judged WHERE unknown)
        FROM cell
        """
    ).fetchall()[0]
    records, entities, clusters, right, together, belonging, precision, recall, unknown = row
    return Evaluation(
        pairwise=_measured(right / together if together else 1.0, right / belonging if belonging else 1.0),
        bcubed=_measured(precision, recall),
        records=records,
        unknown=unknown,
        entities=entities,
        clusters=clusters,
    )


def _measured(precision: float, recall: float) -> Measure:
    both = precision + recall
    return Measure(precision, recall, 2 * precision * recall / both if both else 0.0)
