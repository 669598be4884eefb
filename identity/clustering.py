"""Edges and certain links -> clusters. Pure, and a function of each component alone.

Invariant: neither the order of records or edges, nor what other components there are, changes a component's clusters.
A cluster is named by its lowest record id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cluster(records: Sequence[int], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Give each record its cluster: the records that are joined by pairs, directly or through others.

    Pairs with a record that is not among `records` are passed over.
    """
    parent = {record: record for record in records}
    for left, right in pairs:
        if left not in parent or right not in parent:
            continue
        # Follow each side to its root, halving the path on the way; the lower root wins, so that it names the cluster.
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
