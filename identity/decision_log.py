"""Reading decisions: those that stand and those that stood."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey

Kind = Literal["same", "different", "unsure"]

STANDS = "d.kind <> 'revoke' AND NOT EXISTS (SELECT FROM identity.decision later WHERE later.revokes = d.decision_id)"
"""The one condition under which a row `d` of identity.decision stands."""


@dataclass(frozen=True)
class Decision:
    """A decision as it was spoken: over records, by somebody, for a reason.

    `same` and `unsure` are about all records of both sides; `different` parts each of `left` from each of `right`.
    `revokes`: the decision it ended. `revoked_by`: the row that ended this one (None: it stands).
    `evidence_changed`: a record holds something else now than when it was decided.
    """

    decision_id: int
    kind: Kind | Literal["revoke"]
    left: tuple[RecordKey, ...]
    right: tuple[RecordKey, ...]
    by: str
    at: datetime
    reason: str
    revokes: int | None
    revoked_by: int | None
    evidence_changed: bool


_READ = """
    SELECT d.*, (SELECT later.decision_id FROM identity.decision later WHERE later.revokes = d.decision_id) AS ended,
           m.lefts, m.rights, coalesce(m.changed, false) AS changed
    FROM identity.decision d LEFT JOIN LATERAL (
        SELECT array_agg(ARRAY[r.system, r.object, r.source_id] ORDER BY r.system, r.object, r.source_id)
                   FILTER (WHERE m.side = 'left') AS lefts,
               array_agg(ARRAY[r.system, r.object, r.source_id] ORDER BY r.system, r.object, r.source_id)
                   FILTER (WHERE m.side = 'right') AS rights,
               bool_or(r.deleted_at IS NULL AND r.content_hash <> m.content_hash) AS changed
        FROM identity.decision_record m JOIN identity.source_record r USING (record_id)
        WHERE m.decision_id = d.decision_id) m ON true"""


def listing(conn: Connection, *, history: bool = False, after: int = 0, limit: int | None = None) -> list[Decision]:
    """Give the decisions that stand, in their order; with `history` also those that were ended, and their ends."""
    wanted = "true" if history else STANDS
    rows = conn.execute(
        sa.text(f"{_READ} WHERE {wanted} AND d.decision_id > :after ORDER BY d.decision_id LIMIT :limit"),
        {"after": after, "limit": limit},
    )
    return [_decision(row) for row in rows]


def newest(
    conn: Connection,
    *,
    history: bool = False,
    by: str | None = None,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Decision]:
    """Give the decisions that stand, the newest first: of a person, of a kind, below a number; `history` as above."""
    wanted = ["true" if history else STANDS]
    wanted += ["d.decided_by = :by"] if by is not None else []
    wanted += ["d.kind = :kind"] if kind is not None else []
    wanted += ["d.decision_id < :before"] if before is not None else []
    rows = conn.execute(
        sa.text(f"{_READ} WHERE {' AND '.join(wanted)} ORDER BY d.decision_id DESC LIMIT :limit"),
        {"by": by, "kind": kind, "before": before, "limit": limit},
    )
    return [_decision(row) for row in rows]


def last(conn: Connection) -> int:
    """The number of the newest row of the log; 0 if there is none."""
    return int(conn.scalar(sa.text("SELECT max(decision_id) FROM identity.decision")) or 0)


def standing_of(conn: Connection, keys: Collection[RecordKey]) -> list[Decision]:
    """Give the standing decisions that name one of the records."""
    rows = conn.execute(
        sa.text(f"""{_READ} WHERE {STANDS} AND d.decision_id IN (
            SELECT m.decision_id FROM identity.decision_record m JOIN identity.source_record r USING (record_id)
            JOIN unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:ids AS text[]))
                AS k (system, object, source_id) USING (system, object, source_id))
            ORDER BY d.decision_id"""),  # noqa: S608 - own words
        {
            "systems": [key.system for key in keys],
            "objects": [key.object for key in keys],
            "ids": [key.source_id for key in keys],
        },
    )
    return [_decision(row) for row in rows]


def get(conn: Connection, decision_id: int) -> Decision | None:
    """Give one row of the log, standing or not; None if there is none of that number."""
    row = conn.execute(sa.text(f"{_READ} WHERE d.decision_id = :id"), {"id": decision_id}).one_or_none()
    return None if row is None else _decision(row)


def count(conn: Connection) -> int:
    """How many decisions stand."""
    return int(conn.scalar(sa.text(f"SELECT count(*) FROM identity.decision d WHERE {STANDS}")) or 0)  # noqa: S608 - own words; values are bound


def _decision(row: sa.Row[tuple[object, ...]]) -> Decision:
    return Decision(
        decision_id=row.decision_id,
        kind=row.kind,
        left=tuple(RecordKey(*key) for key in row.lefts or ()),
        right=tuple(RecordKey(*key) for key in row.rights or ()),
        by=row.decided_by,
        at=row.decided_at,
        reason=row.reason,
        revokes=row.revokes,
        revoked_by=row.ended,
        evidence_changed=row.changed,
    )
