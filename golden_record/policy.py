"""The survivorship policy: for each attribute or group the complete chain of rules, with every default filled in.

A `Policy` is plain data: equal policies have equal hashes, and it says everything that survivorship needs to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from hub.attributes import Attribute
from hub.config import Config
from hub.records import canonical_json
from hub.survivorship import Survivorship
from hub.survivorship_rules import (
    AttributePolicy,
    Condition,
    Constant,
    Follow,
    MostRecent,
    Oldest,
    Rule,
    RuleName,
    SourcePriority,
    Trust,
    Union,
    ValidatedFirst,
    rule_name,
)

_FREQUENT: tuple[RuleName, ...] = ("most_frequent", "most_recent", "longest")
_RECENT: tuple[RuleName, ...] = ("most_recent", "most_frequent", "longest")
_STABLE: tuple[RuleName, ...] = ("most_frequent", "longest", "most_recent")

DEFAULT_LIMIT = 10
"""Values that a union keeps by default: enough for any person, few enough to read."""

# What does not change in a life is settled by the most voices, what does by the latest word. The names of companies
# hardly change but are shortened at will, so that the longer form of an equally frequent name is the better one.
_CHAINS: dict[str, tuple[RuleName, ...]] = {
    "name": _FREQUENT,
    "title": _FREQUENT,
    "gender": _FREQUENT,
    "birth_date": _FREQUENT,
    "organisation_name": _STABLE,
    "legal_form": _STABLE,
    "industry": _FREQUENT,
    "identifier": _FREQUENT,
    "email": _FREQUENT,
    "phone": _FREQUENT,
    "website": _FREQUENT,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of a chain.

    `ranks` is for source_priority: system -> rank from 1, equal ranks tie. `clock` is for most_recent and oldest: a
    clock of `hub.survivorship.CLOCKS` or an attribute of kind date; None: the system's modified time, or else the time
    of the hub's present content. `scores`, `default` and `half_life_days` are for trust. `target` is what is followed.
    """

    rule: str
    ranks: tuple[tuple[str, int], ...] = ()
    clock: str | None = None
    scores: tuple[tuple[str, float], ...] = ()
    default: float = 0.5
    half_life_days: float | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which contributions count: None everywhere means all. `days` counts back from the customer's newest record."""

    systems: tuple[str, ...] | None = None
    objects: tuple[str, ...] | None = None
    days: float | None = None
    equals: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is decided at once: one attribute, or a group whose attributes come from one record.

    `union`: all different values are kept, at most `limit` of them (None: all); else one value is. `cased`: letter
    case is part of good writing here, so that of equal values in equal use "Ann Lee" is a better form than "ANN LEE".
    `listed`: systems that alone contribute. `floor`: the validity (0 to 2) below which nothing wins. `strict`: nothing
    but what the followed record has. `constant` stands where nothing else may win; `always`: nothing else may.
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

    @property
    def follows(self) -> str | None:
        """The unit whose winning record this one follows."""
        return self.steps[0].target if self.steps else None


@dataclass(frozen=True)
class Policy:
    """The rules of all units, by name."""

    units: tuple[Unit, ...]

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the content: it names the policy that a golden record was made by."""
        return hashlib.sha256(canonical_json(self.content()).encode()).hexdigest()

    def content(self) -> list[dict[str, Any]]:
        """The policy as JSON, in full; what is not said stands at its default."""
        return [_said(unit) for unit in self.units]

    @cached_property
    def solo(self) -> dict[int, Unit]:
        """The attributes of groups as units of their own, numbered on from the units."""
        grouped = [(name, unit) for unit in self.units if unit.group for name in unit.attributes]
        return {
            len(self.units) + place: replace(unit, name=name, attributes=(name,), group=False)
            for place, (name, unit) in enumerate(grouped)
        }

    def uses(self, *rules: str) -> bool:
        """Whether any unit has one of these rules."""
        return any(step.rule in rules for unit in self.units for step in unit.steps)


def _said(unit: Unit) -> dict[str, Any]:
    empty = asdict(Unit(unit.name, unit.attributes, ()))
    said = {name: value for name, value in asdict(unit).items() if name in _ALWAYS or value != empty[name]}
    unsaid = asdict(Step(""))
    said["steps"] = [
        {name: value for name, value in step.items() if name == "rule" or value != unsaid[name]}
        for step in said["steps"]
    ]
    return said


_ALWAYS = ("name", "attributes", "steps")


def policy_of(config: Config) -> Policy:
    """The policy of this hub."""
    return make_policy(config.survivorship, config.vocabulary())


def make_policy(settings: Survivorship, vocabulary: Mapping[str, Attribute]) -> Policy:
    """Fill in the defaults for all attributes of the vocabulary; raises ValueError where the settings don't fit it."""
    settings.check_names(vocabulary, None)
    surviving = {name: attribute for name, attribute in vocabulary.items() if not attribute.derived}
    groups = {
        name: tuple(member for member in members if member in surviving)
        for name, members in settings.groups_in_force.items()
    }
    grouped = {member for members in groups.values() for member in members}
    units = [_unit(settings, name, members) for name, members in groups.items() if members]
    units += [_unit(settings, name, (name,), attribute) for name, attribute in surviving.items() if name not in grouped]
    return Policy(tuple(sorted(units, key=lambda unit: unit.name)))


