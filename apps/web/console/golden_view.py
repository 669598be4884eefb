"""A golden record as a page shows it: where each value comes from, in words, and what each system says beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from golden_record.origins import AttributeOrigins, is_source
from golden_record.pins import Entry
from golden_record.read import GoldenRecord
from hub.masking import MARK
from hub.records import Part, RecordKey, Value
from identity.crosswalk import Member

DONE = {
    "entered": "Entered, and the golden record follows it.",
    "later": "Entered. A run is settling customers just now; it takes this up by itself.",
    "ended": "Ended; the rules decide again.",
}

_RULES = {
    "only_value": "no other value",
    "agreed": "all records agree",
    "usable": "the others can't be compared",
    "union": "kept beside the first",
    "tie_break": "a tie, broken by a fixed order",
    "pinned": "pinned by a person",
    "constant": "set in hub.yaml",
    "source_priority": "this system ranks first",
    "most_recent": "most recent",
    "oldest": "oldest",
    "most_frequent": "most records say so",
    "longest": "longest",
    "most_complete": "most complete",
    "max": "highest",
    "min": "lowest",
    "trust": "most trusted",
    "validated": "validated",
    "unanimous": "all agree",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One golden value: the text to show, the record it came from ("" where none), and why it won."""

    value: Part
    record: str
    because: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute: its golden values, how many contributions lost, and what people entered about it."""

    name: str
    cells: tuple[Cell, ...]
    lost: int
    hidden: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """What one record says of an attribute: `told` where the hub wrote it; `differs` from the golden value."""

    values: tuple[Part, ...]
    told: bool
    differs: bool


def words_of(rule: str) -> str:
    """Say a rule in words; one that has none of its own by its name."""
    return _RULES.get(rule, rule.replace("_", " "))


def lines(golden: GoldenRecord, entries: Sequence[Entry], known: Sequence[str], hidden: Collection[str]) -> list[Line]:
    """The golden values, in the order of the `known` attributes, as somebody may see them who must not see `hidden`."""
    names = in_order({*golden.attributes, *golden.origins}, known)
    return [
        Line(
            name,
            _cells(golden.attributes.get(name, ()), golden.origins.get(name, AttributeOrigins()), name in hidden),
            len(golden.origins.get(name, AttributeOrigins()).lost),
            name in hidden,
            tuple(entry for entry in entries if entry.attribute == name),
        )
        for name in names
    ]


def holdings(
    golden: GoldenRecord, members: Sequence[Member], known: Sequence[str], hidden: Collection[str]
) -> list[tuple[str, Part | None, list[Holding]]]:
    """What each record holds of the `known` attributes beside the golden value: (attribute, golden, one a record)."""
    held = {name for member in members for name in member.current}
    names = [name for name in known if name in held or name in golden.attributes]
    found: list[tuple[str, Part | None, list[Holding]]] = []
    for name in names:
        first = next(iter(golden.attributes.get(name, ())), None)
        shown = MARK if name in hidden and first else first.value if first else None
        found.append((name, shown, [_holding(member, name, first, name in hidden) for member in members]))
    return found


def in_order(names: Collection[str], known: Sequence[str]) -> list[str]:
    """Give the names in the order of the attributes that there are; others, of former settings, come last."""
    return [*(name for name in known if name in names), *sorted(set(names) - set(known))]


def source_text(record: RecordKey) -> str:
    """Name the record of an origin; what a person or the policy entered is named as that."""
    if is_source(record):
        return "/".join(record)
    return {"pin": "a pin", "value": "entered by a person"}.get(record.object, "hub.yaml")


def _cells(values: Sequence[Value], origins: AttributeOrigins, hidden: bool) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            MARK if hidden else value.value,
            source_text(origin.record),
            words_of(origin.rule) + (f" ({origin.tie_break.replace('_', ' ')})" if origin.tie_break else ""),
            tuple((name, source_text(part.won[0].record)) for name, part in origin.parts.items() if part.won),
        )
        for value, origin in zip(values, origins.won, strict=False)
    )


def _holding(member: Member, name: str, golden: Value | None, hidden: bool) -> Holding:
    values = member.current.get(name, [])
    same = golden is None or any((v.standard or v.value) == (golden.standard or golden.value) for v in values)
    shown = tuple(MARK if hidden else value.value for value in values)
    return Holding(shown, name in member.told, bool(values) and not same)
