"""What to expect of a link threshold, and why to doubt it: from the model and its base, without labels.

A model of independent fields flatters itself: what it has learnt to call a match, it finds. So each figure comes from
something that the weight of a pair does not hold. Recall: from how matches fare in this base, with the fields it fills
(`Reach`). Precision: from fields that are held out from the weight (`identity.voters`); without two of them, from
whether a link rests on anything of the customer's own (`Support`), and from the least share of related customers that
any model mistakes. Where the base can't tell, the figure gets a lower end and a plain reason.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from identity.estimation import Patterns
from identity.levels import Comparison
from identity.model import Model

_STEP = 0.25  # bits: finer steps change no second digit
_MOST_FILLS = 64
_SPEAKS = 2.0  # bits from which an agreement says something of its own (that of a gender doesn't)
_TELLS = 4.0  # bits from which it tells namesakes apart
_SILENT = 2 / 3  # chance of a link to be right where nothing of the customer's own could be compared: a judgement
_SLIPS = 0.015  # least share of related pairs (one household, one group of companies) taken for matches: a judgement
_UNTOLD = 1 / 3  # share of the links that may be namesakes, where nothing told could tell them apart: a judgement
_FEW_FIELDS, _FILLED = 4, 0.2
_FEW_MATCHES = 150
_UNUSUAL = 0.15  # how much more often than usual a field disagrees before it is named
_MUCH = 0.05
_CONFIRMED = 0.93  # share of the links that voters must confirm in the mean; where nothing is wrong it is 0.95 to 0.99
_REACHED = 0.9  # expected recall below which the result is called in question
_TRUST = 8.0  # pseudo-edges without a flaw at each weight: a single edge moves no threshold
_NAMES = ("given", "middle")  # own as they are, they don't tell namesakes apart


@dataclass(frozen=True)
class Support:
    """What the edges of a base rest on. `ceilings`: whole weight -> the most that edges of this weight may be trusted.

    `shared`: of the edges at or above the link weight, the share without an agreement in anything of the customer's
    own; `untold`: the share in which nothing could be compared that tells namesakes apart.
    """

    ceilings: dict[int, float]
    shared: float = 0.0
    untold: float = 0.0


@dataclass(frozen=True)
class Expected:
    """Precision and recall of pairs to expect, the least to expect, and the reasons for doubt, each a clause."""

    precision: float
    recall: float
    precision_least: float
    recall_least: float
    doubts: tuple[str, ...]


class Reach:
    """The share of matches whose weight reaches a threshold (Fellegi and Sunter 1969: one less their error lambda).

    For each set of fields that two random records of the base both fill, the weights of matches are the sum of
    independent draws from the levels by m: a convolution. It counts the matches that are out of sight because their
    records hold too little, which the sum of the edges' probabilities can't. Term frequencies are left out.
    """

    def __init__(self, model: Model, sample: Patterns) -> None:
        fills: Counter[tuple[bool, ...]] = Counter()
        for pattern, n in sample:
            fills[tuple(level >= 0 for level in pattern)] += n  # type: ignore[assignment]  # a Counter of shares, not of whole numbers
        common = sorted(fills.items(), key=lambda item: (-item[1], item[0]))[:_MOST_FILLS]
        prior = math.log2(model.prior / (1 - model.prior))
        total = sum(n for _, n in common)
        levels = [_draws(model.weights[c.name]) for c in model.comparisons()]
        self._at: dict[int, float] = {}
        for filled, n in common:
            weights = {0: n / total}
            for draws, both in zip(levels, filled, strict=True):
                weights = _convolved(weights, draws) if both else weights
            for weight, share in weights.items():
                at = weight + round(prior / _STEP)
                self._at[at] = self._at.get(at, 0.0) + share

    def __call__(self, link_weight: float) -> float:
        """Give the share of matches at or above a link weight."""
        return min(1.0, sum(share for weight, share in self._at.items() if weight * _STEP >= link_weight))


def _draws(rates: Sequence[tuple[float, float]]) -> list[tuple[int, float]]:
    total = sum(m for m, _ in rates)
    return [(round(math.log2(m / u) / _STEP), m / total) for m, u in rates]


def _convolved(weights: dict[int, float], draws: Sequence[tuple[int, float]]) -> dict[int, float]:
    result: dict[int, float] = {}
    for weight, share in weights.items():
        for more, rate in draws:
            result[weight + more] = result.get(weight + more, 0.0) + share * rate
    return result


def supports(con: duckdb.DuckDBPyConnection, scored: str, model: Model, link_weight: float | None = None) -> Support:
    """Say what the scored edges rest on; `scored` is Splink's table in `con`.

    An edge whose records share only what relatives share, and differ in each thing of their own, describes two
    relatives: it gets no more than the chance that a match disagrees so, by what is usual and not by what was learnt
    here, for here such pairs may have been learnt as matches.
    """
    own = _own(model.comparisons())
    if not own:
        return Support({})
    agrees = " OR ".join(_at_levels(c, model, _SPEAKS) for c in own)
    usual = " * ".join(f"CASE WHEN gamma_{c.name} = 0 THEN {c.else_m!r}::DOUBLE ELSE 1::DOUBLE END" for c in own)
    silent = " AND ".join(f"gamma_{c.name} <> 0" for c in own)
    telling = [c for c in own if c.name not in _NAMES and max(_bits(model, c)) >= _TELLS]
    told = " OR ".join(f"gamma_{c.name} >= 0" for c in telling) or "false"
    least = "-1e9" if link_weight is None else repr(link_weight)
    rows = con.sql(
        f"""
        SELECT floor(match_weight)::INT, count(*),
            sum(CASE WHEN {agrees} THEN 1.0::DOUBLE WHEN {silent} THEN {_SILENT!r}::DOUBLE ELSE {usual} END),
            count(*) FILTER (match_weight >= {least}),
            count(*) FILTER (match_weight >= {least} AND NOT ({agrees})),
            count(*) FILTER (match_weight >= {least} AND NOT ({told}))
        FROM {scored} GROUP BY 1 ORDER BY 1
        """  # noqa: S608 - own words; values are bound
    ).fetchall()
    links = max(sum(row[3] for row in rows), 1)
    return Support(
        {cell: (chance + _TRUST) / (n + _TRUST) for cell, n, chance, *_ in rows},
        sum(row[4] for row in rows) / links,
        sum(row[5] for row in rows) / links,
    )


def _own(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Give those in which related customers agree by chance alone."""
    return [c for c in comparisons if all(level.related is None for level in c.levels)]


