"""How right clusters are, and where a truth is kept: `system, source_id, entity`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

Key = tuple[str, str]
"""System and source id."""


def read(path: Path) -> dict[Key, str]:
    with path.open(newline="", encoding="utf-8") as file:
        return {(row["system"], row["source_id"]): row["entity"] for row in csv.DictReader(file)}


def quality(truth: Mapping[Any, str], found: Mapping[Any, Hashable]) -> dict[str, float]:
    """Pairwise precision, recall and F1, and B-cubed F1 (Bagga and Baldwin 1998)."""
    both = Counter((truth[r], found[r]) for r in truth)
    entities, groups = Counter(truth.values()), Counter(found[r] for r in truth)
    hit, made, wanted = _pairs(both), _pairs(groups), _pairs(entities)
    precision, recall = (hit / made if made else 1.0), (hit / wanted if wanted else 1.0)
    b_precision = sum(n * n / groups[g] for (_, g), n in both.items()) / len(truth)
    b_recall = sum(n * n / entities[e] for (e, _), n in both.items()) / len(truth)
    return {
        "precision": precision,
        "recall": recall,
        "f1": _both(precision, recall),
        "bcubed": _both(b_precision, b_recall),
    }


def _pairs(counts: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def _both(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
