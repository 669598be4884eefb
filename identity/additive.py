"""From the classes of estimation to one weight a level.

Splink adds weights up, one for each comparison. Log ratios of m and u do that job if pairs either match or are
strangers; relations and namesakes break it, for their agreements come together. So the weights are fitted (ridge
logistic regression, by Newton's method) such that their sums come as near as can be to what the classes say of each
pattern, and stay with log(m/u) where the data has no say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from identity.estimation import Known, Parameters, Patterns, Rates
from identity.levels import Comparison

_RIDGE = 4.0
_STEPS = 25
_HOPELESS = 1e-7  # probability below which a pattern has no say in the fit
_FLAT = 1e-4
_MOST_AGAINST = 8.0  # bits that a single disagreement may weigh
_LN2 = math.log(2.0)


def fit(
    comparisons: Sequence[Comparison], parameters: Parameters, candidates: Patterns, known: Known | None = None
) -> tuple[float, Rates]:
    """Give the prior weight and by comparison and level (0 = else) the weight, all as log2 odds.

    For pairs `known` to be the same or different the target is just that, in place of what the classes say.
    """
    offsets, size = [], 1
    for c in comparisons:
        offsets.append(size)
        size += len(c.levels) + 1
    start = [math.log(parameters.matches / (1 - parameters.matches))]
    for m, u in zip(parameters.m, parameters.u, strict=True):
        start += [math.log(a / b) for a, b in zip(m, u, strict=True)]
    rows = []
    targets = [(pattern, n, parameters.probability(pattern)) for pattern, n in candidates]
    targets += [(pattern, n, 1.0 if same else 0.0) for pattern, same, n in known or ()]
    for pattern, n, target in targets:
        active = [0, *(o + g for o, g in zip(offsets, pattern, strict=True) if g >= 0)]
        if target > _HOPELESS or sum(start[i] for i in active) > math.log(_HOPELESS):
            rows.append((active, n, target))
    weights = list(start)
    loss = _loss(weights, start, rows)
    for _ in range(_STEPS):
        step = _newton_step(weights, start, rows)
        scale = 1.0
        while True:
            trial = [w - scale * s for w, s in zip(weights, step, strict=True)]
            new = _loss(trial, start, rows)
            if new <= loss or scale < 1e-3:
                break
            scale /= 2
        done = loss - new < 1e-4 * max(1.0, abs(loss))
        weights, loss = (trial, new) if new <= loss else (weights, loss)
        if done:
            break
    in_bits = [weights[0] / _LN2, *(max(-_MOST_AGAINST, w / _LN2) for w in weights[1:])]
    return in_bits[0], [in_bits[o : o + len(c.levels) + 1] for o, c in zip(offsets, comparisons, strict=True)]


Row = tuple[list[int], float, float]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _loss(weights: Sequence[float], start: Sequence[float], rows: Sequence[Row]) -> float:
    total = sum(_RIDGE / 2 * (w - s) ** 2 for w, s in zip(weights, start, strict=True))
    for active, n, target in rows:
        x = sum(weights[i] for i in active)
        total += n * (max(x, 0.0) + math.log1p(math.exp(-abs(x))) - target * x)
    return total


def _newton_step(weights: Sequence[float], start: Sequence[float], rows: Sequence[Row]) -> list[float]:
    size = len(weights)
    gradient = [_RIDGE * (w - s) for w, s in zip(weights, start, strict=True)]
    hessian = [[_RIDGE if i == j else 0.0 for j in range(size)] for i in range(size)]
    for active, n, target in rows:
        p = _sigmoid(sum(weights[i] for i in active))
        slope, curve = n * (p - target), n * p * (1 - p)
        for i in active:
            gradient[i] += slope
        if curve > _FLAT:
            for i in active:
                row = hessian[i]
                for j in active:
                    row[j] += curve
    return _solve(hessian, gradient)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a symmetric positive definite system by Cholesky's method."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = math.sqrt(rest) if i == j else rest / lower[j][j]
    half: list[float] = []
    for i in range(size):
        half.append((right[i] - sum(lower[i][k] * half[k] for k in range(i))) / lower[i][i])
    result = [0.0] * size
    for i in reversed(range(size)):
        result[i] = (half[i] - sum(lower[k][i] * result[k] for k in range(i + 1, size))) / lower[i][i]
    return result


def in_order(comparison: Comparison, weights: Sequence[float], m: Sequence[float]) -> list[float]:
    """Give weights such that a better level never weighs less than a worse one (pool adjacent violators, by m).

    Index: level, 0 = else. Levels outside the order keep their weight, but never above the best level's.
    """
    top = len(comparison.levels)
    ranked = [0, *(level for level in range(1, top + 1) if comparison.levels[top - level].ranked)]
    pools: list[tuple[float, float, list[int]]] = []
    for level in ranked:
        pools.append((weights[level], m[level], [level]))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (w1, m1, l1), (w2, m2, l2) = pools[-2:]
            pools[-2:] = [((w1 * m1 + w2 * m2) / (m1 + m2), m1 + m2, l1 + l2)]
    ordered = list(weights)
    for weight, _, levels in pools:
        for level in levels:
            ordered[level] = weight
    for level in set(range(top + 1)) - set(ranked):
        ordered[level] = min(ordered[level], pools[-1][0])
    return ordered
