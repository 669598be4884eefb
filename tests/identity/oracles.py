"""What must hold after any history, said as plainly as one can: the oracles of the state machine.

A full rebuild, one clustering of everything at once by hand, networkx for the components and for what decisions
contradict, glue counted with plain dictionaries, and the law of ids spelled out.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import networkx as nx
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType, RecordKey, SourceRecord, attributes_from_json
from identity import edges, glue, models_store
from identity.bars import bars_for
from identity.blocking import GlueRule
from identity.constraints import Constraints
from identity.features import feature
from identity.keys import blocking_keys
from identity.rebuild import rebuild
from tests.identity.plain_clustering import plain_cluster

Assignment = dict[int, UUID]


def assignment(conn: Connection) -> Assignment:
    rows = conn.execute(sa.text("SELECT record_id, customer_id FROM identity.crosswalk WHERE valid_to IS NULL"))
    return {row.record_id: row.customer_id for row in rows}


def check_full(conn: Connection, config: Config, rule: GlueRule) -> None:
    """Nothing is pending: the live state must be that of a full run, but for what is held."""
    graph = nx.Graph()
    want: dict[int, int] = {}
    linked = conn.execute(
        sa.text("""SELECT record_l, record_r FROM identity.known_link
                   JOIN identity.source_record l ON l.record_id = record_l
                   JOIN identity.source_record r ON r.record_id = record_r
                   WHERE l.deleted_at IS NULL AND r.deleted_at IS NULL AND l.entity_type = r.entity_type""")
    )
    links = [(row.record_l, row.record_r) for row in linked]
    graph.add_edges_from(links)
    graph.add_nodes_from(conn.scalars(sa.text("SELECT record_id FROM identity.source_record WHERE deleted_at IS NULL")))
    spoken = said(conn)
    constraints = Constraints(
        same=tuple((*left, *right) for _, kind, left, right in spoken if kind == "same"),
        different=tuple((left, right) for _, kind, left, right in spoken if kind == "different"),
        alone=alone(conn, config),
    )
    for group in constraints.same:
        nx.add_path(graph, group)
    rebuilt, difference = rebuild(conn, config, rule=rule, progress=lambda _: None)
    assert difference is None
    for entity_type, full in rebuilt.items():
        live = models_store.live(conn, entity_type)
        assert live is not None
        bar = bars_for(config.matching_for(entity_type), live.model).link
        assert set(glue.read(conn, entity_type)) == full.glue == plain_glue(conn, entity_type, rule)
        assert plain(edges.read(conn, entity_type)) == plain(full.edges)
        scored = [(e["record_l"], e["record_r"], e["match_weight"]) for e in full.edges.to_pylist()]
        graph.add_edges_from((left, right) for left, right, weight in scored if weight >= bar)
        want |= plain_cluster(sorted(full.clusters), scored, links, constraints, link_weight=bar)
    held = {
        row.record_id: row.cluster_id
        for row in conn.execute(sa.text("SELECT record_id, cluster_id FROM identity.hold_record WHERE open"))
    }
    customers: dict[UUID, set[int]] = {}
    for record_id, customer_id in assignment(conn).items():
        if record_id not in held:
            customers.setdefault(customer_id, set()).add(record_id)
    assert {record: min(members) for members in customers.values() for record in members} | held == want
    parts = list(nx.connected_components(graph))
    assert all(any(members <= part for part in parts) for members in customers.values())


def plain_glue(conn: Connection, entity_type: EntityType, rule: GlueRule) -> set[tuple[str, str]]:
    """The values that the rule suppresses, counted from the source records by hand."""
    names: dict[tuple[str, str], Counter[str]] = {}
    name_kind = "name_sound" if entity_type == "person" else "name_prefix"
    rows = conn.execute(
        sa.text("""SELECT attributes FROM identity.source_record
                   WHERE entity_type = :type AND deleted_at IS NULL"""),
        {"type": entity_type},
    )
    for row in rows:
        attributes = attributes_from_json(row.attributes)
        keys = blocking_keys(feature(SourceRecord(RecordKey("", "", ""), entity_type, attributes)))
        called = sorted(key for kind, key in keys if kind == name_kind)
        for value in keys if called else ():
            if value[0] in ("email", "phone", "identifier", "domain", "email_local"):
                names.setdefault(value, Counter())[called[0]] += 1
    return {
        value
        for value, counts in names.items()
        if counts.total() >= rule.records and counts.total() ** 2 > rule.names * sum(n * n for n in counts.values())
    }


Said = tuple[int, str, tuple[int, ...], tuple[int, ...]]


def said(conn: Connection) -> list[Said]:
    """What stands, from the rows as they are."""
    rows = conn.execute(sa.text("SELECT * FROM identity.decision ORDER BY decision_id")).all()
    members = conn.execute(sa.text("SELECT * FROM identity.decision_record ORDER BY record_id")).all()
    ended = {row.revokes for row in rows}
    sides = {
        row.decision_id: [
            tuple(m.record_id for m in members if m.decision_id == row.decision_id and m.side == side)
            for side in ("left", "right")
        ]
        for row in rows
    }
    return [
        (row.decision_id, row.kind, *sides[row.decision_id])  # type: ignore[misc]  # a number and its two sides
        for row in rows
        if row.kind != "revoke" and row.decision_id not in ended
    ]


def alone(conn: Connection, config: Config) -> dict[int, str]:
    shop = config.systems.get("shop")
    if shop is None or not shop.objects["contacts"].duplicate_free:
        return {}
    return dict.fromkeys(
        conn.scalars(sa.text("SELECT record_id FROM identity.source_record WHERE system = 'shop'")), "shop"
    )


def may_say(conn: Connection, kind: str, left: list[RecordKey], right: list[RecordKey]) -> bool:
    """Whether the hub knows the records and all that was said could still be true."""
    rows = conn.execute(sa.text("SELECT system, object, source_id, record_id, entity_type FROM identity.source_record"))
    known = {RecordKey(*row[:3]): (row.record_id, row.entity_type) for row in rows}
    if not all(key in known for key in left + right):
        return False
    if kind == "same" and len({known[key][1] for key in left + right}) > 1:
        return False
    spoken = [
        *((kind, left, right) for _, kind, left, right in said(conn)),
        (kind, [known[key][0] for key in left], [known[key][0] for key in right]),
    ]
    graph = nx.Graph()
    for what, a, b in spoken:
        graph.add_nodes_from([*a, *b])
        if what == "same":
            nx.add_path(graph, [*a, *b])
    return not any(nx.has_path(graph, x, y) for what, a, b in spoken if what == "different" for x in a for y in b)


def plain(found: pa.Table) -> list[dict[str, Any]]:
    return [row | {"comparison": json.loads(row["comparison"])} for row in found.to_pylist()]


def check_ids(conn: Connection, before: Assignment, after: Assignment) -> None:
    """The law of ids, spelled out: the best claim first, one id a cluster, one cluster an id."""
    facts = {
        row.customer_id: (row.created_at, row.customer_id, row.entity_type)
        for row in conn.execute(sa.text("SELECT customer_id, created_at, entity_type FROM identity.customer"))
    }
    clusters: dict[UUID, set[int]] = {}
    for record_id, customer_id in after.items():
        clusters.setdefault(customer_id, set()).add(record_id)
    claims = Counter((min(clusters[new]), new, before[r]) for r, new in after.items()
                     if r in before and facts[before[r]][2] == facts[new][2])  # fmt: skip
    past = Past.read(conn, set(before.values()), set(after))
    guests = {
        key for key in claims
        if past.is_guest(key[2], {r for r in clusters[key[1]] if before.get(r) == key[2]}, clusters[key[1]],
                         {one for one, (_, _, kind) in facts.items() if kind == facts[key[1]][2]})
    }  # fmt: skip
    hosts = {old for _, _, old in claims.keys() - guests}
    claims = Counter({key: shared for key, shared in claims.items() if key not in guests or key[2] not in hosts})
    owner: dict[UUID, UUID] = {}
    for (_, cluster, old), _shared in sorted(claims.items(), key=lambda c: (-c[1], *facts[c[0][2]][:2], c[0][0])):
        if cluster not in owner and old not in owner.values():
            owner[cluster] = old
    for cluster in clusters:
        if cluster in owner:
            assert owner[cluster] == cluster
        else:
            assert cluster not in set(before.values())


@dataclass(frozen=True)
class Past:
    """Who had which records when, for the law of guests; `was` are the customers before a settlement.

    `ends` says when each other customer ended, `merged` which of them by a merge.
    """

    rows: list[sa.Row[Any]]
    was: set[UUID]
    live: set[int]
    ends: dict[UUID, datetime]
    merged: set[UUID]

    @classmethod
    def read(cls, conn: Connection, was: set[UUID], live: set[int]) -> Past:
        rows = list(conn.execute(sa.text("SELECT * FROM identity.crosswalk")))
        gone = {row.customer_id for row in rows} - was
        ends = {one: max((row.valid_to for row in rows if row.customer_id == one and row.valid_to), default=None)
                for one in gone}  # fmt: skip
        ends = {one: ended for one, ended in ends.items() if ended is not None}
        events = conn.execute(sa.text("SELECT customer_id, at FROM identity.identity_event WHERE kind = 'merge'"))
        return cls(rows, was, live, ends, {row.customer_id for row in events if ends.get(row.customer_id) == row.at})

    def is_guest(self, host: UUID, records: set[int], cluster: set[int], alike: set[UUID]) -> bool:
        """Whether these records of a customer were there but for a merge: their cluster can have a merged id back.

        None of them had been with the host before that other customer ended. `alike`: customers of the cluster's type.
        """
        ended = [self.ends[one] for one in self.merged & alike if self._can_return(one, cluster)]
        since = [max(row.valid_from for row in self.rows if (row.customer_id, row.record_id) == (host, record))
                 for record in records]  # fmt: skip
        return bool(ended) and all(start >= max(ended) for start in since)

    def _can_return(self, one: UUID, cluster: set[int]) -> bool:
        last = [row for row in self.rows if row.customer_id == one and row.valid_to == self.ends[one]
                and row.record_id in self.live]  # fmt: skip
        own = [row for row in last if not any(
            row.record_id == other.record_id and other.valid_to and other.valid_to <= row.valid_from
            and other.customer_id in self.merged for other in self.rows)]  # fmt: skip
        counting = {row.record_id for row in own or last}
        return 2 * len(counting & cluster) > len(counting)
