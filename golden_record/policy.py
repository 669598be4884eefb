"""The survivorship policy: for each attribute or group the complete chain of rules, with every default filled in.

A `Policy` is plain data: equal policies have equal hashes, and it says everything that survivorship needs to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from golden_record.unit import Children, Conditions, Derivation, Policy, Step, Unit
from hub.attributes import PARTS, Attribute
from hub.config import Config
from hub.derivation import CountryOf, DomainOf, Joined, Source
from hub.survivorship import PolicySettings, Survivorship
from hub.survivorship_rules import (
    AttributePolicy,
    Collection,
    Condition,
    Confidence,
    Constant,
    Derived,
    Follow,
    KeepDeleted,
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


def policy_of(config: Config, at: datetime) -> Policy:
    """The policy of this hub that is due at a moment (aware)."""
    return make_policy(config.survivorship.at(at), config.vocabulary())


def make_policy(settings: PolicySettings, vocabulary: Mapping[str, Attribute]) -> Policy:
    """Fill in the defaults for all attributes of the vocabulary; raises ValueError where the settings don't fit it."""
    if isinstance(settings, Survivorship):
        settings.check_names(vocabulary, None)
    surviving = {name: attribute for name, attribute in vocabulary.items() if not attribute.derived}
    groups = {
        name: tuple(member for member in members if member in surviving)
        for name, members in settings.groups_in_force.items()
    }
    grouped = {member for members in groups.values() for member in members}
    units = [_unit(settings, name, members) for name, members in groups.items() if members]
    units += [_unit(settings, name, (name,), attribute) for name, attribute in surviving.items() if name not in grouped]
    deleted = settings.deleted
    keep_days = deleted.keep_days if isinstance(deleted, KeepDeleted) else None
    return Policy(tuple(sorted(units, key=lambda unit: unit.name)), keep_days)


def _unit(settings: PolicySettings, name: str, members: tuple[str, ...], attribute: Attribute | None = None) -> Unit:
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
    derived = next((place for place, rule in enumerate(order) if isinstance(rule, Derived)), None)
    names = [rule_name(rule) for rule in order]
    ordered = _ordering(order)
    deleted = settings.deleted
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
        always=(constant is not None or derived is not None) and not ordered and "unanimous" not in names,
        nulls=entry.nulls == "win",
        clear=tuple(sorted({token.strip().lower() for token in entry.clear})),
        derived=_derivations(order),
        derived_last=bool(derived),
        children=_children(name, entry.collection, attribute, ordered),
        keeps=isinstance(deleted, KeepDeleted) and (deleted.attributes is None or name in deleted.attributes),
    )


_NO_ORDER = ("union", "unanimous", "derived", "constant")


def _ordering(rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule_name(rule) not in _NO_ORDER]


def _derivations(rules: Sequence[Rule]) -> tuple[Derivation, ...]:
    return tuple(_derivation(source) for rule in rules if isinstance(rule, Derived) for source in rule.derived)


def _derivation(source: Source) -> Derivation:
    if isinstance(source, Joined):
        return Derivation("join", tuple(source.join), source.separator)
    if isinstance(source, CountryOf):
        return Derivation("country_of", (source.country_of,))
    if isinstance(source, DomainOf):
        return Derivation("domain_of", (source.domain_of,))
    return Derivation("join", (source,))


def _children(
    name: str, collection: Collection | None, attribute: Attribute | None, ordered: Sequence[Rule]
) -> Children | None:
    if collection is None or attribute is None:
        return None
    inherited = [rule for rule in ordered if not isinstance(rule, Follow | ValidatedFirst | Confidence)]
    parts = {
        part: collection.parts.get(part, tuple(inherited))
        for part in sorted(PARTS[attribute.kind])
        if part not in collection.key
    }
    return Children(
        tuple(sorted(set(collection.key))),
        tuple(
            Unit(
                f"{name}.{part}",
                (f"{name}.{part}",),
                tuple(_step(rule) for rule in rules),
                entity_types=tuple(attribute.entity_types),
                listed=_listed(rules),
            )
            for part, rules in parts.items()
        ),
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
    if isinstance(rule, Confidence):
        sure = rule.confidence
        return Step(name, scores=tuple(sorted(sure.scores.items())), default=sure.default, floor=sure.floor)
    return Step(name, target=rule.follow) if isinstance(rule, Follow) else Step(name)
