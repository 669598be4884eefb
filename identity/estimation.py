"""Expectation maximisation over agreement patterns: what is typical of matches and of chance, without labels.

The universe is all pairs of the base. Candidate pairs hold nearly all matches; a random sample shows how often two
records agree by chance. Fellegi and Sunter's model by EM (Winkler 1988) with two additions. Pairs are of three classes,
not two: the same, related (one household, one group of companies: they share name, address or phone, but agree in
nothing of their own) and strangers; with two classes, EM on a base of few duplicates takes households for matches.
And Dirichlet priors keep a base with few matches to sane values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from identity.comparisons import Comparison, Level

Pattern = tuple[int, ...]
"""The level of each comparison: -1 null, 0 else, up to the best."""
Patterns = list[tuple[Pattern, float]]
"""Patterns with the number of pairs that show them."""
Rates = list[list[float]]
"""By comparison and level (index: level, 0 = else), the share of pairs at that level."""

_PRIOR_PAIRS = 60.0  # pseudo-pairs behind the defaults: weak against data, strong against none
_LEAST_CHANCE = 0.02  # share of the agreements on a value that are taken as chance at least
_ITERATIONS = 80
_CONVERGED = 2e-4


@dataclass(frozen=True)
class Parameters:
    """Share of all pairs that match and that are related, and the levels of matches, related pairs and strangers."""

    matches: float
    relations: float
    m: Rates
    related: Rates
    u: Rates

    def probabilities(self, pattern: Pattern) -> tuple[float, float]:
        """Give the probabilities that a pair with this pattern is a match, and that it is related."""
        same, related, stranger = self.matches, self.relations, 1 - self.matches - self.relations
        for m, h, u, level in zip(self.m, self.related, self.u, pattern, strict=True):
            if level >= 0:
                same, related, stranger = same * m[level], related * h[level], stranger * u[level]
        total = same + related + stranger
        return same / total, related / total


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
    data = _Data(comparisons, candidates, sample, total_pairs, complete)
    few = min(0.3, 0.1 * records / total_pairs)
    u = data.chance([(0.5, 0.3)] * len(candidates), [(0.0, 0.0)] * len(sample))
    m = [_spread(c, lambda level: level.m, None) for c in comparisons]
    related = [_related(c, rates) for c, rates in zip(comparisons, u, strict=True)]
    now = Parameters(few, few, m, related, u)
    defaults = now.m
    for _ in range(_ITERATIONS):
        before = now
        in_candidates = [now.probabilities(pattern) for pattern, _ in candidates]
        in_sample = [now.probabilities(pattern) for pattern, _ in sample]
        u = data.chance(in_candidates, in_sample)
        m = data.levels([p for p, _ in in_candidates], defaults)
        m = [_bounded(c, rates) for c, rates in zip(comparisons, m, strict=True)]
        free = data.levels([p for _, p in in_candidates], [_related(c, r) for c, r in zip(comparisons, u, strict=True)])
        related = [f if _is_shared(c) else list(r) for c, f, r in zip(comparisons, free, u, strict=True)]
        shares = [
            min(
                0.45, max(sum(p[i] * n for p, (_, n) in zip(in_candidates, candidates, strict=True)), 1.0) / total_pairs
            )
            for i in (0, 1)
        ]
        now = Parameters(shares[0], shares[1], m, related, u)
        moved = max(
            (abs(a - b) for x, y in zip(before.m, m, strict=True) for a, b in zip(x, y, strict=True)), default=0
        )
        if moved < _CONVERGED and abs(math.log2(before.matches / now.matches)) < 0.01:
            break
    return now


class _Data:
    """The counted patterns, and the sums over them."""

    def __init__(
        self,
        comparisons: Sequence[Comparison],
        candidates: Patterns,
        sample: Patterns,
        total_pairs: float,
        complete: Sequence[Sequence[bool]],
    ) -> None:
        self.sizes = [len(c.levels) + 1 for c in comparisons]
        self.candidates = candidates
        self.sample = sample
        self.total_pairs = total_pairs
        self.complete = complete

    def levels(self, share: Sequence[float], defaults: Rates) -> Rates:
        """Give the levels of the candidates weighted by `share`, with the defaults behind them."""
        result = []
        for c, default in enumerate(defaults):
            counts = [_PRIOR_PAIRS * rate for rate in default]
            for p, (pattern, n) in zip(share, self.candidates, strict=True):
                if pattern[c] >= 0:
                    counts[pattern[c]] += p * n
            total = sum(counts)
            result.append([count / total for count in counts])
        return result

    def chance(self, in_candidates: Sequence[tuple[float, float]], in_sample: Sequence[tuple[float, float]]) -> Rates:
        """Give the levels of strangers: the sample without the matches and relations in it."""
        everything = max(sum(n for _, n in self.sample), 1.0)
        result = []
        for c, size in enumerate(self.sizes):
            counts, compared = [0.0] * size, 0.0
            for (same, related), (pattern, n) in zip(in_sample, self.sample, strict=True):
                if pattern[c] >= 0:
                    compared += n
                    counts[pattern[c]] += (1 - same - related) * n
            # Half a pair more than was seen: a level never seen by chance is rare, not impossible.
            rates = [(count + 0.5) / (compared + 0.5 * size) for count in counts]
            if any(self.complete[c]):
                universe = max(self.total_pairs * compared / everything, 1.0)
                seen, chance = [0.0] * size, [0.0] * size
                for (same, related), (pattern, n) in zip(in_candidates, self.candidates, strict=True):
                    if pattern[c] >= 0:
                        seen[pattern[c]] += n
                        chance[pattern[c]] += (1 - same - related) * n
                for level in range(size):
                    if self.complete[c][level]:
                        rates[level] = (max(chance[level], _LEAST_CHANCE * seen[level]) + 0.5) / (universe + 1)
            total = sum(rates)
            result.append([rate / total for rate in rates])
        return result


def _bounded(comparison: Comparison, m: list[float]) -> list[float]:
    most = comparison.else_most
    return m if m[0] <= most else [most, *(rate * (1 - most) / (1 - m[0]) for rate in m[1:])]


def _is_shared(comparison: Comparison) -> bool:
    return any(level.related is not None for level in comparison.levels)


def _spread(comparison: Comparison, rate: Callable[[Level], float | None], rest: Sequence[float] | None) -> list[float]:
    """Give rates by level, best last; what the levels leave goes to else, or is spread like `rest`."""
    given = [None, *(rate(level) for level in reversed(comparison.levels))]
    left = 1.0 - sum(value for value in given if value is not None)
    if rest is None:
        return [left if value is None else value for value in given]
    open_rest = sum(r for value, r in zip(given, rest, strict=True) if value is None)
    return [left * r / open_rest if value is None else value for value, r in zip(given, rest, strict=True)]


def _related(comparison: Comparison, u: Sequence[float]) -> list[float]:
    return _spread(comparison, lambda level: level.related, u) if _is_shared(comparison) else list(u)
