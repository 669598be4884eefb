"""Plots drawn on the server as SVG: figures in a line over time, shares as bars. No script, no style of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 240.0, 48.0
_EDGE = 3.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points of time and share (0 to 1): `points` for an SVG polyline, and where its last point is."""

    label: str
    points: str
    x: float
    y: float
    first: float
    last: float
    least: float

    @property
    def words(self) -> str:
        """What the line says, for who does not see it."""
        return f"{self.label}: {self.first:.0%} at first, {self.last:.0%} now, {self.least:.0%} at the lowest"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a stack: where it begins and how long it is, of `WIDTH`."""

    label: str
    count: int
    x: float
    length: float


def line(label: str, values: Sequence[tuple[datetime, float]]) -> Line:
    """Draw values (at least one, in the order of time); the foot of the plot is 0 and its top 1."""
    begin, end = values[0][0].timestamp(), values[-1][0].timestamp()
    span = end - begin or 1.0
    width, height = WIDTH - 2 * _EDGE, HEIGHT - 2 * _EDGE
    at = [
        (_EDGE + (width * (moment.timestamp() - begin) / span if end > begin else width), _EDGE + height * (1 - share))
        for moment, share in values
    ]
    if len(at) == 1:  # one measurement is a level
        at.insert(0, (_EDGE, at[0][1]))
    shares = [share for _, share in values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    return Line(label, points, round(at[-1][0], 1), round(at[-1][1], 1), shares[0], shares[-1], min(shares))


def stack(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    """Draw counts as one bar in parts; those of nothing are left out."""
    total = sum(count for _, count in counts) or 1
    bars, x = [], 0.0
    for label, count in counts:
        length = WIDTH * count / total
        if count:
            bars.append(Bar(label, count, round(x, 1), round(length, 1)))
        x += length
    return bars
