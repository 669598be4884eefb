"""Scored edges -> clusters, by the agreement of whole groups. Pure, and a function of each component alone.

Chains are what ruins clusters: one record without a first name links a father to his son, and all their records with
them. So groups grow along edges from the strongest down, and two groups join only if the evidence between them, over
all pairs of their records, does not speak against it (average linkage with a veto; where two records are compared and
found alike, four who are found different outweigh them), and no constraint keeps them apart.

The result depends on nothing but the records of a component, its edges (those below the link weight, too), its certain
links and its constraints: not on their order, nor on other components. Ties are broken so: certain links come first, in
ascending order of their records; then edges, the heaviest first, equal ones in ascending order of their records.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from identity.constraints import NONE, Constraints, Fates

_NO_EDGE = -3.0  # evidence (log2 odds) of a pair that shares no key, or fell below the keep weight
_AT_MOST = 3.0  # no single pair may outweigh many: its evidence is cut here, either way
AGAINST = -0.75  # mean evidence below which two groups are taken for two customers

Edge = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Merge:
    """An edge that met two groups: its weight, the pairs between them, and whether they joined.

    `left` and `right` are the edge's records; `mean` is the mean evidence over all pairs of the groups. A certain link
    has an infinite weight and no mean.
    """

    weight: float
    pairs: int
    joined: bool
    left: int = 0
    right: int = 0
    mean: float | None = None

    @property
    def spoken_against(self) -> bool:
        """Whether the evidence between the groups is what keeps them apart; else a constraint does."""
        return not self.joined and self.mean is not None and self.mean < AGAINST


class _Groups:
    """Groups of records, each named by one of them (any); between each two with edges their evidence.

    A record goes by its place in the ascending order of all. The evidence between two groups is a complex number: the
    sum of their edges' evidence in its real part, the number of edges in the other, so that one addition adds both.
    """

    __slots__ = ("between", "parent", "records", "size")

    def __init__(self, records: Iterable[int]) -> None:
        self.records = sorted(set(records))
        self.parent = list(range(len(self.records)))
        self.size = [1] * len(self.records)
        self.between: list[dict[int, complex]] = [{} for _ in self.records]

    def find(self, place: int) -> int:
        parent = self.parent
        while (above := parent[place]) != place:
            parent[place] = place = parent[above]
        return place

    def mean(self, a: int, b: int, pairs: int) -> float:
        found = self.between[a].get(b, 0j)
        return (found.real + (pairs - int(found.imag)) * _NO_EDGE) / pairs

    def join(self, a: int, b: int) -> None:
        """Make one group of two: the one with fewer neighbours goes into the other, so that few are moved."""
        between = self.between
        if len(between[a]) < len(between[b]):
            a, b = b, a
        self.parent[b] = a
        self.size[a] += self.size[b]
        kept, given = between[a], between[b]
        kept.pop(b, None)
        given.pop(a, None)
        for other, evidence in given.items():
            around = between[other]
            del around[b]
            # Sums of two are the same in either order, so no bit of the result tells which group went into which.
            around[a] = kept[other] = kept[other] + evidence if other in kept else evidence
        between[b] = {}

    def named(self) -> dict[int, int]:
        """Give each record its group, named by the lowest record in it."""
        lowest: dict[int, int] = {}
        return {record: lowest.setdefault(self.find(place), record) for place, record in enumerate(self.records)}


def agglomerate(
    records: Sequence[int],
    edges: Iterable[Edge],
    certain: Iterable[tuple[int, int]] = (),
    *,
    link_weight: float,
    constraints: Constraints = NONE,
) -> dict[int, int]:
    """Give each record its cluster, named by the lowest record in it.

    `edges`: every kept edge (record, record, weight), also those below `link_weight`: they speak for or against, but
    join nothing. `certain` pairs are joined whatever the edges say, unless they were declared different. Edges and
    pairs with a record not among `records` are passed over; constraints also hold through such records.
    """
    groups = _Groups(records)
    fates = Fates(constraints) if constraints else None
    for _ in _run(groups, edges, certain, link_weight, fates):
        pass
    if fates is None:
        return groups.named()
    # What joined shares a fate, and so does what was declared the same.
    lowest: dict[int, int] = {}
    return {record: lowest.setdefault(fates.find(record), record) for record in groups.records}


def merges(records: Sequence[int], edges: Iterable[Edge], *, link_weight: float) -> list[Merge]:
    """Give each meeting of two groups in the order in which `agglomerate` comes to it."""
    return list(_run(_Groups(records), edges, (), link_weight, None))


def trace(
    records: Sequence[int],
    edges: Iterable[Edge],
    certain: Iterable[tuple[int, int]] = (),
    *,
    link_weight: float,
    constraints: Constraints = NONE,
) -> list[Merge]:
    """Give how `agglomerate` comes to its clusters: each meeting of two groups, certain links first, then edges."""
    return list(_run(_Groups(records), edges, certain, link_weight, Fates(constraints) if constraints else None))


def _run(
    groups: _Groups,
    edges: Iterable[Edge],
    certain: Iterable[tuple[int, int]],
    link_weight: float,
    fates: Fates | None,
) -> Iterator[Merge]:
    records = groups.records
    place = {record: i for i, record in enumerate(records)}
    linking = _prepare(groups, place, edges, link_weight)
    for left, right in sorted((min(pair), max(pair)) for pair in certain):
        if left in place and right in place:
            a, b = groups.find(place[left]), groups.find(place[right])
            if a == b:
                continue
            pairs, joined = groups.size[a] * groups.size[b], fates is None or fates.join(left, right, certain=True)
            if joined:
                groups.join(a, b)
            yield Merge(math.inf, pairs, joined, left, right)
    find, size = groups.find, groups.size
    for left, right, weight in linking:
        a, b = find(left), find(right)
        if a == b:
            continue
        pairs = size[a] * size[b]
        mean = groups.mean(a, b, pairs)
        joined = mean >= AGAINST and (fates is None or fates.join(records[left], records[right]))
        if joined:
            groups.join(a, b)
        yield Merge(weight, pairs, joined, records[left], records[right], mean)


def _prepare(groups: _Groups, place: dict[int, int], edges: Iterable[Edge], link_weight: float) -> list[Edge]:
    """Put the evidence of the edges between the records; gives those that link, as places, in the order to go by."""
    known = sorted(
        (place[a], place[b], w) if a < b else (place[b], place[a], w) for a, b, w in edges if a in place and b in place
    )
    known = [*known[:1], *(edge for before, edge in pairwise(known) if before != edge)]
    linking = [edge for edge in known if edge[2] >= link_weight]
    # A record without a linking edge is in its component by a certain link or a decision alone (one that the hub has
    # created holds nothing but the hub's own words): it counts neither for nor against a group.
    speaks = bytearray(len(place))
    for a, b, _ in linking:
        speaks[a] = speaks[b] = 1
    groups.size[:] = speaks
    between = groups.between
    for a, b, weight in known:
        if speaks[a] and speaks[b]:
            evidence = complex(max(-_AT_MOST, min(_AT_MOST, weight)), 1)
            around = between[a]
            between[b][a] = around[b] = around[b] + evidence if b in around else evidence
    # They are in the order of their records by now, and a stable sort keeps that among equal weights.
    linking.sort(key=itemgetter(2), reverse=True)
    return linking
