"""What can be wrong with a survivorship policy that is spelled right: each fault with its place and a way out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from hub.attributes import PARTS, Attribute
from hub.derivation import CountryOf, DomainOf, references
from hub.rule_faults import chain_faults, common_faults, rule_faults, system_faults
from hub.section import did_you_mean
from hub.survivorship_rules import (
    STEWARD,
    AttributePolicy,
    Derived,
    Follow,
    KeepDeleted,
    SourcePriority,
    ordering,
    rule_name,
)

if TYPE_CHECKING:
    from hub.survivorship import PolicySettings


def policy_faults(
    policy: PolicySettings, known: Mapping[str, Attribute], systems: Collection[str] | None
) -> Iterator[str]:
    """Check a policy against the attributes and systems of a hub; gives "place: fault" for each."""
    surviving = {name: attribute for name, attribute in known.items() if not attribute.derived}
    groups = policy.groups_in_force
    yield from _group_faults(policy.groups or {}, surviving, known)
    belongs = {member: group for group, members in groups.items() for member in members}
    units = {*(name for name in surviving if name not in belongs), *groups}
    for name, entry in policy.attributes.items():
        where = f"attributes.{name}"
        if name not in surviving and name not in groups:
            yield f"{where}: unknown attribute{did_you_mean(name, {*surviving, *groups})}"
            continue
        if name in belongs:
            yield (
                f"{where}: it survives with group '{belongs[name]}'; give the rules to the group, or name groups"
                " without it"
            )
            continue
        chain, attribute = entry.rules or (), surviving.get(name)
        faults = [
            *chain_faults(chain, attribute),
            *_entry_faults(entry, attribute, surviving),
            *_follow_faults(policy, name, units, belongs),
            *_derived_faults(policy, name, attribute, surviving),
            *rule_faults(ordering(chain), surviving, systems),
        ]
        yield from (f"{where}: {fault}" for fault in faults)
        listed = (entry.when.system or ()) if entry.when else ()
        yield from (f"{where}.when.system: {fault}" for fault in system_faults("it", listed, systems))
        yield from (f"{where}.{fault}" for fault in _collection_faults(entry, attribute, surviving, systems))
    yield from (f"defaults: {fault}" for fault in common_faults(policy.defaults or ()))
    yield from (f"defaults: {fault}" for fault in rule_faults(policy.defaults or (), surviving, systems))
    if isinstance(policy.deleted, KeepDeleted):
        for name in policy.deleted.attributes or ():
            if name in belongs:
                yield f"deleted.attributes: '{name}' survives with group '{belongs[name]}'; name the group"
            elif name not in units:
                yield f"deleted.attributes: unknown attribute '{name}'{did_you_mean(name, units)}"
    if systems is not None and STEWARD in systems and _speaks_of_stewards(policy):
        yield f"attributes: '{STEWARD}' means what stewards enter; give the system of this name another one"


def _group_faults(
    groups: Mapping[str, list[str]], surviving: Mapping[str, Attribute], known: Mapping[str, Attribute]
) -> Iterator[str]:
    member_of: dict[str, str] = {}
    for group, members in groups.items():
        if group in known:
            yield f"groups.{group}: an attribute has this name already; choose another"
        if not members:
            yield f"groups.{group}: it has no attributes; name some, or leave it out"
        for member in members:
            if member not in surviving:
                yield f"groups.{group}: unknown attribute '{member}'{did_you_mean(member, surviving)}"
            elif surviving[member].multi:
                yield f"groups.{group}: '{member}' may have several values; a group holds attributes with one"
            elif member in member_of:
                yield f"groups.{group}: '{member}' is in group '{member_of[member]}' already"
            member_of[member] = group


def _entry_faults(
    entry: AttributePolicy, attribute: Attribute | None, surviving: Mapping[str, Attribute]
) -> Iterator[str]:
    if (entry.nulls == "win" or entry.clear) and attribute is None:
        yield "nulls and clear are for one attribute; a group takes over the gaps of the record that wins"
    if entry.nulls == "win" and attribute and attribute.multi:
        yield "nulls: win is for attributes with one value"
    if entry.clear and attribute and attribute.kind in PARTS:
        yield "clear is for attributes that are one text; this has parts"
    for name in (entry.when.equals or ()) if entry.when else ():
        if name not in surviving:
            yield f"when.equals names the unknown attribute '{name}'{did_you_mean(name, surviving)}"
        elif surviving[name].kind in PARTS:
            yield f"when.equals: '{name}' has parts; name an attribute that is one text"


def _follow_faults(
    policy: PolicySettings, name: str, units: Collection[str], belongs: Mapping[str, str]
) -> Iterator[str]:
    for place, rule in enumerate(ordering(policy.attributes[name].rules or ())):
        if not isinstance(rule, Follow):
            continue
        if place:
            yield "follow comes first; the rules after it decide where the followed record has no value"
        elif rule.follow in belongs:
            yield f"follow names '{rule.follow}', which survives with group '{belongs[rule.follow]}'; follow that"
        elif rule.follow not in units:
            yield f"follow names the unknown attribute '{rule.follow}'{did_you_mean(rule.follow, units)}"
        elif rule.follow == name:
            yield "follow names the attribute itself; name the one whose record counts"
        elif _has(policy, rule.follow, Follow):
            yield f"follow names '{rule.follow}', which follows another itself; follow that one"
        elif _has(policy, rule.follow, Derived):
            yield f"follow names '{rule.follow}', which is derived and so of no record; follow what it is derived from"


def _derived_faults(
    policy: PolicySettings, name: str, attribute: Attribute | None, surviving: Mapping[str, Attribute]
) -> Iterator[str]:
    order = list(ordering(policy.attributes[name].rules or ()))
    names = [rule_name(rule) for rule in order]
    if "derived" not in names:
        return
    if attribute is None or attribute.multi or attribute.kind != "text":
        yield "derived is for one attribute that is one text"
        return
    if 0 < names.index("derived") < len([n for n in names if n != "constant"]) - 1:
        yield (
            "derived comes first, and stands wherever it can be made, or last, and stands where no contribution may win"
        )
    for source in next(rule.derived for rule in order if isinstance(rule, Derived)):
        for reference in references(source):
            base, _, part = reference.partition(".")
            parts = PARTS.get(surviving[base].kind, ()) if base in surviving else ()
            if base not in surviving:
                yield f"derived names the unknown attribute '{base}'{did_you_mean(base, surviving)}"
            elif base == name:
                yield "derived names the attribute itself; name what it is made of"
            elif _has(policy, base, Derived):
                yield f"derived names '{base}', which is derived itself; name what that is made of"
            elif parts and not part:
                yield f"derived names '{base}', which has parts; name one: {', '.join(f'{base}.{p}' for p in parts)}"
            elif part and part not in parts:
                yield f"derived names '{reference}', and {base} has no such part{did_you_mean(part, parts)}"
            elif isinstance(source, CountryOf) and surviving[base].kind != "phone":
                yield f"country_of is for phone numbers, and '{base}' holds none; phone may be meant"
            elif isinstance(source, DomainOf) and surviving[base].kind not in ("email", "website"):
                yield f"domain_of is for e-mail and web addresses, and '{base}' holds none; email may be meant"


def _collection_faults(
    entry: AttributePolicy,
    attribute: Attribute | None,
    surviving: Mapping[str, Attribute],
    systems: Collection[str] | None,
) -> Iterator[str]:
    if entry.collection is None:
        return
    parts = PARTS.get(attribute.kind, ()) if attribute else ()
    if not parts:
        yield f"collection: it is for values with parts; these are of kind {' or '.join(PARTS)}"
        return
    for part in entry.collection.key:
        if part not in parts:
            yield f"collection.key: there is no part '{part}'{did_you_mean(part, parts)} (parts: {', '.join(parts)})"
    for part, chain in entry.collection.parts.items():
        if part not in parts:
            yield f"collection.parts.{part}: there is no such part{did_you_mean(part, parts)}"
        elif part in entry.collection.key:
            yield f"collection.parts.{part}: it is of the key, and so equal in all; leave its rules out"
        faults = [*common_faults(chain), *rule_faults(chain, surviving, systems)]
        yield from (f"collection.parts.{part}: {fault}" for fault in faults)


def _has(policy: PolicySettings, name: str, kind: type[Follow] | type[Derived]) -> bool:
    entry = policy.attributes.get(name)
    return entry is not None and any(isinstance(rule, kind) for rule in ordering(entry.rules or ()))


def _speaks_of_stewards(policy: PolicySettings) -> bool:
    chains = [policy.defaults or (), *(tuple(ordering(entry.rules or ())) for entry in policy.attributes.values())]
    return any(STEWARD in rule.systems() for chain in chains for rule in chain if isinstance(rule, SourcePriority))
