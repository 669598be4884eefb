"""A golden record as a page shows it: where each value comes from, in words, and what each system says beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from apps.web.console import because
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


@dataclass(frozen=True, slots=True)
class Cell:
    """One golden value: the text to show, the record it came from ("" where none), and why it won."""

    value: Part
    record: str
    because: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute: its golden values, what else was said ("": nothing), and what people entered about it."""

    name: str
    cells: tuple[Cell, ...]
    others: str
    hidden: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """What one record says of an attribute: `told` where the hub wrote it; `differs` from the golden value."""

    values: tuple[Part, ...]
    told: bool
    differs: bool


def lines(golden: GoldenRecord, entries: Sequence[Entry], known: Sequence[str], hidden: Collection[str]) -> list[Line]:
    """The golden values, in the order of the `known` attributes, as somebody may see them who must not see `hidden`."""
    names = in_order({*golden.attributes, *golden.origins}, known)
    return [
        Line(
            name,
            _cells(golden.attributes.get(name, ()), golden.origins.get(name, AttributeOrigins()), name in hidden),
            _others(golden.origins.get(name, AttributeOrigins())),
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
            because.won(origin.rule, origin.tie_break),
            tuple((name, source_text(part.won[0].record)) for name, part in origin.parts.items() if part.won),
        )
        for value, origin in zip(values, origins.won, strict=False)
    )


def _others(origins: AttributeOrigins) -> str:
    """Say how much else was said: a record that says the same as a golden value lost nothing."""
    golden = [origin.value for origin in origins.won]
    other = [loser for loser in origins.lost if loser.value not in golden]
    if not other:
        return ""
    competed = [loser for loser in other if not because.barred(loser.rule)]
    if origins.won and origins.won[0].rule == "agreed" and competed == other:
        return f"{len(other)} in other words"
    return f"{len(other)} other{'s' if len(other) != 1 else ''} not taken"


def _holding(member: Member, name: str, golden: Value | None, hidden: bool) -> Holding:
    values = member.current.get(name, [])
    same = golden is None or any((v.standard or v.value) == (golden.standard or golden.value) for v in values)
    shown = tuple(MARK if hidden else value.value for value in values)
    return Holding(shown, name in member.told, bool(values) and not same)
