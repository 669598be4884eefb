"""Training with what people said: labels move the threshold, decisions count, and neither bends a measure."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from benchmarks.truth import quality
from identity.agglomeration import Edge, agglomerate
from identity.judged import Judged
from identity.label_threshold import by_labels
from identity.pairs import EDGE_SCHEMA
from identity.shipped import shipped_model
from identity.training import Trained, train_scored
from tests.identity import known_sets as sets


@pytest.fixture(scope="module")
def base() -> sets.Known:
    return sets.read("fake_1000", "person", "unique_id", sets.person)


@pytest.fixture(scope="module")
def unlabelled(base: sets.Known) -> Trained:
    return trained(base)


def trained(base: sets.Known, known: list[Judged] | None = None) -> Trained:
    return train_scored(base.features, [base.keys], "person", version=1, known=known or [])


def edges(made: Trained) -> list[Edge]:
    assert made.edges is not None
    columns = (made.edges.column(c).to_pylist() for c in ("record_l", "record_r", "match_weight"))
    return list(zip(*columns, strict=True))


def f1(base: sets.Known, made: Trained) -> float:
    found = agglomerate(sorted(base.truth), edges(made), link_weight=made.model.link_weight)
    return quality(base.truth, found)["f1"]


def test_labels_of_a_stratified_sample_make_it_better(base: sets.Known, unlabelled: Trained) -> None:
    rng, bar = random.Random(1), unlabelled.model.link_weight
    strata: dict[int, list[tuple[int, int]]] = {}
    for left, right, weight in edges(unlabelled):
        band = sum(weight >= bar + step for step in (-9, -6, 0, 3, 8))
        strata.setdefault(band, []).append((left, right))
    known = []
    for _, pairs in sorted(strata.items()):
        drawn = rng.sample(pairs, min(35, len(pairs)))
        each = min(max(len(pairs) / len(drawn), 1.0), 50.0)
        known += [Judged(a, b, base.truth[a] == base.truth[b], each) for a, b in drawn]
    made = trained(base, known)
    assert f1(base, made) > f1(base, unlabelled) + 0.005
    advice = made.model.report["label_advice"]
    assert advice["low"] <= made.model.link_weight <= advice["high"]


def test_decisions_near_the_threshold_count_and_those_that_contradict_the_model_break_nothing(
    base: sets.Known, unlabelled: Trained
) -> None:
    bar = unlabelled.model.link_weight
    near = [(a, b) for a, b, weight in edges(unlabelled) if bar - 4 < weight < bar + 2]
    asked = random.Random(1).sample(near, 60)
    decided = [Judged(a, b, base.truth[a] == base.truth[b], 1.0, decided=True) for a, b in asked]
    right = trained(base, decided)
    assert right.model.report["labels"] == 60
    assert "label_advice" not in right.model.report
    assert apart(right, decided) > apart(unlabelled, decided)
    assert f1(base, right) > f1(base, unlabelled) - 0.005
    surest = sorted(edges(unlabelled), key=lambda edge: -edge[2])[:15]
    odd = trained(base, [Judged(a, b, False, 1.0, decided=True) for a, b, _ in surest])
    assert f1(base, odd) > f1(base, unlabelled) - 0.03


def apart(made: Trained, decided: list[Judged]) -> float:
    """How many bits lie between the pairs decided the same and those decided different, in the mean."""
    weights = {(a, b): weight for a, b, weight in edges(made)}
    same, different = (
        [weights.get((pair.record_l, pair.record_r), -8.0) for pair in decided if pair.same is verdict]
        for verdict in (True, False)
    )
    return sum(same) / len(same) - sum(different) / len(different)


def test_a_threshold_outside_the_interval_of_the_labels_moves_to_its_nearest_end() -> None:
    def judged(bar: float) -> tuple[pa.Table, list[Judged]]:
        rows = [(i, 1000 + i, i / 10) for i in range(100)]
        table = pa.table(
            [
                pa.array([row[0] for row in rows]),
                pa.array([row[1] for row in rows]),
                pa.array([row[2] for row in rows]),
                pa.nulls(100, pa.float64()),
                pa.nulls(100, pa.string()),
                pa.nulls(100, pa.list_(pa.string())),
            ],
            schema=EDGE_SCHEMA,
        )
        return table, [Judged(left, right, weight >= bar, 2.0) for left, right, weight in rows]

    model = shipped_model("person")
    table, labels = judged(6.0)
    moved = by_labels(model, table, labels)
    assert 5.5 <= moved.link_weight <= 6.5
    assert moved.report["label_advice"]["proposed_without"] == model.link_weight
    decided = [pair._replace(decided=True) for pair in labels]
    assert by_labels(model, table, decided) == model
    assert by_labels(model, table, labels[:5]) == model
