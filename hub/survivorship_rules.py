"""The rules of survivorship as hub.yaml writes them: a name, or a name with its settings, alone or in a chain.

What each one means is told in docs/survivorship.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from hub.derivation import Source
from hub.section import A_CENTURY, Strict, did_you_mean

RuleName = Literal[
    "most_recent",
    "oldest",
    "most_frequent",
    "longest",
    "most_complete",
    "max",
    "min",
    "validated_first",
    "unanimous",
]
STEWARD = "steward"
"""The pseudo-system of what stewards and apps enter beside the sources."""


class SourcePriority(Strict):
    """The first system listed that has a value wins; systems in one inner list rank equal."""

    source_priority: list[str | list[str]] = Field(min_length=1)
    unlisted: Literal["last", "never"] = Field(
        "last", description="Systems that are not listed: last, all equal; or never, they contribute nothing here."
    )

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


class Clock(Strict):
    """Which time of a record counts."""

    clock: str = Field(
        description="modified_at (the system's own time alone), attribute_changed (when this attribute of the record"
        " last changed), changed (when the hub took in the present content), arrived (when the hub first saw the"
        " record), or an attribute of kind date (a business date)."
    )


class MostRecent(Strict):
    """The record that is the latest by a chosen clock."""

    most_recent: Clock


class Oldest(Strict):
    """The record that is the earliest by a chosen clock."""

    oldest: Clock


class TrustOptions(Strict):
    """How far each system is trusted, and how fast trust fades."""

    scores: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=1, description="System -> 0 to 1.")
    default: float = Field(0.5, ge=0, le=1, description="Of systems not listed.")
    half_life_days: float | None = Field(
        None,
        gt=0,
        le=A_CENTURY,
        description="Trust halves in so many days, counted back from the customer's newest contribution.",
    )


class Trust(Strict):
    """The value of the system that is trusted most, where trust may fade with age."""

    trust: TrustOptions


class ConfidenceOptions(Strict):
    """How sure each system's word is, and how sure a value must be."""

    scores: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        min_length=1, description="System -> 0 to 1: how likely what it says is right."
    )
    default: float = Field(0.5, ge=0, le=1, description="Of systems not listed.")
    floor: float | None = Field(None, gt=0, lt=1, description="A value less sure than this never wins.")


class Confidence(Strict):
    """The value that is most surely right, by all systems that say it together."""

    confidence: ConfidenceOptions


class FloorOptions(Strict):
    """Below which state of validation no value wins."""

    floor: Literal["comparable", "valid"]


class ValidatedFirst(Strict):
    """Valid values first, and none at all below a floor."""

    validated_first: FloorOptions


class Follow(Strict):
    """The value of the record that won another attribute or group."""

    follow: str


class Derived(Strict):
    """A value made of other golden values; the first way that gives one counts."""

    derived: Annotated[
        tuple[Source, ...],
        BeforeValidator(lambda given: _chain(given), json_schema_input_type=Source | list[Source]),
        Field(min_length=1),
    ]


class Constant(Strict):
    """A fixed value: always, if it stands alone; where nothing else may win, at the end of a chain."""

    constant: str | int | float | bool


EXAMPLES = {
    "source_priority": "{source_priority: [erp, crm]}",
    "most_recent": "{most_recent: {clock: arrived}}",
    "oldest": "{oldest: {clock: arrived}}",
    "trust": "{trust: {scores: {erp: 0.9, crm: 0.6}, half_life_days: 365}}",
    "confidence": "{confidence: {scores: {erp: 0.9, crm: 0.6}, floor: 0.8}}",
    "validated_first": "{validated_first: {floor: valid}}",
    "follow": "{follow: name}",
    "derived": "{derived: {join: [given_name, family_name]}}",
    "constant": "{constant: unknown}",
    "union": "{union: {primary: most_recent}}",
}
RULES = tuple(dict.fromkeys((*get_args(RuleName), *EXAMPLES)))
"""The names of all rules."""
_FORM = "a rule is a name such as most_recent, or one name with its settings such as {source_priority: [erp, crm]}"


