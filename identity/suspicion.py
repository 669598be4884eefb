"""Which of the clusters to come a person should see first, and why. Reads temporary tables, writes nothing.

`new_cluster` has the clusters as computed, `old_member` the customers that their records belong to until now. Only a
cluster that forms something new is looked at: one that is just what a customer was is no change, and one that only
lost records joins nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.release import ReleaseConfig
from identity.bridges import Pair, bridges
from identity.clustering import components
from identity.decision_log import STANDS
from identity.staging import stage_query

_SHOWN = 20
_SIDE = 2

Reason = Literal["too_large", "weak_bridge", "two_identifiers", "published_merge"]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why one cluster should be held; `details` has record ids, counts and probabilities, no value of a customer."""

    cluster_id: int
    reason: Reason
    details: dict[str, Any]


# Something new forms where records of several customers meet, or records that had no customer come in.
_FORMS = """(SELECT count(DISTINCT o.customer_id) <> 1 OR count(*) > count(o.customer_id)
             FROM new_cluster m LEFT JOIN old_member o USING (record_id) WHERE m.cluster_id = c.cluster_id)"""


@dataclass
class _Merge:
    """A cluster that joins customers: its records with the customers they are of, and what ties them."""

    owner: dict[int, UUID | None] = field(default_factory=dict)
    probability: dict[Pair, float] = field(default_factory=dict)
    certain: list[Pair] = field(default_factory=list)


def find(conn: Connection, release: ReleaseConfig) -> list[Suspicion]:
    """Give every reason to hold a cluster of `new_cluster`, in the order of clusters."""
    found = [*_too_large(conn, release), *_two_identifiers(conn, release)]
    merging = _merges(conn)
    published = _published(conn) if merging and release.published_probability is not None else set()
    for cluster_id, merge in sorted(merging.items()):
        if release.bridge_probability is not None:
            found += weak_bridges(cluster_id, merge.owner, merge.probability, merge.certain, release.bridge_probability)
        if release.published_probability is not None:
            found += _unsure_of_published(cluster_id, merge, published, release.published_probability)
    return sorted(found, key=lambda suspicion: (suspicion.cluster_id, suspicion.reason))


def _too_large(conn: Connection, release: ReleaseConfig) -> list[Suspicion]:
    rows = conn.execute(
        sa.text(f"""
            SELECT cluster_id, records FROM (
                SELECT cluster_id, count(*) AS records FROM new_cluster GROUP BY cluster_id HAVING count(*) > :most) c
            WHERE {_FORMS}"""),  # noqa: S608 - a constant
        {"most": release.max_cluster_size},
    )
    return [Suspicion(row.cluster_id, "too_large", {"records": row.records}) for row in rows]


def _two_identifiers(conn: Connection, release: ReleaseConfig) -> list[Suspicion]:
    if not release.unique_identifiers:
        return []
    rows = conn.execute(
        sa.text(f"""
            WITH held AS (
                SELECT n.cluster_id, n.record_id, i.identifier, split_part(i.identifier, ':', 1) AS kind
                FROM new_cluster n JOIN identity.feature f USING (record_id)
                CROSS JOIN LATERAL unnest(f.identifiers) i (identifier)
            )
            SELECT cluster_id, kind, different, records FROM (
                SELECT cluster_id, kind, count(DISTINCT identifier) AS different,
                       array_agg(DISTINCT record_id ORDER BY record_id) AS records
                FROM held WHERE kind = ANY(:kinds) GROUP BY cluster_id, kind HAVING count(DISTINCT identifier) > 1) c
            WHERE {_FORMS}"""),  # noqa: S608 - a constant
        {"kinds": list(release.unique_identifiers)},
    )
    return [
        Suspicion(
            row.cluster_id,
            "two_identifiers",
            {"kind": row.kind, "different": row.different, "record_ids": row.records[:_SHOWN]},
        )
        for row in rows
    ]


