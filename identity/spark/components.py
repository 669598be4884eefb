"""Connected components of a graph of any size: alternating large stars and small stars.

R. Kiveris, S. Lattanzi, V. Mirrokni, V. Rastogi, S. Vassilvitskii: Connected Components in MapReduce and Beyond (2014).
Each step is written to Parquet and read back: a plan that grew from step to step would take the driver down.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from identity.spark.folder import Folder

_MOST_STEPS = 100


def components(work: Folder, pairs: DataFrame) -> DataFrame:
    """Give each record of `pairs` (record_l, record_r) its component (record_id, component), named by its lowest."""
    ends = (f.greatest("record_l", "record_r").alias("high"), f.least("record_l", "record_r").alias("low"))
    now = work.keep(pairs.select(*ends).where("high <> low").distinct(), "star-0")
    state = _digest(now)
    for step in range(1, _MOST_STEPS):
        now = work.keep(_small_star(_large_star(now)), f"star-{step}")
        before, state = state, _digest(now)
        if before == state:
            break
    roots = now.select(f.col("low").alias("record_id"), f.col("low").alias("component")).distinct()
    return now.select(f.col("high").alias("record_id"), f.col("low").alias("component")).union(roots)


def _large_star(pairs: DataFrame) -> DataFrame:
    """Tie each record's higher neighbours to the lowest of its neighbourhood."""
    around = pairs.select(f.col("high").alias("at"), f.col("low").alias("other")).union(
        pairs.select(f.col("low").alias("at"), f.col("high").alias("other"))
    )
    lowest = around.groupBy("at").agg(f.min("other").alias("least"))
    tied = around.join(lowest, "at").where("other > at")
    return tied.select(f.col("other").alias("high"), f.least("at", "least").alias("low")).distinct()


def _small_star(pairs: DataFrame) -> DataFrame:
    """Tie each record and its lower neighbours to the lowest of these."""
    lowest = pairs.groupBy("high").agg(f.min("low").alias("least"))
    own = lowest.select("high", f.col("least").alias("low"))
    others = pairs.join(lowest, "high").where("low > least").select(f.col("low").alias("high"), f.col("least"))
    return own.union(others).distinct()


def _digest(pairs: DataFrame) -> tuple[int, int]:
    found = pairs.agg(f.count("*"), f.bit_xor(f.xxhash64("high", "low"))).collect()[0]
    return int(found[0]), int(found[1] or 0)
