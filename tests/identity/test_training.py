from __future__ import annotations

import math
import random

import pyarrow as pa
import pytest

from benchmarks.truth import quality
from hub.records import RecordKey, SourceRecord, Value
from identity import blocking, candidates
from identity.counting import fill_profile
from identity.scoring import score
from identity.shipped import shipped_model
from identity.training import train, train_scored
from sources.standardise import standardise
from tests.identity import known_sets as sets


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    return table.take(pa.array(order))


def test_same_input_gives_the_same_model_whatever_the_row_order() -> None:
    base = sets.households(250, copies=(1, 2))
    one = train(base.features, base.keys, "person", version=3)
    other = train(shuffled(base.features, 1), shuffled(base.keys, 2), "person", version=3)
    assert one.to_json() == other.to_json()


def test_weights_fall_from_level_to_level_and_both_ends_make_sense() -> None:
    base = sets.households(400, copies=(1, 2, 3))
    model = train(base.features, base.keys, "person", version=1)
    for comparison in model.comparisons():
        weights = [math.log2(m / u) for m, u in model.weights[comparison.name]]
        ranked = [w for w, level in zip(weights, comparison.levels, strict=False) if level.ranked]
        assert all(a >= b - 1e-9 for a, b in zip(ranked, [*ranked[1:], weights[-1]], strict=True)), comparison.name
        assert weights[-1] < 1 < max(weights)


def test_unfilled_comparisons_are_left_out() -> None:
    base = sets.households(200, copies=(1, 2), fields=("given_name", "family_name"))
    model = train(base.features, base.keys, "person", version=1)
    assert set(model.weights) == {"given", "family"}


def _centre(same_name: bool) -> sets.Known:
    """120 records that share one phone, of one name with typos or of other names, and 100 pairs that share one each."""
    rng = random.Random(5)
    others = sets.households(200, copies=(1,))
    names = [
        (g, f)
        for g, f in zip(
            others.features["given_name"].to_pylist(), others.features["family_name"].to_pylist(), strict=True
        )
        if g and f
    ]
    records = []
    for i in range(320):
        given, family = ("margarete", "stresemann") if same_name and i < 120 else rng.choice(names)
        phone = "+493055555123" if i < 120 else f"+4930{i // 2 + 10**7}"
        raw = {"given_name": [given], "family_name": [family], "phone": [phone], "email": [f"x{i}@example.org"]}
        attributes = standardise(raw, entity_type="person", country="DE", custom={})
        records.append(SourceRecord(RecordKey("s", "x", str(i)), "person", attributes))
    return sets.known(records, [str(i) for i in range(320)])


def test_phone_of_many_names_is_junk_and_that_of_many_copies_is_not() -> None:
    many = _centre(same_name=False)
    junk = train(many.features, many.keys, "person", version=1).junk
    assert junk["phone", "055555123"] == 120
    one = _centre(same_name=True)
    assert ("phone", "055555123") not in train(one.features, one.keys, "person", version=1).junk


@pytest.mark.parametrize("budget", [3, 300])
def test_training_hands_on_the_edges_that_scoring_gives(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit, also where the phone of many copies is too dear to compare."""
    base = _centre(same_name=True)
    monkeypatch.setattr(blocking, "pair_budget", lambda records: budget * records)
    trained = train_scored(base.features, [base.keys.slice(0, 500), base.keys.slice(500)], "person", version=1)
    assert (("phone", "055555123") in trained.model.junk) == (budget == 3)
    pairs = pa.concat_tables(candidates.among([base.keys], trained.model))
    assert trained.pairs == pairs.num_rows
    assert trained.edges is not None
    assert trained.edges.num_rows > 100
    assert trained.edges.equals(score(base.features, pairs, trained.model))


def test_tiny_and_empty_bases_train_without_fail() -> None:
    for customers in (1, 2, 5):
        base = sets.households(customers, copies=(1,))
        assert train(base.features, base.keys, "person", version=1).records == customers


def test_custom_attribute_is_compared_and_weighed() -> None:
    rng = random.Random(3)
    records, entities = [], []
    for customer in range(200):
        name = [rng.choice(("otto", "anna", "lena", "paul", "emma")), rng.choice(("graf", "haas", "jung", "koch"))]
        for _ in range(2):
            raw = {"given_name": [name[0]], "family_name": [name[1]]}
            attributes = standardise(raw, entity_type="person", country="DE", custom={})
            attributes["badge"] = [Value(f"b{customer}", f"b{customer}")]
            records.append(SourceRecord(RecordKey("s", "x", str(len(records))), "person", attributes))
            entities.append(str(customer))
    base = sets.known(records, entities)
    model = train(base.features, base.keys, "person", version=1, extra=[("badge", "exact")])
    m, u = model.weights["extra_badge"][0]
    assert m / u > 30
    assert quality(base.truth, sets.clusters(base, model))["f1"] > 0.95


def test_shipped_model_fits_what_it_knows_alone() -> None:
    model = shipped_model("person")
    full = sets.households(80, copies=(1, 2))
    known = fill_profile(full.features, "person")
    assert model.fits(known | {"gender": 0.9}, 80)
    assert not model.fits(known, 5000)
    assert not model.fits(known | {"email": 0.0, "phone": 0.0}, 80)
    assert not model.fits(known, 80, (("badge", "exact"),))
    assert model.resized(model.records // 10).prior > model.prior
