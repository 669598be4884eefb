"""Under any history edges and clusters equal those of a full run, and customer ids last.

The oracles are a full rebuild, one clustering of everything at once by hand, networkx for the components and for what
decisions contradict, and plain dictionaries for the ids.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from uuid import UUID

import networkx as nx
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine

from hub.config import Config
from hub.errors import RejectedError
from hub.records import RecordKey, SourceRecord
from identity import crosswalk, decisions, edges, links, models_store, resolver, store
from identity.bars import bars_for
from identity.constraints import Constraints
from identity.model import Model
from identity.rebuild import rebuild
from identity.resolver import Scored
from tests.identity.conftest import settings as hub_settings
from tests.identity.factories import record
from tests.identity.plain_clustering import plain_cluster

SHOP = (5, 6, 7)  # these records come from a shop, the others from a CRM


def key_of(number: int) -> RecordKey:
    return RecordKey("shop" if number in SHOP else "crm", "contacts", str(number))


PERSONS = st.builds(
    lambda i, **texts: record(i, system=key_of(i).system, **texts),
    st.integers(0, 7),
    given_name=st.sampled_from(["anna", "ana", "ben"]),
    family_name=st.sampled_from(["abel", "braun"]),
    birth_date=st.sampled_from(["1980-01-02", "1980-02-01", "1975-12-24", ""]),
    email=st.sampled_from([["anna@mail1.org"], ["ben@mail2.org"], ["anna@mail1.org", "ben@mail2.org"], []]),
)
FIRMS = st.builds(
    lambda i, **texts: record(i, system=key_of(i).system, entity_type="organisation", **texts),
    st.integers(0, 7),
    organisation_name=st.sampled_from(["abel steel anna", "abel steel ana"]),
    email=st.sampled_from([["info@abelsteel.org"], []]),
    phone=st.sampled_from([["+49301111222"], []]),
)
RECORDS = st.integers(0, 9).flatmap(lambda n: PERSONS if n else FIRMS)
Assignment = dict[int, UUID]

SEEN: Counter[str] = Counter()


class History(RuleBasedStateMachine):
    """A hub that lives through changes, rounds that overlap, other bars and links."""

    def __init__(self, engine: Engine, models: list[Model]) -> None:
        super().__init__()
        self.conn: Connection = engine.connect()
        self.transaction = self.conn.begin()
        for model in models:
            models_store.save(self.conn, model)
            models_store.make_live(self.conn, model.entity_type, model.version)
        self.config: Config = hub_settings()
        self.rounds: list[Scored] = []
        self.issued: set[UUID] = set()
        self.created = 0

    @initialize(records=st.lists(PERSONS, min_size=8, max_size=12))
    def begin(self, records: list[SourceRecord]) -> None:
        store.save(self.conn, records)
        self._settle(resolver.score(self.conn, self.config))

    @rule(records=st.lists(RECORDS, min_size=1, max_size=3), resolve=st.booleans())
    def change(self, records: list[SourceRecord], resolve: bool) -> None:
        store.save(self.conn, records)
        if resolve:
            self._settle(resolver.score(self.conn, self.config))

    @rule(source_ids=st.sets(st.integers(0, 7), min_size=1, max_size=3), resolve=st.booleans())
    def remove(self, source_ids: set[int], resolve: bool) -> None:
        store.delete(self.conn, [key_of(source_id) for source_id in source_ids])
        if resolve:
            self._settle(resolver.score(self.conn, self.config))

    @precondition(lambda self: self.created < 2)
    @rule(which=st.integers(0, 7))
    def create_by_hub(self, which: int) -> None:
        known = self.conn.scalars(
            sa.text("SELECT record_id FROM identity.source_record WHERE deleted_at IS NULL ORDER BY 1")
        ).all()
        if known:
            anchor = known[which % len(known)]
            self.created += 1
            links.record_created(
                self.conn, RecordKey("crm", "contacts", f"made{self.created}"), anchor_record_id=anchor
            )

    @rule(link=st.sampled_from(["auto", 0.001, 0.5, 0.999999]), shop=st.booleans())
    def move_bar(self, link: Any, shop: bool) -> None:
        self.config = hub_settings(link_threshold=link)
        self.config.systems["shop"] = self.config.systems["crm"].model_copy(deep=True)
        contacts = self.config.systems["shop"].objects.pop("c")
        self.config.systems["shop"].objects["contacts"] = contacts.model_copy(update={"duplicate_free": shop})

    @rule(
        kind=st.sampled_from(["same", "different", "different", "unsure"]),
        named=st.lists(st.integers(0, 40), min_size=2, max_size=4),
        resolve=st.booleans(),
    )
    def decide(self, kind: Any, named: list[int], resolve: bool) -> None:
        rows = self.conn.execute(
            sa.text("SELECT system, object, source_id FROM identity.source_record ORDER BY record_id")
        )
        known = [RecordKey(*row) for row in rows]
        left, *right = dict.fromkeys(known[number % len(known)] for number in named)
        if not right:
            return
        sound = may_say(self.conn, kind, [left], right)
        try:
            decisions.decide(self.conn, kind, [left], right, by="anna", reason="seen")
            SEEN[f"decided {kind}"] += 1
            assert sound
        except RejectedError:
            SEEN["refused"] += 1
            assert not sound
        if resolve:
            self._settle(resolver.score(self.conn, self.config))

    @rule(which=st.integers(0, 20), resolve=st.booleans())
    def revoke(self, which: int, resolve: bool) -> None:
        standing = [number for number, *_ in said(self.conn)]
        if standing:
            decisions.revoke(self.conn, standing[which % len(standing)], by="ben", reason="seen again")
            SEEN["revoked"] += 1
        if resolve:
            self._settle(resolver.score(self.conn, self.config))

    @precondition(lambda self: len(self.rounds) < 2)
    @rule()
    def score(self) -> None:
        self.rounds.append(resolver.score(self.conn, self.config))

    @precondition(lambda self: self.rounds)
    @rule(latest=st.booleans())
    def settle(self, latest: bool) -> None:
        self._settle(self.rounds.pop(-1 if latest else 0))

    def _settle(self, scored: Scored) -> None:
        before = assignment(self.conn)
        settled = resolver.settle(self.conn, scored)
        SEEN.update(settled.events)
        after = assignment(self.conn)
        check_ids(self.conn, before, after, self.issued)
        moved = {before.get(r) for r in before.keys() | after.keys() if before.get(r) != after.get(r)}
        moved |= {after.get(r) for r in before.keys() | after.keys() if before.get(r) != after.get(r)}
        assert moved - {None} <= {UUID(i) for i in settled.touched["customer_id"].to_pylist()}
        self.issued |= set(after.values())

    @invariant()
    def every_id_answers(self) -> None:
        current = set(assignment(self.conn).values())
        for customer_id in self.issued:
            found = crosswalk.answer(self.conn, customer_id)
            assert found is not None
            assert (found.status == "current") == (customer_id in current)
            assert set(found.current_ids) <= current

    def teardown(self) -> None:
        try:
            for scored in self.rounds:
                self._settle(scored)
            self.rounds.clear()
            while resolver.is_due(self.conn, self.config):
                self._settle(resolver.score(self.conn, self.config))
            check_full(self.conn, self.config)
        finally:
            self.transaction.rollback()
            self.conn.close()


def assignment(conn: Connection) -> Assignment:
    rows = conn.execute(sa.text("SELECT record_id, customer_id FROM identity.crosswalk WHERE valid_to IS NULL"))
    return {row.record_id: row.customer_id for row in rows}


def check_full(conn: Connection, config: Config) -> None:
    """Nothing is pending: the live state must be that of a full run."""
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
    rebuilt, difference = rebuild(conn, config, progress=lambda _: None)
    assert difference is None
    for entity_type, full in rebuilt.items():
        live = models_store.live(conn, entity_type)
        assert live is not None
        bar = bars_for(config.matching_for(entity_type), live.model).link
        assert plain(edges.read(conn, entity_type)) == plain(full.edges)
        scored = [(e["record_l"], e["record_r"], e["match_weight"]) for e in full.edges.to_pylist()]
        graph.add_edges_from((left, right) for left, right, weight in scored if weight >= bar)
        want |= plain_cluster(sorted(full.clusters), scored, links, constraints, link_weight=bar)
    customers: dict[UUID, set[int]] = {}
    for record_id, customer_id in assignment(conn).items():
        customers.setdefault(customer_id, set()).add(record_id)
    assert {record: min(members) for members in customers.values() for record in members} == want
    parts = list(nx.connected_components(graph))
    assert all(any(members <= part for part in parts) for members in customers.values())


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
        (row.decision_id, row.kind, *sides[row.decision_id])  # type: ignore[misc]
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


def check_ids(conn: Connection, before: Assignment, after: Assignment, issued: set[UUID]) -> None:
    """The law of ids, spelled out: the best claim first, one id a cluster, one cluster an id."""
    facts = {
        row.customer_id: (row.created_at, row.customer_id, row.entity_type)
        for row in conn.execute(sa.text("SELECT customer_id, created_at, entity_type FROM identity.customer"))
    }
    clusters: dict[UUID, set[int]] = {}
    for record_id, customer_id in after.items():
        clusters.setdefault(customer_id, set()).add(record_id)
    claims = Counter((min(clusters[new]), new, before[r]) for r, new in after.items() if r in before)
    owner: dict[UUID, UUID] = {}
    for (_, cluster, old), _shared in sorted(claims.items(), key=lambda c: (-c[1], *facts[c[0][2]][:2], c[0][0])):
        same_type = facts[old][2] == facts[cluster][2]
        if same_type and cluster not in owner and old not in owner.values():
            owner[cluster] = old
    for cluster in clusters:
        if cluster in owner:
            assert owner[cluster] == cluster
        else:
            assert cluster not in set(before.values())


def run(engine: Engine, models: list[Model], examples: int, steps: int, **options: Any) -> None:
    SEEN.clear()
    run_state_machine_as_test(
        lambda: History(engine, models),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Shrinking takes minutes here; the steps of the failing history are printed as they are.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )
    # The histories were worth something: all kinds of events came about.
    assert {"create", "merge", "split", "retire", "revive"} <= SEEN.keys(), SEEN
    assert {"decided same", "decided different", "refused", "revoked"} <= SEEN.keys(), SEEN


def test_any_history_ends_as_a_full_run_would(shared_engine: Engine, models: list[Model]) -> None:
    run(shared_engine, models, examples=40, steps=8, derandomize=True, database=None)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_more_histories(shared_engine: Engine, models: list[Model]) -> None:
    run(shared_engine, models, examples=600, steps=25, database=None)
