"""Who wins a unit among those admitted, in plain Python: by elimination, one rule after the other."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from golden_record.unit import Step, Unit
from hub.records import Value
from tests.golden_record.plain_admission import sureness
from tests.golden_record.plain_candidates import (
    DAY,
    Candidate,
    Record,
    clock_of,
    day,
    filled,
    form,
    newest,
    number,
    own_clock,
    validity,
    words,
)

LOWEST = -(10**60)


class Contest:
    """The admitted candidates of one unit of one customer."""

    def __init__(self, records: list[Record], unit: Unit, candidates: list[Candidate], winners: dict[str, int]) -> None:
        self.records, self.unit, self.candidates, self.winners = records, unit, candidates, winners
        rules = [(s.rule, self.scorer(s, wording=False)) for s in unit.steps]
        self.by_value = [("pinned", self.pinned), ("usable", self.usable), *rules]
        self.by_wording = [("pinned", self.pinned), *((s.rule, self.scorer(s, wording=True)) for s in unit.steps)]

    def pinned(self, candidate: Candidate) -> int:
        record = self.records[candidate.record]
        return int(record["modified_at"]) if record.get("role") == "pin" else LOWEST

    def usable(self, candidate: Candidate) -> int:
        steward = self.records[candidate.record].get("role") == "pin"
        return int(
            steward or candidate.empty or any(value and value.standard is not None for _, value in candidate.values)
        )

    def scorer(self, step: Step, *, wording: bool) -> Callable[[Candidate], float]:
        def clock(c: Candidate) -> int | None:
            record = self.records[c.record]
            if step.clock is None:
                return clock_of(record)
            if step.clock == "attribute_changed":
                return own_clock(record, c)
            if step.clock in ("modified_at", "changed", "arrived"):
                column = {"changed": "changed_at", "arrived": "arrived_at"}.get(step.clock, step.clock)
                found = record.get(column)
                return None if found is None else int(found)
            return min((n for v in record["attributes"].get(step.clock, ()) if (n := day(v)) is not None), default=None)

        def most_recent(c: Candidate) -> int:
            return LOWEST if (at := clock(c)) is None else at

        def oldest(c: Candidate) -> int:
            return LOWEST if (at := clock(c)) is None else -at

        def source_priority(c: Candidate) -> int:
            ranks = dict(step.ranks)
            return -ranks.get(self.records[c.record]["system"], 10**6)

        def trust(c: Candidate) -> int:
            record = self.records[c.record]
            age = max(newest(self.records) - clock_of(record), 0)
            fading = 0.5 ** (age / (step.half_life_days * DAY)) if step.half_life_days else 1.0
            return round(1e9 * dict(step.scores).get(record["system"], step.default) * fading)

        def largest(c: Candidate) -> float:
            return LOWEST if (found := number(self.unit, c)) is None else found

        def smallest(c: Candidate) -> float:
            return LOWEST if (found := number(self.unit, c)) is None else -found

        rules: dict[str, Callable[[Candidate], float]] = {
            "most_recent": most_recent,
            "oldest": oldest,
            "longest": lambda c: 0 if c.empty else sum(len(words(value.value)) for _, value in c.values if value),
            "most_complete": lambda c: 0 if c.empty else sum(filled(value.value) for _, value in c.values if value),
            "most_frequent": self.wording_votes if wording else self.votes,
            "source_priority": source_priority,
            "trust": trust,
            "max": largest,
            "min": smallest,
            "validated_first": lambda c: sum(validity(self.unit, c, value) for _, value in c.values),
            "confidence": lambda c: sureness(self.records, self.candidates, step, c),
            "follow": lambda c: int(self.winners.get(str(step.target)) == c.record),
        }
        return rules[step.rule]

    def says(self, name: str) -> list[tuple[str, Candidate, Value | None]]:
        return [(self.records[c.record]["system"], c, v) for c in self.candidates for n, v in c.values if n == name]

    def votes(self, candidate: Candidate) -> int:
        total = 0
        for name, value in candidate.values:
            if candidate.empty or (value and value.standard is not None):
                said = [(s, c, v) for s, c, v in self.says(name) if c.empty or (v and v.standard is not None)]
                mine = "none" if candidate.empty else form(name, value, candidate.match)
                agreeing = {s for s, c, v in said if mine == ("none" if c.empty else form(name, v, c.match))}
                total += len(agreeing) - len({s for s, _, _ in said} - agreeing)
        return total

    def wording_votes(self, candidate: Candidate) -> int:
        total = 0
        for name, value in candidate.values:
            said = self.says(name)
            same = {
                s for s, c, v in said if (c.empty and candidate.empty) or (c.empty == candidate.empty and v == value)
            }
            total += 2 * len(same)
            if not candidate.empty and value:
                kinds = {unicodedata.category(letter) for letter in words(value.value)}
                total += self.unit.cased and kinds >= {"Lu", "Ll"}
        return total

    def last_order(self, c: Candidate) -> tuple[tuple[bool, int], tuple[int, int]]:
        modified = self.records[c.record]["modified_at"]
        return (modified is not None, modified or 0), (-c.record, -c.ordinal)

    def best(self, pool: list[Candidate], rules: list[tuple[str, Callable[[Candidate], float]]]) -> Candidate:
        for _, score in rules:
            top = max(map(score, pool))
            pool = [candidate for candidate in pool if score(candidate) == top]
        return max(pool, key=self.last_order)

    def behind(self, loser: Candidate, winner: Candidate, rules: list[tuple[str, Callable[[Candidate], float]]]) -> str:
        for rule, score in rules:
            if score(loser) < score(winner):
                return rule
            assert score(loser) == score(winner)
        tied = self.last_order(loser)[0] == self.last_order(winner)[0]
        return "tie_break.record" if tied else "tie_break.modified_at"

    def verdicts(self) -> Iterator[tuple[Candidate, int | None, str]]:
        """Each candidate with its place among the golden values (None: it lost) and the rule that decided."""
        places: list[list[Candidate]] = []
        leaders: list[Candidate] = []
        pool = self.candidates
        while pool:
            leaders.append(self.best(pool, self.by_value))
            places.append([candidate for candidate in pool if candidate.key == leaders[-1].key])
            pool = [candidate for candidate in pool if candidate.key != leaders[-1].key]
        any_usable = any(map(self.usable, self.candidates))
        none_at = next((place for place, same in enumerate(places) if same[0].empty), None)
        a_pin = any(self.pinned(c) != LOWEST for c in self.candidates)
        split = self.unit.unanimous and not a_pin and len(leaders) > 1 and (self.usable(leaders[1]) or not any_usable)
        for place, same in enumerate(places):
            within = self.unit.limit is None or place < self.unit.limit
            cleared = none_at is not None and (self.unit.limit is None or none_at < self.unit.limit)
            cleared = cleared and (place == none_at or (self.unit.union and place > (none_at or 0)))
            wording = self.best(same, self.by_wording)
            for candidate in same:
                counts = bool(self.usable(candidate)) or not any_usable
                kept = counts and within and not cleared and not split
                if kept and candidate is wording:
                    yield candidate, place, self.why(place, leaders)
                elif split and counts:
                    yield candidate, None, "unanimous"
                elif cleared and counts:
                    yield candidate, None, "empty"
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
        if self.pinned(leaders[0]) != LOWEST:
            return "pinned"
        if self.records[leaders[0].record].get("role") in ("constant", "derived"):
            return str(self.records[leaders[0].record]["role"])
        return "only_value" if len(self.candidates) == 1 else "agreed"
