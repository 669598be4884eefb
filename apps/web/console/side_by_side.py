"""Records side by side: one line an attribute, with what differs marked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hub.attributes import Attribute
from hub.masking import MARK
from hub.records import Part, Value, canonical_json
from identity.compared import Compared

Likeness = Literal["same", "some", "differ", "alone"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as a cell has it: as the source says it, and in the form that is compared where that reads otherwise.

    `shared`: another record says the same.
    """

    value: Part
    standard: Part | None
    shared: bool


@dataclass(frozen=True)
class Line:
    """One attribute over all records, in their order.

    same: all who have it say the same; some: they share one of several values; differ: they don't; alone: one has it.
    """

    attribute: str
    likeness: Likeness
    cells: tuple[tuple[Shown, ...], ...]


def lines(records: Sequence[Compared], vocabulary: Mapping[str, Attribute], hidden: Collection[str]) -> list[Line]:
    """Give the lines of records: attributes in the order of the vocabulary, hidden ones as marks."""
    names = [name for name in vocabulary if any(record.attributes.get(name) for record in records)]
    names += sorted({name for record in records for name in record.attributes} - set(vocabulary))
    found = [
        _line(name, [record.attributes.get(name, []) for record in records], name in hidden)
        for name in names
        if not (name in vocabulary and vocabulary[name].derived)
    ]
    return found


def _line(name: str, cells: Sequence[Sequence[Value]], hidden: bool) -> Line:
    sets = [{_comparable(value) for value in values} for values in cells]
    having = [found for found in sets if found]
    if len(having) < 2:
        likeness: Likeness = "alone"
    elif all(found == having[0] for found in having):
        likeness = "same"
    else:
        likeness = "some" if set.intersection(*having) else "differ"
    shown = []
    for place, values in enumerate(cells):
        others = set().union(*(found for i, found in enumerate(sets) if i != place))
        shown.append(tuple(_shown(value, _comparable(value) in others, hidden) for value in values))
    return Line(name, likeness, tuple(shown))


def _shown(value: Value, shared: bool, hidden: bool) -> Shown:
    if hidden:
        return Shown(MARK, None, shared)
    return Shown(value.value, value.standard if value.standard != value.value else None, shared)


def _comparable(value: Value) -> str:
    return canonical_json(value.value if value.standard is None else value.standard)
