"""Which part of the queue a page shows: all of it stands in the address, so that it can be kept and sent on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from hub.records import ENTITY_TYPES, EntityType
from hub.tasks import KINDS, Kind, Place, Task, Wanted

AGES = {"1": "older than a day", "7": "older than a week", "30": "older than a month"}
"""Days -> what the filter says."""

LABELS: dict[Kind, tuple[str, str]] = {
    "plan": ("Plans", "A run stopped before it changed more than it may; somebody must let it, or not."),
    "held": ("Held", "Changes that look dangerous: the customers stay as they are until somebody has looked."),
    "contradiction": ("Contradictions", "One customer would have two numbers of a kind of which nobody has two."),
    "reopened": ("To look at again", "Decided once, but a record says something else since."),
    "possible_match": ("Possible matches", "Records that match, but not surely enough to be joined."),
    "conflict": ("Conflicts", "A system changed a field that the hub had written, and has the last word on it."),
    "parked": ("Parked writes", "Writes that a system refused, or did not answer again and again."),
    "quarantine": ("Quarantine", "Rows that can't be used as they are."),
}
"""Kind -> its name on a page, and what it is about."""


@dataclass(frozen=True)
class QueueQuery:
    """The filters of the queue and the place where its page begins; what is not understood is left out."""

    kind: Kind | None = None
    system: str | None = None
    entity_type: EntityType | None = None
    assigned: str | None = None
    age: str | None = None
    deferred: bool = False
    after: Place | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> QueueQuery:
        """Read the values of an address."""
        kind, entity_type, age = values.get("kind"), values.get("type"), values.get("age")
        consequence, _, key = values.get("after", "").partition("~")
        assigned = values.get("assigned")
        return cls(
            kind=kind if kind in KINDS else None,
            system=(values.get("system") or "").replace("\0", "") or None,
            entity_type=entity_type if entity_type in ENTITY_TYPES else None,
            assigned=None if assigned in (None, "any") else "" if assigned == "-" else assigned.replace("\0", ""),
            age=age if age in AGES else None,
            deferred=values.get("deferred") == "1",
            after=Place(int(consequence), key.replace("\0", ""))
            if key and consequence.isdecimal() and len(consequence) < 10
            else None,
        )

    @classmethod
    def of_request(cls, request: Request) -> QueueQuery:
        """Read the address of a request."""
        return cls.of(request.query_params)

    @classmethod
    def of_text(cls, text: str) -> QueueQuery:
        """Read what `text` gave."""
        return cls.of(dict(parse_qsl(text, keep_blank_values=True, max_num_fields=20)))

    @property
    def wanted(self) -> Wanted:
        """The filter that it stands for, now."""
        before = datetime.now(UTC) - timedelta(days=int(self.age)) if self.age else None
        return Wanted(self.kind, self.system, self.entity_type, self.assigned, before, self.deferred)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the kind is filtered by."""
        return replace(self, kind=None, after=None) != QueueQuery()

    def text(self, **changes: Any) -> str:
        """Give it as the query of an address, with some of it changed; pages begin anew then."""
        query = replace(self, after=None, **changes) if changes else self
        values = {
            "kind": query.kind,
            "system": query.system,
            "type": query.entity_type,
            "assigned": {None: None, "": "-"}.get(query.assigned, query.assigned),
            "age": query.age,
            "deferred": "1" if query.deferred else None,
            "after": f"{query.after.consequence}~{query.after.key}" if query.after else None,
        }
        return urlencode({name: value for name, value in values.items() if value is not None})


def address_of(task: Task, query: QueueQuery) -> str:
    """Where an item is worked on: side by side where it is about a few records, else on a page of its own."""
    return f"/{'compare' if comparable(task) else 'queue/item'}?{urlencode({'item': task.key})}&{query.text()}".rstrip(
        "&"
    )


MOST = 8
"""Records that are shown side by side."""


def comparable(task: Task) -> bool:
    """Say whether the records of an item are shown side by side."""
    return task.kind in ("possible_match", "reopened", "held", "contradiction") and 2 <= len(task.records) <= MOST
