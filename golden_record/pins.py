"""What stewards and apps enter about golden values: pins, values beside the sources, exclusions. Append-only.

An entry is tied to a source record and speaks of the customer that the record belongs to. It changes golden values by
the same road as a changed record does: the record becomes pending, and the next resolve and refresh do the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.pin_tables import pin
from hub import audit
from hub.config import Config
from hub.errors import RejectedError
from hub.records import RecordKey, Value
from hub.section import did_you_mean
from identity import pending

Kind = Literal["pin", "value", "exclude"]
Lifetime = Literal["permanent", "source", "date"]

STANDS = """p.kind <> 'revoke' AND NOT EXISTS (SELECT FROM golden.pin e WHERE e.revokes = p.pin_id)
    AND (p.lifetime <> 'source' OR p.source_value IS NOT DISTINCT FROM r.attributes -> p.attribute)"""
"""The condition on golden.pin p beside its identity.source_record r: the entry stands and speaks.

With lifetime source it speaks as long as the record says of the attribute what it said when it was entered.
"""


_GOLDEN = """
    SELECT g.customer_id, g.attributes -> :attribute AS said FROM identity.crosswalk x
    JOIN golden.golden_record g ON g.customer_id = x.customer_id AND g.valid_to IS NULL
    WHERE x.record_id = :record_id AND x.valid_to IS NULL"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `customer_id` is whom it speaks of now, None while its record is deleted."""

    pin_id: int
    kind: Kind
    record: RecordKey
    customer_id: UUID | None
    attribute: str
    value: Value
    lifetime: Lifetime
    until: datetime | None
    by: str
    at: datetime
    reason: str


def enter(
    conn: Connection,
    config: Config,
    entry: tuple[Kind, RecordKey, str, Value],
    *,
    by: str,
    reason: str,
    lifetime: Lifetime = "permanent",
    until: datetime | None = None,
) -> int:
    """Enter (kind, record, attribute, value); gives the number of the entry.

    Raises RejectedError for a record that is unknown or deleted, an attribute that its customers don't have, no reason,
    or a date (aware) that is over.
    """
    kind, key, attribute, value = entry
    found = _record(conn, key)
    known = {
        name: a for name, a in config.vocabulary().items() if not a.derived and found.entity_type in a.entity_types
    }
    if attribute not in known:
        raise RejectedError(f"A {found.entity_type} has no attribute '{attribute}'{did_you_mean(attribute, known)}.")
    if not reason.strip():
        raise RejectedError("Say why: an entry without a reason helps nobody later.")
    if until is not None and until <= conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one():
        raise RejectedError("The date is over already.", hint="Name a later one, or none.")
    row = {
        "kind": kind,
        "record_id": found.record_id,
        "attribute": attribute,
        "value": {"value": value.value, "standard": value.standard},
        "lifetime": "date" if until else lifetime,
        "until": until,
        "source_value": found.attributes.get(attribute) if lifetime == "source" else None,
    }
    number = _append(conn, row, by=by, reason=reason)
    golden = conn.execute(sa.text(_GOLDEN), {"record_id": found.record_id, "attribute": attribute}).one_or_none()
    audit.record(
        conn, who=by, what=f"{kind}.write", reason=reason,
        on=[f"pin:{number}", f"record:{'/'.join(key)}", *([f"customer:{golden.customer_id}"] if golden else [])],
        before={attribute: [v["value"] for v in golden.said]} if golden and golden.said else None,
        after={attribute: value.value},
    )  # fmt: skip
    return number


def revoke(conn: Connection, pin_id: int, *, by: str, reason: str) -> int:
    """End an entry; gives the number of the row that does. Raises RejectedError where none stands by this number."""
    row = conn.execute(
        sa.select(pin.c.record_id, pin.c.attribute).where(
            pin.c.pin_id == pin_id,
            pin.c.kind != "revoke",
            ~sa.exists().where(pin.alias("e").c.revokes == pin_id),
        )
    ).one_or_none()
    if row is None:
        raise RejectedError(f"No entry stands by the number {pin_id}.", hint="hub pins lists those that do.")
    ended = {"kind": "revoke", "revokes": pin_id, "lifetime": "permanent", **row._asdict()}
    number = _append(conn, ended, by=by, reason=reason)
    audit.record(conn, who=by, what="pin.revoke", on=[f"pin:{pin_id}", f"pin:{number}"], reason=reason)
    return number


def about(conn: Connection, pin_id: int) -> list[int]:
    """The record that an entry is tied to; none for a number that is unknown."""
    return list(conn.scalars(sa.select(pin.c.record_id).where(pin.c.pin_id == pin_id)))


def expire(conn: Connection) -> int:
    """End the entries whose date is over; gives how many. So golden records follow from rows, never from a clock."""
    over = conn.scalars(
        sa.text("""
            INSERT INTO golden.pin (kind, record_id, attribute, lifetime, revokes, entered_by, entered_at, reason)
            SELECT 'revoke', record_id, attribute, 'permanent', pin_id, 'hub', clock_timestamp(), 'its date is over'
            FROM golden.pin p WHERE p.until <= clock_timestamp()
              AND NOT EXISTS (SELECT FROM golden.pin e WHERE e.revokes = p.pin_id) ORDER BY pin_id
            RETURNING record_id""")
    ).all()
    pending.mark(conn, set(over))
    return len(over)


def any_entries(conn: Connection) -> bool:
    """Whether anything was ever entered."""
    return bool(conn.scalar(sa.text("SELECT EXISTS (SELECT FROM golden.pin)")))


def standing(conn: Connection, customers: Sequence[UUID] | None = None, *, limit: int = 1000) -> list[Entry]:
    """The entries that stand, newest first: all, or those about these customers."""
    about = "" if customers is None else "AND x.customer_id = ANY(CAST(:customers AS uuid[]))"
    rows = conn.execute(
        sa.text(
            f"""
            SELECT p.*, r.system, r.object, r.source_id, x.customer_id
            FROM golden.pin p JOIN identity.source_record r USING (record_id)
            LEFT JOIN identity.crosswalk x ON x.record_id = p.record_id AND x.valid_to IS NULL AND r.deleted_at IS NULL
            WHERE {STANDS} {about} ORDER BY p.pin_id DESC LIMIT :limit"""  # noqa: S608 - own words
        ),
        {"limit": limit} | ({} if customers is None else {"customers": [str(c) for c in customers]}),
    )
    return [
        Entry(
            row.pin_id,
            row.kind,
            RecordKey(row.system, row.object, row.source_id),
            row.customer_id,
            row.attribute,
            Value(row.value["value"], row.value["standard"]),
            row.lifetime,
            row.until,
            row.entered_by,
            row.entered_at,
            row.reason,
        )
        for row in rows
    ]


def _append(conn: Connection, row: dict[str, Any], *, by: str, reason: str) -> int:
    stored = {**row, "entered_by": by, "entered_at": sa.func.clock_timestamp(), "reason": reason.strip()}
    number: int = conn.execute(sa.insert(pin).values(**stored).returning(pin.c.pin_id)).scalar_one()
    pending.mark(conn, [row["record_id"]])
    return number


def _record(conn: Connection, key: RecordKey) -> Any:
    row = conn.execute(
        sa.text("""
            SELECT record_id, entity_type, attributes FROM identity.source_record
            WHERE system = :system AND object = :object AND source_id = :source_id AND deleted_at IS NULL"""),
        key._asdict(),
    ).one_or_none()
    if row is None:
        raise RejectedError(f"There is no record {'/'.join(key)}, or it was deleted in its system.")
    return row
