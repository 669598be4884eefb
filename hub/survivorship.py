"""The `survivorship` section of hub.yaml: by which rules each golden value is chosen among the contributions.

What the rules mean is told in docs/survivorship.md; golden_record.policy turns this section into a complete policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic import Field

from hub.attributes import Attribute
from hub.section import Strict, did_you_mean
from hub.survivorship_rules import (
    STEWARD,
    AttributePolicy,
    Chain,
    Constant,
    Entry,
    Follow,
    MostRecent,
    Oldest,
    OrderChain,
    OrderRule,
    SourcePriority,
    Trust,
    Union,
    ValidatedFirst,
    ordering,
    rule_name,
)

CLOCKS = ("modified_at", "changed", "arrived")
"""The times of a record that a rule may go by, beside business dates."""

DEFAULT_GROUPS: dict[str, list[str]] = {
    "name": ["given_name", "middle_name", "family_name", "name_suffix", "full_name"]
}
"""What survives together when hub.yaml says nothing: half a name of one record and half of another is nobody's name."""


class Survivorship(Strict):
    """Rules by attribute or group. Each is a chain: where one rule ties, the next decides."""

    defaults: OrderChain | None = Field(
        None, description="Rules of every attribute and group not named below; default: those of docs/survivorship.md."
    )
    attributes: dict[str, Entry] = Field(
        default_factory=dict, description="Attribute or group -> its rules, or more to say than its rules."
    )
    groups: dict[str, list[str]] | None = Field(
        None, description="Attributes that survive together, from one record; default: the parts of a person's name."
    )

    @property
    def groups_in_force(self) -> dict[str, list[str]]:
        """What survives together: as said, or by default."""
        return DEFAULT_GROUPS if self.groups is None else self.groups

    def check_names(self, known: Mapping[str, Attribute], systems: Collection[str] | None) -> None:
        """Check against the attributes and systems of this hub; raises ValueError naming the first fault.

        `systems` None: systems can't be told beforehand (a column of the data names them) and are not checked.
        """
        fault = next(self._faults(known, systems), None)
        if fault:
            raise ValueError(f"survivorship.{fault}")

    def _faults(self, known: Mapping[str, Attribute], systems: Collection[str] | None) -> Iterator[str]:
        surviving = {name: attribute for name, attribute in known.items() if not attribute.derived}
        groups = self.groups_in_force
        yield from _group_faults(self.groups or {}, surviving, known)
        belongs = {member: group for group, members in groups.items() for member in members}
        for name, entry in self.attributes.items():
            where, chain = f"attributes.{name}", entry.rules or ()
            if name not in surviving and name not in groups:
                yield f"{where}: unknown attribute{did_you_mean(name, {*surviving, *groups})}"
            elif name in belongs:
                yield f"{where}: it survives with group '{belongs[name]}'; give the rules to the group"
            else:
                attribute = surviving.get(name)
                faults = (*_chain_faults(chain, attribute), *_entry_faults(entry, attribute, surviving))
                yield from (f"{where}: {fault}" for fault in faults)
                yield from (
                    f"{where}: {fault}" for fault in self._follow_faults(name, chain, {*surviving, *groups}, belongs)
                )
            yield from _rule_faults(where, ordering(chain), surviving, systems)
            listed = (entry.when.system or ()) if entry.when else ()
            yield from _system_faults(f"{where}.when", "system", listed, systems)
        yield from (f"defaults: {fault}" for fault in _default_faults(self.defaults or ()))
        yield from _rule_faults("defaults", self.defaults or (), surviving, systems)
        if systems is not None and STEWARD in systems and self._speaks_of_stewards():
            yield f"'{STEWARD}' means what stewards enter; give the system of this name another one"

    def _follow_faults(
        self, name: str, chain: Chain | tuple[()], units: Collection[str], belongs: Mapping[str, str]
    ) -> Iterator[str]:
        for place, rule in enumerate(ordering(chain)):
            if not isinstance(rule, Follow):
                continue
            then = self.attributes.get(rule.follow)
            if place:
                yield "follow comes first; the rules after it decide where the followed record has no value"
            elif rule.follow in belongs:
                yield f"follow names '{rule.follow}', which survives with group '{belongs[rule.follow]}'; follow that"
            elif rule.follow not in units:
                yield f"follow names the unknown attribute '{rule.follow}'{did_you_mean(rule.follow, units)}"
            elif rule.follow == name:
                yield "follow names the attribute itself"
            elif then and any(isinstance(other, Follow) for other in ordering(then.rules or ())):
                yield f"follow names '{rule.follow}', which follows another itself; follow that one"

    def _speaks_of_stewards(self) -> bool:
        chains = [self.defaults or (), *(tuple(ordering(entry.rules or ())) for entry in self.attributes.values())]
        return any(STEWARD in rule.systems() for chain in chains for rule in chain if isinstance(rule, SourcePriority))


