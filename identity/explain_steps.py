"""The weight of a pair, step by step: what each comparison found, how much it counts, and the values it looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from identity.levels import Comparison
from identity.lookup_rows import Row
from identity.lookup_scorer import PairScore, Part
from identity.model import Model

NOTHING = "nothing to compare"
ELSE = "different"


@dataclass(frozen=True, slots=True)
class Step:
    """One comparison of a pair, in bits (log2 odds).

    `weight` is log2(m/u) of the level in words; `adjustment` what the rarity of the shared value adds to it or takes
    away, and `frequency` the share of the base that has the value. `left` and `right` are the standardised values that
    were compared, junk left out.
    """

    comparison: str
    found: str
    level: int
    weight: float
    adjustment: float
    frequency: float | None
    left: tuple[str, ...]
    right: tuple[str, ...]


def steps(model: Model, score: PairScore, left: Row, right: Row) -> tuple[Step, ...]:
    """Give the steps of a scored pair in the order of the model's comparisons; rows as they were scored."""
    by_name = {part.comparison: part for part in score.parts}
    return tuple(_step(c, by_name[c.name], left, right) for c in model.comparisons())


def _step(comparison: Comparison, part: Part, left: Row, right: Row) -> Step:
    best = len(comparison.levels)
    level = comparison.levels[best - part.level] if part.level > 0 else None
    found = level.label if level else ELSE if part.level == 0 else NOTHING
    shares = [share for row in (left, right) if level and level.tf and (share := row[f"tf_{level.tf}"]) is not None]
    return Step(
        comparison=comparison.name.removeprefix("extra_"),
        found=found,
        level=part.level,
        weight=part.weight,
        adjustment=part.adjustment,
        frequency=max(shares, default=None),
        left=_values(comparison, left),
        right=_values(comparison, right),
    )


def _values(comparison: Comparison, row: Row) -> tuple[str, ...]:
    """Give what a comparison has of a row: the values of the columns that it wants filled."""
    found: list[str] = []
    for column in re.findall(r"(\w+) is not null", comparison.fill):
        value = row[column]
        found += [] if value is None else value if isinstance(value, list) else [value]
    return tuple(found)
