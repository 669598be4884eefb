"""The hub's own base on Spark: features and keys go from PostgreSQL to Parquet, what is found comes back as Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from sqlalchemy import Connection

from hub.bulk import read_arrow
from hub.config import Config
from hub.records import EntityType
from identity.agglomeration import Edge
from identity.blocking import GlueRule
from identity.candidates import EVIDENCE, KEYS_SCHEMA, read_features
from identity.clustering import Pair
from identity.constraints import NONE, Constraints
from identity.model import Model
from identity.pairs import EDGE_SCHEMA
from identity.spark import clustering, scoring, training
from identity.spark.folder import Folder, dataset
from identity.spark.session import session
from identity.staging import stage
from identity.training import Trained

_BATCH = 200_000  # records that are in the driver's memory at a time

_PAIRS = pa.schema([("record_l", pa.int64()), ("record_r", pa.int64())])
_EDGES = pa.schema([*_PAIRS, ("match_weight", pa.float64())])
_IDS = pa.schema([("record_id", pa.int64())])


@dataclass(frozen=True)
class Base:
    """The features and keys of a type's records, and the folder of this run."""

    work: Folder
    features: DataFrame
    keys: DataFrame


def train(
    conn: Connection,
    config: Config,
    entity_type: EntityType,
    *,
    version: int,
    rule: GlueRule,
    progress: Callable[[str], None],
) -> Trained:
    """Train a model on the records of a type, and keep what was scored on the way."""
    with _base(conn, config, entity_type) as base:
        trained = training.train_counted(
            base.work,
            base.features,
            base.keys,
            entity_type,
            version=version,
            extra=config.match_attributes(entity_type),
            rule=rule,
            progress=progress,
        )
        return replace(trained, edges=_edges(base.work, "scored"))


def score_full(conn: Connection, config: Config, model: Model) -> tuple[int, pa.Table]:
    """Score all pairs of the base; gives the number of pairs compared and the edges (EDGE_SCHEMA, by records)."""
    with _base(conn, config, model.entity_type) as base:
        scored = scoring.score_full(base.work, base.features, base.keys, model)
        return scored.pairs, _edges(base.work, "edges")


def cluster(
    config: Config,
    records: Sequence[int],
    edges: Sequence[Edge],
    certain: Sequence[Pair],
    *,
    link_weight: float,
    constraints: Constraints = NONE,
) -> dict[int, int]:
    """Give each record its cluster, as `identity.clustering.cluster` does."""
    with _folder(config) as work:
        nodes = _kept(work, _table(_IDS, [(record,) for record in records]), "nodes")
        scored, links = _kept(work, _table(_EDGES, edges), "ties"), _kept(work, _table(_PAIRS, certain), "links")
        clustering.cluster_full(work, nodes, scored, links, link_weight=link_weight, constraints=constraints)
        found = dataset(work.at("clusters")).to_table()
        return dict(zip(found["record_id"].to_pylist(), found["cluster_id"].to_pylist(), strict=True))


def _edges(work: Folder, name: str) -> pa.Table:
    found = dataset(work.at(name)).to_table(columns=EDGE_SCHEMA.names)
    return found.cast(EDGE_SCHEMA).sort_by([("record_l", "ascending"), ("record_r", "ascending")])


@contextmanager
def _folder(config: Config) -> Iterator[Folder]:
    url = config.spark.work or str(config.folder / ".hub" / "spark")
    with session(config.spark) as spark:
        work = Folder(spark, url).inner()
        try:
            yield work
        finally:
            work.drop()


@contextmanager
def _base(conn: Connection, config: Config, entity_type: EntityType) -> Iterator[Base]:
    # The others are in no pair, for they have no key; training must not see them.
    chosen = f"SELECT record_id FROM identity.feature f WHERE {EVIDENCE} AND entity_type = %(type)s"  # noqa: S608 - own words
    ids = read_arrow(conn, chosen, _IDS, {"type": entity_type}).sort_by("record_id")
    with _folder(config) as work:
        for start in range(0, ids.num_rows, _BATCH):
            stage(conn, "export_record", "record_id bigint PRIMARY KEY", ids.slice(start, _BATCH))
            keys = read_arrow(
                conn,
                "SELECT record_id, kind, key FROM identity.blocking_key JOIN export_record USING (record_id)",
                KEYS_SCHEMA,
            )
            _kept(work, read_features(conn, entity_type, staged="export_record"), "features")
            _kept(work, keys, "keys")
        yield Base(work, work.read("features"), work.read("keys"))


def _table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = [[row[i] for row in rows] for i in range(len(schema))]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def _kept(work: Folder, rows: pa.Table, name: str) -> DataFrame:
    """Append rows to a table of the folder."""
    work.spark.createDataFrame(rows).write.mode("append").parquet(work.at(name))
    return work.read(name)
