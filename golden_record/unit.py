"""What a survivorship policy is made of: plain data, complete, and told in full by `Policy.content`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from hub.records import canonical_json


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of a chain.

    `ranks` is for source_priority: system -> rank from 1, equal ranks tie. `clock` is for most_recent and oldest: a
    clock of `hub.rule_faults.CLOCKS` or an attribute of kind date; None: the system's modified time, or else the time
    of the hub's present content. `scores` and `default` are for trust and confidence, `half_life_days` for trust,
    `floor` for confidence. `target` is what is followed.
    """

    rule: str
    ranks: tuple[tuple[str, int], ...] = ()
    clock: str | None = None
    scores: tuple[tuple[str, float], ...] = ()
    default: float = 0.5
    half_life_days: float | None = None
    floor: float | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which contributions count: None everywhere means all. `days` counts back from the customer's newest record."""

    systems: tuple[str, ...] | None = None
    objects: tuple[str, ...] | None = None
    days: float | None = None
    equals: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """One way to make a value of golden ones: `how` says what is done to the references, by `hub.derivation`."""

    how: Literal["join", "country_of", "domain_of"]
    references: tuple[str, ...]
    separator: str = " "


@dataclass(frozen=True, slots=True)
class Children:
    """How the values of a unit are matched among themselves: equal in all parts of `key`, they are one child.

    `parts` are the others, each a unit of its own, named address.city.
    """

    key: tuple[str, ...]
    parts: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is decided at once: one attribute, or a group whose attributes come from one record.

    `union`: all different values are kept, at most `limit` of them (None: all); else one value is. `cased`: letter
    case is part of good writing here, so that of equal values in equal use "Ann Lee" is a better form than "ANN LEE".
    `listed`: systems that alone contribute. `floor`: the validity (0 to 2) below which nothing wins. `strict`: nothing
    but what the followed record has. `constant` stands where nothing else may win; `always`: nothing but a constant or
    derived value may. `derived` are the ways to make a value, tried in order; `derived_last`: it gives way to any
    contribution, as a constant does. `keeps`: the last word of deleted records counts where no other does.
    """

    name: str
    attributes: tuple[str, ...]
    steps: tuple[Step, ...]
    group: bool = False
    union: bool = False
    limit: int | None = 1
    cased: bool = True
    kind: str = "text"
    entity_types: tuple[str, ...] = ()
    when: Conditions = Conditions()
    listed: tuple[str, ...] | None = None
    floor: int = 0
    unanimous: bool = False
    strict: bool = False
    constant: str | None = None
    always: bool = False
    nulls: bool = False
    clear: tuple[str, ...] = ()
    derived: tuple[Derivation, ...] = ()
    derived_last: bool = False
    children: Children | None = None
    keeps: bool = False

    @property
    def follows(self) -> str | None:
        """The unit whose winning record this one follows."""
        return self.steps[0].target if self.steps else None


@dataclass(frozen=True)
class Policy:
    """The rules of all units, by name. `keep_days`: so long the last word of deleted records counts; None: for ever."""

    units: tuple[Unit, ...]
    keep_days: float | None = None

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the content: it names the policy that a golden record was made by."""
        return hashlib.sha256(canonical_json(self.content()).encode()).hexdigest()

    def content(self) -> list[dict[str, Any]]:
        """The policy as JSON, in full; what is not said stands at its default."""
        days = {} if self.keep_days is None else {"keep_days": self.keep_days}
        return [_said(unit) | (days if unit.keeps else {}) for unit in self.units]

    @property
    def keeps(self) -> bool:
        """Whether the last word of deleted records counts anywhere."""
        return any(unit.keeps for unit in self.units)

    def kept_from(self, at: datetime) -> datetime | None:
        """After which deletion the last word of a record still counts at a moment; None: after any."""
        return None if self.keep_days is None else at - timedelta(days=self.keep_days)

    @cached_property
    def solo(self) -> dict[int, Unit]:
        """The attributes of groups as units of their own, numbered on from the units."""
        grouped = [(name, unit) for unit in self.units if unit.group for name in unit.attributes]
        return {
            len(self.units) + place: replace(unit, name=name, attributes=(name,), group=False)
            for place, (name, unit) in enumerate(grouped)
        }

    @cached_property
    def parts(self) -> dict[int, Unit]:
        """The parts of children as units of their own, numbered on from the solo ones."""
        made = [part for unit in self.units if unit.children for part in unit.children.parts]
        return dict(enumerate(made, start=len(self.units) + len(self.solo)))

    def uses(self, *rules: str) -> bool:
        """Whether any unit has one of these rules."""
        units = [*self.units, *self.parts.values()]
        return any(step.rule in rules for unit in units for step in unit.steps)


def _said(unit: Unit) -> dict[str, Any]:
    said = {"name": unit.name, "attributes": unit.attributes} | _unlike(unit, Unit(unit.name, unit.attributes, ()))
    said["steps"] = [{"rule": step.rule} | _unlike(step, Step(step.rule)) for step in unit.steps]
    if unit.derived:
        said["derived"] = [asdict(way) for way in unit.derived]
    if unit.when != Conditions():
        said["when"] = asdict(unit.when)
    if unit.children:
        said["children"] = {"key": unit.children.key, "parts": [_said(part) for part in unit.children.parts]}
    return said


def _unlike(one: Unit | Step, plain: Unit | Step) -> dict[str, Any]:
    """The fields that are not as they are by default; a settlement asks for the hash, so nothing is copied."""
    pairs = ((field.name, getattr(one, field.name), getattr(plain, field.name)) for field in fields(one))
    return {name: value for name, value, unsaid in pairs if value != unsaid}


def differing(was: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the units that differ between two policies, as `Policy.content` tells them, in the order of names."""
    one, other = ({unit["name"]: unit for unit in content} for content in (was, then))
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def restored(content: Sequence[Mapping[str, Any]]) -> Policy:
    """Make the policy whose `Policy.content` this is; raises KeyError or TypeError for what is none."""
    days = [unit["keep_days"] for unit in content if "keep_days" in unit]
    return Policy(tuple(_restored(unit) for unit in content), days[0] if days else None)


def _restored(said: Mapping[str, Any]) -> Unit:
    nested: dict[str, Any] = {"steps": tuple(Step(**_frozen(step)) for step in said["steps"])}
    if "when" in said:
        nested["when"] = Conditions(**_frozen(said["when"]))
    if "derived" in said:
        nested["derived"] = tuple(Derivation(**_frozen(way)) for way in said["derived"])
    if "children" in said:
        children = said["children"]
        nested["children"] = Children(tuple(children["key"]), tuple(_restored(part) for part in children["parts"]))
    plain = {name: value for name, value in said.items() if name not in nested and name != "keep_days"}
    return Unit(**_frozen(plain), **nested)


def _frozen(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in said.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list | tuple) else value