def _rule(given: Any) -> Any:
    """Refuse what is no rule in one clear sentence, in place of one for each rule that it isn't."""
    if isinstance(given, BaseModel):
        return given
    keys = [given] if isinstance(given, str) else list(given) if isinstance(given, dict) else []
    name = next((key for key in keys if key in RULES), keys[0] if len(keys) == 1 else "")
    if name not in RULES:
        known = f"(rules: {', '.join(RULES)}){did_you_mean(str(name), RULES)}"
        raise ValueError(f"'{name}' is no survivorship rule {known}" if name else _FORM)
    if isinstance(given, str) and name not in get_args(RuleName):
        raise ValueError(f"'{name}' needs settings: {EXAMPLES[name]}")
    if isinstance(given, dict) and name not in EXAMPLES:
        raise ValueError(f"'{name}' takes no settings: write it alone")
    if isinstance(given, dict) and len(given) > 1 and not (name == "source_priority" and set(given) <= _PRIORITY_KEYS):
        other = next(key for key in given if key != name and not (name == "source_priority" and key == "unlisted"))
        raise ValueError(f"'{other}' is no setting of the rule {name}; rules of a chain stand in a list")
    return given


_PRIORITY_KEYS = {"source_priority", "unlisted"}


def _chain(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


SettingsRule = SourcePriority | MostRecent | Oldest | Trust | Confidence | ValidatedFirst | Follow | Derived | Constant
OrderRule = Annotated[RuleName | SettingsRule, BeforeValidator(_rule, json_schema_input_type=RuleName | SettingsRule)]
OrderChain = Annotated[
    tuple[OrderRule, ...],
    BeforeValidator(_chain, json_schema_input_type=OrderRule | list[OrderRule]),
    Field(min_length=1),
]


class UnionOptions(Strict):
    """How the values of a union are ordered and how many are kept."""

    primary: OrderChain | None = Field(
        None, description="The rules that put one value first; default: the rules after."
    )
    max: int | None = Field(10, ge=1, description="Values kept at most; null keeps all.")


class Union(Strict):
    """All different values are kept, for attributes that may have several; the first is the primary one."""

    union: UnionOptions


Rule = Annotated[
    RuleName | SettingsRule | Union, BeforeValidator(_rule, json_schema_input_type=RuleName | SettingsRule | Union)
]
Chain = Annotated[
    tuple[Rule, ...], BeforeValidator(_chain, json_schema_input_type=Rule | list[Rule]), Field(min_length=1)
]


def rule_name(rule: Rule) -> str:
    """The name of a rule."""
    return rule if isinstance(rule, str) else next(iter(type(rule).model_fields))


def ordering(chain: Chain) -> Iterator[OrderRule]:
    """The rules of a chain that order values, those of a union's primary first."""
    for rule in chain:
        if isinstance(rule, Union):
            yield from rule.union.primary or ()
        else:
            yield rule


class Condition(Strict):
    """Which contributions count; all that is said must hold."""

    system: list[str] | None = Field(None, min_length=1, description="Only records of these systems.")
    object: list[str] | None = Field(None, min_length=1, description="Only records of these kinds.")
    newer_than_days: float | None = Field(
        None,
        gt=0,
        le=A_CENTURY,
        description="Only records changed at most so many days before the customer's newest one.",
    )
    equals: dict[str, str | list[str]] | None = Field(
        None, min_length=1, description="Only records whose attribute has this value (or one of these)."
    )


class Collection(Strict):
    """Values of several records that are one and the same thing: an address, a contact person."""

    key: list[str] = Field(min_length=1, description="Values whose parts of these names are all equal are the same.")
    parts: dict[str, OrderChain] = Field(
        default_factory=dict, description="Part -> its rules; default: the rules that order the values themselves."
    )


class KeepDeleted(Strict):
    """What records say that their system has deleted, where no living record says anything."""

    keep_days: float | None = Field(gt=0, le=A_CENTURY, description="For so many days after the deletion; null: ever.")
    attributes: list[str] | None = Field(
        None, min_length=1, description="Attributes and groups that are kept; default: all."
    )


class AttributePolicy(Strict):
    """What is said of one attribute or group."""

    rules: Chain | None = Field(None, description="The chain of rules; default: as if nothing were said.")
    when: Condition | None = Field(None, description="Which contributions count.")
    nulls: Literal["ignore", "win"] = Field(
        "ignore", description="win: a record without the attribute says that there is none, and may win with it."
    )
    clear: list[str] = Field(
        default_factory=list, description="Values by which a source says that there is none; letter case is ignored."
    )
    collection: Collection | None = Field(
        None, description="How values with parts are matched among themselves, so that each survives part by part."
    )


def _entry(given: Any) -> Any:
    """Take a bare chain for an entry that says nothing else."""
    if isinstance(given, AttributePolicy) or (
        isinstance(given, dict) and given and set(given) & set(AttributePolicy.model_fields)
    ):
        return given
    return {"rules": given}


Entry = Annotated[AttributePolicy, BeforeValidator(_entry, json_schema_input_type=Rule | list[Rule] | AttributePolicy)]
