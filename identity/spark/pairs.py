"""Candidate pairs from keys: the definition of `identity.candidates`, as joins that Spark spreads over the cluster."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from identity.model import Junk


def without(spark: SparkSession, keys: DataFrame, junk: Junk) -> DataFrame:
    """Give the keys that are not junk."""
    if not junk:
        return keys
    bad = spark.createDataFrame(sorted(junk), "kind string, key string")
    return keys.join(f.broadcast(bad), ["kind", "key"], "left_anti")


def candidate_pairs(keys: DataFrame, kinds: tuple[str, ...]) -> DataFrame:
    """Give every pair of records that shares a key of these kinds, once, as pairs.PAIRS_SCHEMA has it.

    `keys` is without junk. Keys of one record alone go first: most are, and they'd be shuffled for nothing.
    """
    used = keys.where(f.col("kind").isin(*kinds))
    shared = used.groupBy("kind", "key").agg(f.collect_list("record_id").alias("holders")).where(f.size("holders") > 1)
    # Junk and dear keys are gone by now, so the holders of a key are few.
    left = shared.select("kind", "holders", f.explode("holders").alias("record_l"))
    both = left.select("kind", "record_l", f.explode("holders").alias("record_r")).where("record_l < record_r")
    return both.groupBy("record_l", "record_r").agg(f.array_sort(f.collect_set("kind")).alias("match_keys"))
