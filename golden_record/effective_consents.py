"""What a customer allows: the most restrictive of what its records say, for each contact point, purpose and channel.

Derived when asked, never stored, from the statements (golden.consent) and the crosswalk: so it follows merges, splits
and edits by itself, and an undone merge has both sides' consents back. The rule stands in docs/consent.md.

A *voice* is one object of one system speaking of one source record. Of one voice the latest statement counts. Over all
voices of a customer a withdrawal beats everything, a grant that holds beats silence.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import belonging
from golden_record.as_of import as_of
from hub.consent import EVERY_PURPOSE, ConsentStatus, EffectiveConsent, PointKind, point_text
from hub.records import RecordKey


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a customer's records as it stands, with its evidence.

    `record` is the customer's record it belongs to; None: the record is gone, and the withdrawal binds the point.
    """

    key: RecordKey
    record: RecordKey | None
    purpose: str
    channel: str
    point_kind: PointKind
    point: str
    status: ConsentStatus
    in_force: ConsentStatus
    said_at: datetime
    ends_at: datetime | None
    legal_basis: str | None
    how: str | None
    wording: str | None
    wording_version: str | None


_MEMBER = """
    SELECT x.customer_id, x.record_id, s.system, s.object, s.source_id, s.attributes
    FROM identity.crosswalk x JOIN identity.source_record s USING (record_id)
    WHERE x.valid_to IS NULL AND s.deleted_at IS NULL AND x.customer_id = ANY(:ids)"""

_OF_RECORD = "(c.record_system, c.record_object) = (m.system, m.object)"

# A statement that names no contact point is about each that the record itself says. One whose record is unknown or gone
# speaks for nobody, but what it withdrew stays withdrawn for whoever has the contact point.
_STATEMENT = f"""
    WITH member AS MATERIALIZED ({_MEMBER}
    ), owned AS (
        SELECT m.customer_id, m.record_id, m.system AS of_system, m.object AS of_object, m.source_id AS of_source_id,
            m.attributes AS of_attributes, c.*
        FROM member m JOIN golden.consent c ON {_OF_RECORD}
            AND c.record_source_id = m.source_id AND c.valid_to IS NULL AND c.record_source_id IS NOT NULL
        UNION ALL
        SELECT m.customer_id, m.record_id, m.system, m.object, m.source_id, m.attributes, c.*
        FROM member m CROSS JOIN LATERAL ({belonging.emails("m")}) e
        JOIN golden.consent c ON {_OF_RECORD} AND c.record_email = e.email
            AND c.valid_to IS NULL AND c.record_email IS NOT NULL
    ), pointed AS (
        SELECT o.*, p.said AS on_point, coalesce(o.at, o.valid_from) AS said_at FROM owned o CROSS JOIN LATERAL (
            SELECT o.point AS said WHERE o.point IS NOT NULL
            UNION
            SELECT v -> 'standard' #>> '{{}}' FROM jsonb_array_elements(o.of_attributes -> o.point_kind) v
            WHERE o.point IS NULL AND v ->> 'standard' IS NOT NULL) p
        UNION ALL
        SELECT m.customer_id, NULL, NULL, NULL, NULL, NULL, c.*, c.point, coalesce(c.at, c.valid_from)
        FROM (
            SELECT DISTINCT m.customer_id, k.kind, v ->> 'standard' AS point
            FROM member m CROSS JOIN (VALUES ('email'), ('phone')) k (kind)
            CROSS JOIN LATERAL jsonb_array_elements(m.attributes -> k.kind) v) m
        JOIN golden.consent c ON c.point = m.point AND c.point_kind = m.kind
            AND c.valid_to IS NULL AND c.in_force = 'withdrawn' AND c.point IS NOT NULL
        WHERE NOT EXISTS (
                SELECT FROM identity.source_record r WHERE r.deleted_at IS NULL
                    AND (r.system, r.object, r.source_id) = (c.record_system, c.record_object, c.record_source_id))
            AND c.record_source_id IS NOT NULL
    )"""

_LATEST = "ORDER BY said_at DESC, restrictive, ends_at, source_id"

