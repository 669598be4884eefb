"""Survivorship in plain Python, one customer, one attribute, one rule after the other: the oracle for the real one.

It is written as elimination, as docs/survivorship.md tells it, and shares no code with golden_record.survivorship.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from golden_record.policy import Policy, Step, Unit
from hub.records import Part, Value

Record = dict[str, Any]
"""system, object, source_id, attributes (dict of lists of Value), modified_at, changed_at (microseconds)."""


@dataclass(frozen=True)
class Candidate:
    """The values that one record brings for a unit, by attribute."""

    record: int
    ordinal: int
    values: tuple[tuple[str, Value], ...]

    @property
    def key(self) -> str:
        return repr(
            [(a, ordered(v.value) if v.standard is None else ("ok", ordered(v.standard))) for a, v in self.values]
        )


def golden(records: list[Record], policy: Policy) -> dict[str, Any]:
    """Attribute -> won: [(value, standard, record, rule)], lost: {(value, record, ordinal): rule}."""
    records = sorted(records, key=key_of)
    result: dict[str, Any] = {}
    for unit in policy.units:
        candidates = list(candidates_of(records, unit))
        if not candidates:
            continue
        for candidate, place, rule in Contest(records, unit, candidates).verdicts():
            for name, value in candidate.values:
                sides = result.setdefault(name, {"won": [], "lost": []})
                if place is None:
                    sides["lost"].append((candidate.record, rule, ordered(value.value)))
                else:
                    sides["won"].append((place, candidate.record, rule, ordered(value.value), ordered(value.standard)))
    for sides in result.values():
        sides["won"].sort(key=lambda won: won[0])
        sides["lost"].sort(key=repr)
    return result


def key_of(record: Record) -> tuple[str, str, str]:
    return record["system"], record["object"], record["source_id"]


def ordered(part: Part | None) -> Any:
    return tuple(sorted(part.items())) if isinstance(part, dict) else part


def candidates_of(records: list[Record], unit: Unit) -> Any:
    for index, record in enumerate(records):
        longest = max(len(record["attributes"].get(name, ())) for name in unit.attributes)
        for ordinal in range(longest):
            values = [
                (name, record["attributes"][name][ordinal])
                for name in sorted(unit.attributes)
                if ordinal < len(record["attributes"].get(name, ()))
            ]
            yield Candidate(index, ordinal, tuple(values))


class Contest:
    """The candidates of one unit of one customer."""

    def __init__(self, records: list[Record], unit: Unit, candidates: list[Candidate]) -> None:
        self.records, self.unit, self.candidates = records, unit, candidates
        self.by_value = [("usable", self.usable)] + [(s.rule, self.scorer(s, form=False)) for s in unit.steps]
        self.by_wording = [(s.rule, self.scorer(s, form=True)) for s in unit.steps]

    def usable(self, candidate: Candidate) -> int:
        return int(any(value.standard is not None for _, value in candidate.values))

    def scorer(self, step: Step, *, form: bool) -> Callable[[Candidate], int]:
        def most_recent(c: Candidate) -> int:
            record = self.records[c.record]
            return int(record["changed_at"] if record["modified_at"] is None else record["modified_at"])

        def source_priority(c: Candidate) -> int:
            ranks = dict(step.ranks)
            return -ranks.get(self.records[c.record]["system"], 10**6)

        return {
            "most_recent": most_recent,
            "longest": lambda c: sum(len(words(value.value)) for _, value in c.values),
            "most_frequent": self.wording_votes if form else self.votes,
            "source_priority": source_priority,
        }[step.rule]

    def says(self, name: str) -> list[tuple[str, Value]]:
        return [(r["system"], value) for r in self.records for value in r["attributes"].get(name, ())]

    def votes(self, candidate: Candidate) -> int:
        total = 0
        for name, value in candidate.values:
            if value.standard is not None:
                said = [(system, other) for system, other in self.says(name) if other.standard is not None]
                agreeing = {system for system, other in said if other.standard == value.standard}
                total += len(agreeing) - len({system for system, _ in said} - agreeing)
        return total

    def wording_votes(self, candidate: Candidate) -> int:
        total = 0
        for name, value in candidate.values:
            total += 2 * len({system for system, other in self.says(name) if other == value})
            kinds = {unicodedata.category(letter) for letter in words(value.value)}
            total += self.unit.cased and kinds >= {"Lu", "Ll"}
        return total

    def last_order(self, c: Candidate) -> tuple[tuple[bool, int], tuple[int, int]]:
        modified = self.records[c.record]["modified_at"]
        return (modified is not None, modified or 0), (-c.record, -c.ordinal)

    def best(self, pool: list[Candidate], rules: list[tuple[str, Callable[[Candidate], int]]]) -> Candidate:
        for _, score in rules:
            top = max(map(score, pool))
            pool = [candidate for candidate in pool if score(candidate) == top]
        return max(pool, key=self.last_order)

    def behind(self, loser: Candidate, winner: Candidate, rules: list[tuple[str, Callable[[Candidate], int]]]) -> str:
        for rule, score in rules:
            if score(loser) < score(winner):
                return rule
            assert score(loser) == score(winner)
        tied = self.last_order(loser)[0] == self.last_order(winner)[0]
        return "tie_break.record" if tied else "tie_break.modified_at"

    def verdicts(self) -> Any:
        """Each candidate with its place among the golden values (None: it lost) and the rule that decided."""
        places: list[list[Candidate]] = []
        leaders: list[Candidate] = []
        pool = self.candidates
        while pool:
            leaders.append(self.best(pool, self.by_value))
            places.append([candidate for candidate in pool if candidate.key == leaders[-1].key])
            pool = [candidate for candidate in pool if candidate.key != leaders[-1].key]
        any_usable = any(map(self.usable, self.candidates))
        for place, same in enumerate(places):
            kept = (self.usable(same[0]) or not any_usable) and (self.unit.limit is None or place < self.unit.limit)
            wording = self.best(same, self.by_wording)
            for candidate in same:
                if kept and candidate is wording:
                    yield candidate, place, self.why(place, leaders)
                elif kept:
                    yield candidate, None, self.behind(candidate, wording, self.by_wording)
                elif any_usable and not self.usable(candidate):
                    yield candidate, None, "usable"
                else:
                    rule = "limit" if self.unit.union else self.behind(candidate, leaders[0], self.by_value)
                    yield candidate, None, rule

    def why(self, place: int, leaders: list[Candidate]) -> str:
        if place > 0:
            return "union"
        if len(leaders) > 1:
            return self.behind(leaders[1], leaders[0], self.by_value)
        return "only_value" if len(self.candidates) == 1 else "agreed"


def words(part: Part) -> str:
    return "".join(part.values()) if isinstance(part, dict) else part
