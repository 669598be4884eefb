"""What training has to know of a base (`identity.training.Statistics`), counted on Spark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import sqlglot
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from hub import duck
from hub.records import EntityType
from identity import blocking
from identity.blocking import GlueRule, Spread, Value
from identity.comparisons import CustomAttribute
from identity.counting import candidate_patterns, counted_values, em_share, filled, patterns, sample_steps, usable
from identity.estimation import Patterns
from identity.keys import KINDS
from identity.levels import Comparison
from identity.model import Junk
from identity.prepared import prepare
from identity.spark.folder import Folder
from identity.spark.pairs import candidate_pairs, without
from identity.spark.parts import PairsWork, on_features, on_pairs
from identity.training import Progress, Statistics

CANDIDATES = "candidates"
"""The table of the folder that keeps the candidate pairs, with the kinds that found them."""

_COUNTS = "what string, value string, n bigint"
_PATTERNS = "pattern array<int>, n bigint"
_LIST = pa.list_(pa.int32())


@dataclass(frozen=True)
class _Base:
    """One entity type's records, in the eyes of training."""

    work: Folder
    features: DataFrame
    keys: DataFrame
    entity_type: EntityType
    extra: tuple[CustomAttribute, ...]


@dataclass(frozen=True)
class _Ready:
    """What makes features ready for comparing (`identity.prepared.prepare`)."""

    extra: tuple[CustomAttribute, ...]
    junk: Junk
    words: dict[str, float]
    floor: float

    def prepare(self, con: duckdb.DuckDBPyConnection, features: pa.Table) -> None:
        prepare(con, features, extra=self.extra, junk=self.junk, words=self.words, word_floor=self.floor)


def count_statistics(
    work: Folder,
    features: DataFrame,
    keys: DataFrame,
    entity_type: EntityType,
    *,
    extra: Sequence[CustomAttribute] = (),
    rule: GlueRule,
    seed: int = 1,
    tell: Progress = lambda _: None,
) -> Statistics:
    """Count what training has to know of the records of one type.

    The numbers are those that `identity.training` counts, so the model is the same for the same seed. The candidate
    pairs are left as table CANDIDATES of `work`.
    """
    base = _Base(work, features, keys, entity_type, tuple(sorted(extra)))
    records = features.count()
    tell("looking for junk values")
    glue = _glue(base, rule)
    junk = rule.in_force(glue)
    tell("choosing blocking keys")
    sound = without(work.spark, keys, junk)
    kinds, skipped = _kinds(base, sound, blocking.pair_budget(records))
    blocked = work.keep(candidate_pairs(without(work.spark, sound, skipped), kinds), CANDIDATES)
    pairs = blocked.count()
    tell("counting term frequencies")
    frequencies, floors, fill = _frequencies(base, junk | skipped, records)
    used = usable(entity_type, base.extra, fill)
    ready = _Ready(base.extra, junk | skipped, frequencies.get("word", {}), floors.get("word", 1.0))
    tell("comparing pairs to learn from")
    share = em_share(pairs)
    candidates = _counted(base, blocked, pairs, _of_candidates(ready, used, share, seed))
    chosen = work.keep(_sample(base, records, seed), "sample")
    sample = _counted(base, chosen, chosen.count(), _of_sample(ready, used))
    return Statistics(
        entity_type,
        base.extra,
        records,
        pairs,
        kinds,
        junk,
        skipped,
        frequencies,
        floors,
        fill,
        candidates,
        share,
        sample,
        glue=glue,
    )


def _glue(base: _Base, rule: GlueRule) -> dict[Value, Spread]:
    base.keys.createOrReplaceTempView("keys")
    statement = sqlglot.transpile(blocking.glue_statement(base.entity_type, rule), read="duckdb", write="spark")[0]
    rows = base.work.spark.sql(statement).collect()
    return {(row["kind"], row["key"]): Spread(int(row["records"]), float(row["names"])) for row in rows}


def _kinds(base: _Base, keys: DataFrame, budget: int) -> tuple[tuple[str, ...], Junk]:
    sizes = base.work.keep(keys.groupBy("kind", "key").agg(f.count("*").alias("n")).where("n > 1"), "key-sizes")
    by_kind: dict[str, list[blocking.KeySize]] = {}
    for kind, n, count in sizes.groupBy("kind", "n").agg(f.count("*")).orderBy("kind", "n").collect():
        by_kind.setdefault(kind, []).append((n, count, count * (n * (n - 1) / 2)))
    most = blocking.afford(by_kind, KINDS[base.entity_type], budget)
    skipped: Junk = {}
    for kind, limit in most.items():
        large = sizes.where((f.col("kind") == kind) & (f.col("n") > limit)).orderBy("key").collect()
        skipped |= {(kind, row["key"]): row["n"] for row in large}
    return tuple(most), skipped


