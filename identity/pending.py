"""The statements over pending records: those that were stored, deleted or marked since they were last resolved.

Invariant: a record that was stored or deleted is pending at its revision from that transaction on, until a round that
has scored this very revision settles it. Whoever marks a record locks its row here, so that a settlement waits and sees
what the mark is about. All that a round has to know of them stands here: reading wide rows for it would cost most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow
from hub.records import EntityType

ROUND = pa.schema(
    [("record_id", pa.int64()), ("revision", pa.int64()), ("entity_type", pa.string()), ("live", pa.bool_())]
)
"""The records of a round, at the revisions at which it scores them."""


def read(conn: Connection) -> pa.Table:
    """Give the pending records (ROUND), in the order of their ids."""
    return read_arrow(
        conn,
        "SELECT record_id, revision, entity_type, live FROM identity.pending_record ORDER BY record_id",
        ROUND,
    )


def read_all(conn: Connection, entity_type: EntityType) -> pa.Table:
    """Give all live records of a type (ROUND), pending or not, in the order of their ids."""
    return read_arrow(
        conn,
        """SELECT r.record_id, coalesce(p.revision, r.revision) AS revision, r.entity_type, true AS live
           FROM identity.source_record r LEFT JOIN identity.pending_record p USING (record_id)
           WHERE r.entity_type = %(type)s AND r.deleted_at IS NULL ORDER BY r.record_id""",
        ROUND,
        {"type": entity_type},
    )


def read_staged(conn: Connection, entity_type: EntityType, staged: str) -> pa.Table:
    """Give the live records of a type (ROUND) among those of the temporary table `staged` (record_id)."""
    return read_arrow(
        conn,
        f"""SELECT r.record_id, coalesce(p.revision, r.revision) AS revision, r.entity_type, true AS live
            FROM {staged} JOIN identity.source_record r USING (record_id)
            LEFT JOIN identity.pending_record p USING (record_id)
            WHERE r.entity_type = %(type)s AND r.deleted_at IS NULL ORDER BY r.record_id""",  # noqa: S608 - own words
        ROUND,
        {"type": entity_type},
    )


def mark(conn: Connection, records: Iterable[int]) -> None:
    """Have records resolved (again), at the revisions that they have now."""
    conn.execute(
        sa.text("""
            INSERT INTO identity.pending_record AS p (record_id, revision, entity_type, live)
            SELECT record_id, revision, entity_type, deleted_at IS NULL FROM identity.source_record
            WHERE record_id = ANY(:ids) ORDER BY record_id
            ON CONFLICT (record_id) DO UPDATE
            SET revision = excluded.revision, entity_type = excluded.entity_type, live = excluded.live
            WHERE p.revision <= excluded.revision"""),
        {"ids": list(records)},
    )


def mark_staged(conn: Connection, staged: str, *, anew: bool) -> None:
    """Have the records of the temporary table `staged` (record_id) resolved again; the pending ones stay pending.

    `anew`: no round that is on its way may settle them, for what it has scored them by is past.
    """
    # Below zero: no record is ever stored under such a revision, so no round has read it, and whoever stores the record
    # next overrides it.
    revision = "-nextval('identity.record_revision')" if anew else "r.revision"
    conn.execute(
        sa.text(f"""
            INSERT INTO identity.pending_record AS p (record_id, revision, entity_type, live)
            SELECT r.record_id, {revision}, r.entity_type, r.deleted_at IS NULL
            FROM {staged} JOIN identity.source_record r USING (record_id) ORDER BY r.record_id
            ON CONFLICT (record_id) DO {"UPDATE SET revision = excluded.revision" if anew else "NOTHING"}""")  # noqa: S608 - own words; values are bound
    )


def mark_all(conn: Connection, entity_type: EntityType) -> None:
    """Have every record of a type resolved again: another model or another bar decides now.

    The caller holds the master lock, or knows that no round is on its way.
    """
    conn.execute(
        sa.text("""
            INSERT INTO identity.pending_record (record_id, revision, entity_type, live)
            SELECT record_id, revision, entity_type, true FROM identity.source_record r
            WHERE entity_type = :type AND deleted_at IS NULL
              AND NOT EXISTS (SELECT FROM identity.pending_record p WHERE p.record_id = r.record_id)
            ORDER BY record_id ON CONFLICT DO NOTHING"""),
        {"type": entity_type},
    )


def settle_staged(conn: Connection) -> None:
    """Take the records of the temporary table `round_record` (ROUND) that are pending at the revision in it as settled.

    They are listed in `settled_record`; one that has changed meanwhile, or that another round settled, is left alone.
    """
    conn.execute(
        sa.text("""
            WITH done AS (
                DELETE FROM identity.pending_record p USING round_record r
                WHERE p.record_id = r.record_id AND p.revision = r.revision
                RETURNING r.record_id, r.entity_type, r.live)
            INSERT INTO settled_record SELECT * FROM done""")
    )


def resolved(conn: Connection, records: Iterable[int]) -> dict[int, int]:
    """Give those of the records that wait for nothing: all they hold is resolved, at these revisions."""
    rows = conn.execute(
        sa.text("""
            SELECT record_id, revision FROM identity.source_record r WHERE record_id = ANY(:ids)
            AND NOT EXISTS (SELECT FROM identity.pending_record p WHERE p.record_id = r.record_id)"""),
        {"ids": list(records)},
    )
    return {row.record_id: row.revision for row in rows}


def unmark(conn: Connection, revisions: Mapping[int, int]) -> list[int]:
    """Take marks back from records that hold nothing new: those that are pending at just these revisions; gives them.

    Several may have marked a record at one revision. So whoever takes a mark back must carry out all that could have
    been behind it: decisions, links and holds, and what is entered about values.
    """
    rows = conn.scalars(
        sa.text("""
            DELETE FROM identity.pending_record p
            USING unnest(CAST(:ids AS bigint[]), CAST(:revisions AS bigint[])) AS m (record_id, revision)
            WHERE p.record_id = m.record_id AND p.revision = m.revision RETURNING p.record_id"""),
        {"ids": list(revisions), "revisions": list(revisions.values())},
    )
    return list(rows)


def count(conn: Connection) -> int:
    """How many records have changed, appeared or gone since they were last resolved."""
    return int(conn.scalar(sa.text("SELECT count(*) FROM identity.pending_record")) or 0)
