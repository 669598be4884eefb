"""Why a golden value stands, and the smallest change that would put another in its place.

Each change is tried: the rules run over the customer's contributions with that one change, all trials of a customer at
once, as if each were a customer of its own. What is told is what flipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import history, pins
from golden_record.contributions import MEMBERS
from golden_record.members import read_members
from golden_record.origins import AttributeOrigins, Loser, origins_from_json
from golden_record.policy import policy_of
from golden_record.quality import Quality, quality
from golden_record.survivorship import survive
from golden_record.unit import Unit
from hub.config import Config
from hub.duck import connect
from hub.errors import RejectedError
from hub.records import Attributes, Part, RecordKey, attributes_from_json, canonical_json
from hub.section import did_you_mean

Rows = list[dict[str, Any]]
_VOICES = 3  # as many more systems are tried


@dataclass(frozen=True, slots=True)
class Flip:
    """A contribution that lost: the rule in which it was behind, and what would have to be otherwise for it to win.

    `if_only` None: none of the changes that are tried would do, or it says what the golden value says.
    """

    value: Part | None
    record: RecordKey
    rule: str
    if_only: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """Why an attribute is what it is. `entries` are what stewards entered about it."""

    customer_id: UUID
    attribute: str
    rules: list[str]
    won: AttributeOrigins
    lost: list[Flip]
    entries: list[pins.Entry]
    quality: Quality


def why(conn: Connection, config: Config, customer_id: UUID, attribute: str) -> Why:
    """Explain an attribute of a current customer by the policy of hub.yaml.

    Raises RejectedError for an attribute that does not survive, or a customer without records.
    """
    now = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    policy = policy_of(config, now)
    units = {name: unit for unit in policy.units for name in unit.attributes}
    if attribute not in units:
        raise RejectedError(f"There is no golden attribute '{attribute}'{did_you_mean(attribute, units)}.")
    history.number_customers(conn, [customer_id])
    rows: Rows = read_members(conn, 0, 1, policy).to_pylist()
    if not rows:
        raise RejectedError(f"The customer {customer_id} has no records now.")
    with connect() as duck:

        def run(trials: list[Rows]) -> list[tuple[Attributes, dict[str, AttributeOrigins]]]:
            numbered = [{**row, "customer_id": f"{i:06}"} for i, trial in enumerate(trials) for row in trial]
            golden = survive(duck, pa.Table.from_pylist(numbered, MEMBERS), policy)
            return [_read(row) for row in golden.to_pylist()]

        golden, origins = run([rows])[0]
        found = origins.get(attribute, AttributeOrigins())
        losers = list({(lost.record, canonical_json(lost.value)): lost for lost in found.lost}.values())
        trials = [
            (place, words, value, trial)
            for place, lost in enumerate(losers)
            for words, value, trial in _changes(rows, lost, found, attribute, units[attribute])
        ]
        flips: dict[int, str] = {}
        if trials:
            for (place, words, value, _), (then, _) in zip(trials, run([t[3] for t in trials]), strict=True):
                if place not in flips and _wins(then, attribute, value) and not _wins(golden, attribute, value):
                    flips[place] = words
    return Why(
        customer_id,
        attribute,
        [step.rule for step in units[attribute].steps],
        found,
        [
            Flip(lost.value, lost.record, lost.tie_break or lost.rule, flips.get(place))
            for place, lost in enumerate(losers)
        ],
        [entry for entry in pins.standing(conn, [customer_id]) if entry.attribute == attribute],
        quality(rows, golden, policy, now),
    )


def _read(row: dict[str, Any]) -> tuple[Attributes, dict[str, AttributeOrigins]]:
    attributes = attributes_from_json(json.loads(row["attributes"]))
    return attributes, origins_from_json(json.loads(row["origins"]), attributes)


def _wins(golden: Attributes, attribute: str, value: dict[str, Any]) -> bool:
    first = next(iter(golden.get(attribute, ())), None)
    if first is None:
        return False
    if value["standard"] is None:
        return bool(first.value == value["value"])
    return bool(first.standard == value["standard"])


def _changes(
    rows: Rows, lost: Loser, found: AttributeOrigins, attribute: str, unit: Unit
) -> Iterator[tuple[str, dict[str, Any], Rows]]:
    """The changes to try, the smallest first: in words, the value that should win, and the contributions."""
    at = next((i for i, row in enumerate(rows) if _key(row) == lost.record), None)
    if at is None or lost.value is None:
        return
    said = json.loads(rows[at]["attributes"]).get(attribute, [])
    value = next((v for v in said if v["value"] == lost.value), None)
    if value is None:
        return
    name = lost.record.system
    for i, row in enumerate(rows):
        if row["role"] in ("pin", "exclude") and attribute in json.loads(row["attributes"]):
            words = f"if entry {row['source_id']} ({row['role']}) were ended"
            yield words, value, [other for j, other in enumerate(rows) if j != i]
    if value["standard"] is None and isinstance(lost.value, str):
        usable = {"value": lost.value, "standard": lost.value.lower()}
        yield "if it could be compared", usable, _said(rows, at, attribute, said, value, usable)
    winner = next((row for row in rows if found.won and _key(row) == found.won[0].record), None)
    if winner is not None:
        yield from _by_rule(rows, at, winner, unit, value, name)
    if winner is not None and isinstance(lost.value, str) and isinstance(found.won[0].value, str):
        length = len(found.won[0].value)
        if any(step.rule == "longest" for step in unit.steps) and len(lost.value) <= length:
            longer = lost.value + "x" * (length + 1 - len(lost.value))
            made = {"value": longer, "standard": longer.lower()}
            words = f"if {name}'s value were longer than {length} characters"
            yield words, made, _said(rows, at, attribute, said, value, made)
    yield from _by_voices(rows, at, unit, value)
    if winner is not None:
        golden = found.won[0].value
        without = [_without(row, attribute, golden) for row in rows]
        yield f"if no system said {_shown(golden)}", value, without


def _by_rule(
    rows: Rows, at: int, winner: dict[str, Any], unit: Unit, value: dict[str, Any], name: str
) -> Iterator[tuple[str, dict[str, Any], Rows]]:
    """What would have to change of the record that lost: its time, then its system."""
    columns = {"modified_at": "modified_at", "changed": "changed_at", "arrived": "arrived_at", None: "modified_at"}
    for step in unit.steps:
        if step.rule not in ("most_recent", "oldest", "trust") or step.clock not in columns:
            continue
        column = columns[step.clock]
        then = winner[column]
        if then is None and step.clock is None:
            then = winner["changed_at"]
        if then is None:
            continue
        moved = then - 1 if step.rule == "oldest" else then + 1
        words = f"if {name}'s value were {'older' if step.rule == 'oldest' else 'newer'} than {_moment(then)}"
        yield words, value, _with(rows, at, {column: moved})
    for step in unit.steps:
        if step.rule in ("source_priority", "trust") and winner["system"] != rows[at]["system"]:
            words = f"if {winner['system']} said it in place of {name}"
            yield (
                words,
                value,
                _with(rows, at, {"system": winner["system"], "source_id": f"{rows[at]['source_id']} too"}),
            )
            return


def _by_voices(rows: Rows, at: int, unit: Unit, value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Rows]]:
    if not any(step.rule == "most_frequent" for step in unit.steps):
        return
    read = json.loads(rows[at]["attributes"])
    echo = canonical_json({name: values for name, values in read.items() if name in unit.attributes})
    # A further voice is older than any, so that it adds its vote and nothing else.
    oldest = min(row["changed_at"] if row["modified_at"] is None else row["modified_at"] for row in rows) - 1
    for count in range(1, _VOICES + 1):
        more = [
            {**rows[at], "system": f"another system {i}", "attributes": echo, "modified_at": oldest, "role": None}
            for i in range(count)
        ]
        yield f"if {count} more {'system' if count == 1 else 'systems'} said so", value, [*rows, *more]


def _with(rows: Rows, at: int, change: dict[str, Any]) -> Rows:
    return [{**row, **change} if i == at else row for i, row in enumerate(rows)]


def _said(rows: Rows, at: int, attribute: str, said: Any, old: Any, new: Any) -> Rows:
    read = json.loads(rows[at]["attributes"])
    read[attribute] = [new if value is old else value for value in said]
    return _with(rows, at, {"attributes": canonical_json(read)})


def _without(row: dict[str, Any], attribute: str, golden: Part) -> dict[str, Any]:
    """The row without a value, in whatever wording."""
    read = json.loads(row["attributes"])
    if attribute not in read:
        return row
    standards = [v["standard"] for v in read[attribute] if v["value"] == golden and v["standard"] is not None]
    kept = [v for v in read[attribute] if v["value"] != golden and v["standard"] not in standards]
    return {**row, "attributes": canonical_json({**read, attribute: kept})}


def _key(row: dict[str, Any]) -> RecordKey:
    return RecordKey(row["system"], row["object"], row["source_id"])


def _moment(microseconds: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%d %H:%M} UTC"


def _shown(part: Part) -> str:
    return part if isinstance(part, str) else ", ".join(text for text in part.values() if text)
