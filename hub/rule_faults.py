"""What can be wrong with the rules of one chain: each fault in words, with a way out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from hub.attributes import PARTS, Attribute
from hub.section import did_you_mean
from hub.survivorship_rules import (
    STEWARD,
    Chain,
    Confidence,
    Constant,
    MostRecent,
    Oldest,
    OrderRule,
    SourcePriority,
    Trust,
    Union,
    ValidatedFirst,
    ordering,
    rule_name,
)

CLOCKS = ("modified_at", "attribute_changed", "changed", "arrived")
"""The times of a record that a rule may go by, beside business dates."""


def chain_faults(chain: Chain | tuple[()], attribute: Attribute | None) -> Iterator[str]:
    """What is wrong with a chain for an attribute, or for a group (None)."""
    unions = [i for i, rule in enumerate(chain) if isinstance(rule, Union)]
    if unions and not (attribute and attribute.multi):
        yield "union keeps several values, and this holds one; choose another rule"
    if unions and unions != [0]:
        yield "union comes once and first; the rules after it order its values"
    order = list(ordering(chain))
    names = [rule_name(rule) for rule in order]
    once = [str(rule) for rule in order if isinstance(rule, str)]
    twice = [name for name in once if once.count(name) > 1]
    twice += [name for name in ("confidence", "derived", "follow") if names.count(name) > 1]
    if twice:
        yield f"the rule {twice[0]} stands twice in the chain; leave one out, for the second can never decide"
    if "constant" in names[:-1]:
        yield "constant comes last; no rule after it can decide"
    if "constant" in names and attribute is None:
        yield "constant is for one attribute, not for a group"
    if "constant" in names and attribute and attribute.kind in PARTS:
        yield "constant is one text, and this has parts; choose another rule"
    if "unanimous" in names and (unions or names[0] != "unanimous"):
        yield "unanimous comes first and without union; the rules after it choose among wordings"
    for name in ("max", "min"):
        if name in names and (attribute is None or attribute.kind not in ("number", "date")):
            yield f"{name} is for numbers and dates; longest or most_recent may be meant"
    if attribute is None and any(isinstance(rule, ValidatedFirst) for rule in order):
        yield "a floor is for one attribute, not for a group"
    if attribute is None and "confidence" in names:
        yield "confidence is for one attribute, not for a group; most_frequent or trust may be meant"


def common_faults(chain: Iterable[OrderRule]) -> Iterator[str]:
    """What is wrong with a chain that holds for whatever is not named: in rules of all attributes, or of parts."""
    for rule in chain:
        name = rule_name(rule)
        with_floor = isinstance(rule, ValidatedFirst) or (isinstance(rule, Confidence) and rule.confidence.floor)
        if name in ("constant", "derived", "follow", "unanimous", "max", "min") or with_floor:
            floor = " with a floor" if with_floor else ""
            yield f"{name}{floor} can't hold for all that is not named; give it to some under attributes"


def rule_faults(
    rules: Iterable[OrderRule], surviving: Mapping[str, Attribute], systems: Collection[str] | None
) -> Iterator[str]:
    """Which systems and clocks that rules name are unknown. `systems` None: they can't be told beforehand."""
    for rule in rules:
        if isinstance(rule, SourcePriority):
            yield from system_faults("source_priority", rule.systems(), systems)
        elif isinstance(rule, Trust):
            yield from system_faults("trust", rule.trust.scores, systems)
        elif isinstance(rule, Confidence):
            yield from system_faults("confidence", rule.confidence.scores, systems)
        elif isinstance(rule, MostRecent | Oldest):
            clock = rule.most_recent.clock if isinstance(rule, MostRecent) else rule.oldest.clock
            dates = [name for name, attribute in surviving.items() if attribute.kind == "date"]
            if clock not in CLOCKS and clock in surviving and clock not in dates:
                yield f"the clock '{clock}' is no date; take {', '.join(CLOCKS)} or an attribute of kind date"
            elif clock not in CLOCKS and clock not in dates:
                clocks = [*CLOCKS, *dates]
                yield f"unknown clock '{clock}' (clocks: {', '.join(clocks)}){did_you_mean(clock, clocks)}"
        elif isinstance(rule, Constant) and str(rule.constant) == "":
            yield "the constant is empty; leave the rule out"


def system_faults(what: str, named: Iterable[str], systems: Collection[str] | None) -> Iterator[str]:
    """Which of the systems named are unknown."""
    for system in named:
        if systems is not None and system not in systems and system != STEWARD:
            hint = did_you_mean(system, systems) or f" (systems: {', '.join(sorted(systems))})"
            yield f"{what} names '{system}', which is not under systems{hint}"
