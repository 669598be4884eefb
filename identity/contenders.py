"""Several models of one base, and which of them the base speaks for: pure sums over patterns, the same on every engine.

One is learnt from the base as it is. Others are learnt more cautiously: with no class of namesakes, with more of what
is usual behind the data, with nothing but what is usual (the shape of the shipped models, re-estimated for this base in
how many match and what agrees by chance), or without a field that may be wrong. They share the patterns that were
counted, so no pair is compared again. The learnt one stays unless another is plainly better: in the mean of all votes
(`identity.voters`), and clearly worse by none of them. Fewer than two voters can't decide. One thing comes before the
votes: a field that contradicts all others (`identity.wrong_field`) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from identity.additive import fit, in_order
from identity.estimation import PRIOR_PAIRS, Known, Parameters, Pattern, Patterns, Rates, estimate
from identity.levels import Comparison
from identity.model import probability
from identity.thresholds import LEAST_LINK, MOST_LINK
from identity.voters import Ballot, Voter, ballot, find_voters
from identity.wrong_field import wrong_field

LEARNT = "learnt from the records"
_MARGIN = 0.02  # F1 by which the mean of the votes must be better
_TOLERATED = 0.01  # F1 by which no single vote may be worse
_LEAST_VOTERS = 2
_CAREFUL = 10 * PRIOR_PAIRS
_USUAL = 1e12
_VETO = -3.0  # bits of a disagreement from which a wrong field would do much harm
_UNUSUAL = 0.1  # how much more often than usual a field disagrees before it is tried without


@dataclass(frozen=True)
class Counts:
    """What all contenders learn from: `estimate`'s arguments for the whole set of comparisons."""

    comparisons: tuple[Comparison, ...]
    candidates: Patterns
    sample: Patterns
    known: Known
    complete: list[list[bool]]
    total_pairs: float
    records: int

    def without(self, name: str) -> Counts:
        """Give the counts for one comparison less."""
        places = [i for i, c in enumerate(self.comparisons) if c.name != name]

        return Counts(
            tuple(self.comparisons[i] for i in places),
            only(self.candidates, places),
            only(self.sample, places),
            [(tuple(pattern[i] for i in places), same, n) for pattern, same, n in self.known],
            [self.complete[i] for i in places],
            self.total_pairs,
            self.records,
        )


def only(patterns: Patterns, places: Sequence[int]) -> Patterns:
    """Give the patterns of the comparisons at these places alone, in order."""
    counted: dict[Pattern, float] = {}
    for pattern, n in patterns:
        cut = tuple(pattern[i] for i in places)
        counted[cut] = counted.get(cut, 0.0) + n
    return sorted(counted.items())


@dataclass(frozen=True)
class Contender:
    """A way to learn, and what it gives: `prior` and `weights` (by comparison and level, 0 = else) in bits."""

    name: str
    comparisons: tuple[Comparison, ...]
    parameters: Parameters
    prior: float
    weights: Rates

    def by_field(self, comparisons: Sequence[Comparison]) -> Rates:
        """Give the weights for a whole set of comparisons; one that this contender does without weighs nothing."""
        own = {c.name: w for c, w in zip(self.comparisons, self.weights, strict=True)}
        return [own.get(c.name, [0.0] * (len(c.levels) + 1)) for c in comparisons]


@dataclass(frozen=True)
class Standing:
    """A contender with its number of links and the votes on them, by the name of the voter."""

    contender: Contender
    links: float
    votes: dict[str, Ballot]

    @property
    def mean(self) -> float:
        """The mean F1 of the votes; 0 without any."""
        return sum(vote.f1 for vote in self.votes.values()) / len(self.votes) if self.votes else 0.0

    def beats(self, other: Standing) -> bool:
        """Say whether this one is plainly better: in the mean of the votes, and clearly worse by none."""
        worst = min((vote.f1 - other.votes[name].f1 for name, vote in self.votes.items()), default=0.0)
        return self.mean >= other.mean + _MARGIN and worst >= -_TOLERATED


@dataclass(frozen=True)
class Contest:
    """All contenders, the learnt one first, and the winner.

    `wrong`: a field that was left out for contradicting all others, and the pairs that it would have kept apart.
    """

    standings: tuple[Standing, ...]
    winner: Standing
    wrong: tuple[str, float] | None = None

    def report(self) -> list[dict[str, Any]]:
        """Give each contender with its links and votes, and whether it won."""
        return [
            {
                "contender": standing.contender.name,
                "links": round(standing.links, 1),
                "votes": {name: round(vote.f1, 4) for name, vote in standing.votes.items()},
                "mean": round(standing.mean, 4),
                "chosen": standing is self.winner,
            }
            for standing in self.standings
        ]