def _frequencies(
    base: _Base, junk: Junk, records: int
) -> tuple[dict[str, dict[str, float]], dict[str, float], dict[str, float]]:
    """Count values by column and filled comparisons; gives frequencies, floors and fill as training has them."""
    entity_type, extra = base.entity_type, base.extra

    def of_features(features: pa.Table) -> pa.Table:
        con = duck.connect()
        try:
            prepare(con, features, extra=extra, junk=junk)
            counted = [
                f"SELECT 'value {column}' AS what, value, count(*) AS n FROM ({source})"  # noqa: S608 - own words
                " WHERE value IS NOT NULL GROUP BY value"
                for column, source in counted_values(extra).items()
            ]
            values = con.sql(" UNION ALL ".join(counted)).to_arrow_table()
            _, fill = filled(con, entity_type, extra)
        finally:
            con.close()
        fills = {"what": [f"fill {name}" for name in fill], "value": [None] * len(fill), "n": list(fill.values())}
        return pa.concat_tables([values, pa.table(fills, schema=values.schema)])

    partly = on_features(base.features, of_features, _COUNTS)
    counts = base.work.keep(partly.groupBy("what", "value").agg(f.sum("n").alias("n")), "values")
    totals = {row["what"]: row["n"] for row in counts.groupBy("what").agg(f.sum("n").alias("n")).collect()}
    fill = {what[5:]: n / max(records, 1) for what, n in totals.items() if what.startswith("fill ")}
    frequent: dict[str, dict[str, float]] = {}
    floors: dict[str, float] = {}
    for column in counted_values(extra):
        total = totals.get(f"value {column}")
        if total:
            rows = counts.where((f.col("what") == f"value {column}") & (f.col("n") > 1)).orderBy("value").collect()
            frequent[column] = {row["value"]: row["n"] / total for row in rows}
            floors[column] = 1 / total
    return frequent, floors, fill


def _sample(base: _Base, records: int, seed: int) -> DataFrame:
    """Give the random pairs of `identity.training`: each record with the next few in an order by hash."""

    def of_ids(features: pa.Table) -> pa.Table:
        con = duck.connect()
        try:
            con.register("ids", features.select(["record_id"]))
            # Spark has no unsigned numbers: half of the range lower, the order stays.
            order = f"(hash(record_id, {int(seed)})::HUGEINT - 9223372036854775808)::BIGINT"
            return con.sql(f"SELECT record_id, {order} AS spot FROM ids").to_arrow_table()  # noqa: S608 - numbers
        finally:
            con.close()

    spots = on_features(base.features, of_ids, "record_id bigint, spot bigint")
    spots = base.work.keep(spots.withColumn("shard", f.shiftright("spot", 54)), "spots")
    before, offsets = 0, []
    for shard, n in spots.groupBy("shard").agg(f.count("*")).orderBy("shard").collect():
        offsets.append((shard, before))
        before += n
    starts = f.broadcast(base.work.spark.createDataFrame(offsets, "shard bigint, start bigint"))
    within = f.row_number().over(Window.partitionBy("shard").orderBy("spot", "record_id"))
    placed = spots.withColumn("place", within - 1).join(starts, spots["shard"] == starts["shard"])
    placed = base.work.keep(placed.select("record_id", (f.col("place") + f.col("start")).alias("place")), "places")
    steps = f.explode(f.sequence(f.lit(1), f.lit(sample_steps(records))))
    left = placed.select(f.col("record_id").alias("record_l"), "place", steps.alias("step"))
    left = left.select("record_l", ((f.col("place") + f.col("step")) % f.lit(max(records, 1))).alias("place"))
    right = placed.select(f.col("record_id").alias("record_r"), "place")
    return left.join(right, "place").select("record_l", "record_r")


def _of_candidates(ready: _Ready, used: tuple[Comparison, ...], share: float, seed: int) -> PairsWork:
    def work(features: pa.Table, pairs: pa.Table) -> pa.Table:
        def found(con: duckdb.DuckDBPyConnection) -> Patterns:
            con.execute("CREATE TABLE blocked AS SELECT record_l AS join_key_l, record_r AS join_key_r FROM pairs")
            return candidate_patterns(con, used, share, seed)

        return _part_patterns(ready, features, pairs, found)

    return work


def _of_sample(ready: _Ready, used: tuple[Comparison, ...]) -> PairsWork:
    def work(features: pa.Table, pairs: pa.Table) -> pa.Table:
        def found(con: duckdb.DuckDBPyConnection) -> Patterns:
            con.execute("CREATE TABLE sample_pairs AS SELECT record_l AS l, record_r AS r FROM pairs")
            return patterns(con, "sample_pairs", used)

        return _part_patterns(ready, features, pairs, found)

    return work


def _part_patterns(
    ready: _Ready, features: pa.Table, pairs: pa.Table, find: Callable[[duckdb.DuckDBPyConnection], Patterns]
) -> pa.Table:
    con = duck.connect()
    try:
        ready.prepare(con, features)
        con.register("pairs", pairs)
        found = find(con)
    finally:
        con.close()
    return pa.table(
        {"pattern": pa.array([list(p) for p, _ in found], _LIST), "n": pa.array([int(n) for _, n in found], pa.int64())}
    )


def _counted(base: _Base, pairs: DataFrame, count: int, work: PairsWork) -> Patterns:
    partly = on_pairs(base.features, pairs, count, work, _PATTERNS)
    rows = partly.groupBy("pattern").agg(f.sum("n").alias("n")).collect()
    return sorted((tuple(row["pattern"]), float(row["n"])) for row in rows)
