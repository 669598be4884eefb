"""A claimed operation against the record as the system holds it at this moment. Pure.

Reading before writing answers three questions at once: whether an earlier try had landed, whether someone changed
the record since the hub read it, and what is left to send.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from destinations.operations import Found, Operation
from destinations.slots import Slot
from hub.config import Owner


@dataclass(frozen=True, slots=True)
class Assessment:
    """Slots by what the system says of them.

    landed: it holds the value already. left: to be sent. moved: it holds something that the hub has not read. kept:
    the same, and the system has the last word on it (what the hub has not read is also the newest).
    """

    landed: tuple[str, ...]
    left: tuple[str, ...]
    moved: tuple[str, ...]
    kept: tuple[str, ...] = ()


def assess(
    operation: Operation, found: Found, slots: Sequence[Slot], owner_of: Callable[[str], Owner] = lambda _: "hub"
) -> Assessment:
    """Compare each change of the operation with the found record; `owner_of` gives the owner of an attribute."""
    by_name = {slot.name: slot for slot in slots}
    landed, left, moved, kept = [], [], [], []
    for change in operation.changes:
        slot = by_name[change.slot]
        fields = found.fields.get(change.slot, {})
        if slot.holds(fields, change.value):
            landed.append(change.slot)
        elif slot.is_empty(fields) or any(slot.resembles(fields, value) for value in change.expected):
            left.append(change.slot)
        elif owner_of(change.attribute) == "hub":
            moved.append(change.slot)
        else:
            kept.append(change.slot)
    return Assessment(tuple(landed), tuple(left), tuple(moved), tuple(kept))
