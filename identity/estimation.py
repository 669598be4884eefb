"""Expectation maximisation over agreement patterns: the model's prior, m and u, without labels.

The universe is all pairs of the base. Candidate pairs hold nearly all matches; a random sample shows how often two
records agree by chance. One EM over both (Fellegi and Sunter's model as in Winkler 1988, with Dirichlet priors on m so
that a base with few matches keeps to sane values): u counts what is left of chance agreement when the matches in the
sample are taken out, which matters in small bases with many copies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from identity.comparisons import Comparison

Pattern = tuple[int, ...]
"""The level of each comparison: -1 null, 0 else, up to the best."""
Patterns = list[tuple[Pattern, float]]
"""Patterns with the number of pairs that show them."""

_PRIOR_MATCHES = 30.0  # pseudo-matches behind the default m: weak against data, strong against none
_LEAST_CHANCE = 0.02  # share of the agreements on a value that are taken as chance at least
_ITERATIONS = 60
_CONVERGED = 1e-4


@dataclass
class Parameters:
    """Prior over all pairs, and by comparison and level (index: level, 0 = else) m and u."""

    prior: float
    m: list[list[float]]
    u: list[list[float]]

    def weight(self, pattern: Pattern) -> float:
        """Give the match weight (log2 odds) of a pattern, without term frequencies."""
        total = math.log2(self.prior / (1 - self.prior))
        for m, u, level in zip(self.m, self.u, pattern, strict=True):
            if level >= 0:
                total += math.log2(m[level] / u[level])
        return total


def estimate(
    comparisons: Sequence[Comparison],
    candidates: Patterns,
    sample: Patterns,
    *,
    total_pairs: float,
    records: int,
    complete: Sequence[Sequence[bool]],
) -> Parameters:
    """Estimate the parameters.

    `complete[c][level]`: the candidates hold every pair of the base at this level, so that its u is counted among them
    rather than in the sample, where it would hardly be seen.
    """
    defaults = [[c.else_m, *reversed([level.m for level in c.levels])] for c in comparisons]
    counted = sum(n for _, n in sample)
    start = Parameters(min(0.5, 0.1 * records / total_pairs), [list(m) for m in defaults], [])
    start.u = _chance(
        comparisons, candidates, sample, [0.0] * len(sample), [0.5] * len(candidates), total_pairs, complete
    )
    now = start
    for _ in range(_ITERATIONS):
        in_candidates = [_probability(now, pattern) for pattern, _ in candidates]
        in_sample = [_probability(now, pattern) for pattern, _ in sample] if counted else []
        matches = sum(p * n for p, (_, n) in zip(in_candidates, candidates, strict=True))
        m = []
        for c, default in enumerate(defaults):
            counts = [_PRIOR_MATCHES * share for share in default]
            for p, (pattern, n) in zip(in_candidates, candidates, strict=True):
                if pattern[c] >= 0:
                    counts[pattern[c]] += p * n
            m.append([count / sum(counts) for count in counts])
        u = _chance(comparisons, candidates, sample, in_sample, in_candidates, total_pairs, complete)
        prior = min(0.9, max(matches, 1.0) / total_pairs)
        before, now = now, Parameters(prior, m, u)
        moved = max(
            (abs(a - b) for x, y in zip(before.m, m, strict=True) for a, b in zip(x, y, strict=True)), default=0
        )
        if moved < _CONVERGED and abs(math.log2(before.prior / prior)) < 0.01:
            break
    return now


def _probability(parameters: Parameters, pattern: Pattern) -> float:
    weight = parameters.weight(pattern)
    return 1 / (1 + 2**-weight) if weight > -500 else 0.0


def _chance(
    comparisons: Sequence[Comparison],
    candidates: Patterns,
    sample: Patterns,
    in_sample: Sequence[float],
    in_candidates: Sequence[float],
    total_pairs: float,
    complete: Sequence[Sequence[bool]],
) -> list[list[float]]:
    """Estimate u: agreement of pairs that don't match."""
    result = []
    everything = sum(n for _, n in sample)
    for c, comparison in enumerate(comparisons):
        levels = len(comparison.levels) + 1
        counts = [0.0] * levels
        compared = 0.0
        for p, (pattern, n) in zip(in_sample, sample, strict=True):
            if pattern[c] >= 0:
                compared += n
                counts[pattern[c]] += max(1 - p, 1e-6) * n
        # Half a pair more than was seen: a level that was never seen by chance is rare, not impossible.
        rates = [(count + 0.5) / (compared + 0.5 * levels) for count in counts]
        universe = max(total_pairs * compared / everything, 1.0)
        seen, chance = [0.0] * levels, [0.0] * levels
        for p, (pattern, n) in zip(in_candidates, candidates, strict=True):
            if pattern[c] >= 0:
                seen[pattern[c]] += n
                chance[pattern[c]] += (1 - p) * n
        for level in range(levels):
            if complete[c][level]:
                rates[level] = (max(chance[level], _LEAST_CHANCE * seen[level]) + 0.5) / (universe + 1)
        total = sum(rates)
        result.append([rate / total for rate in rates])
    return result


def in_order(comparison: Comparison, m: Sequence[float], u: Sequence[float]) -> list[float]:
    """Give m changed so that a better level never weighs less than a worse one (pool adjacent violators).

    Index: level, 0 = else. Levels that stand outside the order keep their own m, but never above the best level.
    """
    top = len(comparison.levels)
    ranked = [0, *(top - i for i in reversed(range(top)) if comparison.levels[i].ranked)]
    ranked.sort()
    pools: list[list[int]] = []
    for level in ranked:
        pools.append([level])
        while len(pools) > 1 and _ratio(pools[-2], m, u) > _ratio(pools[-1], m, u):
            last = pools.pop()
            pools[-1] = pools[-1] + last
    ordered = list(m)
    for pool in pools:
        ratio = _ratio(pool, m, u)
        for level in pool:
            ordered[level] = ratio * u[level]
    best = _ratio(pools[-1], m, u)
    for level in set(range(top + 1)) - set(ranked):
        ordered[level] = min(ordered[level], best * u[level])
    return ordered


def _ratio(levels: Sequence[int], m: Sequence[float], u: Sequence[float]) -> float:
    return sum(m[i] for i in levels) / sum(u[i] for i in levels)
