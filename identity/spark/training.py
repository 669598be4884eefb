"""Training on Spark: the counting is spread over the cluster; the small sums that follow are those of the first engine.

Only thresholds look at single edges on the driver: at most `thresholds.MOST_EDGES`, cut along components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from hub import duck
from hub.records import EntityType
from identity.agglomeration import Edge
from identity.blocking import GlueRule
from identity.comparisons import CustomAttribute
from identity.model import Model
from identity.spark.components import components
from identity.spark.counting import CANDIDATES, count_statistics
from identity.spark.folder import Folder, dataset
from identity.spark.scoring import score_pairs
from identity.thresholds import KNUTH, MOST_EDGES, kept_share, propose_from
from identity.training import Progress, Trained, fitted_model, sample_for


def train(
    work: Folder,
    features: DataFrame,
    keys: DataFrame,
    entity_type: EntityType,
    *,
    version: int,
    extra: Sequence[CustomAttribute] = (),
    seed: int = 1,
    progress: Progress | None = None,
) -> Model:
    """Train on features (features.ARROW_SCHEMA) and keys (record_id, kind, key) of one entity type.

    The same base and seed give the model that `identity.training.train` gives.
    """
    rule = GlueRule()
    trained = train_counted(
        work, features, keys, entity_type, version=version, extra=extra, rule=rule, seed=seed, progress=progress
    )
    return replace(trained.model, junk=trained.model.junk | rule.in_force(trained.glue))


def train_counted(
    work: Folder,
    features: DataFrame,
    keys: DataFrame,
    entity_type: EntityType,
    *,
    version: int,
    extra: Sequence[CustomAttribute] = (),
    rule: GlueRule,
    seed: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Train likewise, with the glue found on the way beside the model; the edges are left as table `scored` of `work`.

    `rule`: which values say nothing.
    """
    tell = progress or (lambda _: None)
    seen = count_statistics(work, features, keys, entity_type, extra=extra, rule=rule, seed=seed, tell=tell)
    tell("estimating the weights")
    model = fitted_model(seen, version=version)
    tell("scoring all pairs")
    with_junk = replace(model, junk=seen.junk | seen.skipped)
    edges = score_pairs(work, features, work.read(CANDIDATES), seen.pairs, with_junk, name="scored")
    count = edges.count()
    tell("proposing thresholds")
    con = duck.connect()
    try:
        con.register("edges", dataset(work.at("scored")))
        gammas = ", ".join(f"(comparison->>'$.\"{c.name}\"')::INT AS gamma_{c.name}" for c in model.comparisons())
        con.execute(
            "CREATE VIEW scored AS SELECT record_l AS record_id_l, record_r AS record_id_r, match_weight,"  # noqa: S608 - own words; values are bound
            f" match_keys, {gammas} FROM edges"
        )
        con.execute(
            "CREATE VIEW blocked AS SELECT record_l AS join_key_l, record_r AS join_key_r, match_keys FROM edges"
        )
        model = propose_from(con, "scored", _some(work, edges, count), count, model, sample_for(model, seen))
        return Trained(model, pairs=seen.pairs, glue=seen.glue)
    finally:
        con.close()


def _some(work: Folder, edges: DataFrame, count: int) -> list[Edge]:
    """Give all edges, sorted; of a large base, those of the components that `identity.thresholds` would take."""
    if count > MOST_EDGES:
        tied = components(work, edges)
        place = f.col("component").cast("decimal(20,0)") * f.lit(KNUTH).cast("decimal(10,0)") % f.lit(2**32)
        taken = tied.where(place < f.lit(kept_share(count))).select(f.col("record_id").alias("record_l"))
        edges = edges.join(taken, "record_l")
    rows = edges.select("record_l", "record_r", "match_weight").toArrow()
    return sorted(zip(*(column.to_pylist() for column in rows.columns), strict=True))