def _unit(settings: Survivorship, name: str, members: tuple[str, ...], attribute: Attribute | None = None) -> Unit:
    """The unit of an attribute, or of a group where there is none."""
    entry = settings.attributes.get(name, AttributePolicy())
    chain: Sequence[Rule] = entry.rules or ()
    union, limit = False, None
    if chain and isinstance(chain[0], Union):
        union, limit = True, chain[0].union.max
        chain = [*(chain[0].union.primary or ()), *chain[1:]]
    elif not chain and attribute and attribute.multi:
        union, limit = True, DEFAULT_LIMIT
    order = chain or settings.defaults or _CHAINS.get(name, _RECENT)
    constant = next((rule for rule in order if isinstance(rule, Constant)), None)
    names = [rule_name(rule) for rule in order]
    ordered = [rule for rule in order if rule_name(rule) not in ("union", "unanimous", "constant")]
    return Unit(
        name,
        members,
        tuple(_step(rule) for rule in ordered),
        group=attribute is None,
        union=union,
        limit=limit if union else 1,
        cased=attribute is None or attribute.kind in ("text", "address"),
        kind=attribute.kind if attribute else "text",
        entity_types=tuple(attribute.entity_types) if attribute else (),
        when=_conditions(entry.when),
        listed=_listed(ordered),
        floor=max((_FLOORS[r.validated_first.floor] for r in ordered if isinstance(r, ValidatedFirst)), default=0),
        unanimous="unanimous" in names,
        strict=bool(ordered) and isinstance(ordered[0], Follow) and len(ordered) == 1,
        constant=_text(constant.constant) if constant else None,
        always=constant is not None and not ordered and "unanimous" not in names,
        nulls=entry.nulls == "win",
        clear=tuple(sorted({token.strip().lower() for token in entry.clear})),
    )


_FLOORS = {"comparable": 1, "valid": 2}


def _text(given: str | float | bool) -> str:
    return str(given).lower() if isinstance(given, bool) else str(given)


def _conditions(when: Condition | None) -> Conditions:
    if when is None:
        return Conditions()
    return Conditions(
        systems=tuple(sorted(when.system)) if when.system else None,
        objects=tuple(sorted(when.object)) if when.object else None,
        days=when.newer_than_days,
        equals=tuple(
            (name, tuple(sorted(v.lower() for v in ([given] if isinstance(given, str) else given))))
            for name, given in sorted((when.equals or {}).items())
        ),
    )


def _listed(rules: Sequence[Rule]) -> tuple[str, ...] | None:
    """The systems that alone contribute, where a source_priority says that the others never do."""
    closed = [set(rule.systems()) for rule in rules if isinstance(rule, SourcePriority) and rule.unlisted == "never"]
    return tuple(sorted(set.intersection(*closed))) if closed else None


def _step(rule: Rule) -> Step:
    name = rule_name(rule)
    if isinstance(rule, SourcePriority):
        ranks = {
            system: rank
            for rank, entry in enumerate(rule.source_priority, start=1)
            for system in ([entry] if isinstance(entry, str) else entry)
        }
        return Step(name, tuple(sorted(ranks.items())))
    if isinstance(rule, MostRecent):
        return Step(name, clock=rule.most_recent.clock)
    if isinstance(rule, Oldest):
        return Step(name, clock=rule.oldest.clock)
    if isinstance(rule, Trust):
        trust = rule.trust
        return Step(
            name,
            scores=tuple(sorted(trust.scores.items())),
            default=trust.default,
            half_life_days=trust.half_life_days,
        )
    return Step(name, target=rule.follow) if isinstance(rule, Follow) else Step(name)
