from __future__ import annotations

import json
import math

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from identity.model import Model, probability
from identity.pairs import EDGE_SCHEMA, PAIRS_SCHEMA
from identity.scoring import score
from identity.shipped import shipped_model
from identity.training import train
from tests.identity import known_sets as sets


@pytest.fixture(scope="module")
def base() -> sets.Known:
    return sets.households(300, copies=(1, 2, 3))


@pytest.fixture(scope="module")
def model(base: sets.Known) -> Model:
    return train(base.features, base.keys, "person", version=1)


def test_increment_gives_the_bits_of_a_full_run(base: sets.Known, model: Model) -> None:
    pairs = sets.candidates(base.keys, model)
    full = score(base.features, pairs, model)
    changed = set(range(1, 40))
    part = [row for row in pairs.to_pylist() if {row["record_l"], row["record_r"]} & changed]
    # Turned round and backwards, with the features that are needed alone.
    turned = [row | {"record_l": row["record_r"], "record_r": row["record_l"]} for row in reversed(part)]
    needed = {row[side] for row in part for side in ("record_l", "record_r")}
    features = base.features.filter(pc.is_in(base.features["record_id"], pa.array(sorted(needed))))
    increment = score(features, pa.Table.from_pylist(turned, PAIRS_SCHEMA), model)
    expected = [row for row in full.to_pylist() if {row["record_l"], row["record_r"]} & changed]
    assert increment.num_rows > 20
    assert increment.to_pylist() == expected


def test_weight_is_the_sum_of_its_parts(base: sets.Known, model: Model) -> None:
    """The oracle: prior, level weights and term-frequency adjustments added up in Python."""
    rows = {row["record_id"]: row for row in base.features.to_pylist()}
    edges = score(base.features, sets.candidates(base.keys, model), model).to_pylist()
    for edge in edges[::7]:
        total = math.log2(model.prior / (1 - model.prior))
        for comparison in model.comparisons():
            gamma = json.loads(edge["comparison"])[comparison.name]
            if gamma < 0:
                continue
            m, u = model.weights[comparison.name][len(comparison.levels) - gamma]
            total += math.log2(m / u)
            column = comparison.levels[len(comparison.levels) - gamma].tf if gamma else None
            if column and column != "city":
                values = [rows[edge[side]][column] for side in ("record_l", "record_r")]
                frequencies = [model.term_frequencies[column].get(v, model.floors[column]) for v in values]
                total += math.log2(u / max(frequencies))
            elif column:
                break
        else:
            assert edge["match_weight"] == pytest.approx(total, abs=1e-6)
            assert edge["match_probability"] == pytest.approx(probability(total), abs=1e-6)


def test_edges_are_ordered_and_above_the_bar(base: sets.Known, model: Model) -> None:
    edges = score(base.features, sets.candidates(base.keys, model), model)
    assert edges.schema == EDGE_SCHEMA
    keys = [(row["record_l"], row["record_r"]) for row in edges.to_pylist()]
    assert keys == sorted(set(keys))
    assert all(left < right for left, right in keys)
    assert min(edges["match_weight"].to_pylist()) >= model.keep_weight


def test_junk_value_has_no_say(base: sets.Known, model: Model) -> None:
    edges = score(base.features, sets.candidates(base.keys, model), model).to_pylist()
    shared = next(e for e in edges if json.loads(e["comparison"])["email"] > 3 and e["match_weight"] > 20)
    rows = {row["record_id"]: row for row in base.features.to_pylist()}
    emails = set(rows[shared["record_l"]]["emails"]) & set(rows[shared["record_r"]]["emails"])
    barred = Model.from_parts(model.parameters(), model.term_frequencies, {("email", e): 99 for e in emails})
    pair = pa.Table.from_pylist([{**shared, "match_keys": ["name"]}]).select(PAIRS_SCHEMA.names).cast(PAIRS_SCHEMA)
    (again,) = score(base.features, pair, barred).to_pylist()
    assert json.loads(again["comparison"])["email"] == -1
    assert again["match_weight"] < shared["match_weight"]


def test_nothing_to_score_gives_nothing(base: sets.Known) -> None:
    assert score(base.features, PAIRS_SCHEMA.empty_table(), shipped_model("person")).num_rows == 0


def test_model_survives_json(model: Model) -> None:
    again = Model.from_json(model.to_json())
    assert again == model
    assert Model.from_parts(json.loads(json.dumps(model.parameters())), model.term_frequencies, model.junk) == (
        Model.from_parts(model.parameters(), model.term_frequencies, model.junk)
    )
