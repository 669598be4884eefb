"""The ledger of deliveries: every statement over `ops.delivery`.

Of each customer a destination has at most one entry that is not applied, so a newer version always takes the place of
an older one that waits, and never overtakes one that is on its way. An entry whose answer is not known is not
replaced; it is marked to be planned again once it is settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import JSONB, insert

from destinations.operations import (
    Action,
    Delivery,
    Operation,
    Receipt,
    Target,
    changes_from_json,
    operation_to_json,
)
from destinations.tables import delivery
from hub.records import EntityType, RecordKey

MAX_ATTEMPTS = 5
"""Answers lost, or records found changed or locked, before an entry is parked for a person to look at."""

LONG_WAIT = 2
"""Tries in vain from which an entry that still waits is said to wait."""

REASON_LENGTH = 1000  # characters of a system's own words that are kept

_Item = TypeVar("_Item")
_CHUNK = 5000
_WAIT = timedelta(seconds=60)
# Literal text: PostgreSQL proves a partial index by its predicate's words, not by a parameter.
_OPEN = sa.text("state <> 'applied'")
_NEW = {
    "customer_id": sa.Uuid,
    "version": sa.Integer,
    "entity_type": sa.Text,
    "action": sa.Text,
    "system": sa.Text,
    "object": sa.Text,
    "source_id": sa.Text,
    "fields": sa.ARRAY(sa.Text),
    "content": JSONB,
    "content_key": sa.Text,
}
_SETTLED = {
    "delivery_id": sa.BigInteger,
    "state": sa.Text,
    "source_id": sa.Text,
    "reason": sa.Text,
    "failed": sa.Integer,
    "moved": sa.Boolean,
    "landed": sa.ARRAY(sa.Text),
    "next_at": sa.DateTime(timezone=True),
}


@dataclass(frozen=True, slots=True)
class PlanStored:
    """What became of a plan: entries that now wait to be sent, and entries taken back because nothing differs."""

    planned: int
    withdrawn: int


def store_plan(
    conn: Connection, destination: str, considered: Iterable[UUID], operations: Iterable[Operation]
) -> PlanStored:
    """Make the plan of the considered customers the ledger's.

    A waiting entry is replaced by the customer's new operation, or deleted where there is none. A parked one is
    replaced only by an operation that would write something else. One that is on its way stays and is planned again
    later. An operation older than what was applied is left out.
    """
    planned = 0
    with_operation: set[UUID] = set()
    for chunk in _chunks(operations):
        with_operation.update(operation.customer_id for operation in chunk)
        planned += _upsert(conn, destination, [_row(operation) for operation in chunk])
    withdrawn = 0
    for customers in _chunks(considered):
        mine = sa.and_(delivery.c.destination == destination, delivery.c.customer_id == sa.any_(_uuids(customers)))
        on_its_way = delivery.c.state.in_(("sending", "unknown"))
        conn.execute(sa.update(delivery).where(mine, sa.or_(on_its_way, delivery.c.replan)).values(replan=on_its_way))
        idle = [customer for customer in customers if customer not in with_operation]
        withdrawn += conn.execute(
            sa.delete(delivery).where(
                delivery.c.destination == destination,
                delivery.c.customer_id == sa.any_(_uuids(idle)),
                delivery.c.state.in_(("planned", "rejected")),
            )
        ).rowcount
    return PlanStored(planned, withdrawn)


def to_replan(conn: Connection, destination: str) -> list[UUID]:
    """Give the customers that must be planned again though no golden record changed since the cursor."""
    mine = sa.select(delivery.c.customer_id).where(delivery.c.destination == destination, delivery.c.replan)
    return list(conn.scalars(mine.distinct().order_by(delivery.c.customer_id)))


def recover(conn: Connection, destination: str) -> int:
    """Mark what a dead process was sending as unknown; the caller holds the destination's lock."""
    stuck = sa.update(delivery).where(delivery.c.destination == destination, delivery.c.state == "sending")
    return conn.execute(stuck.values(state="unknown")).rowcount


