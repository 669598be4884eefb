"""What the page of an item shows beside its reason: the row that can't be used, the write that a system refused, the
two sides of a conflict."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from destinations import parked, registry
from destinations.parked import Parked
from golden_record import read
from hub.config import Config
from hub.masking import MARK, hidden
from hub.records import EntityType, Part
from hub.tasks import Task
from identity import crosswalk
from sources.quarantine import Entry


@dataclass(frozen=True, slots=True)
class Row:
    """A quarantined row: its fields as they were delivered, or the line of a file where it could not be taken apart."""

    entry: Entry
    fields: tuple[tuple[str, str], ...]
    line: str


@dataclass(frozen=True, slots=True)
class Sides:
    """The golden values of an attribute, and what the system's record holds of it."""

    attribute: str
    golden: tuple[Part, ...]
    there: tuple[Part, ...]


def row_of(entry: Entry) -> Row:
    """Take a quarantined row apart."""
    try:
        told = json.loads(entry.payload)
    except ValueError:
        told = entry.payload
    if not isinstance(told, dict):
        return Row(entry, (), told if isinstance(told, str) else entry.payload)
    fields = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in told.items())
    return Row(entry, tuple(fields), "")


def write_of(conn: Connection, task: Task) -> Parked | None:
    """Give the write that waits or was refused; None once it is settled."""
    number = task.number or 0
    found = parked.parked(conn, after=number - 1, limit=1)
    return found[0] if found and found[0].delivery_id == number else None


def sides_of(conn: Connection, config: Config, task: Task, roles: frozenset[str]) -> Sides | None:
    """Give what is golden and what is there; None where hub.yaml knows the destination or the field no more."""
    _, destination, _, slot = task.key.split(":", 3)
    golden = read.customer(conn, task.customers[0])
    if golden is None or destination not in config.destinations:
        return None
    attribute = _attribute(config, destination, slot, golden.entity_type)
    if attribute is None:
        return None
    members = crosswalk.members(conn, task.customers[:1])
    there = next((member.current.get(attribute, []) for member in members if member.key == task.records[0]), [])
    sides = [golden.attributes.get(attribute, []), there]
    unseen = attribute in hidden(roles, config.access)
    shown = [tuple(MARK if unseen else value.value for value in values) for values in sides]
    return Sides(attribute, *shown)


def _attribute(config: Config, destination: str, slot: str, entity_type: EntityType) -> str | None:
    with registry.connect(config, destination) as shape:
        return next((one.attribute for one in shape.slots(entity_type) if one.name == slot), None)