# A grant is not yet one before its time. After a withdrawal silence goes on meaning no.
_EFFECTIVE = f"""{_STATEMENT}, said AS (
        SELECT *, array_position('{{withdrawn,unknown,granted}}', in_force) AS restrictive,
            CASE WHEN in_force = 'granted' AND ends_at <= :now THEN 'expired' ELSE in_force END AS now_in_force
        FROM pointed WHERE in_force <> 'granted' OR said_at <= :now
    ), voice AS (
        SELECT customer_id, purpose, channel, point_kind, on_point AS point, system, object, record_id,
            (array_agg(now_in_force {_LATEST}))[1] AS latest,
            (array_agg(in_force {_LATEST})
                FILTER (WHERE in_force <> 'unknown'))[1] AS spoken,
            (array_agg(source_id {_LATEST}))[1] AS key,
            max(said_at) AS since
        FROM said GROUP BY customer_id, purpose, channel, point_kind, on_point, system, object, record_id
    ), state AS (
        SELECT *, CASE WHEN spoken = 'withdrawn' THEN 'withdrawn' ELSE latest END AS state FROM voice
    ), line AS (
        SELECT s.*, CASE state WHEN 'withdrawn' THEN 0 WHEN 'granted' THEN 1 WHEN 'expired' THEN 2 ELSE 3 END AS rank
        FROM state s WHERE purpose <> '{EVERY_PURPOSE}'
        UNION ALL
        SELECT l.customer_id, l.purpose, l.channel, l.point_kind, l.point, w.system, w.object, w.record_id, w.latest,
            w.spoken, w.key, w.since, 'withdrawn', 0
        FROM (SELECT DISTINCT customer_id, purpose, channel, point_kind, point FROM state) l
        JOIN state w ON w.purpose = '{EVERY_PURPOSE}' AND w.state = 'withdrawn' AND l.purpose <> '{EVERY_PURPOSE}'
            AND (w.customer_id, w.channel, w.point_kind, w.point) = (l.customer_id, l.channel, l.point_kind, l.point)
        UNION ALL
        SELECT s.*, 0 FROM state s WHERE purpose = '{EVERY_PURPOSE}' AND state = 'withdrawn'
    )
    SELECT DISTINCT ON (customer_id, purpose, channel, point_kind, point)
        customer_id, purpose, channel, point_kind, point, state, since, system, object, key
    FROM line ORDER BY customer_id, purpose, channel, point_kind, point, rank, since DESC, system, object, key"""


def of(
    conn: Connection, customer_ids: Sequence[UUID], *, now: datetime | None = None, then: datetime | None = None
) -> dict[UUID, list[EffectiveConsent]]:
    """Give the effective consents of current customers, in the order of purpose, channel and contact point.

    `now`: what holds at that moment; `then`: by what was known at that one, of whoever was a customer then. A customer
    of whom nothing was said is left out. The cost follows the customers asked for.
    """
    moment = now or then or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    values = {"ids": list(customer_ids), "now": moment}
    rows = conn.execute(
        sa.text(as_of(_EFFECTIVE) if then else _EFFECTIVE), {**values, "then": then} if then else values
    )
    found: dict[UUID, list[EffectiveConsent]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append(
            EffectiveConsent(
                purpose=row.purpose,
                channel=row.channel,
                point_kind=row.point_kind,
                point=_point(row.point_kind, row.point),
                state=row.state,
                since=row.since,
                evidence=RecordKey(row.system, row.object, row.key),
            )
        )
    return found


def statements(conn: Connection, customer_id: UUID, *, then: datetime | None = None) -> list[Statement]:
    """Give the statements behind a customer's consents, by contact point and purpose, newest first.

    They are given as they stand, or as they were known at the moment `then`.
    """
    query = f"""{_STATEMENT}
        SELECT * FROM pointed
        ORDER BY point_kind, on_point, channel, purpose, said_at DESC, system, object, source_id"""
    values = {"ids": [customer_id], **({"then": then} if then else {})}
    return list(_statements(conn.execute(sa.text(as_of(query) if then else query), values)))


def _statements(rows: Iterable[sa.Row[Any]]) -> Iterable[Statement]:
    for row in rows:
        gone = row.of_system is None
        yield Statement(
            key=RecordKey(row.system, row.object, row.source_id),
            record=None if gone else RecordKey(row.of_system, row.of_object, row.of_source_id),
            purpose=row.purpose,
            channel=row.channel,
            point_kind=row.point_kind,
            point=_point(row.point_kind, row.on_point),
            status=row.status,
            in_force=row.in_force,
            said_at=row.said_at,
            ends_at=row.ends_at,
            legal_basis=row.legal_basis,
            how=row.how,
            wording=row.wording,
            wording_version=row.wording_version,
        )


def _point(kind: str, stored: str) -> str:
    return point_text(json.loads(stored)) or "" if kind == "address" else stored
