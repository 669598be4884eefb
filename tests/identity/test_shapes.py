"""Bases of many shapes: none may come out unusable, and what is stated of each must hold or be a range with reasons.

`python -m tests.identity.test_shapes [name ...]` prints the table of docs/matching-quality.md.
"""

from __future__ import annotations

import sys

import pytest

from benchmarks.truth import quality
from identity.model import Model
from identity.shipped import suited
from identity.training import train
from tests.identity.known_sets import Known, clusters
from tests.identity.shapes import SHAPES

FLOORS = {
    "russia": 0.97,
    "greece": 0.97,
    "china": 0.95,
    "japan": 0.97,
    "arabic": 0.97,
    "brazil": 0.97,
    "india": 0.97,
    "turkey": 0.97,
    "name and city": 0.78,
    "name and birth year": 0.58,
    "no e-mail": 0.95,
    "five systems": 0.75,
    "nearly no duplicates": 0.85,
    "nearly all duplicates": 0.97,
    "big households": 0.94,
    "few in big households": 0.7,
    "half the birth dates wrong": 0.95,
    "branches": 0.82,
    "200 rows": 0.93,
}
"""Least pairwise F1: what was measured, less a little for changes that mean nothing."""
_FAST = ("china", "branches", "200 rows")
_SHAPES = [pytest.param(name, marks=() if name in _FAST else pytest.mark.slow) for name in SHAPES]


def _resolved(base: Known) -> tuple[Model, dict[str, float]]:
    model = suited(base.features, base.entity_type, version=1)
    model = model or train(base.features, base.keys, base.entity_type, version=1)
    return model, quality(base.truth, clusters(base, model))


@pytest.mark.parametrize("name", _SHAPES)
def test_no_shape_is_unusable(name: str) -> None:
    model, reached = _resolved(SHAPES[name]())
    assert reached["f1"] >= FLOORS[name], reached
    report = model.report
    assert report["precision_least"] - 0.1 <= reached["precision"], (report, reached)
    assert report["recall_least"] - 0.1 <= reached["recall"], (report, reached)
    if not report["doubts"]:
        assert abs(model.expected_precision - reached["precision"]) <= 0.05, reached
        assert abs(model.expected_recall - reached["recall"]) <= 0.05, reached


def main() -> None:
    """Print a row for each base."""
    for name in sys.argv[1:] or SHAPES:
        model, reached = _resolved(SHAPES[name]())
        figures = " | ".join(f"{reached[key]:.3f}" for key in ("f1", "bcubed", "precision", "recall"))
        report = model.report
        stated = f"{report['precision_least']:.2f} to {model.expected_precision:.2f}"
        stated += f" | {report['recall_least']:.2f} to {model.expected_recall:.2f}"
        sys.stdout.write(f"| {name} | {model.records:,} | {figures} | {stated} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
