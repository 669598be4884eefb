"""The components whose clusters need no thought: records that nothing links, and two that one link joins.

Most of a base is of this kind. `identity.clustering.cluster` would say the same of them, one by one; here they are
told apart as sets, and what is left goes there.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from hub import duck
from identity.agglomeration import AGAINST
from identity.constraints import Constraints


@dataclass(frozen=True)
class Sorted:
    """`clusters`: record_id and cluster_id of the simple components; `records` and `edges` are what is left."""

    clusters: pa.Table
    records: pa.Array
    edges: pa.Table


def sort_out(
    records: pa.Array, edges: pa.Table, certain: pa.Table, constraints: Constraints, *, link_weight: float
) -> Sorted:
    """Part simple components from the others.

    `edges`: record_l, record_r, match_weight, each pair once; `certain`: record_l, record_r. A record that a certain
    link or a decision ties to others is not simple, nor is a pair of which one must keep apart from others. Edges with
    a record not among `records` are passed over.
    """
    with duck.connect() as con:
        con.register("given", pa.table({"record_id": records}))
        con.register("edges", edges)
        _bind(con, certain, constraints)
        _link(con, link_weight)
        _simplify(con)
        left = con.sql("SELECT record_id FROM given ANTI JOIN simple USING (record_id)").to_arrow_table()
        rest = con.sql(
            "SELECT record_l, record_r, match_weight FROM edges ANTI JOIN simple ON record_id = record_l"
            " ANTI JOIN simple s ON s.record_id = record_r"
        ).to_arrow_table()
        return Sorted(
            con.sql("SELECT record_id, cluster_id FROM simple").to_arrow_table(),
            left["record_id"].combine_chunks(),
            rest,
        )


def _bind(con: duckdb.DuckDBPyConnection, certain: pa.Table, constraints: Constraints) -> None:
    """Make the tables `tied`, records that something but a link ties to others, and `apart`, those kept from others."""
    same = pa.array([record for group in constraints.same for record in group], pa.int64())
    tied = pa.chunked_array([*certain["record_l"].chunks, *certain["record_r"].chunks, same], pa.int64())
    con.register("tied", pa.table({"record_id": tied}))
    apart = [*(r for sides in constraints.different for side in sides for r in side), *constraints.alone]
    con.register("apart", pa.table({"record_id": pa.array(apart, pa.int64())}))


def _link(con: duckdb.DuckDBPyConnection, link_weight: float) -> None:
    """Make the tables `link`, the edges that link given records, and `degree`, the links of each linked record."""
    con.execute(
        """
        CREATE TABLE link AS
        SELECT record_l, record_r, match_weight FROM edges
        SEMI JOIN given l ON l.record_id = record_l SEMI JOIN given r ON r.record_id = record_r
        WHERE match_weight >= ?""",
        [link_weight],
    )
    con.execute(
        """
        CREATE TABLE degree AS
        SELECT record_id, count(*) AS links FROM (
            SELECT record_l AS record_id FROM link UNION ALL SELECT record_r FROM link) GROUP BY record_id"""
    )


def _simplify(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `simple`: the records of pairs that one link joins, and of those that nothing links."""
    # Below AGAINST a link alone does not join (`identity.agglomeration`).
    con.execute(
        """
        CREATE TABLE pair AS
        SELECT record_l, record_r FROM link
        JOIN degree l ON l.record_id = record_l AND l.links = 1
        JOIN degree r ON r.record_id = record_r AND r.links = 1
        ANTI JOIN (FROM tied UNION ALL FROM apart) b ON b.record_id = record_l
        ANTI JOIN (FROM tied UNION ALL FROM apart) c ON c.record_id = record_r
        WHERE match_weight >= ?""",
        [AGAINST],
    )
    con.execute(
        """
        CREATE TABLE simple AS
        SELECT record_l AS record_id, least(record_l, record_r) AS cluster_id FROM pair
        UNION ALL SELECT record_r, least(record_l, record_r) FROM pair
        UNION ALL SELECT record_id, record_id FROM given
        ANTI JOIN degree USING (record_id) ANTI JOIN tied USING (record_id)
        """
    )