def _bits(model: Model, comparison: Comparison) -> list[float]:
    """Give the weights of the levels, best first, without else."""
    return [math.log2(m / u) for m, u in model.weights[comparison.name][:-1]]


def _at_levels(comparison: Comparison, model: Model, least: float) -> str:
    top = len(comparison.levels)
    levels = [top - i for i, bits in enumerate(_bits(model, comparison)) if bits >= least]
    return f"gamma_{comparison.name} IN ({', '.join(map(str, levels))})" if levels else "false"


def expect(model: Model, support: Support, *, precision: float, recall: float, links: float) -> Expected:
    """Make the figures cautious: `precision` and `recall` are what is seen of so many linked pairs.

    A model doesn't see its own blind spots. So the fields that it was held out from (`identity.voters`) have the last
    word on precision, where two or more can vote: if they confirm nearly all links, the best of them says how many. If
    they don't, the worst of them gives the lower end. Where fewer can vote and there is doubt, as large a share as is
    seen to be wrong, or missed, may be so again unseen: the lower end is the square of the figure. Links that can't be
    told from links of namesakes lower the precision further.
    """
    slips = _SLIPS * float(model.report.get("expected_relations", 0.0))
    least = min(precision, max(0.0, 1 - slips / links)) if links else precision
    untold = support.untold if support.untold > 0.25 else 0.0
    votes = _votes(model)
    confirmed = bool(votes) and sum(votes) / len(votes) >= _CONFIRMED
    doubts = tuple(_doubts(model, recall)) + tuple(
        _unconfirmed(model, votes) if votes else _unseen(support, untold, precision - least)
    ) * (not confirmed)
    if confirmed:
        precision = least = min(precision, max(votes))
    if not doubts:
        return Expected(least, recall, least, recall, ())
    if votes:
        return Expected(precision, recall, min(least, *votes), recall**2, doubts)
    return Expected(precision, recall, least**2 * (1 - _UNTOLD * untold), recall**2, doubts)


def _votes(model: Model) -> list[float]:
    """Give the precision of the links by each voter; none where a single one has no other to confirm it."""
    votes = [float(vote["precision"]) for vote in model.report.get("votes", {}).values()]
    return votes if len(votes) > 1 else []


def _unconfirmed(model: Model, votes: Sequence[float]) -> list[str]:
    each = ", ".join(f"{name} {vote['precision']:.0%}" for name, vote in sorted(model.report["votes"].items()))
    return [f"other fields confirm {sum(votes) / len(votes):.0%} of the links, where 96% is usual ({each})"]


def _unseen(support: Support, untold: float, slips: float) -> list[str]:
    """Give what may be wrong with the links, where no fields can vote on them."""
    doubts = []
    if slips > _MUCH:
        doubts.append("there are many more relatives or branches than duplicates")
    if support.shared > _MUCH:
        doubts.append(f"{support.shared:.0%} of the links rest on what relatives or branches share")
    if untold:
        doubts.append(f"nothing could tell namesakes apart in {untold:.0%} of the links")
    return doubts


def _doubts(model: Model, recall: float) -> list[str]:
    doubts = []
    wrong = model.report.get("wrong_field")
    if wrong:
        doubts.append(
            f"{wrong['field']} values were left out: they contradict equal names and shared contacts"
            f" in {wrong['pairs']:,} pairs (another thing, or values in a wrong column)"
        )
    fields = sum(1 for share in model.fill.values() if share >= _FILLED)
    matches = float(model.report.get("expected_matches", 0.0))
    if matches < _FEW_MATCHES:
        doubts.append(f"there are few duplicates to learn from (about {matches:.0f} pairs)")
    if fields < _FEW_FIELDS:
        doubts.append(f"only {fields} kinds of values can be compared")
    for c in model.comparisons():
        rate = model.weights[c.name][-1][0]
        if rate - c.else_m > _UNUSUAL:
            doubts.append(
                f"{c.name.removeprefix('extra_')} values disagree in {rate:.0%} of the matches"
                f" where {c.else_m:.0%} is usual (noise, or values in a wrong column)"
            )
    if recall < _REACHED:
        doubts.append(f"about {1 - recall:.0%} of the matches are out of reach, for their records share too little")
    return doubts
