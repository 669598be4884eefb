"""What competes for a unit, in plain Python: the candidates that one customer's records bring, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from golden_record.unit import Policy, Unit
from hub.records import Part, Value

Record = dict[str, Any]
"""system, object, source_id, attributes (dict of lists of Value), modified_at, changed_at, arrived_at (microseconds),
role."""
DAY = 86_400_000_000


@dataclass(frozen=True)
class Candidate:
    """The values that one record brings for a unit, by attribute; or its word that there is none."""

    record: int
    ordinal: int
    values: tuple[tuple[str, Value | None], ...]
    empty: bool = False
    match: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return "none" if self.empty else repr([form(name, value, self.match) for name, value in self.values])


def form(name: str, value: Any, match: tuple[str, ...] = ()) -> Any:
    """What is equal for equal values; of children, for those that are equal in the parts to match."""
    if match and isinstance(value.standard, dict) and set(match) <= set(value.standard):
        return (name, "child", [value.standard[part] for part in match])
    return (name, ordered(value.value)) if value.standard is None else (name, "ok", ordered(value.standard))


def policy_records(policy: Policy) -> list[Record]:
    """What the policy itself says, as records of a person: its constants, and room for what it derives."""
    said = {
        unit.name: [Value(unit.constant, unit.constant.lower())]
        for unit in policy.units
        if unit.constant is not None and "person" in unit.entity_types
    }
    place = {"system": "policy", "source_id": "hub.yaml", "modified_at": None, "changed_at": 0, "arrived_at": None}
    found = [{**place, "object": "constant", "role": "constant", "attributes": said}] if said else []
    if any(unit.derived for unit in policy.units):
        found.append({**place, "object": "derived", "role": "derived", "attributes": {}})
    return found


def stripped(record: Record, policy: Policy) -> Record:
    """Of a deleted record what is kept."""
    if record.get("role") != "kept":
        return record
    kept = {name for unit in policy.units if unit.keeps for name in unit.attributes}
    return {**record, "attributes": {name: v for name, v in record["attributes"].items() if name in kept}}


def units_of(policy: Policy, alone: set[str]) -> Iterator[Unit]:
    """What is decided at once, where a steward's word on an attribute takes it out of its group."""
    for unit in policy.units:
        if not unit.group:
            yield unit
            continue
        yield replace(unit, attributes=tuple(name for name in unit.attributes if name not in alone))
        for name in unit.attributes:
            if name in alone:
                yield replace(unit, name=f"{name} alone", attributes=(name,), group=False)


def key_of(record: Record) -> tuple[str, str, str]:
    return record["system"], record["object"], record["source_id"]


def ordered(part: Part | None) -> Any:
    return tuple(sorted(part.items())) if isinstance(part, dict) else part


def candidates_of(records: list[Record], unit: Unit) -> Iterator[Candidate]:
    for index, record in enumerate(records):
        if record.get("role") == "exclude":
            continue
        longest = max((len(record["attributes"].get(name, ())) for name in unit.attributes), default=0)
        for ordinal in range(longest):
            values = [
                (name, record["attributes"][name][ordinal])
                for name in sorted(unit.attributes)
                if ordinal < len(record["attributes"].get(name, ()))
            ]
            match = unit.children.key if unit.children else ()
            none = record.get("role") != "derived" and says_none(unit, values[0][1])
            yield Candidate(index, ordinal, tuple(values), none, match)
        if longest == 0 and unit.nulls and record.get("role") is None and "person" in unit.entity_types:
            yield Candidate(index, 0, ((unit.name, None),), empty=True)


def says_none(unit: Unit, value: Value) -> bool:
    return isinstance(value.value, str) and value.value.strip(" ").lower() in unit.clear


def clock_of(record: Record) -> int:
    return int(record["changed_at"] if record["modified_at"] is None else record["modified_at"])


def own_clock(record: Record, c: Candidate) -> int:
    """When what the candidate says last changed in its record."""
    times = record.get("attribute_times") or {}
    known = [times.get(name.split(".")[0], clock_of(record)) if value else clock_of(record) for name, value in c.values]
    return max(known)


def newest(records: list[Record]) -> int:
    return max(clock_of(record) for record in records if record.get("role") is None)


def validity(unit: Unit, c: Candidate, value: Value | None) -> int:
    if c.empty:
        return 2
    assert value
    standard = value.standard
    if standard is None:
        return 0
    if unit.kind == "phone" and isinstance(standard, str) and not standard.startswith("+"):
        return 1
    if isinstance(standard, dict) and unit.kind == "address":
        return 2 if {"street", "country"} <= set(standard) and {"city", "postcode"} & set(standard) else 1
    return 2


def day(value: Value | None) -> int | None:
    """Days since 1970 of a comparable date."""
    if value is None or not isinstance(value.standard, str):
        return None
    try:
        return (date.fromisoformat(value.standard) - date(1970, 1, 1)).days
    except ValueError:
        return None


def number(unit: Unit, c: Candidate) -> float | None:
    value = c.values[0][1]
    if c.empty or value is None or not isinstance(value.standard, str):
        return None
    if unit.kind == "date":
        return day(value)
    try:
        return float(value.standard)
    except ValueError:
        return None


def words(part: Part) -> str:
    return "".join(part.values()) if isinstance(part, dict) else part


def filled(part: Part) -> int:
    return sum(text != "" for text in part.values()) if isinstance(part, dict) else 1
