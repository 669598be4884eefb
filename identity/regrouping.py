"""How two clusterings of the same records differ: what merges, what splits, what is put together anew. Pure.

Clusters of the two sides hang together where they share records. A connected group with one cluster on each side is
unchanged; several before and one after have merged; one before and several after have split; in any other, records
have moved between clusters. So each record and each cluster is in exactly one group, whatever the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from identity.clustering import components

Kind = Literal["merged", "split", "moved"]
KINDS: tuple[Kind, ...] = ("merged", "split", "moved")


@dataclass(frozen=True)
class Regrouping:
    """A group of clusters that differ: the record ids of each cluster before and after."""

    kind: Kind
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]

    @property
    def records(self) -> int:
        """How many records it is about."""
        return sum(len(cluster) for cluster in self.before)


def regroupings(before: Mapping[int, int], after: Mapping[int, int]) -> list[Regrouping]:
    """Give what differs between two clusterings (record -> cluster), over the records of both, by lowest record."""
    shared = [record for record in before if record in after]
    # Two numbers a cluster, so that a name may stand on both sides.
    cells = {(2 * before[record], 2 * after[record] + 1) for record in shared}
    group_of = components(sorted({end for cell in cells for end in cell}), cells)
    sides: dict[int, tuple[dict[int, list[int]], dict[int, list[int]]]] = {}
    for record in sorted(shared):
        old, new = sides.setdefault(group_of[2 * before[record]], ({}, {}))
        old.setdefault(before[record], []).append(record)
        new.setdefault(after[record], []).append(record)
    found = [
        Regrouping(_kind(len(old), len(new)), _clusters(old), _clusters(new))
        for old, new in sides.values()
        if len(old) > 1 or len(new) > 1
    ]
    return sorted(found, key=lambda group: group.before)


def sample(found: Sequence[Regrouping], most: int) -> list[Regrouping]:
    """Choose at most so many of each kind: its largest, and others by lot (by a hash, so the same each time)."""
    chosen: list[Regrouping] = []
    for kind in KINDS:
        of_kind = [group for group in found if group.kind == kind]
        largest = sorted(of_kind, key=lambda group: (-group.records, group.before))[:1]
        others = sorted((group for group in of_kind if group not in largest), key=_lot)
        chosen += (largest + others)[:most]
    return chosen


def _kind(before: int, after: int) -> Kind:
    if after == 1:
        return "merged"
    return "split" if before == 1 else "moved"


def _clusters(members: Mapping[int, Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(records) for _, records in sorted(members.items()))


def _lot(group: Regrouping) -> str:
    return hashlib.sha256(str(group.before[0][0]).encode()).hexdigest()
