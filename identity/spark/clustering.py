"""Clusters on Spark: components by joins, then `identity.clustering` on some thousands of whole components at a time.

Invariant: clustering is a function of each component alone, so neither the cut nor the engine changes a cluster.
"""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from identity.clustering import cluster
from identity.constraints import NONE, Constraints
from identity.spark.components import components
from identity.spark.folder import Folder

_PART = 50_000  # tied records of a part, about

_CLUSTERS = pa.schema([("record_id", pa.int64()), ("cluster_id", pa.int64())])


def cluster_full(
    work: Folder,
    records: DataFrame,
    edges: DataFrame,
    certain: DataFrame,
    *,
    link_weight: float,
    constraints: Constraints = NONE,
    name: str = "clusters",
) -> DataFrame:
    """Give each of `records` (record_id) its cluster (record_id, cluster_id), kept as table `name` of `work`.

    `edges` has every kept edge (record_l, record_r, match_weight), `certain` the links that are known (record_l,
    record_r). Pairs with a record not among `records` are passed over; what `constraints` say of such a record is not.
    """
    known = records.select("record_id").distinct()
    edges = _within(edges.select("record_l", "record_r", "match_weight"), known)
    certain = _within(certain.select("record_l", "record_r"), known)
    ties = work.spark.createDataFrame(list(constraints.ties()), "record_l bigint, record_r bigint")
    linked = edges.where(f.col("match_weight") >= f.lit(link_weight)).select("record_l", "record_r")
    tied = work.keep(components(work, linked.union(certain).union(ties)), "components")
    parts = max(1, -(-tied.count() // _PART))
    placed = tied.withColumn("part", f.pmod(f.hash("component"), f.lit(parts)))
    placed = placed.join(known.withColumn("given", f.lit(True)), "record_id", "left")
    said = work.spark.sparkContext.broadcast(constraints)

    def of_part(members: pa.Table, pairs: pa.Table) -> pa.Table:
        ids = members.filter(members["given"])["record_id"].to_pylist()
        rows = list(zip(*(pairs[c].to_pylist() for c in ("record_l", "record_r", "match_weight")), strict=True))
        found = cluster(
            ids,
            [row for row in rows if row[2] is not None],
            [(left, right) for left, right, weight in rows if weight is None],
            link_weight=link_weight,
            constraints=_about(set(members["record_id"].to_pylist()), said.value),
        )
        return pa.table([pa.array(ids, pa.int64()), pa.array([found[r] for r in ids], pa.int64())], schema=_CLUSTERS)

    # An edge below the link bar speaks where both its records are in one component; elsewhere `cluster` passes it over.
    pairs = edges.union(certain.withColumn("match_weight", f.lit(None).cast("double")))
    own = pairs.join(placed.select(f.col("record_id").alias("record_l"), f.col("part").alias("of_part")), "record_l")
    grouped = placed.groupBy("part").cogroup(own.groupBy("of_part"))
    clusters = grouped.applyInArrow(of_part, "record_id bigint, cluster_id bigint")
    alone = known.join(tied, "record_id", "left_anti").withColumn("cluster_id", f.col("record_id"))
    return work.keep(clusters.union(alone), name)


def _about(members: set[int], said: Constraints) -> Constraints:
    """Give what is said of these members, who are whole components: a group of `same` is theirs or isn't."""
    return Constraints(
        tuple(group for group in said.same if group[0] in members),
        tuple(sides for sides in said.different if all(not members.isdisjoint(side) for side in sides)),
        {record: said.alone[record] for record in members if record in said.alone},
    )


def _within(pairs: DataFrame, known: DataFrame) -> DataFrame:
    for end in ("record_l", "record_r"):
        pairs = pairs.join(known.select(f.col("record_id").alias(end)), end, "left_semi")
    return pairs
