"""DuckDB and Spark give the same: model, pairs, weights and clusters. 20,000 records are `test_sync`'s."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame

from identity.candidates import KEYS_SCHEMA, among
from identity.clustering import cluster
from identity.constraints import Constraints
from identity.features import ARROW_SCHEMA
from identity.model import Model
from identity.scoring import score
from identity.spark.clustering import cluster_full
from identity.spark.folder import Folder
from identity.spark.scoring import ScoredBase, score_full
from identity.spark.training import train as train_on_spark
from identity.training import train
from tests.identity.known_sets import Known, households, kindergarten, read

pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]

_PAIR = "record_l bigint, record_r bigint"
_ORDER = [("record_l", "ascending"), ("record_r", "ascending")]


@dataclass(frozen=True)
class Base:
    """A base in both worlds, with the first engine's model and edges."""

    known: Known
    features: DataFrame
    keys: DataFrame
    model: Model
    pairs: pa.Table
    edges: pa.Table


def with_placeholder(base: Known) -> Known:
    """The base with one e-mail address that two hundred records of different people hold."""
    shared = "sales.desk@shop.example.org"
    rows = base.features.to_pylist()
    chosen = random.Random(7).sample(range(len(rows)), 200)
    for at in chosen:
        rows[at]["emails"] = sorted({*rows[at]["emails"], shared})
    more = [{"record_id": rows[at]["record_id"], "kind": "email", "key": shared} for at in chosen]
    keys = pa.concat_tables([base.keys.cast(KEYS_SCHEMA), pa.Table.from_pylist(more, KEYS_SCHEMA)])
    return base._replace(features=pa.Table.from_pylist(rows, ARROW_SCHEMA), keys=keys)


def persons() -> Known:
    return with_placeholder(households(4_000, copies=(1, 1, 1, 2, 3), seed=11))


def organisations() -> Known:
    return read("chicago_organisations", "organisation", "record_id", kindergarten)


@pytest.fixture(scope="module", params=[persons, organisations], ids=["persons", "organisations"])
def base(request: pytest.FixtureRequest, work: Folder, tmp_path_factory: pytest.TempPathFactory) -> Base:
    known: Known = request.param()
    folder: Path = tmp_path_factory.mktemp("base")
    pq.write_table(known.features, folder / "features.parquet")
    pq.write_table(known.keys, folder / "keys.parquet")
    frames = [work.spark.read.parquet(str(folder / f"{name}.parquet")) for name in ("features", "keys")]
    model = train(known.features, known.keys, known.entity_type, version=1, seed=3)
    parts = list(among([known.keys], model))
    edges = pa.concat_tables([score(known.features, part, model) for part in parts]).sort_by(_ORDER)
    return Base(known, frames[0], frames[1], model, pa.concat_tables(parts).sort_by(_ORDER), edges)


@pytest.fixture(scope="module")
def scored(base: Base, work: Folder) -> ScoredBase:
    return score_full(work, base.features, base.keys, base.model)


def test_the_base_is_worth_comparing(base: Base) -> None:
    if base.known.entity_type == "person":
        assert base.known.features.num_rows > 6_000
        assert ("email", "sales.desk@shop.example.org") in base.model.junk
    assert base.edges.num_rows > 300


def test_same_pairs(base: Base, work: Folder, scored: ScoredBase) -> None:
    found = work.read("pairs").toArrow().sort_by(_ORDER)
    assert scored.pairs == base.pairs.num_rows
    assert found.select(base.pairs.column_names).to_pylist() == base.pairs.to_pylist()


def test_same_weights(base: Base, scored: ScoredBase, capsys: pytest.CaptureFixture[str]) -> None:
    found = scored.edges.toArrow().sort_by(_ORDER).to_pylist()
    expected = base.edges.to_pylist()
    for ours in (found, expected):
        assert len(ours) == base.edges.num_rows
    names = ("record_l", "record_r", "comparison", "match_keys")
    assert [[row[name] for name in names] for row in found] == [[row[name] for name in names] for row in expected]
    largest = max(
        abs(a[name] - b[name])
        for a, b in zip(found, expected, strict=True)
        for name in ("match_weight", "match_probability")
    )
    with capsys.disabled():
        print(f"\n{base.known.entity_type}: {len(found):,} edges, largest difference of weights {largest!r}")
    assert largest <= 1e-9


def test_same_model(base: Base, work: Folder) -> None:
    found = train_on_spark(work, base.features, base.keys, base.known.entity_type, version=1, seed=3)
    names = [field.name for field in fields(Model) if field.name != "report"]
    assert [name for name in names if getattr(found, name) != getattr(base.model, name)] == []
    # The first engine counts more for its report (by kind of key, unlinkable records); what both say is the same.
    assert found.report == {name: base.model.report[name] for name in found.report}


def test_same_clusters(base: Base, work: Folder, scored: ScoredBase) -> None:
    expected, records = {}, base.known.features["record_id"].to_pylist()
    edges = [tuple(row.values()) for row in base.edges.select(["record_l", "record_r", "match_weight"]).to_pylist()]
    rng = random.Random(5)
    certain = [tuple(sorted(rng.sample(records, 2))) for _ in range(20)]
    linked = [edge[:2] for edge in edges if edge[2] >= base.model.link_weight]
    stranger = max(records) + 7  # no longer live: it ties two records all the same
    ends = rng.sample(records, 4)
    said = Constraints(
        same=((ends[0], stranger), (ends[1], stranger), (ends[2], ends[3])),
        different=tuple(((a,), (b,)) for a, b in rng.sample(linked, 30)),
        alone=dict.fromkeys(rng.sample(records, len(records) // 3), "shop"),
    )
    bar = base.model.link_weight
    expected = cluster(records, edges, certain, link_weight=bar, constraints=said)
    assert expected != cluster(records, edges, certain, link_weight=bar)
    links = work.spark.createDataFrame(certain, _PAIR)
    found = cluster_full(work, base.features, scored.edges, links, link_weight=bar, constraints=said).toArrow()
    assert dict(zip(*(column.to_pylist() for column in found.columns), strict=True)) == expected


def test_an_infinite_bar_ties_nothing(base: Base, work: Folder, scored: ScoredBase) -> None:
    none = work.spark.createDataFrame([], _PAIR)
    found = cluster_full(work, base.features, scored.edges, none, link_weight=math.inf, name="untied").toArrow()
    assert found["record_id"].to_pylist() == found["cluster_id"].to_pylist()
    assert found.num_rows == base.known.features.num_rows
