"""Scored edges -> clusters, by the agreement of whole groups. Pure, and a function of each component alone.

Chains are what ruins clusters: one record without a first name links a father to his son, and all their records with
them. So groups grow along edges from the strongest down, and two groups join only if the evidence between them, over
all pairs of their records, does not speak against it (average linkage with a veto; where two records are compared and
found alike, four who are found different outweigh them).

The result depends on nothing but the records of a component, its edges (those below the link weight, too) and its
certain links: not on their order, nor on other components.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_NO_EDGE = -3.0  # evidence (log2 odds) of a pair that shares no key, or fell below the keep weight
_AT_MOST = 3.0  # no single pair may outweigh many: its evidence is cut here, either way
_AGAINST = -0.75  # mean evidence below which two groups are taken for two customers

Edge = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Merge:
    """An edge that met two groups: its weight, the pairs between them, and whether they joined."""

    weight: float
    pairs: int
    joined: bool


@dataclass
class _Groups:
    """Groups of records, named by their lowest; between each two with edges: sum of the evidence, number of edges."""

    parent: dict[int, int]
    size: dict[int, int]
    between: dict[int, dict[int, tuple[float, int]]] = field(default_factory=dict)

    def find(self, record: int) -> int:
        parent = self.parent
        while parent[record] != record:
            parent[record] = record = parent[parent[record]]
        return record

    def add(self, left: int, right: int, evidence: float, edges: int) -> None:
        for a, b in ((left, right), (right, left)):
            known, count = self.between.setdefault(a, {}).get(b, (0.0, 0))
            self.between[a][b] = (known + evidence, count + edges)

    def mean(self, left: int, right: int) -> float:
        evidence, edges = self.between.get(left, {}).get(right, (0.0, 0))
        pairs = self.size[left] * self.size[right]
        return (evidence + (pairs - edges) * _NO_EDGE) / pairs

    def join(self, left: int, right: int) -> None:
        low, high = min(left, right), max(left, right)
        self.parent[high] = low
        self.size[low] += self.size.pop(high)
        for other, (evidence, edges) in sorted(self.between.pop(high, {}).items()):
            del self.between[other][high]
            if other != low:
                self.add(low, other, evidence, edges)


def agglomerate(
    records: Sequence[int],
    edges: Iterable[Edge],
    certain: Iterable[tuple[int, int]] = (),
    *,
    link_weight: float,
) -> dict[int, int]:
    """Give each record its cluster, named by the lowest record in it.

    `edges`: every kept edge (record, record, weight), also those below `link_weight`: they speak for or against, but
    join nothing. `certain` pairs are joined whatever the edges say. Pairs with a record not among `records` are passed
    over.
    """
    groups = _Groups({r: r for r in records}, dict.fromkeys(records, 1))
    for _ in _run(groups, edges, certain, link_weight):
        pass
    return {record: groups.find(record) for record in sorted(groups.parent)}


def merges(records: Sequence[int], edges: Iterable[Edge], *, link_weight: float) -> list[Merge]:
    """Give each meeting of two groups in the order in which `agglomerate` comes to it."""
    return list(_run(_Groups({r: r for r in records}, dict.fromkeys(records, 1)), edges, (), link_weight))


def _run(
    groups: _Groups, edges: Iterable[Edge], certain: Iterable[tuple[int, int]], link_weight: float
) -> Iterator[Merge]:
    known = sorted({(min(a, b), max(a, b), w) for a, b, w in edges if a in groups.parent and b in groups.parent})
    # A record without a linking edge is in its component by a certain link alone (one that the hub has created holds
    # nothing but the hub's own words): it counts neither for nor against a group.
    speaking = {record for left, right, weight in known if weight >= link_weight for record in (left, right)}
    groups.size.update(dict.fromkeys(groups.parent.keys() - speaking, 0))
    for left, right, weight in known:
        if left in speaking and right in speaking:
            groups.add(left, right, max(-_AT_MOST, min(_AT_MOST, weight)), 1)
    for left, right in sorted((min(pair), max(pair)) for pair in certain):
        if left in groups.parent and right in groups.parent:
            a, b = groups.find(left), groups.find(right)
            if a != b:
                groups.join(a, b)
    for left, right, weight in sorted(known, key=lambda edge: (-edge[2], edge[0], edge[1])):
        if weight < link_weight:
            break
        a, b = groups.find(left), groups.find(right)
        if a == b:
            continue
        pairs, joined = groups.size[a] * groups.size[b], groups.mean(a, b) >= _AGAINST
        if joined:
            groups.join(a, b)
        yield Merge(weight, pairs, joined)
