"""Edges, certain links and constraints -> clusters. Pure, and a function of each component alone.

Invariant: neither the order of records or edges, nor what other components there are, changes a component's clusters.
A component is what edges at or above the link bar, certain links and records declared the same hold together; within it
groups join as `identity.agglomeration` says. A cluster is named by its lowest record id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from identity.agglomeration import Edge, agglomerate
from identity.constraints import NONE, Constraints, Group

Pair = tuple[int, int]


class Clusterer(Protocol):
    """What gives each record its cluster: `cluster`, or another engine that gives the same."""

    def __call__(
        self,
        records: Sequence[int],
        edges: Sequence[Edge],
        certain: Sequence[Pair],
        *,
        link_weight: float,
        constraints: Constraints = NONE,
    ) -> dict[int, int]:
        """Give each record its cluster."""
        ...


@dataclass(slots=True)
class _Component:
    """What one component is made of."""

    members: list[int] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    certain: list[Pair] = field(default_factory=list)
    same: list[Group] = field(default_factory=list)
    different: list[tuple[Group, Group]] = field(default_factory=list)
    alone: dict[int, str] = field(default_factory=dict)


def cluster(
    records: Sequence[int],
    edges: Sequence[Edge],
    certain: Sequence[Pair],
    *,
    link_weight: float,
    constraints: Constraints = NONE,
) -> dict[int, int]:
    """Give each record its cluster.

    `edges` has every kept edge (record, record, weight) of the components of `records`, also those below
    `link_weight`, which speak for or against joining. Edges and links with a record not among `records` are passed
    over; such a record still passes on what constraints say of it.
    """
    linked = [(left, right) for left, right, weight in edges if weight >= link_weight]
    found = _whole(records, [*linked, *certain], constraints)
    inner: dict[int, _Component] = {}
    sizes: dict[int, int] = {}
    for name in found.values():
        sizes[name] = sizes.get(name, 0) + 1
    # One component at a time: it takes little memory, and components of one need no second look.
    for record, name in found.items():
        if sizes[name] > 1:
            inner.setdefault(name, _Component()).members.append(record)
    for edge in edges:
        name = found.get(edge[0], -1)
        if name in inner and found.get(edge[1]) == name:
            inner[name].edges.append(edge)
    for pair in certain:
        name = found.get(pair[0], -1)
        if name in inner and found.get(pair[1]) == name:
            inner[name].certain.append(pair)
    if constraints:
        _constrain(inner, found, constraints)
    given = set(records)
    result = {record: name for record, name in found.items() if record in given}
    for part in inner.values():
        result.update(
            agglomerate(
                [record for record in part.members if record in given],
                part.edges,
                part.certain,
                link_weight=link_weight,
                constraints=Constraints(tuple(part.same), tuple(part.different), part.alone),
            )
        )
    return result


def _whole(records: Sequence[int], pairs: list[Pair], constraints: Constraints) -> dict[int, int]:
    """Give the components of the records, and of those that only constraints name."""
    if not constraints:
        return components(records, pairs)
    given = set(records)
    strangers = {record for group in constraints.same for record in group} - given
    pairs = [pair for pair in pairs if pair[0] in given and pair[1] in given]
    return components([*records, *sorted(strangers)], [*pairs, *constraints.ties()])


def _constrain(inner: dict[int, _Component], found: dict[int, int], constraints: Constraints) -> None:
    """Give each component its constraints. Of two groups declared different, what lies in one component matters."""
    for group in constraints.same:
        if found[group[0]] in inner:  # a group of one says nothing
            inner[found[group[0]]].same.append(group)
    for left, right in constraints.different:
        for name in {found.get(record, -1) for record in left} & {found.get(record, -1) for record in right}:
            if name in inner:
                sides = [tuple(record for record in side if found.get(record) == name) for side in (left, right)]
                inner[name].different.append((sides[0], sides[1]))
    for record, source in constraints.alone.items():
        name = found.get(record, -1)
        if name in inner:
            inner[name].alone[record] = source


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
