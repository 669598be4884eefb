"""The stewards' queue over all rooms: one order, one way to filter, one way to count.

Nothing of it is stored but how people handle an item (`hub.handling`): each room derives its items from what is there,
so an item is gone once its cause is, whoever took it away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice
from typing import Protocol

from sqlalchemy import Connection

from destinations import conflicts, parked_tasks
from flows import plan_tasks
from hub.tasks import KINDS, Kind, Place, Task, Wanted
from identity import review
from sources import quarantine_tasks


class _Lists(Protocol):
    def __call__(
        self, conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
    ) -> list[Task]: ...


@dataclass(frozen=True, slots=True)
class _Room:
    """Who has the items of a kind, and what their keys begin with."""

    prefix: str
    tasks: _Lists
    count: Callable[[Connection, Wanted], int]


def _of_identity(prefix: str, kind: Kind) -> _Room:
    def tasks(
        conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
    ) -> list[Task]:
        return review.tasks(conn, kind, wanted, after=after, limit=limit, key=key)

    def count(conn: Connection, wanted: Wanted) -> int:
        return review.count(conn, kind, wanted)

    return _Room(prefix, tasks, count)


ROOMS: dict[Kind, _Room] = {
    "plan": _Room("plan", plan_tasks.tasks, plan_tasks.count),
    "held": _of_identity("hold", "held"),
    "contradiction": _of_identity("hold", "contradiction"),
    "reopened": _of_identity("decision", "reopened"),
    "possible_match": _of_identity("match", "possible_match"),
    "conflict": _Room("conflict", conflicts.tasks, conflicts.count),
    "parked": _Room("parked", parked_tasks.tasks, parked_tasks.count),
    "quarantine": _Room("quarantine", quarantine_tasks.tasks, quarantine_tasks.count),
}
"""One list is the registry: a new kind of item is one line here and a room that derives it."""


@dataclass(frozen=True)
class Page:
    """Some items in the order of the queue; `after` is where the next page begins (None: there is none)."""

    tasks: list[Task]
    after: Place | None


def page(conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50) -> Page:
    """Give a page of the queue: what most hangs on first. Any depth costs the same."""
    kinds = [wanted.kind] if wanted.kind else KINDS
    found = (ROOMS[kind].tasks(conn, wanted, after=after, limit=limit + 1) for kind in kinds)
    tasks = list(islice(_in_order(found), limit + 1))
    return Page(tasks[:limit], Place.of(tasks[limit - 1]) if len(tasks) > limit else None)


def counts(conn: Connection, wanted: Wanted | None = None) -> dict[Kind, int]:
    """How many items of each kind there are, whatever kind is wanted."""
    wanted = replace(wanted or Wanted(), kind=None)
    return {kind: ROOMS[kind].count(conn, wanted) for kind in KINDS}


def find(conn: Connection, key: str) -> Task | None:
    """Give one item by its key; None once its cause is gone."""
    prefix = key.partition(":")[0]
    for room in ROOMS.values():
        if room.prefix == prefix and (found := room.tasks(conn, Wanted(), limit=1, key=key)):
            return found[0]
    return None


def following(conn: Connection, wanted: Wanted, task: Place) -> Task | None:
    """Give the item behind a place in the queue, or the first one where none is behind it; None where none is left."""
    return next(iter(page(conn, wanted, after=task, limit=1).tasks or page(conn, wanted, limit=1).tasks), None)


def _in_order(found: Iterable[list[Task]]) -> Iterable[Task]:
    return merge(*found, key=lambda task: (-task.consequence, task.key))
