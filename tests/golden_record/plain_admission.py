"""Admission in plain Python: which candidates may win at all, and why the others may not."""

from __future__ import annotations

from golden_record.policy import Unit
from hub.records import Value
from tests.golden_record.plain_candidates import DAY, Candidate, Record, clock_of, form, newest, says_none, validity


class Admission:
    """Who may win at all."""

    def __init__(self, records: list[Record], unit: Unit, winners: dict[str, int]) -> None:
        self.records, self.unit, self.winners = records, unit, winners

    def reason(self, c: Candidate) -> str | None:
        """Why a candidate may not win, None where it may."""
        record, unit, when = self.records[c.record], self.unit, self.unit.when
        if record.get("role") in ("pin", "constant"):
            return None
        if any(self.excluded(c, name, value) for name, value in c.values):
            return "excluded"
        if unit.always:
            return "constant"
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
                    value and not c.empty and not none and form(name, other) == form(name, value)
                ):
                    return True
        return False

    def meets(self, record: Record, name: str, wanted: tuple[str, ...]) -> bool:
        for value in record["attributes"].get(name, ()):
            if {str(value.standard).lower(), str(value.value).lower()} & set(wanted):
                return True
        return False
