"""How a customer's cluster was built: the joins in their order, what was refused and why, and what holds it together.

The trace is the clustering's own (`identity.agglomeration`), run again over the records' component. Writes nothing that
lasts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import RejectedError
from hub.records import RecordKey
from identity import crosswalk
from identity.agglomeration import Merge, trace
from identity.bridges import bridges
from identity.clustering import cluster as cluster_records
from identity.components import Parts, parts_around


@dataclass(frozen=True, slots=True)
class Join:
    """An edge that made one group of two, or did not (`refused` says why; None: it joined them).

    `weight` is the edge's (None: a certain link), `mean` the mean evidence over all pairs of the two groups, each pair
    cut to 3 bits either way; `left_group` and `right_group` are their records then. `other_customer`: whose the other
    group is, where it isn't this customer's.
    """

    left: RecordKey
    right: RecordKey
    weight: float | None
    mean: float | None
    left_group: tuple[RecordKey, ...]
    right_group: tuple[RecordKey, ...]
    refused: str | None = None
    other_customer: UUID | None = None


@dataclass(frozen=True, slots=True)
class Weakest:
    """What holds a cluster together: the bridge of the least weight, without which it falls into `left` and `right`.

    Where no single edge does (`how` "last join") it is the weakest edge that joined two of its groups.
    """

    join: Join
    how: Literal["bridge", "last join"]


@dataclass(frozen=True)
class ClusterExplanation:
    """How a customer came about. `joins` in their order; `refused` those that did not come about.

    `as_computed` is false while a hold, a pending change or a moved bar keeps the customer from what the rules compute:
    the joins are those of the present edges then.
    """

    customer_id: UUID
    entity_type: str
    records: tuple[RecordKey, ...]
    joins: tuple[Join, ...]
    refused: tuple[Join, ...]
    weakest: Weakest | None
    link_weight: float
    as_computed: bool


def cluster(conn: Connection, customer_id: UUID) -> ClusterExplanation:
    """Explain the cluster of a current customer. Raises RejectedError where there is none of that id."""
    members = crosswalk.members(conn, [customer_id])
    if not members:
        raise RejectedError(
            f"The customer {customer_id} has no records now.", hint="It was merged, split or retired: hub show"
        )
    ids = [member.record_id for member in members]
    entity_type = members[0].entity_type
    parts = parts_around(conn, ids, entity_type)
    found = cluster_records(
        parts.records, parts.edges, parts.certain, link_weight=parts.link_weight, constraints=parts.constraints
    )
    names, owners = _names(conn, parts.records)
    mine = set(ids)
    joins, refused = _joins(parts, mine, names, owners)
    here = {found.get(record) for record in mine}
    return ClusterExplanation(
        customer_id=customer_id,
        entity_type=entity_type,
        records=tuple(member.key for member in members),
        joins=tuple(joins),
        refused=tuple(refused),
        weakest=_weakest(parts, mine, joins, names),
        link_weight=parts.link_weight,
        as_computed=len(here) == 1 and {r for r, name in found.items() if name in here} == mine,
    )


def _joins(
    parts: Parts, mine: set[int], names: dict[int, RecordKey], owners: dict[int, UUID]
) -> tuple[list[Join], list[Join]]:
    """Walk the trace with the groups as they grow; gives what joined and what was refused around these records."""
    group = {record: [record] for record in parts.records}
    joins: list[Join] = []
    refused: list[Join] = []
    for merge in trace(
        parts.records, parts.edges, parts.certain, link_weight=parts.link_weight, constraints=parts.constraints
    ):
        left, right = group[merge.left], group[merge.right]
        ours = [bool(mine.intersection(side)) for side in (left, right)]
        if any(ours):
            other = None if all(ours) else owners.get(merge.right if ours[0] else merge.left)
            join = _join(merge, left, right, names, other)
            (refused if join.refused else joins).append(join)
        if merge.joined:
            left += right
            for record in right:
                group[record] = left
    return joins, refused


def _join(
    merge: Merge, left: Iterable[int], right: Iterable[int], names: dict[int, RecordKey], other: UUID | None
) -> Join:
    refused = None
    if merge.spoken_against:
        refused = "the other pairs of the two groups speak against it"
    elif not merge.joined:
        refused = "a decision or a source without duplicates keeps them apart"
    return Join(
        left=names[merge.left],
        right=names[merge.right],
        weight=None if math.isinf(merge.weight) else merge.weight,
        mean=merge.mean,
        left_group=tuple(names[record] for record in sorted(left)),
        right_group=tuple(names[record] for record in sorted(right)),
        refused=refused,
        other_customer=other,
    )


def _weakest(parts: Parts, mine: set[int], joins: Sequence[Join], names: dict[int, RecordKey]) -> Weakest | None:
    weights = {
        (min(left, right), max(left, right)): weight
        for left, right, weight in parts.edges
        if weight >= parts.link_weight and left in mine and right in mine
    }
    certain = {(min(pair), max(pair)) for pair in parts.certain if mine.issuperset(pair)}
    found = [bridge for bridge in bridges({*weights, *certain}) if bridge.pair in weights]
    if found:
        least = min(found, key=lambda bridge: (weights[bridge.pair], bridge.pair))
        merge = Merge(weights[least.pair], len(least.left) * len(least.right), True, *least.pair)
        return Weakest(_join(merge, least.left, least.right, names, None), "bridge")
    weighed = [join for join in joins if join.weight is not None]
    return Weakest(weighed[-1], "last join") if weighed else None


def _names(conn: Connection, records: Sequence[int]) -> tuple[dict[int, RecordKey], dict[int, UUID]]:
    """Give the key and the customer of each record."""
    rows = conn.execute(
        sa.text("""
            SELECT r.record_id, r.system, r.object, r.source_id, x.customer_id FROM identity.source_record r
            LEFT JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
            WHERE r.record_id = ANY(:ids)"""),
        {"ids": list(records)},
    ).all()
    names = {row.record_id: RecordKey(row.system, row.object, row.source_id) for row in rows}
    return names, {row.record_id: row.customer_id for row in rows if row.customer_id}
