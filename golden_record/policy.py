"""The survivorship policy: for each attribute or group the complete chain of rules, with every default filled in.

A `Policy` is plain data: equal policies have equal hashes, and it says everything that survivorship needs to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from hub.attributes import Attribute
from hub.config import Config
from hub.records import canonical_json
from hub.survivorship import DEFAULT_GROUPS, Rule, RuleName, SourcePriority, Survivorship, Union

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
    """One rule of a chain; `ranks` is for source_priority: system -> rank from 1, equal ranks tie."""

    rule: str
    ranks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is decided at once: one attribute, or a group whose attributes come from one record.

    `union`: all different values are kept, at most `limit` of them (None: all); else one value is. `cased`: letter
    case is part of good writing here, so that of equal values in equal use "Ann Lee" is a better form than "ANN LEE".
    """

    name: str
    attributes: tuple[str, ...]
    steps: tuple[Step, ...]
    group: bool = False
    union: bool = False
    limit: int | None = 1
    cased: bool = True


@dataclass(frozen=True)
class Policy:
    """The rules of all units, by name."""

    units: tuple[Unit, ...]

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the content: it names the policy that a golden record was made by."""
        return hashlib.sha256(canonical_json(self.content()).encode()).hexdigest()

    def content(self) -> list[dict[str, Any]]:
        """The policy as JSON, in full."""
        return [asdict(unit) for unit in self.units]


def policy_of(config: Config) -> Policy:
    """The policy of this hub."""
    return make_policy(config.survivorship, config.vocabulary())


def make_policy(settings: Survivorship, vocabulary: Mapping[str, Attribute]) -> Policy:
    """Fill in the defaults for all attributes of the vocabulary; raises ValueError where the settings don't fit it."""
    settings.check_names(vocabulary, None)
    surviving = {name: attribute for name, attribute in vocabulary.items() if not attribute.derived}
    groups = {
        name: tuple(member for member in members if member in surviving)
        for name, members in (DEFAULT_GROUPS if settings.groups is None else settings.groups).items()
    }
    grouped = {member for members in groups.values() for member in members}
    units = [_unit(settings, name, members) for name, members in groups.items() if members]
    units += [_unit(settings, name, (name,), attribute) for name, attribute in surviving.items() if name not in grouped]
    return Policy(tuple(sorted(units, key=lambda unit: unit.name)))


def _unit(settings: Survivorship, name: str, members: tuple[str, ...], attribute: Attribute | None = None) -> Unit:
    """The unit of an attribute, or of a group where there is none."""
    chain: Sequence[Rule] = settings.attributes.get(name, ())
    union, limit = False, None
    if chain and isinstance(chain[0], Union):
        union, limit = True, chain[0].union.max
        chain = [*(chain[0].union.primary or ()), *chain[1:]]
    elif not chain and attribute and attribute.multi:
        union, limit = True, DEFAULT_LIMIT
    order = chain or settings.defaults or _CHAINS.get(name, _RECENT)
    return Unit(
        name,
        members,
        tuple(_step(rule) for rule in order if not isinstance(rule, Union)),
        group=attribute is None,
        union=union,
        limit=limit if union else 1,
        cased=attribute is None or attribute.kind in ("text", "address"),
    )


def _step(rule: RuleName | SourcePriority) -> Step:
    if isinstance(rule, str):
        return Step(rule)
    ranks = {
        system: rank
        for rank, entry in enumerate(rule.source_priority, start=1)
        for system in ([entry] if isinstance(entry, str) else entry)
    }
    return Step("source_priority", tuple(sorted(ranks.items())))
