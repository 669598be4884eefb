"""What is planned for a system, what was found there, and what came of it.

An operation holds canonical values, never a system's own fields: the system's file turns them into its fields when
it sends them, so a stored plan reads the same for every system and what was written is known in the hub's own words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from destinations.slots import EMPTY, Slot
from hub.consent import EffectiveConsent
from hub.records import Attributes, EntityType, RecordKey, Value, canonical_json

Action = Literal["create", "update"]
Outcome = Literal["applied", "rejected", "unknown", "retry", "busy", "moved"]


@dataclass(frozen=True)
class Subject:
    """A customer as one system shall see it: the golden record beside what the system holds now.

    `target` is the record of this system that is written to (None: the system has none of this customer), `current`
    what that record holds as far as the hub knows. `other_records` are further records of the customer there: they
    are never written, but keep values that the system allows once. `anchor_record_id` is a member record of the
    customer, to which a record that the hub creates is tied. `origins` says in words where each golden attribute
    came from (keys and rules, no values). `told` is what the hub wrote into the target and is there still, `evidence`
    what the target says by itself; `written` names the slots that the hub ever wrote there. `changed_at` is when the
    target changed in its system, `golden_at` when the record changed that a golden attribute comes from. `consents` is
    what the customer allows now.
    """

    customer_id: UUID
    version: int
    entity_type: EntityType
    golden: Attributes
    target: RecordKey | None
    current: Attributes
    anchor_record_id: int
    other_records: tuple[RecordKey, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    told: Attributes = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    golden_at: Mapping[str, datetime] = field(default_factory=dict)
    evidence: Attributes = field(default_factory=dict)
    consents: tuple[EffectiveConsent, ...] = ()

    def held(self, slot: Slot) -> list[Value]:
        """What the target holds in a slot now, as far as the hub knows.

        A word of the hub is about one slot. Where an attribute has several (a tax number, a registration number), the
        others go on holding what the system says by itself.
        """
        held = slot.held(self.current)
        if held or slot.derive or not self.told.get(slot.attribute):
            return held
        return slot.held(self.evidence)


@dataclass(frozen=True, slots=True)
class Target:
    """The record that an operation writes to; without a `source_id` the system gives the number."""

    system: str
    object: str
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One slot of a record and the value that it shall hold; `expected` is what the hub believes to be there now."""

    slot: str
    attribute: str
    value: Value
    expected: tuple[Value, ...]
    reason: str


@dataclass(frozen=True)
class Operation:
    """One write to one record of one system: only what differs, with a reason for each field."""

    destination: str
    customer_id: UUID
    version: int
    entity_type: EntityType
    action: Action
    target: Target
    changes: tuple[Change, ...]
    anchor_record_id: int

    @cached_property
    def content_key(self) -> str:
        """Equal for equal writes, whatever the golden version that asks for them."""
        return _digest([self.destination, str(self.customer_id), *_content(self)])

    @cached_property
    def idempotency_key(self) -> str:
        """Names this write in the system's own traces; the same after a restart."""
        return _digest([self.content_key, self.version])

    def written(self, slots: tuple[str, ...] | None = None) -> Attributes:
        """Give the canonical values of the named slots (of all, by default), by attribute; none where it is emptied."""
        result: Attributes = {}
        for change in self.changes:
            if slots is None or change.slot in slots:
                values = result.setdefault(change.attribute, [])
                values += [change.value] if change.value != EMPTY else []
        return result


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed entry of the ledger: its operation and how often it was tried in vain."""

    delivery_id: int
    operation: Operation
    attempts: int = 0


@dataclass(frozen=True)
class Found:
    """A record as the system holds it at this moment: the raw fields of each slot, by slot name.

    `handle` is what the system's file needs to write to this very state (ETags, numbers of parts).
    """

    source_id: str
    fields: Mapping[str, Mapping[str, Any]]
    handle: Any = None


@dataclass(frozen=True, slots=True)
class Todo:
    """A delivery to be sent: the slots that are left, and the record as it was found (None: to be created)."""

    delivery: Delivery
    left: tuple[str, ...]
    found: Found | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one delivery.

    applied: the system holds the values. rejected: it refuses them, for `reason`. unknown: the answer was lost.
    retry: nothing was written, and it may go through later. busy: the same, but for this one record. moved: the
    record was changed there since the hub read it; it has to be read and planned again. `landed` names the slots that
    are written, which may be some of a delivery that was not applied as a whole; `kept` those in which something else
    stands that the system has the last word on.
    """

    delivery_id: int
    outcome: Outcome
    source_id: str | None = None
    landed: tuple[str, ...] = ()
    reason: str = ""
    retry_after: float | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied:
    """Values that a system has taken: to be remembered as told, and a created record to be tied to its customer."""

    destination: str
    customer_id: UUID
    version: int
    record: RecordKey
    created: bool
    written: Attributes
    anchor_record_id: int


def operation_to_json(operation: Operation) -> dict[str, Any]:
    """Give what the ledger's columns don't hold, as JSON."""
    return {
        "anchor_record_id": operation.anchor_record_id,
        "changes": [
            {
                "slot": change.slot,
                "attribute": change.attribute,
                "value": _value_to_json(change.value),
                "expected": [_value_to_json(value) for value in change.expected],
                "reason": change.reason,
            }
            for change in operation.changes
        ],
    }


def changes_from_json(stored: list[dict[str, Any]]) -> tuple[Change, ...]:
    """Read the stored changes back."""
    return tuple(
        Change(
            item["slot"],
            item["attribute"],
            _value_from_json(item["value"]),
            tuple(_value_from_json(value) for value in item["expected"]),
            item["reason"],
        )
        for item in stored
    )


def _content(operation: Operation) -> list[Any]:
    target = operation.target
    return [
        operation.action,
        [target.system, target.object, target.source_id],
        [[change.slot, _value_to_json(change.value)] for change in operation.changes],
    ]


def _value_to_json(value: Value) -> dict[str, Any]:
    return {"value": value.value, "standard": value.standard}


def _value_from_json(stored: dict[str, Any]) -> Value:
    return Value(stored["value"], stored["standard"])


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(canonical_json(content).encode("utf-8", "surrogatepass")).hexdigest()
