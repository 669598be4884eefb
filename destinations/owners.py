"""Conflicts: fields that were changed in a system since the hub wrote them, settled by their declared owner. Pure.

hub: the golden record's value is written, once the hub has read the change and judged it like any other evidence.
system: what the system says by itself stays; the hub fills what it never filled before, and corrects its own words.
newest: the later one stays, by the time of the record's change and of the change behind the golden value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from destinations.operations import Subject
from destinations.slots import Slot
from hub.config import Owner
from hub.records import RecordKey


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field changed in the system since the hub wrote it, and whose value the plan lets stand there."""

    customer_id: UUID
    version: int
    record: RecordKey
    slot: str
    owner: Owner
    stands: Literal["hub", "system"]

    @property
    def reason(self) -> str:
        """Say in words how it was settled."""
        what = "is overwritten" if self.stands == "hub" else "stays"
        return f"changed there since the hub wrote it; it {what} (owner: {self.owner})"


def changed_there(subject: Subject, slot: Slot) -> bool:
    """Tell whether the field was changed, or emptied, in the system since the hub wrote it."""
    emptied = subject.told.get(slot.attribute) == []  # by the hub
    return slot.name in subject.written and not emptied and not slot.held(subject.told)


def stays(subject: Subject, slot: Slot, owner: Owner) -> bool:
    """Tell whether what the system holds stays, though the golden record says something else.

    The hub's own word in the system is never guarded. A time that isn't known counts as the oldest, and of equal
    times the hub's counts as the later.
    """
    if owner == "hub" or slot.held(subject.told):
        return False
    if not subject.held(slot) and not changed_there(subject, slot):
        return False
    if owner == "system":
        return True
    times = [subject.golden_at[name] for name in (slot.attribute, *slot.composed_of) if name in subject.golden_at]
    return subject.changed_at is not None and (not times or subject.changed_at > max(times))
