"""Origins: for each golden value the record it came from and what decided, and why every other contribution lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from golden_record.contributions import ENTERED, OF_POLICY, POLICY
from hub.records import Attributes, Part, RecordKey, Value
from hub.survivorship_rules import STEWARD

_TIE_BREAK = "tie_break."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one golden value came from.

    `rule`: the policy's rule that set it before the next best different value; or only_value (no other contribution),
    agreed (all say the same), usable (the others can't be compared), union (kept beside the primary), tie_break, with
    `tie_break` naming what broke it: modified_at or record (system, object, source id, place in the record). `parts`:
    of a value put together from several records, the origins of the parts that survived by themselves.
    """

    value: Part
    record: RecordKey
    rule: str
    tie_break: str | None = None
    parts: Mapping[str, AttributeOrigins] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loser:
    """A contribution that did not become golden.

    `rule` is the first in which it was behind: behind the golden value or, for another wording of that value, behind
    the wording taken; or usable (it can't be compared), limit (more values than a union keeps), tie_break, or why it
    could not win at all (`golden_record.admission`). empty: it says that there is none, and so there is none; a `value`
    of None is a record's silence where that counts.
    """

    value: Part | None
    record: RecordKey
    rule: str
    tie_break: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeOrigins:
    """All contributions to one attribute: those that won, in the order of the golden values, and the others."""

    won: tuple[Origin, ...] = ()
    lost: tuple[Loser, ...] = ()


def origins_from_json(stored: Mapping[str, Any], attributes: Attributes) -> dict[str, AttributeOrigins]:
    """Read the stored form of `golden_record.assembly`, beside the golden values it belongs to."""
    records = [RecordKey(*key) for key in stored["records"]]
    return {name: _sides(sides, attributes.get(name, ()), records) for name, sides in stored["attributes"].items()}


def _sides(sides: Mapping[str, Any], golden: Sequence[Value], records: Sequence[RecordKey]) -> AttributeOrigins:
    return AttributeOrigins(
        tuple(
            Origin(value.value, records[record], *_rule(rule), _parts(parts, value, records))
            for (record, rule, *parts), value in zip(sides.get("won", ()), golden, strict=True)
        ),
        tuple(Loser(value, records[record], *_rule(rule)) for record, rule, value in sides.get("lost", ())),
    )


def _parts(
    parts: Sequence[Mapping[str, Any]], value: Value, records: Sequence[RecordKey]
) -> dict[str, AttributeOrigins]:
    texts = value.value if isinstance(value.value, dict) else {}
    return {
        name: _sides(sides, [Value(texts[name], None)] if name in texts else [], records)
        for told in parts
        for name, sides in told.items()
    }


def members_from_json(stored: Mapping[str, Any]) -> tuple[RecordKey, ...]:
    """The source records that the customer consisted of; not the deleted ones whose last word still counts."""
    kept = set(stored.get("kept", ()))
    keys = [RecordKey(*key) for number, key in enumerate(stored["records"]) if number not in kept]
    return tuple(key for key in keys if is_source(key))


def is_source(key: RecordKey) -> bool:
    """Whether a contributor is a source record: not what a steward entered, nor what the policy says itself."""
    return not (key.system == POLICY and key.object in OF_POLICY) and not (
        key.system == STEWARD and key.object in ENTERED
    )


def _rule(code: str) -> tuple[str, str | None]:
    if code.startswith(_TIE_BREAK):
        return "tie_break", code.removeprefix(_TIE_BREAK)
    return code, None
