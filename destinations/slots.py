"""A slot: one place in a system's record that can hold one canonical value, and how it looks there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.records import Attributes, EntityType, Part, Value

Wire = dict[str, Any]
"""Fields in a system's own names and forms."""

# What people type into a field to say nothing; the sources read them as absent, so they guard nothing.
_SAYS_NOTHING = frozenset({"na", "none", "null", "nan", "nil", "unknown", "keine", "tbd", "test", "0"})


EMPTY = Value("", None)
"""In place of a value: the slot is to be emptied."""


def same_standard(one: Value, other: Value) -> bool:
    """Tell whether two values are the same in comparable form; where one has none, as written."""
    if one.standard is None or other.standard is None:
        return bool(plain(one.value) == plain(other.value))
    return one.standard == other.standard


def same_words(one: Value, other: Value) -> bool:
    """Tell whether two names have the same words, in any order ("Schmidt, Anna" is "Anna Schmidt")."""
    return _words(one.standard or one.value) == _words(other.standard or other.value)


def _whole(value: Value) -> Value | None:
    return value


@dataclass(frozen=True)
class Slot:
    """One place of a system's record.

    `encode` gives the system's fields for a value (empty: the system can't express it). `holdable` cuts a value down
    to what the system keeps of it, so that the value which comes back is the value that was written. `derive` makes
    the slot's values where the attribute is composed of others (`composed_of`). `required`: no record can be
    created without it. `unique`: the system refuses the value on a second record. `writable` false: it is written at
    creation alone. `fill_only`: only where the system holds none. `telling` are the fields without which the others
    say nothing (a country is no address yet). `clearable` false: the system offers no way to empty it.
    """

    name: str
    attribute: str
    encode: Callable[[Value], Wire]
    holdable: Callable[[Value], Value | None] = _whole
    derive: Callable[[Attributes], list[Value]] | None = None
    composed_of: tuple[str, ...] = ()
    same: Callable[[Value, Value], bool] = same_standard
    required: bool = False
    unique: bool = False
    writable: bool = True
    fill_only: bool = False
    wire_fields: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    clearable: bool = True

    def wire(self, value: Value) -> Wire:
        """Give the system's fields for a value, or those that empty the slot."""
        return dict.fromkeys(self.fields, "") if value == EMPTY else self.encode(value)

    @property
    def fields(self) -> tuple[str, ...]:
        """Name the system's fields that the slot consists of; by default one, named like the slot."""
        return self.wire_fields or (self.name,)

    def cut(self, raw: Mapping[str, Any]) -> Wire:
        """Take the slot's fields out of a raw record."""
        return {name: raw.get(name) for name in self.fields}

    def held(self, attributes: Attributes) -> list[Value]:
        """Give the values that belong into this slot, as far as the system keeps them, primary first."""
        values = self.derive(attributes) if self.derive else attributes.get(self.attribute, [])
        return [held for value in values if (held := self.holdable(value)) is not None]

    def expressible(self, attributes: Attributes) -> list[Value]:
        """Give those of `held` that the system's fields can say."""
        return [value for value in self.held(attributes) if self.encode(value)]

    def holds(self, fields: Mapping[str, Any], value: Value) -> bool:
        """Tell whether the system's fields say this value, formatting aside."""
        if value == EMPTY:
            return self.is_empty(fields)
        return any(_says(fields, form, plain) for form in self._forms(value))

    def resembles(self, fields: Mapping[str, Any], value: Value) -> bool:
        """Tell whether the value could have been read from the system's fields: letters and digits alone count.

        A value that has no form in the system (a date that is none) can't be told apart, so it is taken for read there.
        """
        said = bare(value.value) if isinstance(value.value, str) else ""
        held = [bare(fields.get(name)) for name in self.fields]
        if said and (said in held or said == "".join(held)):  # a long name is kept in several fields
            return True
        forms = self._forms(value)
        return not forms or any(_says(fields, form, bare) for form in forms)

    def is_empty(self, fields: Mapping[str, Any]) -> bool:
        """Tell whether the system holds nothing there, or a word that says nothing."""
        said = [bare(fields.get(name)) for name in self.telling or self.fields]
        return all(not word or word in _SAYS_NOTHING for word in said)

    def _forms(self, value: Value) -> list[Wire]:
        forms = (self.encode(value), self.encode(Value(value.value, None)))
        return [form for form in forms if form]


def plain(value: Any) -> Any:
    """Give a text without differences of case, width and spacing; other values as they are."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if part not in (None, "")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None:
        return ""
    return " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())


def bare(value: Any) -> str:
    """Give the letters and digits of a text."""
    if isinstance(value, bool):
        return "true" if value else ""
    return re.sub(r"[\W_]+", "", str(plain(value)))


def text(value: Part | None) -> str:
    """Give a text value; nothing for a value of parts."""
    return value.strip() if isinstance(value, str) else ""


def _says(fields: Mapping[str, Any], form: Wire, norm: Callable[[Any], Any]) -> bool:
    return all(norm(fields.get(name)) == norm(wanted) for name, wanted in form.items())


def _words(value: Part) -> list[str]:
    return sorted(re.sub(r"[\W_]+", " ", str(plain(value))).split())


PERSON: EntityType = "person"
ORGANISATION: EntityType = "organisation"
