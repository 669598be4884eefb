"""The `computed` and `segments` sections of hub.yaml: figures over a customer's activities, and named conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hub.attributes import PARTS, Attribute
from hub.figure_sql import FigureKind, fault
from hub.section import A_CENTURY, Name, Strict, did_you_mean

Measure = Literal["count", "sum", "average", "largest", "first", "last", "rfm", "churn_risk"]
_OF_MONEY = ("sum", "average", "largest", "rfm")
_OF_ACTIVITIES = ("of", "status", "not_status", "days", "currency", "recency_days", "frequencies", "amounts")
Scale = Annotated[list[float], Field(min_length=4, max_length=4)]


class ComputedAttribute(Strict):
    """A figure over a customer's activities, such as its lifetime value, or one by a SELECT of your own."""

    measure: Measure | None = Field(
        None,
        description="count, or sum, average, largest of the amounts, or first, last: the time of the earliest, latest;"
        " rfm: how recent, frequent and valuable, each from 1 to 5; churn_risk: from 0 to 1.",
    )
    of: list[Name] = Field(default_factory=list, description="Kinds of activities; none named: all.")
    status: list[str] = Field(default_factory=list, description="Only those with one of these; letter case is ignored.")
    not_status: list[str] = Field(default_factory=list, description="Leave those with one of these out.")
    days: int | None = Field(None, ge=1, le=A_CENTURY, description="Only those of the last so many days.")
    currency: str | None = Field(
        None, pattern="^[A-Z]{3}$", description="ISO 4217; amounts in others are left out, nothing is converted."
    )

    recency_days: Scale = Field(
        [30, 90, 180, 365], description="rfm: the last one so many days ago at most is 5, 4, 3, 2."
    )
    frequencies: Scale = Field([2, 3, 5, 10], description="rfm: so many at least is 2, 3, 4, 5.")
    amounts: Scale = Field([100, 500, 1000, 5000], description="rfm: amounts of so much at least are 2, 3, 4, 5.")
    sql: str | None = Field(
        None,
        description="In place of a measure: one SELECT of customer_id and value over customers, activities, consents.",
    )
    gives: FigureKind | None = Field(None, description="With sql: what the value is.")
    every_days: int | None = Field(
        None, ge=1, le=A_CENTURY, description="With sql: made anew after so many days, though nothing happened."
    )

    @model_validator(mode="after")
    def _one_way(self) -> ComputedAttribute:
        if (self.measure is None) == (self.sql is None):
            raise ValueError("say either a measure or an sql")
        if self.sql is None:
            if self.gives is not None or self.every_days is not None:
                raise ValueError("gives and every_days go with sql")
            if self.measure == "rfm":
                for name in ("recency_days", "frequencies", "amounts"):
                    if (scale := getattr(self, name)) != sorted(set(scale)):
                        raise ValueError(f"{name} must be four rising numbers")
            return self
        if unfit := sorted(self.model_fields_set & set(_OF_ACTIVITIES)):
            raise ValueError(f"{unfit[0]} goes with a measure; put it into the sql")
        if self.gives is None:
            raise ValueError("say what the sql gives: number, time or text")
        if wrong := fault(self.sql, self.gives):
            raise ValueError(f"the sql can't be run: {wrong}")
        return self

    @model_validator(mode="after")
    def _money(self) -> ComputedAttribute:
        if self.sql is not None:
            return self
        if self.measure in _OF_MONEY and self.currency is None:
            raise ValueError(f"say the currency of the {self.measure}; nothing is converted")
        if self.measure not in _OF_MONEY and self.currency is not None:
            raise ValueError(f"a {self.measure} has no currency")
        return self

    @property
    def kind(self) -> FigureKind:
        """What the figure is."""
        if self.gives is not None:
            return self.gives
        return "time" if self.measure in ("first", "last") else "number"


_TESTS: dict[str, tuple[str, ...]] = {
    "text": ("equals", "exists"),
    "number": ("at_least", "below", "exists"),
    "time": ("within_days", "before_days", "exists"),
}


class SegmentCondition(Strict):
    """All of some conditions, any of them, not one, or a test of one attribute."""

    all: list[SegmentCondition] | None = Field(None, min_length=1)
    any: list[SegmentCondition] | None = Field(None, min_length=1)
    none: list[SegmentCondition] | None = Field(None, min_length=1, description="None of these holds.")
    attribute: str | None = Field(
        None, description="A golden attribute, a part of one (address.country), a computed one, or entity_type."
    )
    equals: str | list[str] | None = Field(
        None, description="One of the values is one of these, in comparable form; letter case is ignored."
    )
    exists: bool | None = Field(None, description="Whether there is a value.")
    at_least: float | None = None
    below: float | None = None
    within_days: int | None = Field(None, ge=0, le=A_CENTURY, description="Of a time: not longer ago than this.")
    before_days: int | None = Field(None, ge=0, le=A_CENTURY, description="Of a time: longer ago than this.")

    @model_validator(mode="after")
    def _one_thing(self) -> SegmentCondition:
        groups = [name for name in ("all", "any", "none") if getattr(self, name) is not None]
        tests = self.tests()
        if len(groups) + (self.attribute is not None) != 1 or (groups and tests):
            raise ValueError("a condition is either all, any or none of others, or a test of one attribute")
        if self.attribute is not None and not tests:
            raise ValueError(f"say what to test of {self.attribute}: equals, exists, at_least, below, ...")
        return self

    def tests(self) -> list[str]:
        """Name the tests that are set."""
        return [name for names in _TESTS.values() for name in names if getattr(self, name) is not None]

    def leaves(self) -> Iterator[SegmentCondition]:
        """Give the tests of attributes, however deep they stand."""
        groups = (self.all or (), self.any or (), self.none or ())
        if self.attribute is not None:
            yield self
        for group in groups:
            for inner in group:
                yield from inner.leaves()

    def check(self, where: str, golden: Mapping[str, Attribute], computed: Mapping[str, ComputedAttribute]) -> None:
        """Raise ValueError where it names an unknown attribute, or tests one in a way that it can't be."""
        for leaf in self.leaves():
            name = leaf.attribute or ""
            whole, dot, part = name.partition(".")
            if name not in computed and name != "entity_type" and whole not in golden:
                known = [*golden, *computed, "entity_type"]
                raise ValueError(f"{where}: unknown attribute '{name}'{did_you_mean(name, known)}")
            if dot and part not in (parts := PARTS.get(golden[whole].kind, ())):
                unknown = f"unknown part '{part}' of {whole}{did_you_mean(part, parts)}"
                raise ValueError(f"{where}: {unknown if parts else f'{whole} has no parts'}")
            kind = computed[name].kind if name in computed else "text"
            unfit = sorted(set(leaf.tests()) - set(_TESTS[kind]))
            if unfit:
                raise ValueError(f"{where}: {name} can't be tested by {unfit[0]}; it can by {', '.join(_TESTS[kind])}")
