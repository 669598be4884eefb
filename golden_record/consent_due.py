"""Customers whose effective consents may have changed, kept until publishing is told to look at them again.

Work to do is a state: `consent_due` has them, and `consent_clock` says up to when grants that end or begin by
themselves have been looked for. A run that was killed leaves nothing out.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import belonging, outbox, profiles
from golden_record.profile_tables import consent_due as due_table
from golden_record.tables import golden_record
from identity.keys import digest
from identity.staging import stage, stage_query

TOUCHED = "touched_consent"
"""The temporary table of what changed: whom statements belong to, and which contact point they name."""

_COLUMNS = f"{belonging.COLUMNS}, point_kind text, point text"


def stage_touched(conn: Connection) -> None:
    """Make the temporary table TOUCHED, empty."""
    stage(conn, TOUCHED, _COLUMNS)


def touch_owners(conn: Connection) -> None:
    """Note the customers whom the statements in TOUCHED may concern; their figures are due too.

    These are those to whom they belong, and those who hold the contact point: a withdrawal whose record is gone binds
    the point wherever it is.
    """
    conn.execute(sa.text(f"ANALYZE {TOUCHED}"))
    found = stage_query(
        conn,
        "consent_owner",
        f"""
            {belonging.owners(TOUCHED)}
            UNION
            SELECT x.customer_id FROM (
                SELECT DISTINCT point_kind AS kind,
                    CASE point_kind WHEN 'phone' THEN right(point, 9) ELSE point END AS key
                FROM {TOUCHED} WHERE point IS NOT NULL) t
            JOIN identity.blocking_key k ON {digest("k.kind", "k.key")} = {digest("t.kind", "t.key")}
                AND k.kind = t.kind AND k.key = t.key
            JOIN identity.crosswalk x ON x.record_id = k.record_id AND x.valid_to IS NULL""",
    )
    if found:
        owners = "SELECT customer_id FROM consent_owner"
        conn.execute(sa.text(f"INSERT INTO golden.consent_due (customer_id) {owners} ON CONFLICT DO NOTHING"))
        profiles.touch(conn, list(conn.scalars(sa.text(owners))))


def tick(conn: Connection, now: datetime | None = None) -> None:
    """Note the customers of statements that have ended, or begun, by the clock alone since the last time."""
    moment = now or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    before = conn.scalar(sa.text("SELECT at FROM golden.consent_clock"))
    stage_touched(conn)
    passed = conn.execute(
        sa.text(f"""
            INSERT INTO {TOUCHED}
            SELECT record_system, record_object, record_source_id, record_email, point_kind, point
            FROM golden.consent WHERE valid_to IS NULL AND (
                (ends_at <= :now AND (CAST(:before AS timestamptz) IS NULL OR ends_at > :before))
                OR (at <= :now AND at > valid_from AND (CAST(:before AS timestamptz) IS NULL OR at > :before)))"""),
        {"now": moment, "before": before},
    ).rowcount
    if passed:
        touch_owners(conn)
    conn.execute(
        sa.text("""
            INSERT INTO golden.consent_clock (at) VALUES (:now)
            ON CONFLICT (one) DO UPDATE SET at = greatest(consent_clock.at, excluded.at)"""),
        {"now": moment},
    )


def announce(conn: Connection) -> int:
    """Have publishing look again at the customers that are noted; gives how many. The caller holds the master lock."""
    due = sa.text("DELETE FROM golden.consent_due RETURNING customer_id").columns(sa.column("customer_id", sa.Uuid))
    customers = list(conn.scalars(due))
    g = golden_record.c
    return outbox.append(
        conn,
        sa.select(
            g.customer_id,
            g.version,
            sa.literal("touched"),
            sa.cast(sa.literal([]), sa.ARRAY(sa.Text)),
            sa.cast(sa.null(), sa.Uuid),
            sa.func.clock_timestamp(),
            sa.cast(sa.null(), sa.Uuid),
        )
        .where(g.customer_id == sa.any_(sa.cast(customers, sa.ARRAY(sa.Uuid))), g.valid_to.is_(None))
        .order_by(g.customer_id),
    )


def noted(conn: Connection) -> list[UUID]:
    """Give the customers that are noted."""
    return list(conn.scalars(sa.select(due_table.c.customer_id).order_by(due_table.c.customer_id)))


def any_due(conn: Connection) -> bool:
    """Whether customers are noted."""
    return conn.scalar(sa.text("SELECT EXISTS (SELECT FROM golden.consent_due)")) is True
