"""Items of the stewards' queue, as every room gives its own: what it is about, how much hangs on it, and which to list.

An item is derived from its evidence and never stored; what people do with it is (`hub.handling`), under its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from hub.records import EntityType, RecordKey

Kind = Literal["plan", "held", "contradiction", "reopened", "possible_match", "conflict", "parked", "quarantine"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Task:
    """Something for a steward to look at.

    `key` lasts as long as its evidence does. `consequence`: golden values and systems that hang on it; the queue goes
    by it, most first. `since`: when it came up. `affected`: how many records the customers in question have. `records`:
    those to look at, of a possible match its best pair, whose `weight` (log2 odds) it is. `number`: of the decision,
    hold, delivery, quarantined row, where there is one. `reason` names keys and fields, never a customer's value,
    except for what a system said in its own words.
    """

    key: str
    kind: Kind
    consequence: int
    since: datetime
    reason: str
    entity_type: EntityType | None = None
    systems: tuple[str, ...] = ()
    records: tuple[RecordKey, ...] = ()
    customers: tuple[UUID, ...] = ()
    affected: int = 0
    weight: float | None = None
    number: int | None = None


class Place(NamedTuple):
    """A place in the queue: behind the item of this consequence and key."""

    consequence: int
    key: str

    @classmethod
    def of(cls, task: Task) -> Place:
        """Give the place right behind an item."""
        return cls(task.consequence, task.key)


@dataclass(frozen=True)
class Wanted:
    """Which items to list; None is no condition.

    `assigned`: to this person, "" for nobody. `deferred`: those put off until a day to come, instead of the others.
    `before`: that came up before this moment (aware).
    """

    kind: Kind | None = None
    system: str | None = None
    entity_type: EntityType | None = None
    assigned: str | None = None
    before: datetime | None = None
    deferred: bool = False


_MINE = "SELECT FROM ops.task_handling th WHERE th.task_key = q.key"


def select(items: str, wanted: Wanted, *, after: Place | None = None, key: str | None = None) -> str:
    """Give the statement that lists the items of a query in the order of the queue.

    `items` has the columns key, consequence, since, entity_type, systems and any others; its text is the code's own.
    Values are bound by `parameters`.
    """
    conditions = [f"{'' if wanted.deferred else 'NOT '}EXISTS ({_MINE} AND th.deferred_until > clock_timestamp())"]
    if wanted.assigned:
        conditions.append(f"EXISTS ({_MINE} AND th.assigned_to = :assigned)")
    elif wanted.assigned is not None:
        conditions.append(f"NOT EXISTS ({_MINE} AND th.assigned_to IS NOT NULL)")
    if wanted.system is not None:
        conditions.append(":system = ANY(q.systems)")
    if wanted.entity_type is not None:
        conditions.append("q.entity_type = :entity_type")
    if wanted.before is not None:
        conditions.append("q.since < :before")
    if after is not None:
        # The first half lets an index over (consequence, key) begin where the page does.
        conditions.append("q.consequence <= :consequence")
        conditions.append('(q.consequence < :consequence OR q.key COLLATE "C" > :after)')
    if key is not None:
        conditions = ["q.key = :key"]
    return f"FROM ({items}) q WHERE {' AND '.join(conditions)}"


ORDER = 'ORDER BY q.consequence DESC, q.key COLLATE "C" LIMIT :limit'
"""The order of the queue."""


def parameters(wanted: Wanted, after: Place | None = None, **more: Any) -> Mapping[str, Any]:
    """Give what `select` leaves to be bound."""
    return {
        "assigned": wanted.assigned,
        "system": wanted.system,
        "entity_type": wanted.entity_type,
        "before": wanted.before,
        "consequence": after.consequence if after else None,
        "after": after.key if after else None,
        **more,
    }