def _group_faults(
    groups: Mapping[str, list[str]], surviving: Mapping[str, Attribute], known: Mapping[str, Attribute]
) -> Iterator[str]:
    member_of: dict[str, str] = {}
    for group, members in groups.items():
        if group in known:
            yield f"groups.{group}: an attribute has this name already; choose another"
        for member in members:
            if member not in surviving:
                yield f"groups.{group}: unknown attribute '{member}'{did_you_mean(member, surviving)}"
            elif surviving[member].multi:
                yield f"groups.{group}: '{member}' may have several values; a group holds attributes with one"
            elif member in member_of:
                yield f"groups.{group}: '{member}' is in group '{member_of[member]}' already"
            member_of[member] = group


def _chain_faults(chain: Chain | tuple[()], attribute: Attribute | None) -> Iterator[str]:
    """What is wrong with a chain for an attribute, or for a group (None)."""
    unions = [i for i, rule in enumerate(chain) if isinstance(rule, Union)]
    if unions and not (attribute and attribute.multi):
        yield "union keeps several values, and this holds one; choose another rule"
    if unions and unions != [0]:
        yield "union comes once and first; the rules after it order its values"
    order = list(ordering(chain))
    names = [rule_name(rule) for rule in order]
    for rule in chain:
        if isinstance(rule, str) and list(chain).count(rule) > 1:
            yield "a rule stands twice in the chain; the second can never decide"
            break
    if "constant" in names[:-1]:
        yield "constant comes last; no rule after it can decide"
    if "constant" in names and attribute is None:
        yield "constant is for one attribute, not for a group"
    if "unanimous" in names and (unions or names[0] != "unanimous"):
        yield "unanimous comes first and without union; the rules after it choose among wordings"
    for name in ("max", "min"):
        if name in names and (attribute is None or attribute.kind not in ("number", "date")):
            yield f"{name} is for numbers and dates; longest or most_recent may be meant"
    if attribute is None and any(isinstance(rule, ValidatedFirst) for rule in order):
        yield "a floor is for one attribute, not for a group"


def _default_faults(chain: OrderChain | tuple[()]) -> Iterator[str]:
    for rule in chain:
        if rule_name(rule) in ("constant", "follow", "unanimous", "max", "min") or isinstance(rule, ValidatedFirst):
            yield f"{rule_name(rule)} can't hold for every attribute; give it to some under attributes"


def _entry_faults(
    entry: AttributePolicy, attribute: Attribute | None, surviving: Mapping[str, Attribute]
) -> Iterator[str]:
    if (entry.nulls == "win" or entry.clear) and attribute is None:
        yield "nulls and clear are for one attribute; a group takes over the gaps of the record that wins"
    if entry.nulls == "win" and attribute and attribute.multi:
        yield "nulls: win is for attributes with one value"
    if entry.clear and attribute and attribute.kind in ("address", "identifier"):
        yield "clear is for attributes that are one text; this has parts"
    for name in (entry.when.equals or ()) if entry.when else ():
        if name not in surviving:
            yield f"when.equals names the unknown attribute '{name}'{did_you_mean(name, surviving)}"
        elif surviving[name].kind in ("address", "identifier"):
            yield f"when.equals: '{name}' has parts; name an attribute that is one text"


def _rule_faults(
    where: str, rules: Iterator[OrderRule] | OrderChain | tuple[()], surviving: Mapping[str, Attribute],
    systems: Collection[str] | None,
) -> Iterator[str]:  # fmt: skip
    for rule in rules:
        if isinstance(rule, SourcePriority):
            yield from _system_faults(where, "source_priority", rule.systems(), systems)
        elif isinstance(rule, Trust):
            yield from _system_faults(where, "trust", rule.trust.scores, systems)
        elif isinstance(rule, MostRecent | Oldest):
            clock = rule.most_recent.clock if isinstance(rule, MostRecent) else rule.oldest.clock
            dates = [name for name, attribute in surviving.items() if attribute.kind == "date"]
            if clock not in CLOCKS and clock in surviving and clock not in dates:
                yield f"{where}: the clock '{clock}' is no date; take {', '.join(CLOCKS)} or an attribute of kind date"
            elif clock not in CLOCKS and clock not in dates:
                clocks = [*CLOCKS, *dates]
                yield f"{where}: unknown clock '{clock}' (clocks: {', '.join(clocks)}){did_you_mean(clock, clocks)}"
        elif isinstance(rule, Constant) and str(rule.constant) == "":
            yield f"{where}: the constant is empty; leave the rule out"


def _system_faults(
    where: str, what: str, named: Collection[str] | Iterator[str], systems: Collection[str] | None
) -> Iterator[str]:
    for system in named:
        if systems is not None and system not in systems and system != STEWARD:
            yield f"{where}: {what} names '{system}', which is not under systems{did_you_mean(system, systems)}"
