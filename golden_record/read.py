"""Reading golden records: as they are, and as they were at any past moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.origins import AttributeOrigins, members_from_json, origins_from_json
from golden_record.tables import golden_record
from hub.records import Attributes, EntityType, RecordKey, attributes_from_json


@dataclass(frozen=True, slots=True)
class GoldenRecord:
    """One version of a customer's golden record; `valid_to` None: it is the present one.

    `members` are the source records it was made of.
    """

    customer_id: UUID
    version: int
    entity_type: EntityType
    attributes: Attributes
    origins: dict[str, AttributeOrigins]
    members: tuple[RecordKey, ...]
    content_hash: str
    policy_hash: str
    valid_from: datetime
    valid_to: datetime | None
    run_id: UUID | None


def customer(conn: Connection, customer_id: UUID, *, as_of: datetime | None = None) -> GoldenRecord | None:
    """The golden record of exactly this id, now or at a moment (aware); None if it had none then.

    Where an id went that has none any more is `identity.crosswalk.answer`'s to say.
    """
    return next(iter(customers(conn, [customer_id], as_of=as_of)), None)


def customers(conn: Connection, customer_ids: Sequence[UUID], *, as_of: datetime | None = None) -> list[GoldenRecord]:
    """The golden records of these ids, now or at a moment, in the order of ids; those that had none are left out."""
    t = golden_record.c
    query = sa.select(golden_record).where(_among(customer_ids))
    if as_of is None:
        query = query.where(t.valid_to.is_(None))
    else:
        query = query.where(t.valid_from <= as_of, sa.or_(t.valid_to.is_(None), t.valid_to > as_of))
    return [_record(row) for row in conn.execute(query.order_by(t.customer_id))]


def values(conn: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, Attributes]:
    """The golden values of these ids now, without their origins: for lists, where those would cost most of the time."""
    t = golden_record.c
    query = sa.select(t.customer_id, t.attributes).where(_among(customer_ids), t.valid_to.is_(None))
    return {row.customer_id: attributes_from_json(row.attributes) for row in conn.execute(query)}


def versions(conn: Connection, customer_id: UUID) -> list[GoldenRecord]:
    """All versions of a customer, oldest first."""
    query = sa.select(golden_record).where(golden_record.c.customer_id == customer_id)
    return [_record(row) for row in conn.execute(query.order_by(golden_record.c.version))]


def batches(conn: Connection, size: int, *, entity_type: EntityType | None = None) -> Iterator[list[GoldenRecord]]:
    """Give all present golden records, or those of a type, a batch at a time, in the order of ids.

    They come from the server as they are asked for, so memory is bounded by the batch; the conn should be a snapshot.
    """
    query = sa.select(golden_record).where(golden_record.c.valid_to.is_(None)).order_by(golden_record.c.customer_id)
    if entity_type is not None:
        query = query.where(golden_record.c.entity_type == entity_type)
    for rows in conn.execute(query.execution_options(yield_per=size)).partitions():
        yield [_record(row) for row in rows]


def count(conn: Connection) -> int:
    """How many customers have a golden record now."""
    query = sa.select(sa.func.count()).select_from(golden_record).where(golden_record.c.valid_to.is_(None))
    return conn.scalar(query) or 0


def _among(customer_ids: Sequence[UUID]) -> sa.ColumnElement[bool]:
    wanted = sa.func.unnest(sa.bindparam("ids", list(customer_ids), sa.ARRAY(sa.Uuid)))
    return golden_record.c.customer_id.in_(sa.select(wanted.column_valued("id")))


def _record(row: sa.Row[Any]) -> GoldenRecord:
    attributes = attributes_from_json(row.attributes)
    return GoldenRecord(
        row.customer_id,
        row.version,
        row.entity_type,
        attributes,
        origins_from_json(row.origins, attributes),
        members_from_json(row.origins),
        row.content_hash,
        row.policy_hash,
        row.valid_from,
        row.valid_to,
        row.run_id,
    )
