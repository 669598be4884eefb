"""Edges and certain links -> clusters. Pure, and a function of each component alone.

Invariant: neither the order of records or edges, nor what other components there are, changes a component's clusters.
A component is what edges at or above the link bar and certain links hold together; within it groups join as
`identity.agglomeration` says. A cluster is named by its lowest record id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from identity.agglomeration import Edge, agglomerate

Pair = tuple[int, int]


def cluster(
    records: Sequence[int], edges: Sequence[Edge], certain: Sequence[Pair], *, link_weight: float
) -> dict[int, int]:
    """Give each record its cluster.

    `edges` has every kept edge (record, record, weight) of the components of `records`, also those below
    `link_weight`, which speak for or against joining. Edges and links with a record not among `records` are passed
    over.
    """
    linked = [(left, right) for left, right, weight in edges if weight >= link_weight]
    found = components(records, [*linked, *certain])
    members: dict[int, list[int]] = {}
    for record, name in found.items():
        members.setdefault(name, []).append(record)
    # One component at a time: it takes little memory, and components of one need no second look.
    inner: dict[int, tuple[list[Edge], list[Pair]]] = {
        name: ([], []) for name, group in members.items() if len(group) > 1
    }
    for edge in edges:
        name = found.get(edge[0], -1)
        if name in inner and found.get(edge[1]) == name:
            inner[name][0].append(edge)
    for pair in certain:
        name = found.get(pair[0], -1)
        if name in inner and found.get(pair[1]) == name:
            inner[name][1].append(pair)
    for name, (its_edges, its_links) in inner.items():
        found.update(agglomerate(members[name], its_edges, its_links, link_weight=link_weight))
    return found


def components(records: Sequence[int], pairs: Iterable[Pair]) -> dict[int, int]:
    """Give each record its component, named by its lowest record: what pairs join, directly or through others."""
    parent = {record: record for record in records}
    for left, right in pairs:
        if left not in parent or right not in parent:
            continue
        # Follow each side to its root, halving the path on the way; the lower root wins, so that it names the whole.
        while parent[left] != left:
            parent[left] = left = parent[parent[left]]
        while parent[right] != right:
            parent[right] = right = parent[parent[right]]
        if left < right:
            parent[right] = left
        elif right < left:
            parent[left] = right
    # A parent is never above its child, so in ascending order each parent is settled before its children.
    for record in sorted(parent):
        parent[record] = parent[parent[record]]
    return parent
