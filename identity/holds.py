"""Held changes: what the rules compute but a person should see before it goes live.

Invariants:
* Computed and live differ by open holds alone. A hold has all records of a *change group*: clusters as computed and
  customers as they are, connected by shared records. So a held customer's records are all held, and none of others.
* While a hold is open its customers, their crosswalk and their golden records stay as they are; records that had no
  customer stay without one. A record that is deleted leaves its customer all the same.
* A hold is looked at again whenever one of its records is touched, approved, or the settings change. The same clusters
  held for the same reasons keep their hold; an approval is of exactly those clusters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub import audit
from hub.errors import RejectedError
from hub.records import RecordKey, canonical_json
from hub.release import ReleaseConfig
from identity import pending, suspicion
from identity.change_groups import ChangeGroup, change_groups
from identity.hold_tables import hold, hold_record
from identity.staging import stage, stage_query


@dataclass(frozen=True, slots=True)
class Hold:
    """A held change: why, the records it is about, and what became of it."""

    hold_id: int
    entity_type: str
    reasons: tuple[str, ...]
    details: list[dict[str, Any]]
    opened_at: datetime
    records: int
    customer_ids: tuple[UUID, ...]
    approved_by: str | None
    closed_at: datetime | None
    closed_how: str | None


def policy_hash(release: ReleaseConfig) -> str:
    """Name the settings that decide what is held."""
    return hashlib.sha256(canonical_json(release.model_dump(mode="json")).encode()).hexdigest()


def hold_back(conn: Connection, release: ReleaseConfig, *, at: datetime, run_id: UUID | None) -> int:
    """Take the held changes out of a settlement; gives the number of records that wait without a customer for it.

    Works on the temporary tables of `identity.crosswalk.settle`: afterwards `new_cluster` has the customers of held
    groups as they are, and `changed_record` none of their records but those deleted.
    """
    found = suspicion.find(conn, release)
    looked_at = _looked_at(conn)
    if not found and not looked_at:
        return 0
    now = policy_hash(release)
    held = [group for group in change_groups(conn, found) if not _approved(conn, group)]
    kept = _reopened(conn, held, looked_at, now)
    _close(conn, sorted(looked_at - kept.keys()), at)
    unchanged = set(kept.values())
    for group in (g for g in held if g.digest not in unchanged):
        _open(conn, group, now, at=at, run_id=run_id)
    _withdraw(conn, held)
    return sum(1 for group in held for _, customer_id in group.rows.values() if customer_id is None)


def _looked_at(conn: Connection) -> set[int]:
    """Give the open holds of which a record is in this settlement."""
    rows = conn.scalars(
        sa.text("""
            SELECT DISTINCT h.hold_id FROM identity.hold_record h
            WHERE h.open AND (EXISTS (SELECT FROM new_cluster n WHERE n.record_id = h.record_id)
                              OR EXISTS (SELECT FROM changed_record c WHERE c.record_id = h.record_id))""")
    )
    return set(rows)


def _approved(conn: Connection, group: ChangeGroup) -> bool:
    """Say whether a person has let this change live, or the very reasons for the one customer that it adds to."""
    exactly = sa.text("SELECT EXISTS (SELECT FROM identity.hold WHERE digest = :digest AND approved_at IS NOT NULL)")
    if conn.scalar(exactly, {"digest": group.digest}):
        return True
    owners = {customer_id for _, customer_id in group.rows.values()} - {None}
    if len(owners) != 1:
        return False
    # An approved customer that only takes in new records keeps its approval: a large customer is large every time.
    let_live = conn.scalars(
        sa.text("""
            SELECT DISTINCT unnest(h.reasons) FROM identity.hold h JOIN identity.hold_record r USING (hold_id)
            WHERE h.approved_at IS NOT NULL AND r.record_id = ANY(:records)"""),
        {"records": [record for record, (_, customer_id) in group.rows.items() if customer_id is not None]},
    )
    return set(group.reasons) <= set(let_live)


def _reopened(conn: Connection, held: Sequence[ChangeGroup], looked_at: set[int], now: str) -> dict[int, str]:
    """Give the holds in question that stay as they are, with their digests."""
    rows = conn.execute(
        sa.select(hold.c.hold_id, hold.c.digest, hold.c.reasons).where(
            hold.c.hold_id.in_(looked_at), hold.c.policy_hash == now
        )
    )
    wanted = {(group.digest, tuple(group.reasons)) for group in held}
    return {row.hold_id: row.digest for row in rows if (row.digest, tuple(row.reasons)) in wanted}


def _close(conn: Connection, hold_ids: Sequence[int], at: datetime) -> None:
    """Close holds; their records count as changed, for what was withheld from their golden records comes now."""
    if not hold_ids:
        return
    conn.execute(
        sa.update(hold)
        .where(hold.c.hold_id.in_(hold_ids))
        .values(closed_at=at, closed_how=sa.case((hold.c.approved_at.is_not(None), "approved"), else_="superseded"))
    )
    conn.execute(
        sa.text("""
            INSERT INTO changed_record SELECT record_id FROM identity.hold_record h
            WHERE h.hold_id = ANY(:ids) AND h.open AND EXISTS (
                SELECT FROM new_cluster n WHERE n.record_id = h.record_id)
            ON CONFLICT DO NOTHING"""),
        {"ids": list(hold_ids)},
    )
    conn.execute(sa.update(hold_record).where(hold_record.c.hold_id.in_(hold_ids)).values(open=False))


def _open(conn: Connection, group: ChangeGroup, now: str, *, at: datetime, run_id: UUID | None) -> None:
    hold_id = conn.scalar(
        sa.insert(hold)
        .values(
            entity_type=group.entity_type,
            reasons=group.reasons,
            details=[{"reason": one.reason, "cluster_id": one.cluster_id, **one.details} for one in group.suspicions],
            digest=group.digest,
            policy_hash=now,
            opened_at=at,
            run_id=run_id,
        )
        .returning(hold.c.hold_id)
    )
    conn.execute(
        sa.insert(hold_record),
        [
            {
                "hold_id": hold_id,
                "record_id": record,
                "cluster_id": cluster,
                "customer_id": customer_id,
                "open": True,
            }
            for record, (cluster, customer_id) in sorted(group.rows.items())
        ],
    )


def _withdraw(conn: Connection, held: Sequence[ChangeGroup]) -> None:
    """Put held groups back to what is live."""
    records = pa.array([record for group in held for record in group.rows], pa.int64())
    stage(conn, "held_record", "record_id bigint PRIMARY KEY", pa.table({"record_id": records}))
    conn.execute(sa.text("DELETE FROM changed_record c USING held_record h WHERE h.record_id = c.record_id"))
    conn.execute(
        sa.text("""
            DELETE FROM new_cluster n USING held_record h WHERE h.record_id = n.record_id
            AND NOT EXISTS (SELECT FROM old_member o WHERE o.record_id = n.record_id)""")
    )
    stage_query(
        conn,
        "live_name",
        """SELECT record_id, min(record_id) OVER (PARTITION BY customer_id) AS cluster_id
           FROM old_member JOIN held_record USING (record_id)""",
    )
    conn.execute(
        sa.text("UPDATE new_cluster n SET cluster_id = l.cluster_id FROM live_name l WHERE l.record_id = n.record_id")
    )


def approve(conn: Connection, hold_id: int, *, by: str, reason: str) -> Hold:
    """Let a held change live: the next resolve carries it out. Raises RejectedError where no such hold is open."""
    updated = conn.execute(
        sa.update(hold)
        .where(hold.c.hold_id == hold_id, hold.c.closed_at.is_(None))
        .values(approved_at=sa.func.clock_timestamp(), approved_by=by, approval_reason=reason)
    ).rowcount
    if not updated:
        raise RejectedError(f"There is no open hold {hold_id}.", hint="List the open ones with: hub holds list")
    records = conn.scalars(sa.select(hold_record.c.record_id).where(hold_record.c.hold_id == hold_id))
    pending.mark(conn, list(records))
    audit.record(conn, who=by, what="hold.approve", on=[f"hold:{hold_id}"], reason=reason)
    return next(iter(_read(conn, hold.c.hold_id == hold_id)))


def get(conn: Connection, hold_id: int) -> Hold | None:
    """Give one hold, open or closed."""
    return next(iter(_read(conn, hold.c.hold_id == hold_id)), None)


def wording(detail: Mapping[str, Any], keys: Mapping[int, RecordKey]) -> str:
    """Say one reason of a hold in words; `keys` names its records."""
    named = " and ".join("/".join(keys[record]) for record in detail.get("record_ids", ()) if record in keys)
    match detail["reason"]:
        case "too_large":
            return f"one customer would have {detail['records']:,} records"
        case "two_identifiers":
            return f"one customer would have {detail['different']} different {detail['kind']} identifiers: {named}"
        case "weak_bridge":
            left, right = detail["sides"]
            return f"only {named} (probability {detail['probability']:.3f}) join groups of {left} and {right} records"
        case _:
            return (
                f"{detail['customers']} customers that destinations know would become one, "
                f"joined by probability {detail['probability']:.3f} at best"
            )


def listing(conn: Connection, *, closed: bool = False, limit: int = 100) -> list[Hold]:
    """Give the open holds, or the closed ones, newest first."""
    return _read(conn, hold.c.closed_at.is_not(None) if closed else hold.c.closed_at.is_(None), limit)


def count(conn: Connection) -> int:
    """How many changes are held."""
    return int(conn.scalar(sa.select(sa.func.count()).where(hold.c.closed_at.is_(None))) or 0)


def waiting(conn: Connection) -> int:
    """How many records have no customer yet because the change that would give them one is held."""
    where = sa.and_(hold_record.c.open, hold_record.c.customer_id.is_(None))
    return int(conn.scalar(sa.select(sa.func.count()).select_from(hold_record).where(where)) or 0)


def records_of(conn: Connection, hold_id: int) -> list[tuple[int, int, UUID | None]]:
    """Give the records of a hold: record, cluster as computed, customer until now; in the order of clusters."""
    rows = conn.execute(
        sa.select(hold_record.c.record_id, hold_record.c.cluster_id, hold_record.c.customer_id)
        .where(hold_record.c.hold_id == hold_id)
        .order_by(hold_record.c.cluster_id, hold_record.c.record_id)
    )
    return [(row.record_id, row.cluster_id, row.customer_id) for row in rows]


def open_of(conn: Connection, records: Sequence[int]) -> list[int]:
    """Give the open holds that have one of the records."""
    mine = sa.select(hold_record.c.hold_id).where(hold_record.c.open, hold_record.c.record_id.in_(records)).distinct()
    return list(conn.scalars(mine.order_by(hold_record.c.hold_id)))


def mark_outdated(conn: Connection, release: ReleaseConfig) -> int:
    """Have the records of holds that other settings held resolved again; gives how many holds those are."""
    old = sa.select(hold.c.hold_id).where(hold.c.closed_at.is_(None), hold.c.policy_hash != policy_hash(release))
    hold_ids = list(conn.scalars(old))
    if hold_ids:
        records = conn.scalars(sa.select(hold_record.c.record_id).where(hold_record.c.hold_id.in_(hold_ids)))
        pending.mark(conn, list(records))
    return len(hold_ids)


def _read(conn: Connection, where: sa.ColumnElement[bool], limit: int = 1) -> list[Hold]:
    counts = (
        sa.select(
            hold_record.c.hold_id,
            sa.func.count().label("records"),
            sa.func.array_remove(sa.func.array_agg(hold_record.c.customer_id.distinct()), None).label("customers"),
        )
        .group_by(hold_record.c.hold_id)
        .subquery()
    )
    rows = conn.execute(
        sa.select(hold, counts.c.records, counts.c.customers)
        .join(counts, counts.c.hold_id == hold.c.hold_id)
        .where(where)
        .order_by(hold.c.hold_id.desc())
        .limit(limit)
    )
    return [
        Hold(
            hold_id=row.hold_id,
            entity_type=row.entity_type,
            reasons=tuple(row.reasons),
            details=row.details,
            opened_at=row.opened_at,
            records=row.records,
            customer_ids=tuple(sorted(row.customers)),
            approved_by=row.approved_by,
            closed_at=row.closed_at,
            closed_how=row.closed_how,
        )
        for row in rows
    ]