def _merges(conn: Connection) -> dict[int, _Merge]:
    """Read the clusters in which records of several customers meet, with their links."""
    stage_query(
        conn,
        "merging_record",
        """SELECT n.record_id, n.cluster_id, n.entity_type, o.customer_id
           FROM new_cluster n LEFT JOIN old_member o USING (record_id)
           WHERE n.cluster_id IN (SELECT m.cluster_id FROM new_cluster m JOIN old_member USING (record_id)
                                  GROUP BY m.cluster_id HAVING count(DISTINCT customer_id) > 1)""",
    )
    found: dict[int, _Merge] = {}
    for row in conn.execute(sa.text("SELECT cluster_id, record_id, customer_id FROM merging_record")):
        found.setdefault(row.cluster_id, _Merge()).owner[row.record_id] = row.customer_id
    if not found:
        return {}
    linked = sa.text("""
        SELECT l.cluster_id, e.record_l, e.record_r, e.match_probability AS probability
        FROM merging_record l JOIN identity.edge e ON e.record_l = l.record_id
        JOIN merging_record r ON r.record_id = e.record_r AND r.cluster_id = l.cluster_id
        JOIN identity.model m ON m.entity_type = l.entity_type AND m.live AND e.match_weight >= m.link_weight""")
    for row in conn.execute(linked):
        found[row.cluster_id].probability[row.record_l, row.record_r] = row.probability
    # A steward's word is no weak bridge.
    certain = sa.text(f"""
        SELECT l.cluster_id, k.record_l, k.record_r FROM merging_record l
        JOIN identity.known_link k ON k.record_l = l.record_id
        JOIN merging_record r ON r.record_id = k.record_r AND r.cluster_id = l.cluster_id
        UNION ALL
        SELECT l.cluster_id, a.record_id, b.record_id FROM identity.decision d
        JOIN identity.decision_record a ON a.decision_id = d.decision_id
        JOIN identity.decision_record b ON b.decision_id = d.decision_id AND b.record_id > a.record_id
        JOIN merging_record l ON l.record_id = a.record_id
        JOIN merging_record r ON r.record_id = b.record_id AND r.cluster_id = l.cluster_id
        WHERE d.kind = 'same' AND {STANDS}""")  # noqa: S608 - own words
    for row in conn.execute(certain):
        found[row.cluster_id].certain.append((row.record_l, row.record_r))
    return found


def _published(conn: Connection) -> set[UUID]:
    """The customers that merge whole and that a destination knows: one of their records was written by the hub."""
    rows = conn.scalars(
        sa.text("""
            SELECT DISTINCT m.customer_id FROM merging_record m JOIN identity.source_record s USING (record_id)
            WHERE m.customer_id IS NOT NULL AND EXISTS (
                SELECT FROM identity.told t WHERE (t.system, t.object, t.source_id) = (s.system, s.object, s.source_id))
              AND NOT EXISTS (
                SELECT FROM old_member o JOIN new_cluster n USING (record_id)
                WHERE o.customer_id = m.customer_id AND n.cluster_id <> m.cluster_id)""")
    )
    return set(rows)


def weak_bridges(
    cluster_id: int,
    owner: Mapping[int, UUID | None],
    probability: Mapping[Pair, float],
    certain: Sequence[Pair],
    least: float,
) -> list[Suspicion]:
    """Give the links below `least` that alone hold records of different customers together, two or more on each side.

    `owner`: record -> its customer until now; `probability`: the cluster's links. What is certain is no weak bridge.
    """
    found = []
    for bridge in bridges([*probability, *certain, *certain]):
        sides = [{owner[r] for r in side} - {None} for side in (bridge.left, bridge.right)]
        parts = all(sides) and sides[0] != sides[1]
        if parts and min(len(bridge.left), len(bridge.right)) >= _SIDE and probability[bridge.pair] < least:
            details = {
                "record_ids": list(bridge.pair),
                "probability": round(probability[bridge.pair], 4),
                "sides": [len(bridge.left), len(bridge.right)],
            }
            found.append(Suspicion(cluster_id, "weak_bridge", details))
    return found


def _unsure_of_published(cluster_id: int, merge: _Merge, published: set[UUID], least: float) -> list[Suspicion]:
    """Say whether published customers meet here that no sure link joins, directly or through others."""
    owners: dict[UUID, list[int]] = {}
    for record, customer_id in merge.owner.items():
        if customer_id is not None:
            owners.setdefault(customer_id, []).append(record)
    together = [(records[0], record) for records in owners.values() for record in records[1:]]
    sure = [pair for pair, probability in merge.probability.items() if probability >= least]
    part = components(sorted(merge.owner), [*sure, *merge.certain, *together])
    known = {customer_id: part[records[0]] for customer_id, records in owners.items() if customer_id in published}
    if len(set(known.values())) < 2:
        return []
    best = max((p for (a, b), p in merge.probability.items() if part[a] != part[b]), default=0.0)
    return [Suspicion(cluster_id, "published_merge", {"customers": len(known), "probability": round(best, 4)})]
