"""Survivorship in plain Python, one customer, one attribute, one rule after the other: the oracle for the real one.

It is written as elimination, as docs/survivorship.md tells it, and shares no code with golden_record.survivorship.
"""

from __future__ import annotations

from typing import Any

from golden_record.unit import Policy, Unit
from hub.records import Value
from tests.golden_record.plain_admission import Admission
from tests.golden_record.plain_candidates import (
    Candidate,
    Record,
    candidates_of,
    key_of,
    ordered,
    policy_records,
    stripped,
    units_of,
)
from tests.golden_record.plain_contest import Contest


def golden(records: list[Record], policy: Policy) -> dict[str, Any]:
    """Attribute -> won: [(place, record, rule, parts, value, standard)], lost: [(record, rule, value)]."""
    records = sorted([*(stripped(record, policy) for record in records), *policy_records(policy)], key=key_of)
    alone = {name for r in records if r.get("role") in ("pin", "value", "exclude") for name in r["attributes"]}
    result: dict[str, Any] = {}
    winners: dict[str, int] = {}
    for unit in sorted(units_of(policy, alone), key=lambda unit: (bool(unit.derived), bool(unit.follows))):
        if unit.derived and (text := derived(unit, result)):
            record = next(r for r in records if r.get("role") == "derived")
            record["attributes"] = {**record["attributes"], unit.name: [Value(text, text.lower())]}
        admitted, barred = Admission(records, unit, winners).judge(list(candidates_of(records, unit)))
        verdicts = [(c, None, reason) for c, reason in barred]
        if admitted:
            verdicts += Contest(records, unit, admitted, winners).verdicts()
        for candidate, place, rule in verdicts:
            if place == 0:
                winners[unit.name] = candidate.record
            for name, value in candidate.values:
                sides = result.setdefault(name, {"won": [], "lost": []})
                if place is None:
                    sides["lost"].append((candidate.record, rule, ordered(value.value) if value else None))
                else:
                    made, parts = composed(records, unit, candidate, admitted)
                    made = made or value
                    sides["won"].append(
                        (place, candidate.record, rule, parts, ordered(made.value), ordered(made.standard))
                    )
    for sides in result.values():
        sides["won"].sort(key=lambda won: won[0])
        sides["lost"].sort(key=repr)
    return result


def composed(
    records: list[Record], unit: Unit, best: Candidate, candidates: list[Candidate]
) -> tuple[Value | None, dict[str, Any]]:
    """The value of a child put together part by part, and where the parts come from."""
    same = [c for c in candidates if c.key == best.key]
    value = best.values[0][1]
    if not unit.children or len(same) < 2 or not value or not isinstance(value.value, dict) or not value.standard:
        return None, {}
    assert isinstance(value.standard, dict)
    parts: dict[str, Any] = {}
    made, standard = dict(value.value), dict(value.standard)
    for part_unit in unit.children.parts:
        part = part_unit.name.split(".")[1]
        if part != "country" and not value.value.get(part) and part in value.standard:
            continue
        pool = []
        for c in same:
            said = c.values[0][1]
            if said and isinstance(said.value, dict) and said.value.get(part):
                assert isinstance(said.standard, dict)
                one = Value(said.value[part], said.standard.get(part))
                pool.append(Candidate(c.record, c.ordinal, ((part_unit.name, one),)))
        admitted, barred = Admission(records, part_unit, {}).judge(pool)
        verdicts: list[Any] = [(c, None, reason) for c, reason in barred]
        verdicts += Contest(records, part_unit, admitted, {}).verdicts() if admitted else []
        for c, place, rule in verdicts:
            sides = parts.setdefault(part, {"won": [], "lost": []})
            said = c.values[0][1]
            assert said
            if place is None:
                sides["lost"].append((c.record, rule, said.value))
                continue
            sides["won"].append((c.record, rule))
            made[part] = said.value
            standard.pop(part, None)
            if said.standard is not None:
                standard[part] = said.standard
    for sides in parts.values():
        sides["lost"].sort(key=repr)
    return Value(made, standard), parts


def derived(unit: Unit, result: dict[str, Any]) -> str | None:
    """The first text that a way to derive it gives."""

    def primary(name: str) -> tuple[Any, Any]:
        won = result.get(name, {}).get("won", [])
        return (won[0][4], won[0][5]) if won else (None, None)

    def text(reference: str) -> str:
        name, _, part = reference.partition(".")
        forms = primary(name)
        if not part:
            return (forms[0] or "").strip(" ")
        both = [dict(form or ()).get(part) or "" for form in forms]
        return next((t.strip(" ") for t in (reversed(both) if part == "country" else both) if t), "")

    for way in unit.derived:
        if way.how == "join":
            found = way.separator.join(t for t in map(text, way.references) if t)
        elif way.how == "country_of":
            number = str(primary(way.references[0])[1] or "")
            found = {"+49": "DE", "+43": "AT"}.get(number[:3], "") if number.startswith("+4") else ""
        else:
            found = str(primary(way.references[0])[1] or "").partition("@")[2]
            found = found if "." in found else ""
        if found:
            return found
    return None
