"""A model in one sentence, for summaries: what it was trained on, its thresholds, and what to expect of them."""

from __future__ import annotations

from identity.bars import Bars
from identity.model import Model, probability

_NO_RANGE = 0.02


def expected(model: Model) -> tuple[str, str]:
    """Give the expected precision and recall: ranges where the base can't tell them exactly."""
    report = model.report
    return (
        _range(report.get("precision_least"), model.expected_precision),
        _range(report.get("recall_least"), model.expected_recall),
    )


def model_line(model: Model, bars: Bars | None = None) -> str:
    """Say which model is at work, its two thresholds (match probabilities) and the expected precision and recall.

    Where the base can't tell them exactly they are ranges, and the reasons for doubt follow. `bars`: those in force,
    which are said too where hub.yaml sets others than the model's own.
    """
    report = model.report
    precision, recall = expected(model)
    doubts = "; ".join(report.get("doubts", ()))
    return (
        f"model {model.version}, from {model.records:,} records: "
        f"link from probability {_probability(model.link_threshold)}, "
        f"review from {_probability(model.review_threshold)}{_instead(model, bars)}; expected precision {precision}, "
        f"recall {recall}" + (f"; doubted because {doubts}" if doubts else "")
    )


def _instead(model: Model, bars: Bars | None) -> str:
    if bars is None or (bars.link, bars.review) == (model.link_weight, model.review_weight):
        return ""
    link, review = _probability(probability(bars.link)), _probability(probability(bars.review))
    return f" (but hub.yaml sets link from {link}, review from {review})"


def _range(least: float | None, expected: float) -> str:
    if least is None or expected - least < _NO_RANGE:
        return f"{expected:.2f}"
    return f"{least:.2f} to {expected:.2f}"


def _probability(value: float) -> str:
    """Write .9999 as what it is: near 1 it is the distance to 1 that tells thresholds apart."""
    return f"{value:.3f}" if value < 0.999 else f"1-{1 - value:.0e}"
