"""A model in one sentence, for summaries: what it was trained on, its thresholds, and what to expect of them."""

from __future__ import annotations

from identity.model import Model


def model_line(model: Model) -> str:
    """Say which model is at work, its two thresholds (match probabilities) and the expected precision and recall."""
    return (
        f"model {model.version}, from {model.records:,} records: "
        f"link from probability {_probability(model.link_threshold)}, "
        f"review from {_probability(model.review_threshold)}; expected precision {model.expected_precision:.2f}, "
        f"recall {model.expected_recall:.2f}"
    )


def _probability(value: float) -> str:
    """Write .9999 as what it is: near 1 it is the distance to 1 that tells thresholds apart."""
    return f"{value:.3f}" if value < 0.999 else f"1-{1 - value:.0e}"
