"""Precision and recall from a stratified sample of judged pairs, with intervals, and the threshold it speaks for. Pure.

Each stratum's share of matches has the beta distribution that its labels leave after Jeffreys' prior (whose intervals
cover well also near 0 and 1: Brown, Cai and DasGupta 2001). The figures are ratios of sums over strata; drawing the
shares many times gives their intervals, 95% of the draws. Pairs that were judged are counted as they are, so a stratum
that was judged whole is known for sure. Two customers without an edge between them have a prior of their own: they are
so many and so rarely the same that no sample one can afford would bound their share; there the prior says, with the
force of one label, what the model says at most, the probability at which pairs are no longer kept.

Recall is among pairs that share a blocking key or a customer: the only ones that are sampled.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from identity.label_sample import UNKEPT
from identity.model import probability
from identity.thresholds import KEEP_WEIGHT, LEAST_LINK, MOST_LINK

_DRAWS = 2000
_RESAMPLES = 200
_ENOUGH = 10  # labels of either verdict, below which no threshold is advised


@dataclass
class Stratum:
    """A stratum of a sample: how many pairs of the base it stands for, and the (weight, same?) of those judged.

    `together`: its pairs are of one customer. A pair without an edge has no weight. `asked`: pairs in the sample.
    """

    number: int
    pairs: int
    together: bool
    judged: list[tuple[float | None, bool]] = field(default_factory=list)
    asked: int = 0
    unsure: int = 0

    @property
    def same(self) -> int:
        """How many were judged the same."""
        return sum(same for _, same in self.judged)


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its 95% interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """Precision and recall of pairs, and how many labels they rest on."""

    precision: Interval
    recall: Interval
    labels: int
    unsure: int


@dataclass(frozen=True)
class Advice:
    """The link weight with the best F1 by the labels, the interval in which resampled labels put it, and its figures.

    Of pairs by their weight alone: clustering, which looks at all pairs of a group, does a little better.
    """

    link_weight: float
    low: float
    high: float
    precision: float
    recall: float


def measure(strata: Sequence[Stratum], *, seed: int = 1) -> Measured | None:
    """Estimate precision and recall; None while nothing is judged."""
    labels = sum(len(stratum.judged) for stratum in strata)
    if not labels:
        return None
    rng = random.Random(seed)  # noqa: S311 - draws, no secrets
    point = _figures(strata, [_mean(stratum) for stratum in strata])
    draws = [_figures(strata, [rng.betavariate(*_beta(stratum)) for stratum in strata]) for _ in range(_DRAWS)]
    precision, recall = (_interval(point[i], [drawn[i] for drawn in draws]) for i in (0, 1))
    return Measured(precision, recall, labels, sum(stratum.unsure for stratum in strata))


def advise(strata: Sequence[Stratum], *, seed: int = 1) -> Advice | None:
    """Give the link weight that the labels speak for; None where there are too few of either verdict."""
    same = sum(stratum.same for stratum in strata)
    if min(same, sum(len(stratum.judged) for stratum in strata) - same) < _ENOUGH:
        return None
    best = _best(_weighed(strata))
    rng = random.Random(seed)  # noqa: S311 - draws, no secrets
    again = sorted(_best(_weighed([_resampled(stratum, rng) for stratum in strata]))[0] for _ in range(_RESAMPLES))
    return Advice(best[0], min(again[len(again) // 40], best[0]), max(again[-1 - len(again) // 40], best[0]), *best[1:])


def advise_pairs(judged: Sequence[tuple[float | None, bool, float]], *, seed: int = 1) -> Advice | None:
    """Advise likewise from pairs (weight, same?, the pairs that it stands for), as training has them."""
    strata: dict[float, Stratum] = {}
    for weight, same, pairs in judged:
        stratum = strata.setdefault(pairs, Stratum(0, 0, together=False))
        stratum.judged.append((weight, same))
    for pairs, stratum in strata.items():
        stratum.pairs = round(pairs * len(stratum.judged))
    return advise(list(strata.values()), seed=seed)


def _beta(stratum: Stratum) -> tuple[float, float]:
    first = probability(KEEP_WEIGHT) if stratum.number == UNKEPT else 0.5
    force = 1.0
    return first + stratum.same, force - first + len(stratum.judged) - stratum.same


def _mean(stratum: Stratum) -> float:
    if stratum.judged:
        return stratum.same / len(stratum.judged)
    a, b = _beta(stratum)
    return a / (a + b)


def _figures(strata: Sequence[Stratum], shares: Sequence[float]) -> tuple[float, float]:
    linked = right = missed = 0.0
    for stratum, share in zip(strata, shares, strict=True):
        matches = stratum.same + (stratum.pairs - len(stratum.judged)) * share
        if stratum.together:
            linked, right = linked + stratum.pairs, right + matches
        else:
            missed += matches
    return (right / linked if linked else 1.0), (right / (right + missed) if right + missed else 1.0)


def _interval(estimate: float, draws: list[float]) -> Interval:
    draws.sort()
    tail = len(draws) // 40
    return Interval(estimate, min(draws[tail], estimate), max(draws[-1 - tail], estimate))


_Weighed = list[tuple[float, bool, float]]


def _weighed(strata: Sequence[Stratum]) -> _Weighed:
    """Give weight, same?, and the number of pairs that each label stands for, heaviest first."""
    found = [
        (-math.inf if weight is None else weight, same, stratum.pairs / len(stratum.judged))
        for stratum in strata
        for weight, same in stratum.judged
    ]
    return sorted(found, reverse=True)


def _best(weighed: _Weighed) -> tuple[float, float, float]:
    total = sum(n for _, same, n in weighed if same)
    right = wrong = 0.0
    best = (-1.0, MOST_LINK, 1.0, 0.0)
    for i, (weight, same, n) in enumerate(weighed):
        right, wrong = (right + n, wrong) if same else (right, wrong + n)
        if weight < LEAST_LINK:
            break
        if i + 1 < len(weighed) and weighed[i + 1][0] == weight:
            continue
        f1 = 2 * right / (right + wrong + total) if total else 0.0
        if f1 > best[0]:
            best = (f1, min(weight, MOST_LINK), right / (right + wrong), right / total if total else 1.0)
    return best[1:]


def _resampled(stratum: Stratum, rng: random.Random) -> Stratum:
    again = [rng.choice(stratum.judged) for _ in stratum.judged]
    return Stratum(stratum.number, stratum.pairs, stratum.together, again)
