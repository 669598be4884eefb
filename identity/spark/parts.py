"""Pairs cut into parts, each with the features of its records: what one task computes on.

A part is a table of pairs and a table of features, as the first engine takes them; a feature row goes once to each part
that needs it, not once to each pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from identity.features import ARROW_SCHEMA

PairsWork = Callable[[pa.Table, pa.Table], pa.Table]
"""Features (features.ARROW_SCHEMA) and pairs -> rows."""

PART = 100_000
"""Pairs of a part, about: some hundred megabytes of a task's memory, and enough that starting costs little."""
_ROWS = 100_000


def on_pairs(features: DataFrame, pairs: DataFrame, count: int, work: PairsWork, schema: str) -> DataFrame:
    """Run `work` on each part of `count` pairs (record_l, record_r, ...); gives the rows of all."""
    cut = pairs.withColumn("part", f.pmod(f.hash("record_l"), f.lit(max(1, math.ceil(count / PART)))))
    ends = cut.select(
        f.col("part").alias("of_part"), f.explode(f.array("record_l", "record_r")).alias("record_id")
    ).distinct()
    needed = ends.join(features.select(*ARROW_SCHEMA.names), "record_id")

    def of_part(its_pairs: pa.Table, its_features: pa.Table) -> pa.Table:
        return work(its_features.select(ARROW_SCHEMA.names).cast(ARROW_SCHEMA), its_pairs.drop_columns("part"))

    return cut.groupBy("part").cogroup(needed.groupBy("of_part")).applyInArrow(of_part, schema)


def on_features(features: DataFrame, work: Callable[[pa.Table], pa.Table], schema: str) -> DataFrame:
    """Run `work` on some ten thousands of features at a time; gives the rows of all."""

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for table in _gathered(batches):
            yield from work(table.cast(ARROW_SCHEMA)).to_batches()

    return features.select(*ARROW_SCHEMA.names).mapInArrow(of_batches, schema)


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(b.num_rows for b in held) >= _ROWS:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)
