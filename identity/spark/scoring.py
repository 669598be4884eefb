"""Full scoring on Spark: the pairs come from joins, each part of them is scored as the first engine does.

Invariant: a pair's weight depends on its two features and the model alone (`identity.scoring`), so cutting the pairs
into parts changes no bit of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
from pyspark.sql import DataFrame

from identity.model import Model
from identity.pairs import PAIRS_SCHEMA
from identity.scoring import score
from identity.spark.folder import Folder
from identity.spark.pairs import candidate_pairs, without
from identity.spark.parts import on_pairs

EDGES = (
    "record_l bigint, record_r bigint, match_weight double, match_probability double, comparison string,"
    " match_keys array<string>"
)


@dataclass(frozen=True)
class ScoredBase:
    """The edges of a base (pairs.EDGE_SCHEMA, in no order), and the number of pairs that were compared."""

    edges: DataFrame
    pairs: int


def score_full(work: Folder, features: DataFrame, keys: DataFrame, model: Model, *, name: str = "edges") -> ScoredBase:
    """Score all candidate pairs of a base; the edges that the model keeps are written as table `name` of `work`."""
    pairs = work.keep(candidate_pairs(without(work.spark, keys, model.junk), model.key_kinds), "pairs")
    count = pairs.count()
    return ScoredBase(score_pairs(work, features, pairs, count, model, name=name), count)


def score_pairs(
    work: Folder, features: DataFrame, pairs: DataFrame, count: int, model: Model, *, name: str
) -> DataFrame:
    """Score these `count` pairs (pairs.PAIRS_SCHEMA); the edges that the model keeps are written as table `name`."""
    text = work.spark.sparkContext.broadcast(model.to_json())

    def of_part(its_features: pa.Table, its_pairs: pa.Table) -> pa.Table:
        return score(its_features, its_pairs.cast(PAIRS_SCHEMA), _model(text.value))

    return work.keep(on_pairs(features, pairs, count, of_part, EDGES), name)


@lru_cache(maxsize=1)
def _model(text: str) -> Model:
    # A worker serves many parts: it reads the model once.
    return Model.from_json(text)
