"""Why a golden value stands, and the smallest change that would put another in its place.

Each change is tried: the rules run over the customer's contributions with that one change, all trials of a customer at
once, as if each were a customer of its own. What is told is what flipped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import history, pins
from golden_record.contributions import MEMBERS
from golden_record.flips import Loss, Rows, changes
from golden_record.members import read_members
from golden_record.origins import AttributeOrigins, origins_from_json
from golden_record.policy import policy_of
from golden_record.quality import Quality, quality
from golden_record.survivorship import survive
from golden_record.unit import Unit
from hub.config import Config
from hub.duck import lent
from hub.errors import RejectedError
from hub.records import Attributes, Part, RecordKey, attributes_from_json, canonical_json
from hub.section import did_you_mean

# Rows of all trials together: about a second of the rules. A customer of hundreds of values would take minutes else.
_TRIED = 20_000


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
    """Why an attribute is what it is. `entries` are what stewards entered about it.

    `untried`: of how many of `lost`, the last of them, no change was tried, since the customer has so many.
    """

    customer_id: UUID
    attribute: str
    rules: list[str]
    won: AttributeOrigins
    lost: list[Flip]
    entries: list[pins.Entry]
    quality: Quality
    untried: int


def why(conn: Connection, config: Config, customer_id: UUID, attribute: str) -> Why:
    """Explain an attribute of a current customer by the policy of hub.yaml.

    Raises RejectedError for an attribute that does not survive, or a customer without records.
    """
    now = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    policy = policy_of(config, now)
    units = {name: unit for unit in policy.units for name in unit.attributes}
    if attribute not in units:
        raise RejectedError(f"There is no golden attribute '{attribute}'{did_you_mean(attribute, units)}.")
    unit = units[attribute]
    followed = tuple(name for name, other in units.items() if other.name == unit.follows)
    history.number_customers(conn, [customer_id])
    rows: Rows = read_members(conn, 0, 1, policy).to_pylist()
    if not rows:
        raise RejectedError(f"The customer {customer_id} has no records now.")
    with lent() as duck:

        def run(trials: list[Rows]) -> list[tuple[Attributes, dict[str, AttributeOrigins]]]:
            numbered = [{**row, "customer_id": f"{i:06}"} for i, trial in enumerate(trials) for row in trial]
            golden = survive(duck, pa.Table.from_pylist(numbered, MEMBERS), policy)
            return [_read(row) for row in golden.to_pylist()]

        golden, origins = run([rows])[0]
        found = origins.get(attribute, AttributeOrigins())
        losers = list({(lost.record, canonical_json(lost.value)): lost for lost in found.lost}.values())
        everything = (
            (place, words, value, trial)
            for place, lost in enumerate(losers)
            for words, value, trial in changes(Loss(rows, lost, attribute, unit, origins, followed))
        )
        trials = list(islice(everything, max(_TRIED // len(rows), 1)))
        left = next(everything, None)
        flips: dict[int, str] = {}
        if trials:
            for (place, words, value, _), (then, _) in zip(trials, run([t[3] for t in trials]), strict=True):
                wins = _kept if losers[place].rule == "limit" else _wins
                if place not in flips and wins(then, attribute, value) and not wins(golden, attribute, value):
                    flips[place] = words
    return Why(
        customer_id,
        attribute,
        _rules(unit),
        found,
        [
            Flip(lost.value, lost.record, lost.tie_break or lost.rule, flips.get(place))
            for place, lost in enumerate(losers)
        ],
        [entry for entry in pins.standing(conn, [customer_id]) if entry.attribute == attribute],
        quality(rows, golden, policy, now),
        0 if left is None else len(losers) - left[0],
    )


def _rules(unit: Unit) -> list[str]:
    """The names of a unit's rules, in the order in which they decide."""
    derived = ["derived"] if unit.derived else []
    first = (["union"] if unit.union else []) + (["unanimous"] if unit.unanimous else [])
    last = ["constant"] if unit.constant is not None else []
    steps = [step.rule for step in unit.steps]
    return [*first, *steps, *derived, *last] if unit.derived_last else [*derived, *first, *steps, *last]


def _read(row: dict[str, Any]) -> tuple[Attributes, dict[str, AttributeOrigins]]:
    attributes = attributes_from_json(json.loads(row["attributes"]))
    return attributes, origins_from_json(json.loads(row["origins"]), attributes)


def _kept(golden: Attributes, attribute: str, value: dict[str, Any]) -> bool:
    """Whether a value is among those that a union keeps."""
    return any(_wins({attribute: [kept]}, attribute, value) for kept in golden.get(attribute, ()))


def _wins(golden: Attributes, attribute: str, value: dict[str, Any]) -> bool:
    first = next(iter(golden.get(attribute, ())), None)
    if first is None:
        return False
    if value["standard"] is None:
        return bool(first.value == value["value"])
    return bool(first.standard == value["standard"])
