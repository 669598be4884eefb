"""The weight of a pair as a waterfall: bars that begin where the last one ended, in percent of the width. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from identity.explain import PairExplanation
from identity.explain_steps import NOTHING

_MARGIN = 0.04  # of the width, on either side


@dataclass(frozen=True, slots=True)
class Bar:
    """One line: where its bar begins and how wide it is (0 to 100), its weight in bits, and what it says."""

    label: str
    found: str
    weight: float
    start: float
    width: float
    kind: str
    note: str = ""


@dataclass(frozen=True)
class Waterfall:
    """The lines in their order, the total last; `review` and `link` are where the thresholds lie (0 to 100)."""

    bars: tuple[Bar, ...]
    zero: float
    review: float
    link: float


def waterfall(told: PairExplanation) -> Waterfall:
    """Draw a pair: what is known beforehand, each comparison that found something, and the sum."""
    steps: list[tuple[str, str, float, str]] = [("Any two records", "before anything is compared", told.prior, "")]
    for step in told.steps:
        if step.found != NOTHING:
            rare = f"{step.adjustment:+.1f} for how rare the value is" if step.adjustment else ""
            steps.append((_words(step.comparison), step.found, step.weight + step.adjustment, rare))
    ends = [0.0]
    for _, _, weight, _ in steps:
        ends.append(ends[-1] + weight)
    points = [*ends, told.bars.review, told.bars.link, told.weight]
    low, high = min(points), max(points)
    width = (high - low) or 1.0

    def place(value: float) -> float:
        return round(100 * (_MARGIN + (1 - 2 * _MARGIN) * (value - low) / width), 2)

    bars = [
        _bar(label, found, weight, place(begin), place(begin + weight), note)
        for (label, found, weight, note), begin in zip(steps, ends, strict=False)
    ]
    total = _bar("Together", _band(told), told.weight, place(0), place(told.weight), "")
    bars.append(Bar(total.label, total.found, total.weight, total.start, total.width, f"total {told.band}"))
    return Waterfall(tuple(bars), place(0), place(told.bars.review), place(told.bars.link))


def _bar(label: str, found: str, weight: float, begin: float, end: float, note: str) -> Bar:
    kind = "for" if weight >= 0 else "against"
    return Bar(label, found, weight, min(begin, end), round(max(abs(end - begin), 0.4), 2), kind, note)


def _band(told: PairExplanation) -> str:
    if told.band == "link":
        return "enough to be joined"
    if told.band == "review":
        return f"{told.missing_to_link:.1f} bits short of being joined"
    return f"{told.missing_to_review:.1f} bits short of being looked at"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
