"""Which engine computes what needs the whole base: `matching.<type>.engine` of hub.yaml.

Both give the same bits, so increments, which DuckDB always computes, go on where a full run on Spark ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import pyarrow as pa
from sqlalchemy import Connection

from hub.config import Config
from hub.records import ENTITY_TYPES, EntityType
from identity import candidates, labels, training
from identity.agglomeration import Edge
from identity.blocking import GlueRule, Value
from identity.clustering import Clusterer, Pair, cluster
from identity.constraints import NONE, Constraints
from identity.model import Model
from identity.scoring import score


def train(
    conn: Connection,
    config: Config,
    entity_type: EntityType,
    *,
    version: int,
    rule: GlueRule,
    progress: Callable[[str], None],
) -> training.Trained:
    """Train a model on the records of a type under a version number, leaving out what `rule` takes for glue."""
    if _on_spark(config, entity_type):
        from identity.spark import base  # an extra, which may not be there

        return base.train(conn, config, entity_type, version=version, rule=rule, progress=progress)
    return training.train_scored(
        candidates.read_evidence(conn, entity_type),
        candidates.read_keys(conn, entity_type),
        entity_type,
        version=version,
        extra=config.match_attributes(entity_type),
        known=labels.to_train_on(conn, entity_type),
        rule=rule,
        progress=progress,
    )


def score_full(conn: Connection, config: Config, model: Model) -> Iterator[tuple[int, pa.Table]]:
    """Score all pairs of the base; gives numbers of pairs compared with their edges (EDGE_SCHEMA), a part at a time."""
    if _on_spark(config, model.entity_type):
        from identity.spark import base

        yield base.score_full(conn, config, model)
        return
    for pairs, features in candidates.full(conn, model):
        yield pairs.num_rows, score(features, pairs, model)


def score_touching(
    conn: Connection, model: Model, records: pa.Array, suppressed: Iterable[Value]
) -> Iterator[tuple[int, pa.Table]]:
    """Score the pairs that touch the given records, likewise; DuckDB does it, whatever computes full runs.

    The model has the `suppressed` values among its junk.
    """
    for pairs, features in candidates.touching(conn, model, records, suppressed):
        yield pairs.num_rows, score(features, pairs, model)


def clusterers(config: Config) -> dict[EntityType, Clusterer]:
    """Give what clusters the records of each type; small numbers of records stay on this machine."""
    return {t: partial(_cluster_many, config) for t in ENTITY_TYPES if _on_spark(config, t)}


def _cluster_many(
    config: Config,
    records: Sequence[int],
    edges: Sequence[Edge],
    certain: Sequence[Pair],
    *,
    link_weight: float,
    constraints: Constraints = NONE,
) -> dict[int, int]:
    if len(records) < _MANY:
        return cluster(records, edges, certain, link_weight=link_weight, constraints=constraints)
    from identity.spark import base

    return base.cluster(config, records, edges, certain, link_weight=link_weight, constraints=constraints)


_MANY = 1_000_000  # from here on starting Spark costs less than it saves


def _on_spark(config: Config, entity_type: EntityType) -> bool:
    return config.matching_for(entity_type).engine == "spark"
