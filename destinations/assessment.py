"""A claimed operation against the record as the system holds it at this moment. Pure.

Reading before writing answers three questions at once: whether an earlier try had landed, whether someone changed
the record since the hub read it, and what is left to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from destinations.operations import Found, Operation
from destinations.slots import Slot


@dataclass(frozen=True, slots=True)
class Assessment:
    """Slots by what the system says of them.

    landed: it holds the value already. left: to be sent. moved: it holds something that the hub has not read.
    """

    landed: tuple[str, ...]
    left: tuple[str, ...]
    moved: tuple[str, ...]


def assess(operation: Operation, found: Found, slots: Sequence[Slot]) -> Assessment:
    """Compare each change of the operation with the found record."""
    by_name = {slot.name: slot for slot in slots}
    landed, left, moved = [], [], []
    for change in operation.changes:
        slot = by_name[change.slot]
        fields = found.fields.get(change.slot, {})
        if slot.holds(fields, change.value):
            landed.append(change.slot)
        elif slot.is_empty(fields) or any(slot.resembles(fields, value) for value in change.expected):
            left.append(change.slot)
        else:
            moved.append(change.slot)
    return Assessment(tuple(landed), tuple(left), tuple(moved))
