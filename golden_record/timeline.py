"""What happened with a customer, newest first, a page at a time.

An activity is the customer's whose source record it belongs to now: the crosswalk is asked at read time, so activities
follow merges and splits without being rewritten, and one that came before its record shows once that is there.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import belonging
from golden_record.as_of import as_of
from hub.errors import RejectedError
from hub.records import RecordKey

LARGEST_PAGE = 1_000
NEWEST = 5
"""Activities that are shown with a customer."""

_SIGN = "~"


@dataclass(frozen=True, slots=True)
class Entry:
    """An activity of a customer, and the source record by which it is the customer's."""

    key: RecordKey
    kind: str
    at: datetime
    title: str | None
    amount: Decimal | None
    currency: str | None
    status: str | None
    attributes: dict[str, str]
    record: RecordKey


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a timeline; `before` asks for what follows, None: this is the end."""

    entries: tuple[Entry, ...]
    before: str | None


def page(
    conn: Connection,
    customer_id: UUID,
    *,
    limit: int = 50,
    before: str | None = None,
    then: datetime | None = None,
    until: datetime | None = None,
) -> Page:
    """Give the newest activities of a current customer, or those from behind a page's `before`.

    `then`: what was known at that moment, with the records that were the customer's; `until`: what happened by then.
    The place is a key, not a count: what is added meanwhile moves nothing. Raises RejectedError for a `before` that no
    page gave.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    at, *key = _place(before) if before else (None, None, None, None)
    values = {"id": customer_id, "limit": limit + 1, "at": at, "until": until}
    values |= dict(zip(("system", "object", "source_id"), key, strict=True))
    query = _PAGE if then is None else _PAGE_THEN
    rows = conn.execute(sa.text(query), values if then is None else {**values, "then": then}).all()
    entries = tuple(map(_entry, rows[:limit]))
    return Page(entries, _mark(entries[-1]) if len(rows) > limit else None)


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        RecordKey(row.system, row.object, row.source_id),
        row.kind,
        row.at,
        row.title,
        row.amount,
        row.currency,
        row.status,
        row.attributes,
        RecordKey(row.record_system, row.record_object, row.record_source_id),
    )


def _mark(entry: Entry) -> str:
    return _SIGN.join((entry.at.isoformat(), *entry.key))


def _place(mark: str) -> tuple[datetime, str, str, str]:
    parts = mark.split(_SIGN, 3)
    try:
        at = datetime.fromisoformat(parts[0])
        if len(parts) != 4 or at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise RejectedError(
            "This is no place in a timeline.", hint="Take the value of --before that the last page gave."
        ) from None
    return (at, parts[1], parts[2], parts[3])


def customer_activities(condition: str) -> str:
    """Write the query of customers' present activities: `customer_id`, the activity's columns, the record's key.

    `condition` chooses the customers, over `x.customer_id`. An activity comes once for each record by which it is a
    customer's.
    """
    behind = "a.valid_to IS NULL AND a.record_system = r.system AND a.record_object = r.object"
    columns = (
        "a.system, a.object, a.source_id, a.kind, a.at, a.title, a.amount, a.currency, a.status, a.attributes,"
        " r.system AS record_system, r.object AS record_object, r.source_id AS record_source_id"
    )
    return f"""
        SELECT r.customer_id, {columns} FROM (
            SELECT x.customer_id, x.record_id, s.system, s.object, s.source_id
            FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)
            WHERE x.valid_to IS NULL AND s.deleted_at IS NULL AND {condition}) r
        JOIN golden.activity a ON {behind} AND a.record_source_id = r.source_id AND a.record_source_id IS NOT NULL
        UNION ALL
        SELECT r.customer_id, {columns} FROM (
            SELECT x.customer_id, s.system, s.object, s.source_id, e.email
            FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)
            CROSS JOIN LATERAL ({belonging.emails("s")}) e
            WHERE x.valid_to IS NULL AND s.deleted_at IS NULL AND {condition} AND e.email IS NOT NULL) r
        JOIN golden.activity a ON {behind} AND a.record_email = r.email AND a.record_email IS NOT NULL"""


_PAGE = f"""
    SELECT * FROM (
        SELECT DISTINCT ON (at, system, object, source_id) *
        FROM ({customer_activities("x.customer_id = :id")}) q
        WHERE (CAST(:at AS timestamptz) IS NULL
               OR (at, system, object, source_id) < (:at, :system, :object, :source_id))
          AND (CAST(:until AS timestamptz) IS NULL OR at <= :until)
        ORDER BY at DESC, system DESC, object DESC, source_id DESC, record_system, record_object, record_source_id
    ) d ORDER BY at DESC, system DESC, object DESC, source_id DESC LIMIT :limit"""
_PAGE_THEN = as_of(_PAGE)
