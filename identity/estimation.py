"""Expectation maximisation over agreement patterns: what is typical of matches and of chance, without labels.

The universe is all pairs of the base. Candidate pairs hold nearly all matches; a random sample shows how often two
records agree by chance. Fellegi and Sunter's model by EM (Winkler 1988) with two additions. Pairs are of four classes,
not two: the same; related (one household, one group of companies: they share name, address or phone, but agree in
nothing of their own); namesakes (other persons of one name, and of e-mails that look alike because they are made of
it); and strangers. With two classes, EM on a base of few duplicates takes households for matches, and on a large one
namesakes. And Dirichlet priors keep a base with few matches to sane values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from identity.levels import Comparison, Level

Pattern = tuple[int, ...]
"""The level of each comparison: -1 null, 0 else, up to the best."""
Patterns = list[tuple[Pattern, float]]
"""Patterns with the number of pairs that show them."""
Known = list[tuple[Pattern, bool, float]]
"""Patterns of pairs that someone judged, the same or not, with the number of pairs that they stand for."""
Rates = list[list[float]]
"""By comparison and level (index: level, 0 = else), the share of pairs at that level."""

PRIOR_PAIRS = 60.0
"""Pseudo-pairs behind the defaults: weak against data, strong against none."""
_LEAST_CHANCE = 0.02  # share of the agreements on a value that are taken as chance at least
_NEGLIGIBLE = 1e-9
_ELSE_LEAST = 0.005  # data entry errs: no attribute is so clean that it alone could rule a match out
_TELLS = 16.0  # times more often among matches than by chance: what agrees so tells namesakes apart
_ITERATIONS = 80
_CONVERGED = 5e-4


@dataclass(frozen=True)
class Parameters:
    """Shares of all pairs that match, that are related and that are namesakes, and the levels of each class.

    The other pairs are strangers, whose levels are `u`. `rounds` it took, the last of which moved no rate of a match by
    more than `moved`; `converged`: it stopped because of that.
    """

    matches: float
    relations: float
    namesakes: float
    m: Rates
    related: Rates
    alike: Rates
    u: Rates
    rounds: int = 0
    moved: float = 1.0
    converged: bool = False

    def probability(self, pattern: Pattern) -> float:
        """Give the probability that a pair with this pattern is a match."""
        shares = [self.matches, self.relations, self.namesakes, 1 - self.matches - self.relations - self.namesakes]
        for rates, level in zip(zip(self.m, self.related, self.alike, self.u, strict=True), pattern, strict=True):
            if level >= 0:
                shares = [share * rate[level] for share, rate in zip(shares, rates, strict=True)]
        return shares[0] / sum(shares)


def estimate(
    comparisons: Sequence[Comparison],
    candidates: Patterns,
    sample: Patterns,
    *,
    total_pairs: float,
    records: int,
    complete: Sequence[Sequence[bool]],
    known: Known | None = None,
    force: float = PRIOR_PAIRS,
    namesakes: bool = True,
) -> Parameters:
    """Estimate the parameters.

    `force`: the pairs that what is usual counts for, before the data speaks. `namesakes`: have a class of them, where
    there is anything to tell them from matches.

    Pairs `known` to be the same or different count in each round as just that, beside the pairs that the model has to
    judge itself: as often as pairs they stand for, but in all no more than the matches it finds by itself.

    `complete[c][level]`: the candidates hold every pair of the base at this level, so that its u is counted among them
    rather than in the sample, where it would hardly be seen.
    """
    data = _Data(comparisons, total_pairs, complete)
    seen, sampled = _Counted(candidates, data.offsets), _Counted(sample, data.offsets)
    judged = _Judged(known or [], data.offsets)
    few = min(0.3, 0.1 * records / total_pairs)
    nothing = [0.0] * data.size
    # Half of the agreements on a value that the candidates hold completely are taken as chance, to begin with.
    u = data.chance([0.5 * n for n in seen.totals], seen, nothing, sampled)
    m = [_spread(c, lambda level: level.m, None) for c in comparisons]
    shares = [few, few, few if namesakes and _tells_namesakes(comparisons, m, u, candidates) else 0.0]
    now = Parameters(shares[0], shares[1], shares[2], m, _related(comparisons, u), _alike(comparisons, u), u)
    defaults = m
    for iteration in range(1, _ITERATIONS + 1):
        before = now
        (same, related, alike), expected = seen.expect(now)
        taken = [sum(each) for each in zip(same, related, alike, strict=True)]
        taken_sampled = [sum(each) for each in zip(*sampled.expect(now)[0], strict=True)]
        u = data.chance(taken, seen, taken_sampled, sampled)
        same, related, alike = judged.added_to(same, related, alike, now, expected[0])
        m = [_bounded(c, rates) for c, rates in zip(comparisons, data.levels(same, defaults, force), strict=True)]
        kin = _free(map(_is_shared, comparisons), data.levels(related, _related(comparisons, u)), u)
        like = _free(map(_is_named, comparisons), data.levels(alike, _alike(comparisons, u)), u)
        shares = [min(0.3, max(n, 1.0) / total_pairs) if s else 0.0 for s, n in zip(shares, expected, strict=True)]
        moved = max(
            (abs(a - b) for x, y in zip(before.m, m, strict=True) for a, b in zip(x, y, strict=True)), default=0
        )
        done = moved < _CONVERGED and abs(math.log2(before.matches / shares[0])) < 0.01
        now = Parameters(shares[0], shares[1], shares[2], m, kin, like, u, iteration, moved, done)
        if done:
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

    def expect(self, now: Parameters) -> tuple[list[list[float]], list[float]]:
        """Give the expected pairs by level, of matches, relations and namesakes; and the expected number of each."""
        shares = (now.matches, now.relations, now.namesakes)
        flat = [[rate for rates in r for rate in rates] for r in (now.m, now.related, now.alike, now.u)]
        rest = 1 - sum(shares)
        found = [[0.0] * len(self.totals) for _ in shares]
        sums = [0.0 for _ in shares]
        for places, n in zip(self.places, self.numbers, strict=True):
            by_class = [s * math.prod([f[i] for i in places]) for s, f in zip(shares, flat, strict=False)]
            factor = n / (sum(by_class) + rest * math.prod([flat[-1][i] for i in places]))
            for k, each in enumerate(by_class):
                expected = each * factor
                sums[k] += expected
                if expected > _NEGLIGIBLE:
                    into = found[k]
                    for i in places:
                        into[i] += expected
        return found, sums


class _Judged:
    """Pairs whose class is known in part: the same, or one of the others."""

    def __init__(self, known: Known, offsets: Sequence[int]) -> None:
        self.same = _Counted([(pattern, n) for pattern, same, n in known if same], offsets)
        self.different = _Counted([(pattern, n) for pattern, same, n in known if not same], offsets)
        self.weight = max(sum(self.same.numbers), 1.0)

    def added_to(
        self, same: list[float], related: list[float], alike: list[float], now: Parameters, matches: float
    ) -> tuple[list[float], list[float], list[float]]:
        """Give the expected pairs by level with the known ones, which in all are no more than `matches`."""
        if not self.same.numbers and not self.different.numbers:
            return same, related, alike
        scale = min(1.0, matches / self.weight)
        (_, kin, namesakes), _ = self.different.expect(replace(now, matches=0.0))
        more = (self.same.totals, kin, namesakes)
        first, second, third = (
            [a + scale * b for a, b in zip(own, added, strict=True)]
            for own, added in zip((same, related, alike), more, strict=True)
        )
        return first, second, third


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

    def levels(self, counts: Sequence[float], defaults: Rates, force: float = PRIOR_PAIRS) -> Rates:
        """Give the rates of the counts, with the defaults behind them."""
        result = []
        for offset, default in zip(self.offsets, defaults, strict=False):
            sums = [force * rate + counts[offset + level] for level, rate in enumerate(default)]
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


def _is_named(comparison: Comparison) -> bool:
    return any(level.alike is not None for level in comparison.levels)


def _tells_namesakes(comparisons: Sequence[Comparison], m: Rates, u: Rates, candidates: Patterns) -> bool:
    """Say whether enough candidates compare a thing of their own: without it, namesakes and matches look the same."""
    telling = [
        not _is_named(c) and max(a / b for a, b in zip(own, chance, strict=True)) >= _TELLS
        for c, own, chance in zip(comparisons, m, u, strict=True)
    ]
    told = sum(n for pattern, n in candidates if any(t and g >= 0 for t, g in zip(telling, pattern, strict=True)))
    return any(map(_is_named, comparisons)) and told > 0.1 * sum(n for _, n in candidates)


def _free(free: Iterable[bool], rates: Rates, chance: Rates) -> Rates:
    return [own if is_free else list(u) for is_free, own, u in zip(free, rates, chance, strict=True)]


def _spread(comparison: Comparison, rate: Callable[[Level], float | None], rest: Sequence[float] | None) -> list[float]:
    """Give rates by level, best last; what the levels leave goes to else, or is spread like `rest`."""
    given = [None, *(rate(level) for level in reversed(comparison.levels))]
    left = 1.0 - sum(value for value in given if value is not None)
    if rest is None:
        return [left if value is None else value for value in given]
    open_rest = sum(r for value, r in zip(given, rest, strict=True) if value is None)
    return [left * r / open_rest if value is None else value for value, r in zip(given, rest, strict=True)]


def _related(comparisons: Sequence[Comparison], u: Rates) -> Rates:
    return [
        _spread(c, lambda level: level.related, rates) if _is_shared(c) else list(rates)
        for c, rates in zip(comparisons, u, strict=True)
    ]


def _alike(comparisons: Sequence[Comparison], u: Rates) -> Rates:
    return [
        _spread(c, lambda level: level.alike, rates) if _is_named(c) else list(rates)
        for c, rates in zip(comparisons, u, strict=True)
    ]
