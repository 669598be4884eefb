"""Admission in plain Python: which candidates may win at all, and why the others may not."""

from __future__ import annotations

import math

from golden_record.unit import Step, Unit
from hub.records import Value
from tests.golden_record.plain_candidates import DAY, Candidate, Record, clock_of, form, newest, says_none, validity


def sureness(records: list[Record], candidates: list[Candidate], step: Step, c: Candidate) -> int:
    """How sure all systems together make a value, as what is left of the doubt: -ln, in billionths."""
    if not (c.empty or any(value and value.standard is not None for _, value in c.values)):
        return 0
    systems = {records[other.record]["system"] for other in candidates if other.key == c.key}
    chances = [min(dict(step.scores).get(system, step.default), 0.999999999) for system in systems]
    return sum(round(-1e9 * math.log(1 - chance)) for chance in chances)


class Admission:
    """Who may win at all."""

    def __init__(self, records: list[Record], unit: Unit, winners: dict[str, int]) -> None:
        self.records, self.unit, self.winners = records, unit, winners

    def judge(self, candidates: list[Candidate]) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
        """Those that may win, and the others with why they may not."""
        reasons = [(c, self.reason(c)) for c in candidates]
        admitted = [c for c, reason in reasons if reason is None]
        barred = [(c, reason) for c, reason in reasons if reason is not None]

        def bar(rule: str, those: list[Candidate]) -> None:
            barred.extend((c, rule) for c in those)
            for c in those:
                admitted.remove(c)

        if any(self.role(c) in (None, "pin", "value") for c in admitted):
            bar("deleted", [c for c in admitted if self.role(c) == "kept"])
        if not self.unit.derived_last and any(self.role(c) == "derived" for c in admitted):
            bar("derived", [c for c in admitted if self.role(c) not in ("pin", "constant", "derived")])
        floor = next((step for step in self.unit.steps if step.floor is not None), None)
        if floor and floor.floor:
            said = [c for c in admitted if self.role(c) not in ("pin", "constant", "derived")]
            least = round(-1e9 * math.log(1 - floor.floor))
            bar("floor", [c for c in said if sureness(self.records, admitted, floor, c) < least])
        if self.unit.derived_last and any(self.role(c) not in ("derived", "constant") for c in admitted):
            admitted = [c for c in admitted if self.role(c) != "derived"]
        if any(self.role(c) != "constant" for c in admitted):
            admitted = [c for c in admitted if self.role(c) != "constant"]
        return admitted, barred

    def role(self, c: Candidate) -> str | None:
        role: str | None = self.records[c.record].get("role")
        return role

    def reason(self, c: Candidate) -> str | None:
        """Why a candidate may not win, None where it may."""
        record, unit, when = self.records[c.record], self.unit, self.unit.when
        if record.get("role") in ("pin", "constant"):
            return None
        if any(self.excluded(c, name, value) for name, value in c.values):
            return "excluded"
        if record.get("role") == "derived":
            return None
        if unit.always:
            return "derived" if unit.derived else "constant"
        if unit.listed is not None and record["system"] not in unit.listed:
            return "unlisted"
        if when.systems is not None and record["system"] not in when.systems:
            return "condition"
        if when.objects is not None and record["object"] not in when.objects:
            return "condition"
        if when.days is not None and clock_of(record) < newest(self.records) - when.days * DAY:
            return "condition"
        if not all(self.meets(record, name, wanted) for name, wanted in when.equals):
            return "condition"
        if sum(validity(unit, c, value) for _, value in c.values) < unit.floor:
            return "floor"
        if unit.strict and self.winners.get(str(unit.follows)) != c.record:
            return "follow"
        return None

    def excluded(self, c: Candidate, name: str, value: Value | None) -> bool:
        for record in self.records:
            for other in record["attributes"].get(name, ()) if record.get("role") == "exclude" else ():
                none = says_none(self.unit, other)
                if (c.empty and none) or (
                    value and not c.empty and not none and form(name, other, c.match) == form(name, value, c.match)
                ):
                    return True
        return False

    def meets(self, record: Record, name: str, wanted: tuple[str, ...]) -> bool:
        for value in record["attributes"].get(name, ()):
            if {str(value.standard).lower(), str(value.value).lower()} & set(wanted):
                return True
        return False
