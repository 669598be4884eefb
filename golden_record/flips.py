"""The changes that might put a losing contribution in the golden value's place, smallest first; each is to be tried.

A change is the customer's contributions (rows of contributions.MEMBERS) with that one thing otherwise, in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from golden_record.origins import AttributeOrigins, Loser, is_source
from golden_record.unit import Step, Unit
from hub.records import Part, RecordKey, canonical_json

Rows = list[dict[str, Any]]
Change = tuple[str, dict[str, Any], Rows]
"""In words, the value that should win then, and the contributions."""
_VOICES = 3  # as many more systems are tried
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Loss:
    """A contribution that lost: to an attribute of `unit`, in row `at`. `ahead` is the row that is before it, if any.

    `origins` are those of all attributes, `followed` the attributes whose record the unit follows.
    """

    rows: Rows
    lost: Loser
    attribute: str
    unit: Unit
    origins: Mapping[str, AttributeOrigins]
    followed: tuple[str, ...]

    @property
    def found(self) -> AttributeOrigins:
        """The origins of the attribute."""
        return self.origins.get(self.attribute, AttributeOrigins())

    @property
    def at(self) -> int | None:
        """The place of the row; None for what the policy itself says."""
        return next((i for i, row in enumerate(self.rows) if key_of(row) == self.lost.record), None)

    @property
    def ahead(self) -> dict[str, Any] | None:
        """The row that won, or that says that there is none."""
        records = [won.record for won in self.found.won[:1]]
        records += [lost.record for lost in self.found.lost if lost.rule == "empty" and lost.record != self.lost.record]
        return next((row for row in self.rows if records and key_of(row) == records[0]), None)

    @property
    def value(self) -> dict[str, Any] | None:
        """The value with its comparable form."""
        said = self.said(self.at) if self.at is not None else []
        return next((value for value in said if value["value"] == self.lost.value), None)

    def said(self, at: int) -> list[dict[str, Any]]:
        """What a row says of the attribute."""
        read: list[dict[str, Any]] = json.loads(self.rows[at]["attributes"]).get(self.attribute, [])
        return read


def changes(loss: Loss) -> Iterator[Change]:
    """The changes to try, the smallest first."""
    at, value = loss.at, loss.value
    if at is None or value is None:
        return
    yield from _entries(loss, value)
    if value["standard"] is None and isinstance(loss.lost.value, str):
        usable = {"value": loss.lost.value, "standard": loss.lost.value.lower()}
        yield "if it could be compared", usable, _saying(loss, at, value, usable)
    if loss.rows[at]["role"] == "kept":
        words = f"if {loss.lost.record.system} had not deleted the record"
        yield words, value, _with(loss.rows, at, {"role": None})
    yield from _by_admission(loss, at, value)
    if loss.ahead is not None:
        yield from _by_rule(loss, at, loss.ahead, value)
    yield from _by_value(loss, at, value)
    yield from _by_voices(loss, at, value)
    yield from _without_others(loss, at, value)


def _entries(loss: Loss, value: dict[str, Any]) -> Iterator[Change]:
    for i, row in enumerate(loss.rows):
        if row["role"] in ("pin", "exclude") and loss.attribute in json.loads(row["attributes"]):
            words = f"if entry {row['source_id']} ({row['role']}) were ended"
            yield words, value, [other for j, other in enumerate(loss.rows) if j != i]


def _by_admission(loss: Loss, at: int, value: dict[str, Any]) -> Iterator[Change]:
    """What would have to be otherwise for the contribution to count at all."""
    unit, row, name = loss.unit, loss.rows[at], loss.lost.record.system
    for systems in (unit.listed, unit.when.systems):
        if systems and row["system"] not in systems:
            yield f"if {systems[0]} said it in place of {name}", value, _with(loss.rows, at, _moved(row, systems[0]))
    if unit.when.objects and row["object"] not in unit.when.objects:
        changed = {"object": unit.when.objects[0], "source_id": f"{row['source_id']} too"}
        yield f"if it were {name}'s {unit.when.objects[0]} that says it", value, _with(loss.rows, at, changed)
    if unit.when.days is not None:
        newest = max(_clock(other) for other in loss.rows if other["role"] is None)
        words = f"if it were at most {unit.when.days:g} days older than the newest record"
        yield words, value, _with(loss.rows, at, {"modified_at": newest - round(unit.when.days * _DAY)})
    for other, wanted in unit.when.equals:
        read = json.loads(row["attributes"])
        read[other] = [{"value": wanted[0], "standard": wanted[0]}]
        yield f"if its {other} were {wanted[0]}", value, _with(loss.rows, at, {"attributes": canonical_json(read)})
    if unit.follows and loss.lost.rule == "follow":
        yield from _followed(loss, at, value)


def _followed(loss: Loss, at: int, value: dict[str, Any]) -> Iterator[Change]:
    """The record that is followed says it."""
    won = [one.record for name in loss.followed for one in loss.origins.get(name, AttributeOrigins()).won[:1]]
    record = next(filter(is_source, won), None)
    for i, row in enumerate(loss.rows):
        if record and key_of(row) == record:
            read = json.loads(row["attributes"]) | {loss.attribute: [value]}
            words = f"if {'/'.join(record)} said it, whose {loss.unit.follows} is golden"
            yield words, value, _with(loss.rows, i, {"attributes": canonical_json(read)})


_COLUMNS = {"modified_at": "modified_at", "changed": "changed_at", "arrived": "arrived_at", None: "modified_at"}


def _by_rule(loss: Loss, at: int, ahead: dict[str, Any], value: dict[str, Any]) -> Iterator[Change]:
    """What would have to change of the record that lost: its time, then its system."""
    name = loss.lost.record.system
    for step in loss.unit.steps:
        if step.rule in ("most_recent", "oldest") and step.clock == "attribute_changed":
            yield _own_time(loss, at, ahead, step, value)
        elif step.rule in ("most_recent", "oldest", "trust") and step.clock in _COLUMNS:
            column = _COLUMNS[step.clock]
            then = ahead[column]
            if then is None and step.clock is None:
                then = ahead["changed_at"]
            if then is not None:
                moved = then - 1 if step.rule == "oldest" else then + 1
                words = f"if {name}'s value were {'older' if step.rule == 'oldest' else 'newer'} than {_moment(then)}"
                yield words, value, _with(loss.rows, at, {column: moved})
    ranked = any(step.rule in ("source_priority", "trust", "confidence") for step in loss.unit.steps)
    if ranked and ahead["system"] != loss.rows[at]["system"]:
        words = f"if {ahead['system']} said it in place of {name}"
        yield words, value, _with(loss.rows, at, _moved(loss.rows[at], ahead["system"]))


def _own_time(loss: Loss, at: int, ahead: dict[str, Any], step: Step, value: dict[str, Any]) -> Change:
    names = loss.unit.attributes
    times = json.loads(ahead["attribute_times"] or "{}")
    then = max(times.get(name, _clock(ahead)) for name in names)
    moved = then - 1 if step.rule == "oldest" else then + 1
    own = json.loads(loss.rows[at]["attribute_times"] or "{}") | dict.fromkeys(names, moved)
    words = (
        f"if {loss.lost.record.system} had changed it {'before' if step.rule == 'oldest' else 'after'} {_moment(then)}"
    )
    return words, value, _with(loss.rows, at, {"attribute_times": json.dumps(own)})


def _by_value(loss: Loss, at: int, value: dict[str, Any]) -> Iterator[Change]:
    """Another value that would win: longer, greater, with its missing parts."""
    if not loss.found.won:
        return
    golden, name, rules = loss.found.won[0].value, loss.lost.record.system, {step.rule for step in loss.unit.steps}
    lost = loss.lost.value
    if isinstance(lost, str) and isinstance(golden, str):
        if "longest" in rules and len(lost) <= len(golden):
            longer = lost + "x" * (len(golden) + 1 - len(lost))
            words = f"if {name}'s value were longer than {len(golden)} characters"
            yield words, *_put(loss, at, value, {"value": longer, "standard": longer.lower()})
        for rule, step, word in (("max", 1, "greater"), ("min", -1, "less")):
            beyond = _beyond(golden, loss.unit.kind, step) if rule in rules else None
            if beyond is not None:
                word = {"greater": "later", "less": "earlier"}[word] if loss.unit.kind == "date" else word
                words = f"if {name}'s value were {word} than {golden}"
                yield words, *_put(loss, at, value, {"value": beyond, "standard": beyond})
    if isinstance(lost, dict) and isinstance(golden, dict) and "most_complete" in rules:
        full = {"value": {**golden, **lost}, "standard": {**golden, **(value["standard"] or {}), "line2": "x"}}
        full["value"] = {**full["value"], "line2": "x", "region": "x", "country": "x"}
        yield f"if {name}'s value had more parts", *_put(loss, at, value, full)


def _beyond(golden: str, kind: str, step: int) -> str | None:
    try:
        return str(date.fromisoformat(golden) + timedelta(days=step)) if kind == "date" else f"{float(golden) + step:g}"
    except (ValueError, OverflowError):
        return None


def _by_voices(loss: Loss, at: int, value: dict[str, Any]) -> Iterator[Change]:
    """More systems that say so: those that a rule scores best, or any."""
    steps = {step.rule: step for step in loss.unit.steps if step.rule in ("most_frequent", "confidence")}
    if not steps:
        return
    read = json.loads(loss.rows[at]["attributes"])
    echo = canonical_json({name: values for name, values in read.items() if name in loss.unit.attributes})
    # A further voice is older than any, so that it adds its vote and nothing else.
    voice = {"attributes": echo, "modified_at": min(map(_clock, loss.rows)) - 1, "role": None}
    if "confidence" in steps:
        scores = sorted(steps["confidence"].scores, key=lambda score: (-score[1], score[0]))
        for system in [name for name, _ in scores if name != loss.rows[at]["system"]]:
            more = {**loss.rows[at], **_moved(loss.rows[at], system), **voice}
            yield f"if {system} said so too", value, [*loss.rows, more]
    for count in range(1, _VOICES + 1):
        others = [{**loss.rows[at], "system": f"another system {i}", **voice} for i in range(count)]
        yield f"if {count} more {'system' if count == 1 else 'systems'} said so", value, [*loss.rows, *others]


def _without_others(loss: Loss, at: int, value: dict[str, Any]) -> Iterator[Change]:
    """What others would have to leave unsaid."""
    if loss.lost.rule == "derived" and loss.unit.derived:
        names = sorted({reference.partition(".")[0] for way in loss.unit.derived for reference in way.references})
        silent = [{**row, "attributes": _less(row, names)} for row in loss.rows]
        yield f"if there were no {' and no '.join(names)} to derive it from", value, silent
    if loss.found.won:
        golden = loss.found.won[0].value
        without = [_without(row, loss.attribute, golden) for row in loss.rows]
        yield f"if no system said {_shown(golden)}", value, without
    alone = [
        {**row, "attributes": _less(row, [loss.attribute])} if i != at and row["role"] is None else row
        for i, row in enumerate(loss.rows)
    ]
    if loss.lost.rule in ("unanimous", "deleted", "limit", "empty"):
        yield "if no other record said anything of it", value, alone


def _put(loss: Loss, at: int, old: Any, new: dict[str, Any]) -> tuple[dict[str, Any], Rows]:
    return new, _saying(loss, at, old, new)


def _with(rows: Rows, at: int, change: dict[str, Any]) -> Rows:
    return [{**row, **change} if i == at else row for i, row in enumerate(rows)]


def _moved(row: dict[str, Any], system: str) -> dict[str, Any]:
    return {"system": system, "source_id": f"{row['source_id']} too"}


def _saying(loss: Loss, at: int, old: Any, new: Any) -> Rows:
    read = json.loads(loss.rows[at]["attributes"])
    read[loss.attribute] = [new if value == old else value for value in loss.said(at)]
    return _with(loss.rows, at, {"attributes": canonical_json(read)})


def _less(row: dict[str, Any], names: list[str]) -> str:
    read = json.loads(row["attributes"])
    return canonical_json({name: values for name, values in read.items() if name not in names})


def _without(row: dict[str, Any], attribute: str, golden: Part) -> dict[str, Any]:
    """The row without a value, in whatever wording."""
    read = json.loads(row["attributes"])
    if attribute not in read:
        return row
    standards = [v["standard"] for v in read[attribute] if v["value"] == golden and v["standard"] is not None]
    kept = [v for v in read[attribute] if v["value"] != golden and v["standard"] not in standards]
    return {**row, "attributes": canonical_json({**read, attribute: kept})}


def key_of(row: Mapping[str, Any]) -> RecordKey:
    """The key of a row."""
    return RecordKey(row["system"], row["object"], row["source_id"])


def _clock(row: Mapping[str, Any]) -> int:
    return int(row["changed_at"] if row["modified_at"] is None else row["modified_at"])


def _moment(microseconds: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%d %H:%M} UTC"


def _shown(part: Part) -> str:
    return part if isinstance(part, str) else ", ".join(text for text in part.values() if text)
