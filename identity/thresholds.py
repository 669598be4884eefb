"""Where to draw the line, from the data alone.

The model gives each edge a probability; clustering gives a second opinion on it: an edge that meets two grown groups
which otherwise contradict each other was wrong. How often that happens at a weight corrects the probabilities there.
The link threshold is where the expected F1 of the pairs is then best; `identity.expectation` says what to expect there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from identity.agglomeration import Edge, Merge, merges
from identity.estimation import Patterns
from identity.expectation import Reach, expect, supports
from identity.model import Model, probability

KEEP_WEIGHT = -8.0
LEAST_LINK, MOST_LINK = 1.0, 12.0
"""Weights between which the bar for linking lies: never below 2 to 1, and never asking for more than 4000 to 1."""

_REVIEW_PROBABILITY = 0.1
_BIN = 1.0
_TRUST = 8.0  # pseudo-merges behind the model's own probability in each bin
MOST_EDGES = 400_000
"""Edges that are clustered to see how well weights and groups agree; of more, a part is taken."""


@dataclass(frozen=True)
class Proposal:
    """Thresholds as weights, with the precision and recall of pairs at the link threshold and how many are linked.

    All as far as the weights can tell.
    """

    link_weight: float
    review_weight: float
    precision: float
    recall: float
    links: float


def propose(con: duckdb.DuckDBPyConnection, scored: str, model: Model, sample: Patterns) -> Model:
    """Give the model with thresholds for the base whose candidates and prepared rows are in `con`.

    `scored`: Splink's table of its pairs from KEEP_WEIGHT on. `sample`: the patterns of random pairs of the base.
    """
    edges = con.sql(f"SELECT record_id_l, record_id_r, match_weight FROM {scored} ORDER BY ALL").fetchall()  # noqa: S608 - own words; values are bound
    return propose_from(con, scored, _some(edges), len(edges), model, sample)


def propose_from(
    con: duckdb.DuckDBPyConnection, scored: str, edges: Sequence[Edge], count: int, model: Model, sample: Patterns
) -> Model:
    """Give the model with thresholds from the scored pairs: Splink's columns in `scored`, their keys in `blocked`.

    `edges`: those of `scored`, `count` in all; of more than MOST_EDGES, the components that `kept_share` takes.
    """
    found = blocking_recall(con, scored)
    proposal = choose(_met(edges), found, supports(con, scored, model).ceilings)
    support = supports(con, scored, model, proposal.link_weight)
    reached = found * Reach(model, sample)(proposal.link_weight)
    expected = expect(
        model, support, precision=proposal.precision, recall=min(proposal.recall, reached), links=proposal.links
    )
    return replace(
        model,
        link_weight=proposal.link_weight,
        review_weight=proposal.review_weight,
        keep_weight=KEEP_WEIGHT,
        expected_precision=round(expected.precision, 4),
        expected_recall=round(expected.recall, 4),
        report=model.report
        | {
            "blocking_recall": found,
            "scored_edges": count,
            "precision_least": round(expected.precision_least, 4),
            "recall_least": round(expected.recall_least, 4),
            "doubts": list(expected.doubts),
        },
    )


def blocking_recall(con: duckdb.DuckDBPyConnection, scored: str) -> float:
    """Estimate the share of matches that share any key (Chao's lower bound, 1984).

    From near-certain matches: were there many that one kind of key alone found, there are some that none found.
    """
    rows = con.sql(
        f"""
        SELECT len(b.match_keys), count(*) FROM {scored} s
        JOIN blocked b ON b.join_key_l = s.record_id_l AND b.join_key_r = s.record_id_r
        WHERE s.match_weight > 5 GROUP BY 1
        """  # noqa: S608 - own words; values are bound
    ).fetchall()
    by_kinds = dict(rows)
    once, twice, found = by_kinds.get(1, 0), by_kinds.get(2, 0), sum(by_kinds.values())
    if not found:
        return 1.0
    missed = once * (once - 1) / (2 * (twice + 1))
    return float(found / (found + missed))


def _some(edges: list[Edge]) -> list[Edge]:
    """Give all edges; of a large base, a part cut along components."""
    if len(edges) <= MOST_EDGES:
        return edges
    root: dict[int, int] = {}

    def find(x: int) -> int:
        while root.setdefault(x, x) != x:
            root[x] = x = root[root[x]]
        return x

    for left, right, _ in edges:
        a, b = find(left), find(right)
        root[max(a, b)] = min(a, b)
    bound = kept_share(len(edges))
    return [e for e in edges if find(e[0]) * KNUTH % 2**32 < bound]


# Fibonacci hashing (Knuth, 6.4): spreads neighbouring ids evenly.
KNUTH = 2654435769


def kept_share(count: int) -> float:
    """Give the bound below which `lowest record * KNUTH % 2**32` of a component is when its edges are taken."""
    return MOST_EDGES / count * 2**32


def _met(edges: Sequence[Edge]) -> list[Merge]:
    """Cluster the edges at the lowest threshold in question."""
    records = sorted({r for left, right, _ in edges for r in (left, right)})
    return merges(records, edges, link_weight=KEEP_WEIGHT)


def choose(met: Sequence[Merge], blocking_found: float, ceilings: Mapping[int, float] | None = None) -> Proposal:
    """Choose the thresholds from the meetings of groups; without any, the neutral ones.

    `ceilings`: whole weight -> the most that edges of this weight may be trusted (`expectation.Support`).
    """
    trust = _Corrected(met, ceilings or {})
    steps = [(m.weight, m.pairs, trust(m.weight)) for m in met if m.joined]
    total = sum(pairs * p for _, pairs, p in steps) / max(blocking_found, 0.1)
    right = wrong = 0.0
    best = (-1.0, MOST_LINK, 1.0, 0.0, 0.0)
    steps.sort(key=lambda step: -step[0])
    for i, (weight, pairs, p) in enumerate(steps):
        right, wrong = right + pairs * p, wrong + pairs * (1 - p)
        if weight < LEAST_LINK or (i + 1 < len(steps) and steps[i + 1][0] == weight):
            continue
        f1 = 2 * right / (right + wrong + total)
        if f1 > best[0] or weight > MOST_LINK:
            best = (f1, weight, right / (right + wrong), right / total, right + wrong)
    link = min(max(math.floor(best[1] * 4) / 4, LEAST_LINK), MOST_LINK) if steps else LEAST_LINK + 2
    review = min(link, math.log2(_REVIEW_PROBABILITY / (1 - _REVIEW_PROBABILITY)))
    return Proposal(link, round(review, 2), round(best[2], 4), round(best[3], 4), best[4])


class _Corrected:
    """The probability of an edge of some weight, with what clustering said of edges like it, below their ceiling."""

    def __init__(self, met: Sequence[Merge], ceilings: Mapping[int, float]) -> None:
        self.ceilings = ceilings
        self.joined: dict[int, float] = {}
        self.refused: dict[int, float] = {}
        for m in met:
            if m.pairs > 1:
                counts = self.joined if m.joined else self.refused
                cell = math.floor(m.weight / _BIN)
                counts[cell] = counts.get(cell, 0.0) + 1

    def __call__(self, weight: float) -> float:
        own, cell = probability(weight), math.floor(weight / _BIN)
        joined, refused = self.joined.get(cell, 0.0), self.refused.get(cell, 0.0)
        corrected = (own * _TRUST + joined) / (_TRUST + joined + refused)
        return min(own, corrected, self.ceilings.get(math.floor(weight), 1.0))
