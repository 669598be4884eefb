"""What the base itself says of a set of weights, without labels: fields that are held out vote on what the others link.

A field that had no part in a weight is evidence of its own. Among pairs that match it agrees about as often as it does
among pairs that another field has confirmed; among others by chance, or as often as it does among relatives or
namesakes. So from how often it agrees among pairs of some weight without it follows what share of those pairs match
(the moment estimate of a mixture of two). Each voter gives the precision and recall of the links in this way. A model
that takes households for customers is found out by the birth dates and e-mails of those who live there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from identity.estimation import Parameters, Pattern, Patterns, Rates
from identity.levels import Comparison

_SAYS = 2.0  # bits from which a level is an agreement
_APART = 0.3  # how much more often a voter must agree among matches than among others
_ENOUGH = 30  # pairs to say how often it does
_NO_VOICE = frozenset({"given", "middle", "family", "organisation", "gender"})  # namesakes share them, or too many do
_BIN, _LEAST_BIN, _MOST_BIN = 2.0, -8, 12
_HOPELESS = -6.0  # bits below which a pair has no say
_DOUBTFUL = 0.5  # the most that a pair is taken for a missed match
_MOST_AGREE = 0.995


@dataclass(frozen=True)
class Voter:
    """A field by its place in the patterns: the levels that agree, and how often matches and others are at them."""

    name: str
    place: int
    agree: frozenset[int]
    matches: float
    others: float

    def says(self, pattern: Pattern) -> bool:
        """Say whether the field is compared in this pattern, and neither shared by plainly different customers."""
        return pattern[self.place] == 0 or pattern[self.place] in self.agree


@dataclass(frozen=True)
class Ballot:
    """What one voter says of a set of links: precision, recall and their F1, as far as it can see."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def find_voters(
    comparisons: Sequence[Comparison],
    parameters: Parameters,
    weights: Rates,
    candidates: Patterns,
    totals: Sequence[float],
    link: float,
) -> tuple[Voter, ...]:
    """Find the fields that can vote; `weights` by comparison and level, `totals` by pattern, of one set of weights.

    How often a voter agrees among matches is seen in the pairs that the other fields link and one of them confirms: not
    learnt, for a model gone wrong has learnt it wrong.
    """
    able = []
    for place, (comparison, by_level) in enumerate(zip(comparisons, weights, strict=True)):
        top = len(comparison.levels)
        agree = frozenset(
            level for level in range(1, top + 1) if by_level[level] >= _SAYS and comparison.levels[top - level].ranked
        )
        if agree and comparison.name not in _NO_VOICE:
            rates = (parameters.related, parameters.alike, parameters.u)
            others = max(sum(each[place][level] for level in agree) for each in rates)
            able.append(Voter(comparison.name, place, agree, 0.0, others))
    found = []
    for voter in able:
        confirmed = [
            _confirmed(voter, other, weights, candidates, totals, link) for other in able if other is not voter
        ]
        matches = min(max(confirmed, default=0.0), _MOST_AGREE)
        if matches - voter.others >= _APART:
            found.append(Voter(voter.name, voter.place, voter.agree, matches, voter.others))
    return tuple(found)


def _confirmed(
    voter: Voter, other: Voter, weights: Rates, candidates: Patterns, totals: Sequence[float], link: float
) -> float:
    """Give how often a voter agrees among the pairs that are linked without it and in which another one agrees."""
    seen = agreed = 0.0
    for (pattern, n), total in zip(candidates, totals, strict=True):
        if pattern[other.place] in other.agree and voter.says(pattern):
            level = pattern[voter.place]
            if total - weights[voter.place][level] >= link:
                seen += n
                agreed += n if level else 0.0
    return agreed / seen if seen >= _ENOUGH else 0.0


def ballot(voter: Voter, own: Sequence[float], candidates: Patterns, totals: Sequence[float], link: float) -> Ballot:
    """Give a voter's word on the links from weight `link` on; `own`: its part in `totals`, by level (none: zeros)."""
    rest = [
        total - (own[pattern[voter.place]] if pattern[voter.place] >= 0 else 0.0)
        for (pattern, _), total in zip(candidates, totals, strict=True)
    ]
    shares = _shares(voter, candidates, rest)
    linked = right = missed = 0.0
    for (pattern, n), total, without in zip(candidates, totals, rest, strict=True):
        share = shares[_bin(without)]
        level = pattern[voter.place]
        if share and level in voter.agree:
            share = share * voter.matches / (share * voter.matches + (1 - share) * voter.others)
        elif share and level == 0:
            share = share * (1 - voter.matches) / (share * (1 - voter.matches) + (1 - share) * (1 - voter.others))
        if total >= link:
            linked, right = linked + n, right + n * share
        elif total > _HOPELESS:
            missed += n * min(share, _DOUBTFUL)
    return Ballot(right / linked if linked else 1.0, right / (right + missed) if right + missed else 1.0)


def _bin(weight: float) -> int:
    return min(max(math.floor(weight / _BIN), _LEAST_BIN), _MOST_BIN)


def _shares(voter: Voter, candidates: Patterns, rest: Sequence[float]) -> dict[int, float]:
    """Give by bin of the weight without the voter the share of its pairs that match, never less in a higher bin."""
    seen: dict[int, float] = {}
    agreed: dict[int, float] = {}
    for (pattern, n), without in zip(candidates, rest, strict=True):
        if voter.says(pattern):
            cell = _bin(without)
            seen[cell] = seen.get(cell, 0.0) + n
            agreed[cell] = agreed.get(cell, 0.0) + (n if pattern[voter.place] else 0.0)
    pools: list[tuple[float, float, list[int]]] = []
    for cell in sorted(seen):
        rate = (agreed[cell] + voter.others) / (seen[cell] + 1)
        share = min(max((rate - voter.others) / (voter.matches - voter.others), 0.0), 1.0)
        pools.append((share, seen[cell] + 1, [cell]))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (s1, n1, c1), (s2, n2, c2) = pools[-2:]
            pools[-2:] = [((s1 * n1 + s2 * n2) / (n1 + n2), n1 + n2, c1 + c2)]
    by_cell = {cell: share for share, _, cells in pools for cell in cells}
    last, shares = 0.0, {}
    for cell in range(_LEAST_BIN, _MOST_BIN + 1):
        last = by_cell.get(cell, last)
        shares[cell] = last
    return shares