def claim(conn: Connection, destination: str, limit: int, now: datetime) -> list[Delivery]:
    """Take up to `limit` entries that may be sent now; commit before sending."""
    due = (
        sa.select(delivery.c.delivery_id)
        .where(
            delivery.c.destination == destination,
            delivery.c.state == "planned",
            sa.or_(delivery.c.next_at.is_(None), delivery.c.next_at <= now),
        )
        .order_by(delivery.c.delivery_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        sa.update(delivery)
        .where(delivery.c.delivery_id.in_(due))
        .values(state="sending", sent_at=now)
        .returning(delivery)
    )
    return sorted((_delivery(row) for row in conn.execute(taken)), key=lambda entry: entry.delivery_id)


def unknown(conn: Connection, destination: str, after: int, limit: int) -> list[Delivery]:
    """Give up to `limit` entries with a lost answer, above the number `after`."""
    lost = sa.select(delivery).where(
        delivery.c.destination == destination, delivery.c.state == "unknown", delivery.c.delivery_id > after
    )
    return [_delivery(row) for row in conn.execute(lost.order_by(delivery.c.delivery_id).limit(limit))]


def waiting(conn: Connection, destination: str) -> int:
    """Count the entries that are neither applied nor refused: due now, later, or once they are looked up."""
    still_open = delivery.c.state.in_(("planned", "sending", "unknown"))
    return (
        conn.scalar(
            sa.select(sa.func.count()).select_from(delivery).where(delivery.c.destination == destination, still_open)
        )
        or 0
    )


def waiting_long(conn: Connection, destination: str) -> int:
    """Count the entries that wait though they were tried in vain several times."""
    long = sa.and_(delivery.c.destination == destination, delivery.c.state != "applied", waits_long())
    return conn.scalar(sa.select(sa.func.count()).select_from(delivery).where(long)) or 0


def waits_long() -> sa.ColumnElement[bool]:
    """Tell of an entry whether it waits though it was tried in vain several times."""
    return sa.and_(delivery.c.state.in_(("planned", "sending", "unknown")), delivery.c.attempts >= LONG_WAIT)


def written(conn: Connection, destination: str, customers: Sequence[UUID]) -> dict[RecordKey, frozenset[str]]:
    """Give the slots that were ever written for these customers, by record."""
    slot = sa.func.unnest(delivery.c.fields).label("slot")
    key = (delivery.c.system, delivery.c.object, delivery.c.source_id)
    applied = sa.select(*key, slot).where(
        delivery.c.destination == destination,
        delivery.c.customer_id == sa.any_(_uuids(customers)),
        sa.text("state = 'applied'"),
    )
    found: dict[RecordKey, set[str]] = {}
    for system, kind, source_id, name in conn.execute(applied.distinct()):
        found.setdefault(RecordKey(system, kind, source_id), set()).add(name)
    return {record: frozenset(names) for record, names in found.items()}


def settle(conn: Connection, receipts: Sequence[Receipt], now: datetime) -> dict[int, str]:
    """Write the receipts into their entries; gives the new states of the entries that were waiting for one."""
    new = _records([_settled(receipt, now) for receipt in receipts], _SETTLED)
    attempts = delivery.c.attempts + new.c.failed
    too_often = sa.and_(new.c.failed > 0, attempts >= MAX_ATTEMPTS)
    state = sa.case((too_often, "rejected"), else_=new.c.state)
    statement = (
        sa.update(delivery)
        .where(delivery.c.delivery_id == new.c.delivery_id, delivery.c.state.in_(("sending", "unknown")))
        .values(
            state=state,
            source_id=sa.func.coalesce(new.c.source_id, delivery.c.source_id),
            content=sa.case((new.c.state == "applied", sa.null()), else_=delivery.c.content),
            fields=sa.case((new.c.state == "applied", new.c.landed), else_=delivery.c.fields),
            replan=sa.and_(sa.or_(delivery.c.replan, new.c.moved), sa.not_(too_often)),
            attempts=attempts,
            next_at=new.c.next_at,
            reason=new.c.reason,
            settled_at=now,
        )
        .returning(delivery.c.delivery_id, delivery.c.state)
    )
    return {row.delivery_id: row.state for row in conn.execute(statement)}


def _upsert(conn: Connection, destination: str, rows: list[dict[str, Any]]) -> int:
    new = _records(rows, _NEW)
    applied = delivery.alias("applied")
    newer_applied = sa.exists().where(
        applied.c.destination == destination,
        applied.c.customer_id == new.c.customer_id,
        applied.c.state == "applied",
        applied.c.version > new.c.version,
    )
    chosen = sa.select(sa.literal(destination), sa.literal("planned"), *new.c).where(sa.not_(newer_applied))
    statement = insert(delivery).from_select(["destination", "state", *_NEW], chosen)
    same = delivery.c.content_key == statement.excluded.content_key
    replaceable = sa.or_(delivery.c.state == "planned", sa.and_(delivery.c.state == "rejected", sa.not_(same)))
    statement = statement.on_conflict_do_update(
        index_elements=["destination", "customer_id"],
        index_where=_OPEN,
        set_={
            **{name: statement.excluded[name] for name in ("state", *_NEW)},
            "attempts": sa.case((same, delivery.c.attempts), else_=0),
            "reason": sa.null(),
            "next_at": sa.null(),
            "planned_at": sa.case((same, delivery.c.planned_at), else_=sa.func.now()),
        },
        where=sa.and_(delivery.c.version <= statement.excluded.version, replaceable),
    )
    # Without being asked for, the number of rows of an INSERT is not kept.
    return conn.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _records(rows: list[dict[str, Any]], columns: dict[str, Any]) -> sa.TableValuedAlias:
    """Give rows as a table of the named columns, so that one statement handles them all."""
    value = sa.bindparam(None, rows, type_=JSONB)
    table = sa.func.jsonb_to_recordset(value).table_valued(*(sa.column(name, kind) for name, kind in columns.items()))
    return table.render_derived(name="new", with_types=True)


def _row(operation: Operation) -> dict[str, Any]:
    return {
        "customer_id": str(operation.customer_id),
        "version": operation.version,
        "entity_type": operation.entity_type,
        "action": operation.action,
        "system": operation.target.system,
        "object": operation.target.object,
        "source_id": operation.target.source_id,
        "fields": [change.slot for change in operation.changes],
        "content": operation_to_json(operation),
        "content_key": operation.content_key,
    }


def _delivery(row: Any) -> Delivery:
    operation = Operation(
        destination=row.destination,
        customer_id=row.customer_id,
        version=row.version,
        entity_type=cast(EntityType, row.entity_type),
        action=cast(Action, row.action),
        target=Target(row.system, row.object, row.source_id),
        changes=changes_from_json(row.content["changes"]),
        anchor_record_id=row.content["anchor_record_id"],
    )
    return Delivery(row.delivery_id, operation, row.attempts)


def _settled(receipt: Receipt, now: datetime) -> dict[str, Any]:
    again = receipt.outcome in ("retry", "busy", "moved")
    state = "planned" if again else receipt.outcome
    wait = _WAIT if receipt.retry_after is None else timedelta(seconds=receipt.retry_after)
    return {
        "delivery_id": receipt.delivery_id,
        "state": state,
        "source_id": receipt.source_id,
        "reason": receipt.reason[:REASON_LENGTH] or None,
        "failed": int(receipt.outcome in ("unknown", "busy", "moved")),
        "moved": receipt.outcome == "moved",
        "landed": list(receipt.landed),
        "next_at": (now + wait).isoformat() if state == "planned" else None,
    }


def _uuids(customers: Sequence[UUID]) -> Any:
    return sa.cast([*customers], sa.ARRAY(sa.Uuid))


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
