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
from itertools import accumulate

from identity.levels import Comparison, Level

Pattern = tuple[int, ...]
"""The level of each comparison: -1 null, 0 else, up to the best."""
Patterns = list[tuple[Pattern, float]]
"""Patterns with the number of pairs that show them."""
Rates = list[list[float]]
"""By comparison and level (index: level, 0 = else), the share of pairs at that level."""

_PRIOR_PAIRS = 60.0  # pseudo-pairs behind the defaults: weak against data, strong against none
_LEAST_CHANCE = 0.02  # share of the agreements on a value that are taken as chance at least
_NEGLIGIBLE = 1e-9
_ELSE_LEAST = 0.005  # data entry errs: no attribute is so clean that it alone could rule a match out
_ITERATIONS = 80
_CONVERGED = 5e-4


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
    data = _Data(comparisons, total_pairs, complete)
    seen, sampled = _Counted(candidates, data.offsets), _Counted(sample, data.offsets)
    few = min(0.3, 0.1 * records / total_pairs)
    nothing = [0.0] * data.size
    # Half of the agreements on a value that the candidates hold completely are taken as chance, to begin with.
    u = data.chance([0.5 * n for n in seen.totals], seen, nothing, sampled)
    m = [_spread(c, lambda level: level.m, None) for c in comparisons]
    now = Parameters(few, few, m, [_related(c, rates) for c, rates in zip(comparisons, u, strict=True)], u)
    defaults = m
    for _ in range(_ITERATIONS):
        before = now
        same, related, matches, relations = seen.expect(now)
        same_sampled, related_sampled, _, _ = sampled.expect(now)
        u = data.chance(
            [a + b for a, b in zip(same, related, strict=True)],
            seen,
            [a + b for a, b in zip(same_sampled, related_sampled, strict=True)],
            sampled,
        )
        m = [_bounded(c, rates) for c, rates in zip(comparisons, data.levels(same, defaults), strict=True)]
        free = data.levels(related, [_related(c, rates) for c, rates in zip(comparisons, u, strict=True)])
        kin = [f if _is_shared(c) else list(r) for c, f, r in zip(comparisons, free, u, strict=True)]
        shares = [min(0.45, max(n, 1.0) / total_pairs) for n in (matches, relations)]
        now = Parameters(shares[0], shares[1], m, kin, u)
        moved = max(
            (abs(a - b) for x, y in zip(before.m, m, strict=True) for a, b in zip(x, y, strict=True)), default=0
        )
        if moved < _CONVERGED and abs(math.log2(before.matches / now.matches)) < 0.01:
            break
    return now


class _Counted:
    """Patterns made ready for quick sums: each as the flat places of its levels."""

    def __init__(self, patterns: Patterns, offsets: Sequence[int]) -> None:
        self.places = [[o + g for o, g in zip(offsets, pattern, strict=False) if g >= 0] for pattern, _ in patterns]
        self.numbers = [n for _, n in patterns]
        self.totals = [0.0] * (offsets[-1] if offsets else 0)
        for places, n in zip(self.places, self.numbers, strict=True):
            for place in places:
                self.totals[place] += n

    def expect(self, now: Parameters) -> tuple[list[float], list[float], float, float]:
        """Give by level the expected matches and related pairs, and the expected number of each in all."""
        flat_m, flat_h, flat_u = ([rate for rates in r for rate in rates] for r in (now.m, now.related, now.u))
        rest = 1 - now.matches - now.relations
        same, related = [0.0] * len(self.totals), [0.0] * len(self.totals)
        matches = relations = 0.0
        for places, n in zip(self.places, self.numbers, strict=True):
            a = now.matches * math.prod([flat_m[i] for i in places])
            b = now.relations * math.prod([flat_h[i] for i in places])
            factor = n / (a + b + rest * math.prod([flat_u[i] for i in places]))
            a, b = a * factor, b * factor
            matches, relations = matches + a, relations + b
            if a > _NEGLIGIBLE:
                for i in places:
                    same[i] += a
            if b > _NEGLIGIBLE:
                for i in places:
                    related[i] += b
        return same, related, matches, relations


class _Data:
    """The shape of the levels, and the step from expected counts to rates."""

    def __init__(
        self, comparisons: Sequence[Comparison], total_pairs: float, complete: Sequence[Sequence[bool]]
    ) -> None:
        self.sizes = [len(c.levels) + 1 for c in comparisons]
        self.offsets = [0, *accumulate(self.sizes)]
        self.size = self.offsets[-1]
        self.total_pairs = total_pairs
        self.complete = complete

    def levels(self, counts: Sequence[float], defaults: Rates) -> Rates:
        """Give the rates of the counts, with the defaults behind them."""
        result = []
        for offset, default in zip(self.offsets, defaults, strict=False):
            sums = [_PRIOR_PAIRS * rate + counts[offset + level] for level, rate in enumerate(default)]
            result.append([each / sum(sums) for each in sums])
        return result

    def chance(
        self, taken: Sequence[float], seen: _Counted, taken_sampled: Sequence[float], sampled: _Counted
    ) -> Rates:
        """Give the levels of strangers: the sample without what was `taken` for matches and relations in it."""
        everything = max(sum(sampled.numbers), 1.0)
        result = []
        for c, (offset, size) in enumerate(zip(self.offsets, self.sizes, strict=False)):
            places = range(offset, offset + size)
            compared = sum(sampled.totals[i] for i in places)
            # Half a pair more than was seen: a level never seen by chance is rare, not impossible.
            rates = [(max(sampled.totals[i] - taken_sampled[i], 0.0) + 0.5) / (compared + 0.5 * size) for i in places]
            universe = max(self.total_pairs * compared / everything, 1.0)
            for level, i in enumerate(places):
                if self.complete[c][level]:
                    left = max(seen.totals[i] - taken[i], _LEAST_CHANCE * seen.totals[i])
                    rates[level] = (left + 0.5) / (universe + 1)
            result.append([rate / sum(rates) for rate in rates])
        return result


def _bounded(comparison: Comparison, m: list[float]) -> list[float]:
    """Keep "else" among matches within what is plausible: neither never nor too often."""
    bound = min(max(m[0], _ELSE_LEAST), comparison.else_most)
    return [bound, *(rate * (1 - bound) / (1 - m[0]) for rate in m[1:])]


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
