"""The `survivorship` section of hub.yaml: by which rules each golden value is chosen among the contributions.

What the rules mean is told in docs/survivorship.md; golden_record.policy turns this section into a complete policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hub.attributes import Attribute

RuleName = Literal["most_recent", "most_frequent", "longest"]
_RULES = (*get_args(RuleName), "source_priority", "union")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourcePriority(_Strict):
    """The first system listed that has a value wins; systems in one inner list rank equal, unlisted ones come last."""

    source_priority: list[str | list[str]] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> SourcePriority:
        listed = list(self.systems())
        twice = sorted({system for system in listed if listed.count(system) > 1})
        if twice:
            raise ValueError(f"source_priority lists '{twice[0]}' twice")
        return self

    def systems(self) -> Iterator[str]:
        """All systems listed, in order."""
        for entry in self.source_priority:
            yield from [entry] if isinstance(entry, str) else entry


def _rule(given: Any) -> Any:
    """Refuse what is no rule in one clear sentence, in place of one for each rule that it isn't."""
    if isinstance(given, BaseModel):
        return given
    name = given if isinstance(given, str) else next(iter(given)) if isinstance(given, dict) and len(given) == 1 else ""
    if name not in _RULES:
        near = get_close_matches(str(name), _RULES, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"'{name}' is no survivorship rule (rules: {', '.join(_RULES)}){hint}" if name else _FORM)
    if isinstance(given, str) and name not in get_args(RuleName):
        raise ValueError(f"'{name}' needs settings: {_EXAMPLES[name]}")
    if isinstance(given, dict) and name not in _EXAMPLES:
        raise ValueError(f"'{name}' takes no settings: write it alone")
    return given


_FORM = "a rule is a name such as most_recent, or one name with its settings such as {source_priority: [erp, crm]}"
_EXAMPLES = {"source_priority": "{source_priority: [erp, crm]}", "union": "{union: {primary: most_recent}}"}


def _chain(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


OrderRule = Annotated[
    RuleName | SourcePriority, BeforeValidator(_rule, json_schema_input_type=RuleName | SourcePriority)
]
OrderChain = Annotated[
    tuple[OrderRule, ...],
    BeforeValidator(_chain, json_schema_input_type=OrderRule | list[OrderRule]),
    Field(min_length=1),
]


class UnionOptions(_Strict):
    """How the values of a union are ordered and how many are kept."""

    primary: OrderChain | None = Field(
        None, description="The rules that put one value first; default: the rules after."
    )
    max: int | None = Field(10, ge=1, description="Values kept at most; null keeps all.")


class Union(_Strict):
    """All different values are kept, for attributes that may have several; the first is the primary one."""

    union: UnionOptions


Rule = Annotated[
    RuleName | SourcePriority | Union, BeforeValidator(_rule, json_schema_input_type=RuleName | SourcePriority | Union)
]
Chain = Annotated[
    tuple[Rule, ...], BeforeValidator(_chain, json_schema_input_type=Rule | list[Rule]), Field(min_length=1)
]


class Survivorship(_Strict):
    """Rules by attribute or group. Each is a chain: where one rule ties, the next decides."""

    defaults: OrderChain | None = Field(
        None, description="Rules of every attribute and group not named below; default: those of docs/survivorship.md."
    )
    attributes: dict[str, Chain] = Field(default_factory=dict, description="Attribute or group -> its rules.")
    groups: dict[str, list[str]] | None = Field(
        None, description="Attributes that survive together, from one record; default: the parts of a person's name."
    )

    def check_names(self, known: Mapping[str, Attribute], systems: Collection[str] | None) -> None:
        """Check against the attributes and systems of this hub; raises ValueError naming the first fault.

        `systems` None: systems can't be told beforehand (a column of the data names them) and are not checked.
        """
        fault = next(self._faults(known, systems), None)
        if fault:
            raise ValueError(f"survivorship.{fault}")

    def _faults(self, known: Mapping[str, Attribute], systems: Collection[str] | None) -> Iterator[str]:
        surviving = {name for name, attribute in known.items() if not attribute.derived}
        member_of: dict[str, str] = {}
        for group, members in (self.groups or {}).items():
            if group in known:
                yield f"groups.{group}: an attribute has this name already; choose another"
            for member in members:
                if member not in surviving:
                    yield f"groups.{group}: unknown attribute '{member}'{_near(member, surviving)}"
                elif known[member].multi:
                    yield f"groups.{group}: '{member}' may have several values; a group holds attributes with one"
                elif member in member_of:
                    yield f"groups.{group}: '{member}' is in group '{member_of[member]}' already"
                member_of[member] = group
        groups = DEFAULT_GROUPS if self.groups is None else self.groups
        belongs = {member: group for group, members in groups.items() for member in members}
        for name, chain in self.attributes.items():
            if name not in surviving and name not in groups:
                yield f"attributes.{name}: unknown attribute{_near(name, {*surviving, *groups})}"
            elif name in belongs:
                yield f"attributes.{name}: it survives with group '{belongs[name]}'; give the rules to the group"
            else:
                several = name in known and known[name].multi
                yield from (f"attributes.{name}: {fault}" for fault in _chain_faults(chain, several))
            yield from _system_faults(f"attributes.{name}", _order_rules(chain), systems)
        yield from _system_faults("defaults", self.defaults or (), systems)


DEFAULT_GROUPS: dict[str, list[str]] = {
    "name": ["given_name", "middle_name", "family_name", "name_suffix", "full_name"]
}
"""What survives together when hub.yaml says nothing: half a name of one record and half of another is nobody's name."""


def _chain_faults(chain: Chain, several: bool) -> Iterator[str]:
    unions = [i for i, rule in enumerate(chain) if isinstance(rule, Union)]
    if unions and not several:
        yield "union keeps several values, and this holds one; choose another rule"
    if unions and unions != [0]:
        yield "union comes once and first; the rules after it order its values"
    names = [rule for rule in chain if isinstance(rule, str)]
    if len(set(names)) < len(names):
        yield "a rule stands twice in the chain; the second can never decide"


def _order_rules(chain: Chain) -> Iterator[OrderRule]:
    for rule in chain:
        if isinstance(rule, Union):
            yield from rule.union.primary or ()
        else:
            yield rule


def _system_faults(where: str, rules: Any, systems: Collection[str] | None) -> Iterator[str]:
    for rule in rules:
        for system in rule.systems() if isinstance(rule, SourcePriority) else ():
            if systems is not None and system not in systems:
                yield f"{where}: source_priority names '{system}', which is not under systems{_near(system, systems)}"


def _near(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
