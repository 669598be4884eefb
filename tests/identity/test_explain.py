"""Explanations: of pairs, scored or not, and of clusters."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from apps.cli.customer import record_named
from hub.config import Config
from hub.errors import RejectedError
from hub.records import RecordKey
from identity import crosswalk, decisions, explain, links, models_store, resolver, store
from identity.explain_cluster import cluster
from identity.model import Model
from tests.identity.factories import key, record
from tests.identity.people import firms, people

PEOPLE = [r for _, r in people(80, seed=5)]
FIRMS = [r for _, r in firms(25, seed=6)]
ANNA = {
    "given_name": "anna",
    "family_name": "abel",
    "birth_date": "1980-01-02",
    "email": ["anna.abel@mail1.org"],
    "phone": ["+49301234567"],
}


def resolve(conn: Connection, config: Config) -> None:
    resolver.settle(conn, resolver.score(conn, config))


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    person, organisation = models
    for model in (replace(person, junk=person.junk | {("phone", "304711815"): 40}), organisation):
        models_store.save(conn, model)
        models_store.make_live(conn, model.entity_type, model.version)
    return conn


def keys(conn: Connection) -> dict[int, RecordKey]:
    rows = conn.execute(sa.text("SELECT record_id, system, object, source_id FROM identity.source_record"))
    return {row[0]: RecordKey(*row[1:]) for row in rows}


def test_the_steps_of_every_edge_sum_up_to_its_weight(hub: Connection, config: Config) -> None:
    store.save(hub, [*PEOPLE, *FIRMS])
    resolve(hub, config)
    names = keys(hub)
    edges = hub.execute(
        sa.text("SELECT record_l, record_r, match_weight, match_keys FROM identity.edge ORDER BY random() LIMIT 12")
    ).all()
    assert len(edges) == 12
    for left, right, weight, match_keys in edges:
        told = explain.pair(hub, config, names[right], names[left])
        total = told.prior + sum(step.weight + step.adjustment for step in told.steps)
        assert total == pytest.approx(weight, abs=1e-9)
        assert told.weight == told.stored == weight
        assert sorted({k.kind for k in told.shared if k.status == "used"}) == match_keys
        assert told.compared
        assert not told.pending


def test_why_not_says_what_is_missing_and_which_keys_each_has(hub: Connection, config: Config) -> None:
    stranger = record(2, given_name="udo", family_name="roth", phone=["+49304711815"])
    store.save(hub, [record(1, **{**ANNA, "phone": ["+49304711815"]}), stranger])
    told = explain.pair(hub, config, key(1), key(2))
    assert told.pending
    assert not told.compared
    assert told.stored is None
    assert [(k.kind, k.status, k.records) for k in told.shared] == [("phone", "junk", 40)]
    assert ("email", "anna.abel@mail1.org") in told.left.blocking_keys
    assert told.missing_to_link == pytest.approx(told.bars.link - told.weight)
    assert told.missing_to_review > 0
    assert told.band == "none"
    phone = next(step for step in told.steps if step.comparison == "phone")
    assert (phone.found, phone.weight, phone.left) == ("nothing to compare", 0.0, ())
    given = next(step for step in told.steps if step.comparison == "given")
    assert (given.found, given.left, given.right) == ("different", ("anna",), ("udo",))


def test_what_joins_or_parts_them_is_named(hub: Connection, config: Config) -> None:
    store.save(hub, [record(1, **ANNA), record(2, **ANNA)])
    resolve(hub, config)
    assert explain.pair(hub, config, key(1), key(2)).same_customer
    decisions.decide(hub, "different", [key(1)], [key(2)], by="eve", reason="twins")
    resolve(hub, config)
    told = explain.pair(hub, config, key(2), key(1))
    assert not told.same_customer
    assert [d.kind for d in told.decisions] == ["different"]
    customer = crosswalk.customer_of(hub, key(1))
    assert customer is not None
    parted = cluster(hub, customer)
    assert [join.refused for join in parted.refused] == ["a decision or a source without duplicates keeps them apart"]
    assert parted.refused[0].other_customer == crosswalk.customer_of(hub, key(2))
    anchor = hub.scalar(sa.text("SELECT record_id FROM identity.source_record WHERE source_id = '1'"))
    made = key("made", "shop")
    links.record_created(hub, made, anchor_record_id=anchor)
    resolve(hub, config)
    assert explain.pair(hub, config, key(1), made).certain == ("created_by_hub",)
    grown = cluster(hub, customer)
    assert [(join.weight, join.mean) for join in grown.joins] == [(None, None)]
    assert grown.weakest is None


def test_records_that_cannot_be_compared_are_refused(hub: Connection, config: Config) -> None:
    store.save(hub, [record(1, **ANNA), record(2, **ANNA), FIRMS[0]])
    store.delete(hub, [key(2)])
    for other in (key(1), key(2), key("nobody"), FIRMS[0].key):
        with pytest.raises(RejectedError) as refused:
            explain.pair(hub, config, key(1), other)
        assert "anna" not in str(refused.value)


def test_the_joins_of_a_cluster_rebuild_it_and_the_bridge_holds_it(hub: Connection, config: Config) -> None:
    bridge = {
        **ANNA,
        "email": ["anna.abel@mail1.org", "a.braun@mail2.org"],
        "phone": ["+49301234567", "+49307777777"],
    }
    other = {**ANNA, "given_name": "ann", "email": ["a.braun@mail2.org"], "phone": ["+49307777777"]}
    store.save(hub, [record("a1", **ANNA), record("a2", **bridge), record("a3", **other), *PEOPLE])
    resolve(hub, config)
    customer = crosswalk.customer_of(hub, key("a2"))
    assert customer is not None
    told = cluster(hub, customer)
    assert len(told.records) > 1
    assert told.as_computed
    groups = {name: {name} for name in told.records}
    weights = [join.weight for join in told.joins if join.weight is not None]
    assert weights == sorted(weights, reverse=True)
    for join in told.joins:
        assert join.left in join.left_group
        assert groups[join.left] == set(join.left_group)
        assert groups[join.right] == set(join.right_group)
        both = groups[join.left] | groups[join.right]
        groups.update(dict.fromkeys(both, both))
    assert all(group == set(told.records) for group in groups.values())
    assert told.weakest is not None
    if told.weakest.how == "bridge":
        sides = {told.weakest.join.left_group, told.weakest.join.right_group}
        assert set().union(*sides) == set(told.records)
    assert told.weakest.join.weight is not None
    assert told.weakest.join.weight >= told.link_weight


def test_a_record_is_found_by_its_name(hub: Connection) -> None:
    store.save(hub, [record(1, **ANNA), replace(record(1, **ANNA), key=RecordKey("crm", "leads", "1"))])
    store.save(hub, [replace(record(1, **ANNA), key=RecordKey("erp", "partner", "a/b"))])
    assert record_named(hub, "crm/leads/1") == RecordKey("crm", "leads", "1")
    assert record_named(hub, "erp/a/b") == RecordKey("erp", "partner", "a/b")
    for named in ("crm/1", "crm/2", "crm"):
        with pytest.raises(RejectedError):
            record_named(hub, named)
