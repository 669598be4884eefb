"""Clustering as one would do it by hand, slowly: the oracle for `identity.clustering` on small cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import networkx as nx

from identity.constraints import Constraints

_Group = frozenset[int]


def plain_cluster(
    records: Sequence[int],
    edges: Iterable[tuple[int, int, float]],
    certain: Iterable[tuple[int, int]],
    constraints: Constraints,
    *,
    link_weight: float,
) -> dict[int, int]:
    """Go through links and edges one by one, and try each join against every pair of records."""
    edges = [(min(a, b), max(a, b), w) for a, b, w in edges if a in records and b in records]
    speaking = {record for a, b, w in edges if w >= link_weight for record in (a, b)}
    group: dict[int, _Group] = {record: frozenset([record]) for record in records}
    evidence: dict[frozenset[_Group], tuple[float, int]] = {}
    for a, b, w in edges:
        if a in speaking and b in speaking:
            evidence[frozenset([group[a], group[b]])] = (max(-3.0, min(3.0, w)), 1)
    fates = nx.Graph()
    fates.add_nodes_from([*records, *constraints.alone])
    for different in constraints.different:
        fates.add_nodes_from([*different[0], *different[1]])
    for same in constraints.same:
        nx.add_path(fates, same)

    def mean(a: _Group, b: _Group) -> float:
        total, known = evidence.get(frozenset([a, b]), (0.0, 0))
        pairs = len(a & speaking) * len(b & speaking)
        return (total + (pairs - known) * -3.0) / pairs

    def join(left: int, right: int) -> None:
        a, b = group[left], group[right]
        fates.add_edge(left, right)
        whole = a | b
        for other in {*group.values()} - {a, b}:
            found = [evidence[p] for p in (frozenset([a, other]), frozenset([b, other])) if p in evidence]
            if found:
                evidence[frozenset([whole, other])] = (sum(e for e, _ in found), sum(n for _, n in found))
        group.update(dict.fromkeys(whole, whole))

    for left, right in sorted((min(pair), max(pair)) for pair in certain):
        apart = left in group and right in group and group[left] != group[right]
        if apart and may_share(fates, constraints, left, right, certain=True):
            join(left, right)
    for left, right, weight in sorted(edges, key=lambda e: (-e[2], e[0], e[1])):
        agree = weight >= link_weight and group[left] != group[right] and mean(group[left], group[right]) >= -0.75
        if agree and may_share(fates, constraints, left, right):
            join(left, right)
    parts = [part & set(records) for part in nx.connected_components(fates)]
    return {record: min(part) for part in parts for record in part}


def may_share(fates: nx.Graph, constraints: Constraints, left: int, right: int, *, certain: bool = False) -> bool:
    ours, theirs = nx.node_connected_component(fates, left), nx.node_connected_component(fates, right)
    if right in ours:
        return True
    for x in ours:
        for y in theirs:
            if any((x in a and y in b) or (x in b and y in a) for a, b in constraints.different):
                return False
            if not certain and x in constraints.alone and constraints.alone[x] == constraints.alone.get(y):
                return False
    return True


def satisfied(clusters: dict[int, int], constraints: Constraints, certain: Iterable[tuple[int, int]] = ()) -> bool:
    """Say whether a partition keeps to constraints that don't contradict each other, through closures and all."""
    said = nx.Graph()
    said.add_nodes_from(clusters)
    for different in constraints.different:
        said.add_nodes_from([*different[0], *different[1]])
    for same in constraints.same:
        nx.add_path(said, same)
    closure = {record: frozenset(part) for part in nx.connected_components(said) for record in part}
    for left, right in combinations(sorted(clusters), 2):
        together = clusters[left] == clusters[right]
        if closure[left] == closure[right]:
            if not together:
                return False
            continue
        for a, b in constraints.different:
            for x, y in ((left, right), (right, left)):
                if together and closure[x] & set(a) and closure[y] & set(b):
                    return False
    sure = nx.Graph(list(said.edges) + [p for p in certain if p[0] in clusters and p[1] in clusters])
    for left, right in combinations(sorted(constraints.alone.keys() & clusters.keys()), 2):
        twice = clusters[left] == clusters[right] and constraints.alone[left] == constraints.alone[right]
        if twice and not (left in sure and right in sure and nx.has_path(sure, left, right)):
            return False
    return True
