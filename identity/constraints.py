"""What a partition of records must keep to, whatever their scores: stewards' decisions and sources without duplicates.

Precedence, where two of them can't both hold: `same`, then `different`, then a certain link, then a source that is
free of duplicates, then the scores. Stewards' decisions never contradict each other: `identity.decisions` refuses it.

Invariant: a decision that the partition satisfies anyway changes nothing in it. That is why `same` does not join two
groups before the scores are looked at, which would let each weigh with the other's records: it only makes one fate of
them, and in the end what shares a fate is one customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_Held = TypeVar("_Held")
Group = tuple[int, ...]


@dataclass(frozen=True)
class Constraints:
    """Over record ids, also of records that are no longer live: what was said of them still ties and parts others.

    `same`: groups, each one customer. `different`: no record of the first group is the customer of one of the second.
    `alone`: record -> the source it comes from, for sources that hold no customer twice.
    """

    same: tuple[Group, ...] = ()
    different: tuple[tuple[Group, Group], ...] = ()
    alone: Mapping[int, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.same or self.different or self.alone)

    def ties(self) -> Iterable[tuple[int, int]]:
        """Give pairs of records that together tie each group of `same`."""
        return ((group[0], other) for group in self.same for other in group[1:])


NONE = Constraints()


class Fates:
    """Which records will be one customer in the end: those joined so far, and those declared the same."""

    def __init__(self, constraints: Constraints) -> None:
        self._parent: dict[int, int] = {}
        # By root: the sides of `different` it holds (side i is parted from i ^ 1), and its duplicate-free sources.
        self._sides: dict[int, set[int]] = {}
        self._sources: dict[int, set[str]] = {record: {source} for record, source in constraints.alone.items()}
        for left, right in constraints.ties():
            self._unite(self.find(left), self.find(right))
        for number, (left_group, right_group) in enumerate(constraints.different):
            for side, group in enumerate((left_group, right_group)):
                for record in group:
                    self._sides.setdefault(self.find(record), set()).add(2 * number + side)

    def find(self, record: int) -> int:
        """Give the record that names the fate of this one: the lowest in it."""
        parent = self._parent
        while (above := parent.get(record, record)) != record:
            parent[record] = parent.get(above, above)
            record = above
        return record

    def join(self, left: int, right: int, *, certain: bool = False) -> bool:
        """Make one fate of two and say True; say False where they are kept apart.

        A certain link is stopped by `different` alone: what the hub has created from a customer is that customer's,
        whatever is said of the source.
        """
        a, b = self.find(left), self.find(right)
        if a == b:
            return True
        if self._parted(a, b):
            return False
        if not certain and not self._sources.get(a, set()).isdisjoint(self._sources.get(b, ())):
            return False
        self._unite(a, b)
        return True

    def _parted(self, a: int, b: int) -> bool:
        few, many = sorted((self._sides.get(a, set()), self._sides.get(b, set())), key=len)
        return any(side ^ 1 in many for side in few)

    def _unite(self, a: int, b: int) -> None:
        if a == b:
            return
        low, high = min(a, b), max(a, b)
        self._parent[high] = low
        _pour(self._sides, high, low)
        _pour(self._sources, high, low)


def _pour(held: dict[int, set[_Held]], source: int, target: int) -> None:
    """Put what one holds to what another holds, the lesser into the greater."""
    given, kept = held.pop(source, None), held.get(target)
    if not given:
        return
    if kept is None or len(given) > len(kept):
        given, kept = kept or set(), given
        held[target] = kept
    kept |= given
