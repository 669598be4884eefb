"""Fields of a company's own in a system, to which hub.yaml maps attributes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from destinations.slots import Slot, Wire, text
from hub.attributes import Attribute
from hub.errors import SettingsError
from hub.records import ENTITY_TYPES, EntityType, Value

OwnFields = Mapping[EntityType, tuple[Slot, ...]]
"""The slots that hub.yaml adds, by entity type."""


class Own(Protocol):
    """Makes the slots that hub.yaml adds; a system says what stands before their names in its own fields."""

    def __call__(self, place: Mapping[EntityType, str] = ...) -> OwnFields:
        """Give the slots by entity type."""


_NOWHERE: Mapping[EntityType, str] = {}
_STANDARD = frozenset({"date", "number", "boolean", "email", "phone", "website"})


def own_fields(
    properties: Mapping[str, str], vocabulary: Mapping[str, Attribute], place: Mapping[EntityType, str] = _NOWHERE
) -> OwnFields:
    """Make a slot for each mapped attribute; `place` stands before the property's name in the system's fields."""
    return {
        entity_type: tuple(
            _slot(vocabulary[attribute], name, place.get(entity_type, "") + name)
            for attribute, name in properties.items()
            if entity_type in vocabulary[attribute].entity_types
        )
        for entity_type in ENTITY_TYPES
    }


def _slot(attribute: Attribute, name: str, field: str) -> Slot:
    return Slot(name, attribute.name, partial(_form, field, attribute.kind), wire_fields=(field,))


def with_own(usual: Sequence[Slot], own: Iterable[Slot]) -> tuple[Slot, ...]:
    """Add slots to a system's usual ones; an attribute that is mapped leaves its usual place.

    Raises SettingsError where a slot would write into a field that the hub writes something else to.
    """
    own = tuple(own)
    mapped = {slot.attribute for slot in own}
    rest = tuple(slot for slot in usual if slot.attribute not in mapped or slot.required)
    taken = {name: slot.attribute for slot in rest for name in (slot.name, *slot.fields)}
    for slot in own:
        for name in slot.fields:
            if name in taken:
                raise SettingsError(
                    f"fields maps {slot.attribute} to {name}, where the hub writes {taken[name]}.",
                    hint="Map it to a property of your own; `true` in place of a name means its usual place.",
                )
            taken[name] = slot.attribute
    return (*rest, *own)


def _form(field: str, kind: str, value: Value) -> Wire:
    said = text(value.standard) if kind in _STANDARD else text(value.value)
    return {field: said} if said else {}
