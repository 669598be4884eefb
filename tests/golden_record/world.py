"""A small world for tests against PostgreSQL: source records and who they belong to, written as identity would."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.records import Attributes, Value, attributes_to_json
from identity.tables import crosswalk, customer, source_record

START = datetime(2026, 1, 1, tzinfo=UTC)


def config(**survivorship: object) -> Config:
    systems = {
        name: {"kind": "zendesk", "url": "http://x", "user": "u", "token": "t"} for name in ("erp", "crm", "desk")
    }
    return Config.model_validate({"systems": systems, "survivorship": survivorship})


def text(value: str) -> list[Value]:
    return [Value(value, value.lower())]


def person(given: str, family: str, *emails: str) -> Attributes:
    found = {"given_name": text(given), "family_name": text(family)}
    return {**found, "email": [Value(e, e.lower()) for e in emails]} if emails else found


def save(conn: Connection, system: str, source_id: str, attributes: Attributes, day: int | None = None) -> int:
    """Insert or change a record; gives its record id."""
    row = {
        "attributes": attributes_to_json(attributes),
        "content_hash": "-",
        "modified_at": None if day is None else START + timedelta(days=day),
        "changed_at": START,
    }
    where = sa.and_(source_record.c.system == system, source_record.c.source_id == source_id)
    changed = conn.scalar(sa.update(source_record).where(where).values(row).returning(source_record.c.record_id))
    if changed is not None:
        return int(changed)
    key = {"system": system, "object": "contact", "source_id": source_id, "entity_type": "person", "revision": 1}
    return int(
        conn.execute(sa.insert(source_record).values(**key, **row).returning(source_record.c.record_id)).scalar_one()
    )


def make_customer(conn: Connection, *record_ids: int) -> uuid.UUID:
    customer_id = uuid.uuid4()
    conn.execute(sa.insert(customer).values(customer_id=customer_id, entity_type="person"))
    give(conn, customer_id, *record_ids)
    return customer_id


def give(conn: Connection, customer_id: uuid.UUID, *record_ids: int) -> None:
    """Move the records to the customer."""
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    conn.execute(
        sa.update(crosswalk)
        .where(crosswalk.c.record_id.in_(record_ids), crosswalk.c.valid_to.is_(None))
        .values(valid_to=at)
    )
    for record_id in record_ids:
        conn.execute(sa.insert(crosswalk).values(record_id=record_id, customer_id=customer_id, valid_from=at))


def end(conn: Connection, customer_id: uuid.UUID, status: str, merged_into: uuid.UUID | None = None) -> None:
    conn.execute(
        sa.update(customer).where(customer.c.customer_id == customer_id).values(status=status, merged_into=merged_into)
    )
