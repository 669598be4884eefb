"""What somebody enters about a golden value, and what follows: entered, resolved and refreshed, so that it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from flows import deciding
from golden_record import pins, read
from golden_record.origins import is_source
from golden_record.pins import Kind, Lifetime
from hub.config import Config
from hub.db import master_lock
from hub.errors import HubError, RejectedError
from hub.records import EntityType, Part, RecordKey, Value
from hub.session import Hub
from identity import crosswalk, holds, pending
from identity.decision_rows import find_records
from sources.standardise import standardise


@dataclass(frozen=True, slots=True)
class Entering:
    """What is to be entered: a value (as a source would say it) of a customer's attribute, by whom and why.

    `record`: the one to tie it to; None: that whose value is golden now.
    """

    kind: Kind
    customer_id: UUID
    attribute: str
    value: Part
    by: str
    reason: str
    lifetime: Lifetime = "permanent"
    until: datetime | None = None
    record: RecordKey | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """The number of the entry and its record; `later` says why it does not show yet ("": it does)."""

    number: int
    record: RecordKey
    later: str = ""


Heard = Callable[[Connection, int, RecordKey], None]
"""Is told what was entered, in the transaction that does it: for the audit log."""


def enter(hub: Hub, what: Entering, *, heard: Heard = lambda *_: None) -> Entered:
    """Enter a value and let it show. Raises RejectedError where it is no value of the attribute, or has no reason."""
    with deciding.patient(hub) as conn:
        key, entity_type = record_for(conn, what)
        value = standardised(hub.config, entity_type, what.attribute, what.value)
        records = [found.record_id for found in find_records(conn, {key}).values()]
        marked = pending.resolved(conn, records)
        number = pins.enter(
            conn,
            hub.config,
            (what.kind, key, what.attribute, value),
            by=what.by,
            reason=what.reason,
            lifetime=what.lifetime,
            until=what.until,
        )
        heard(conn, number, key)
    return Entered(number, key, _shown(hub, records, marked))


def end(hub: Hub, number: int, *, by: str, reason: str) -> str:
    """End an entry and let it show; says why it does not yet ("": it does). Raises RejectedError where none stands."""
    with deciding.patient(hub) as conn:
        records = pins.about(conn, number)
        marked = pending.resolved(conn, records)
        pins.revoke(conn, number, by=by, reason=reason)
    return _shown(hub, records, marked)


def _shown(hub: Hub, records: Sequence[int], marked: Mapping[int, int]) -> str:
    """Carry an entry out by the road of a decision; says why it does not show yet ("": it does)."""
    if not marked:
        return "Its record waits to be resolved; the next run shows it."
    try:
        with deciding.patient(hub) as conn:
            master_lock(conn)
            deciding.follow(conn, hub.config, records, marked)
            held = holds.open_of(conn, records)
    except HubError as error:
        return f"{error.message} {error.hint}".strip()
    return "A change of this customer is held; it shows once that is settled." if held else ""


def record_for(conn: Connection, what: Entering) -> tuple[RecordKey, EntityType]:
    """The record to tie an entry to: the one named, else the one whose value is golden now, else the oldest."""
    golden = read.customer(conn, what.customer_id)
    members = [member.key for member in crosswalk.members(conn, [what.customer_id])]
    if golden is None or not members:
        raise RejectedError(f"The customer {what.customer_id} has no golden record now.")
    if what.record is not None:
        if what.record not in members:
            raise RejectedError(f"{'/'.join(what.record)} is no record of this customer.", field="record")
        return what.record, golden.entity_type
    origins = golden.origins.get(what.attribute)
    won = [origin.record for origin in origins.won if is_source(origin.record)] if origins else []
    return next((key for key in won if key in members), members[0]), golden.entity_type


def standardised(config: Config, entity_type: EntityType, attribute: str, value: Part) -> Value:
    """Read a value as one of a source is read. Raises RejectedError where it is not one of this attribute."""
    known = config.vocabulary()
    if attribute not in known or known[attribute].derived:
        return Value(value, None)  # what is wrong with it is told where it is entered
    own = {name: a for name, a in known.items() if name in config.attributes}
    found = standardise({attribute: [value]}, entity_type=entity_type, country=None, custom=own).get(attribute)
    if not found:
        raise RejectedError(f"This is no value for the attribute '{attribute}' of a {entity_type}.", field="value")
    return found[0]