def contest(counts: Counts) -> Contest:
    """Let all contenders learn and the voters judge."""
    learnt = _learn(LEARNT, counts)
    totals = _totals(learnt, counts)
    link = _link(totals, counts.candidates)
    voters = find_voters(counts.comparisons, learnt.parameters, learnt.weights, counts.candidates, totals, LEAST_LINK)
    first = _standing(learnt, counts, voters, totals, link)
    wrong = wrong_field(counts.comparisons, counts.candidates, totals, link)
    if wrong:
        others = [_without(wrong[0], counts)]
    else:
        # Where the first one's votes leave no room for a plainly better one, no other need learn.
        open_ = len(voters) >= _LEAST_VOTERS and first.mean + _MARGIN <= 1
        others = list(_others(learnt, counts)) if open_ else []
    standings = [first]
    for other in others:
        totals = _totals(other, counts)
        standings.append(_standing(other, counts, voters, totals, _link(totals, counts.candidates)))
    if wrong:
        return Contest(tuple(standings), standings[-1], wrong)
    better = [standing for standing in standings[1:] if standing.beats(first)]
    return Contest(tuple(standings), max(better, key=lambda standing: standing.mean, default=first))


def _others(learnt: Contender, counts: Counts) -> Iterator[Contender]:
    if learnt.parameters.namesakes:
        yield _learn("with no class of namesakes", counts, namesakes=False)
    yield _learn("with more of what is usual", counts, force=_CAREFUL)
    yield _learn("what is usual, for this base", counts, force=_USUAL)
    if len(counts.comparisons) <= _LEAST_VOTERS:
        return
    for comparison, weights, m in zip(learnt.comparisons, learnt.weights, learnt.parameters.m, strict=True):
        own = all(level.related is None for level in comparison.levels)
        if (own and weights[0] <= _VETO) or m[0] - comparison.else_m > _UNUSUAL:
            yield _without(comparison.name, counts)


def _without(name: str, counts: Counts) -> Contender:
    return _learn(f"without {name.removeprefix('extra_')}", counts.without(name))


def _learn(name: str, counts: Counts, *, force: float = PRIOR_PAIRS, namesakes: bool = True) -> Contender:
    parameters = estimate(
        counts.comparisons,
        counts.candidates,
        counts.sample,
        total_pairs=counts.total_pairs,
        records=counts.records,
        complete=counts.complete,
        known=counts.known,
        force=force,
        namesakes=namesakes,
    )
    prior, fitted = fit(counts.comparisons, parameters, counts.candidates, counts.known)
    weights = [in_order(c, w, m) for c, w, m in zip(counts.comparisons, fitted, parameters.m, strict=True)]
    return Contender(name, counts.comparisons, parameters, prior, weights)


def _totals(contender: Contender, counts: Counts) -> list[float]:
    """Give the weight of each candidate pattern."""
    weights = contender.by_field(counts.comparisons)
    return [
        contender.prior + sum(w[level] for w, level in zip(weights, pattern, strict=True) if level >= 0)
        for pattern, _ in counts.candidates
    ]


def _link(totals: Sequence[float], candidates: Patterns) -> float:
    """Give the weight from which linking is best, as far as the weights themselves can tell."""
    steps = sorted(((total, n) for total, (_, n) in zip(totals, candidates, strict=True)), reverse=True)
    matches = sum(probability(total) * n for total, n in steps)
    right = linked = 0.0
    best, link = -1.0, MOST_LINK
    for total, n in steps:
        if total < LEAST_LINK:
            break
        right, linked = right + n * probability(total), linked + n
        f1 = 2 * right / (linked + matches)
        if f1 > best:
            best, link = f1, total
    return min(link, MOST_LINK)


def _standing(
    contender: Contender, counts: Counts, voters: Sequence[Voter], totals: Sequence[float], link: float
) -> Standing:
    weights = contender.by_field(counts.comparisons)
    votes = {v.name: ballot(v, weights[v.place], counts.candidates, totals, link) for v in voters}
    links = sum(n for total, (_, n) in zip(totals, counts.candidates, strict=True) if total >= link)
    return Standing(contender, links, votes)
