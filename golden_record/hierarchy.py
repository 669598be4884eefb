"""Parent companies and subsidiaries of a customer, the whole way up and down, with figures rolled up. Never stored.

Each step is looked up from what records say, now or as known at a moment (identity.relations), so a hierarchy follows
merges, splits and edits.
Records may contradict each other: a customer can have two parents, or be its own grandparent. A circle is told, and
everybody in it counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from identity import relations

MOST = 10_000
"""Customers of one hierarchy that are looked at."""

Edge = tuple[UUID, UUID]
Figures = Callable[[Sequence[UUID]], Mapping[UUID, Mapping[str, Any]]]


@dataclass(frozen=True)
class Hierarchy:
    """Whom a customer belongs to and who belongs to it.

    `above`: parents, nearest first; `top`: those of them, or the customer itself, that have no parent. `below`:
    subsidiaries with their parents and how many steps they are away. `circle`: customers that are above themselves.
    `rolled_up`: numbers of the customer and all below it, added. `cut`: there are more than MOST.
    """

    customer_id: UUID
    above: tuple[UUID, ...]
    top: tuple[UUID, ...]
    below: tuple[tuple[UUID, UUID, int], ...]
    circle: tuple[UUID, ...]
    rolled_up: dict[str, Any]
    cut: bool

    @property
    def direct(self) -> int:
        """How many subsidiaries are its own."""
        return len({child for child, parent, _ in self.below if parent == self.customer_id})

    @property
    def all(self) -> int:
        """How many are below it."""
        return len({child for child, _, _ in self.below})


def of(
    conn: Connection,
    customer_id: UUID,
    names: Sequence[str] = (),
    figures: Figures | None = None,
    *,
    then: datetime | None = None,
) -> Hierarchy | None:
    """Give the hierarchy of a current customer; None where it has neither parent nor subsidiary.

    `names` are of computed numbers that can be added, such as sums and counts, and `figures` reads them. `then`: as it
    followed from what was known at that moment. A step costs one query.
    """
    up, up_cut = _walk(customer_id, lambda ids: _edges(conn, ids, "subsidiary_of", then))
    down, down_cut = _walk(customer_id, lambda ids: _edges(conn, ids, "parent_of", then))
    if not up and not down:
        return None
    parents = {child for child, _, _ in up}
    above = tuple(dict.fromkeys(parent for _, parent, _ in up if parent != customer_id))
    below = tuple((child, parent, depth) for parent, child, depth in down if child != customer_id)
    circle = _circle([*((c, p) for c, p, _ in up), *((c, p) for p, c, _ in down)])
    return Hierarchy(
        customer_id=customer_id,
        above=above,
        top=tuple(one for one in (customer_id, *above) if one not in parents),
        below=below,
        circle=circle,
        rolled_up=_rolled_up([customer_id, *dict.fromkeys(child for child, _, _ in below)], names, figures),
        cut=up_cut or down_cut,
    )


def _edges(conn: Connection, ids: Sequence[UUID], kind: str, then: datetime | None) -> list[Edge]:
    return [(r.customer_id, r.other_id) for r in relations.hierarchy(conn, ids, then=then) if r.kind == kind]


def _walk(start: UUID, step: Callable[[Sequence[UUID]], list[Edge]]) -> tuple[list[tuple[UUID, UUID, int]], bool]:
    """Go from customer to customer until there are no new ones; gives (from, to, steps), each pair once."""
    found: list[tuple[UUID, UUID, int]] = []
    seen, frontier, depth = {start}, [start], 0
    while frontier:
        depth += 1
        edges = step(frontier)
        found += [(one, other, depth) for one, other in edges]
        frontier = sorted({other for _, other in edges} - seen)
        seen.update(frontier)
        if len(seen) > MOST:
            return found, True
    return found, False


def _circle(edges: list[Edge]) -> tuple[UUID, ...]:
    graph: dict[UUID, set[UUID]] = {}
    for child, parent in edges:
        graph.setdefault(child, set()).add(parent)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(sorted(set(error.args[1])))
    return ()


def _rolled_up(customers: Sequence[UUID], names: Sequence[str], figures: Figures | None) -> dict[str, Any]:
    found = figures(customers).values() if figures and names else ()
    return {name: sum(said.get(name) or 0 for said in found) for name in names}
