"""No labels, no settings: matching must be good on sets of very different shapes, and unusable on none."""

from __future__ import annotations

import pytest

from benchmarks.truth import quality
from identity.shipped import shipped_model, suited
from identity.training import train
from tests.identity import known_sets as sets


@pytest.mark.parametrize(
    ("base", "f1", "bcubed"),
    [
        # Bare Splink tuned by hand on the whole sets: .921/.943, .997/.999 and .857/.932.
        pytest.param(lambda: sets.read("fake_1000", "person", "unique_id", sets.person), 0.921, 0.943, id="fake_1000"),
        pytest.param(lambda: sets.read("febrl3", "person", "rec_id", sets.australian), 0.99, 0.99, id="febrl3"),
        pytest.param(
            lambda: sets.read("chicago_organisations", "organisation", "record_id", sets.kindergarten),
            0.84,
            0.91,
            id="chicago",
        ),
        pytest.param(lambda: sets.households(700, copies=(1, 1, 2, 3)), 0.95, 0.97, id="households"),
        pytest.param(lambda: sets.households(60, copies=(10, 14)), 0.95, 0.95, id="nearly all duplicates"),
        pytest.param(
            lambda: sets.households(800, copies=(1, 2), fields=("given_name", "family_name", "address")),
            0.72,
            0.92,
            id="name and address",
        ),
    ],
)
def test_duplicates_are_found(base: object, f1: float, bcubed: float) -> None:
    known = base()  # type: ignore[operator]  # a table of makers
    model = train(known.features, known.keys, known.entity_type, version=1)
    reached = quality(known.truth, sets.clusters(known, model))
    assert reached["f1"] >= f1, reached
    assert reached["bcubed"] >= bcubed, reached


def test_base_without_duplicates_stays_as_it_is() -> None:
    known = sets.households(1200, copies=(1,))
    model = train(known.features, known.keys, "person", version=1)
    found = sets.clusters(known, model)
    assert len(set(found.values())) >= 0.99 * len(found)


def test_small_base_is_served_by_the_shipped_model() -> None:
    known = sets.households(80, copies=(1, 2))
    model = suited(known.features, "person", version=7)
    if model is None:
        model = shipped_model("person").resized(known.features.num_rows)
    assert quality(known.truth, sets.clusters(known, model))["f1"] >= 0.9
