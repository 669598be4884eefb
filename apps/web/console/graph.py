"""A cluster as a drawing: where its records stand, by how strongly they hang together. Pure, and the same every time.

Stress majorisation in small (Kamada & Kawai, "An algorithm for drawing general undirected graphs", 1989, with moves of
one point at a time to the mean of where its neighbours want it, after Gansner, Koren & North, "Graph drawing by stress
majorization", 2004): records stand as far apart as there are steps between them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST = 60
"""Records that are drawn; the table has all of them."""

SIZE = 400.0
_MARGIN = 26.0
_ROUNDS = 80


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record stands, within SIZE x SIZE."""

    x: float
    y: float


def layout(nodes: Sequence[int], edges: Iterable[tuple[int, int]]) -> dict[int, Spot]:
    """Give each node its spot."""
    if not nodes:
        return {}
    steps = _steps(nodes, edges)
    count = len(nodes)
    spots = {
        node: (math.cos(2 * math.pi * i / count), math.sin(2 * math.pi * i / count)) for i, node in enumerate(nodes)
    }
    for _ in range(_ROUNDS if count > 2 else 0):
        for node in nodes:
            spots[node] = _wanted(node, spots, steps[node])
    return _scaled(spots)


def _wanted(node: int, spots: Mapping[int, tuple[float, float]], steps: Mapping[int, int]) -> tuple[float, float]:
    x0, y0 = spots[node]
    x = y = total = 0.0
    for other, far in steps.items():
        x1, y1 = spots[other]
        between = math.hypot(x0 - x1, y0 - y1) or 1e-9
        weight = far**-2.0
        x += weight * (x1 + far * (x0 - x1) / between)
        y += weight * (y1 + far * (y0 - y1) / between)
        total += weight
    return (x / total, y / total) if total else (x0, y0)


def _steps(nodes: Sequence[int], edges: Iterable[tuple[int, int]]) -> dict[int, dict[int, int]]:
    """Give the steps from each node to each other; those that no way leads to are far."""
    beside: dict[int, list[int]] = {node: [] for node in nodes}
    for left, right in edges:
        beside[left].append(right)
        beside[right].append(left)
    far = max(3, math.isqrt(len(nodes)) + 1)
    found = {}
    for start in nodes:
        seen = {start: 0}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for other in beside[node]:
                if other not in seen:
                    seen[other] = seen[node] + 1
                    waiting.append(other)
        found[start] = {other: seen.get(other, far) for other in nodes if other != start}
    return found


def _scaled(spots: Mapping[int, tuple[float, float]]) -> dict[int, Spot]:
    xs, ys = [x for x, _ in spots.values()], [y for _, y in spots.values()]
    wide = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    scale = (SIZE - 2 * _MARGIN) / wide
    left, top = (SIZE - scale * (max(xs) + min(xs))) / 2, (SIZE - scale * (max(ys) + min(ys))) / 2
    return {node: Spot(round(left + scale * x, 1), round(top + scale * y, 1)) for node, (x, y) in spots.items()}
