"""What differs between two moments of one customer: values, members, figures, what systems had been told, the policy.

Pure: both sides are read by `golden_record.moment`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from golden_record.moment import CustomerThen
from golden_record.unit import differing
from hub.records import Part, RecordKey


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Golden values of one attribute that are no longer there, and those that are new.

    `rules`: by which rule the first value stood before and stands after; they may differ where no value does.
    """

    attribute: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    rules: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """Something named that was one thing and is another; None: it was not there, or is not any more."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs between two moments, each list in the order of names.

    `policy` names the units of the policy whose rules differ, `told` are by record and attribute.
    """

    values: tuple[ValueChange, ...]
    joined: tuple[RecordKey, ...]
    left: tuple[RecordKey, ...]
    computed: tuple[Change, ...]
    relations: tuple[Change, ...]
    consents: tuple[Change, ...]
    told: tuple[Change, ...]
    policy: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not any(getattr(self, name) for name in self.__slots__)


def difference(before: CustomerThen, after: CustomerThen) -> Difference:
    """Say what differs between two moments of a customer, or between two customers."""
    was, is_now = {m.key for m in before.members}, {m.key for m in after.members}
    return Difference(
        values=tuple(_values(before, after)),
        joined=tuple(sorted(is_now - was)),
        left=tuple(sorted(was - is_now)),
        computed=_changes(before.profile.computed, after.profile.computed),
        relations=_changes(_relations(before), _relations(after)),
        consents=_changes(_consents(before), _consents(after)),
        told=_changes(_told(before), _told(after)),
        policy=tuple(differing(*(side.policy.content if side.policy else [] for side in (before, after)))),
    )


def _values(before: CustomerThen, after: CustomerThen) -> Iterator[ValueChange]:
    for name in sorted(
        before.attributes.keys() | after.attributes.keys() | before.origins.keys() | after.origins.keys()
    ):
        was, is_now = ([value.value for value in side.attributes.get(name, ())] for side in (before, after))
        rules = _rule(before, name), _rule(after, name)
        if was != is_now or rules[0] != rules[1]:
            gone = tuple(value for value in was if value not in is_now)
            new = tuple(value for value in is_now if value not in was)
            if was != is_now and not gone and not new:  # another one is primary now
                gone, new = tuple(was[:1]), tuple(is_now[:1])
            yield ValueChange(name, gone, new, rules)


def _rule(side: CustomerThen, name: str) -> str | None:
    won = side.origins[name].won if name in side.origins else ()
    return won[0].rule if won else None


def _relations(side: CustomerThen) -> dict[str, Any]:
    return {f"{one.kind} {one.other_id}": ", ".join(one.evidence) for one in side.profile.relations}


def _consents(side: CustomerThen) -> dict[str, Any]:
    return {f"{one.purpose} by {one.channel} to {one.point}": one.state for one in side.profile.consents}


def _told(side: CustomerThen) -> dict[str, Any]:
    return {
        f"{'/'.join(one.record)} {one.attribute}": [value.value for value in one.values]
        for one in side.told
        if one.ended_at is None
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return tuple(Change(name, before.get(name), after.get(name)) for name in names)
