"""Change groups: clusters as computed and customers as they are, connected by shared records."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from identity.clustering import components
from identity.suspicion import Suspicion


@dataclass
class ChangeGroup:
    """A change group: record -> (cluster as computed, customer until now), and why it is held."""

    entity_type: str
    rows: dict[int, tuple[int, UUID | None]] = field(default_factory=dict)
    suspicions: list[Suspicion] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Name the clusters of the group as computed."""
        lines = "".join(f"{record} {cluster}\n" for record, (cluster, _) in sorted(self.rows.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def reasons(self) -> list[str]:
        """The kinds of reasons, each once."""
        return sorted({found.reason for found in self.suspicions})


def change_groups(conn: Connection, found: Sequence[Suspicion]) -> list[ChangeGroup]:
    """Give the change groups of the suspicious clusters, whole."""
    if not found:
        return []
    clusters = sorted({one.cluster_id for one in found})
    conn.execute(sa.text("CREATE INDEX IF NOT EXISTS new_cluster_members ON new_cluster (cluster_id)"))
    conn.execute(sa.text("CREATE INDEX IF NOT EXISTS old_member_customer ON old_member (customer_id)"))
    rows = conn.execute(
        sa.text("""
            WITH RECURSIVE reached (cluster_id) AS (
                SELECT unnest(CAST(:clusters AS bigint[]))
                UNION
                SELECT n.cluster_id FROM reached r
                JOIN new_cluster m ON m.cluster_id = r.cluster_id
                JOIN old_member o ON o.record_id = m.record_id
                JOIN old_member p ON p.customer_id = o.customer_id
                JOIN new_cluster n ON n.record_id = p.record_id)
            SELECT n.record_id, n.cluster_id, n.entity_type, o.customer_id
            FROM reached JOIN new_cluster n USING (cluster_id) LEFT JOIN old_member o ON o.record_id = n.record_id
            ORDER BY n.record_id"""),
        {"clusters": clusters},
    ).all()
    first: dict[UUID, int] = {}
    shared = [(first.setdefault(r.customer_id, r.cluster_id), r.cluster_id) for r in rows if r.customer_id is not None]
    group_of = components(sorted({row.cluster_id for row in rows}), shared)
    groups: dict[int, ChangeGroup] = {}
    for row in rows:
        group = groups.setdefault(group_of[row.cluster_id], ChangeGroup(row.entity_type))
        group.rows[row.record_id] = (row.cluster_id, row.customer_id)
    for one in found:
        groups[group_of[one.cluster_id]].suspicions.append(one)
    return sorted(groups.values(), key=lambda group: min(group.rows))
