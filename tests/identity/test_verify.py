"""`hub verify` says equal where it is, and names the first difference where it is not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from identity import models_store, resolver, store
from identity.model import Model
from identity.verify import verify
from tests.identity.people import firms, people


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    for model in models:
        models_store.save(conn, model)
        models_store.make_live(conn, model.entity_type, model.version)
    store.save(conn, [r for _, r in (*people(25, seed=6), *firms(10, seed=7))])
    resolver.settle(conn, resolver.score(conn, config))
    return conn


def test_a_resolved_hub_is_equal(hub: Connection, config: Config) -> None:
    report = verify(hub, config)
    assert report.equal
    assert report.first_difference is None
    assert report.digest_live == report.digest_full
    assert report.edges_live == report.edges_full > 0
    assert report.clusters_live == report.clusters_full > 0
    assert report.records == store.counts(hub).live


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM identity.edge WHERE (record_l, record_r) IN (SELECT min(record_l), 0 FROM identity.edge)", None),
        ("DELETE FROM identity.edge WHERE record_l = (SELECT min(record_l) FROM identity.edge)", "no edge in the hub"),
        ("UPDATE identity.edge SET match_weight = match_weight + 1e-9", "the edge"),
        ("UPDATE identity.edge SET match_keys = '{x}'", "the edge"),
        (
            "UPDATE identity.crosswalk SET customer_id = gen_random_uuid() WHERE record_id = ("
            "SELECT max(record_r) FROM identity.edge WHERE match_weight > 10)",
            "in a full run",
        ),
        ("UPDATE identity.feature SET given_name = 'x' WHERE given_name IS NOT NULL", "the features of record"),
        ("DELETE FROM identity.blocking_key WHERE kind = 'name'", "the blocking keys of record"),
        (
            "UPDATE identity.source_record SET attributes = '{}' WHERE entity_type = 'organisation'",
            "the features of record",
        ),
    ],
)
def test_damage_is_named(hub: Connection, config: Config, damage: str, said: str | None) -> None:
    hub.execute(sa.text(damage))
    report = verify(hub, config)
    assert report.equal == (said is None)
    if said:
        assert said in str(report.first_difference)


def test_the_first_pair_that_differs_is_explained(hub: Connection, config: Config) -> None:
    first = hub.execute(
        sa.text("""
            UPDATE identity.edge e SET match_weight = match_weight + 0.5 FROM (
                SELECT record_l, record_r FROM identity.edge WHERE entity_type = 'person' ORDER BY 1, 2 LIMIT 1) f
            WHERE (e.record_l, e.record_r) = (f.record_l, f.record_r)
            RETURNING e.record_l, e.record_r, e.match_weight""")
    ).one()
    said = str(verify(hub, config).first_difference)
    names = store.keys_of(hub, [first.record_l, first.record_r])
    for key in names.values():
        assert "/".join(key) in said
    # What it weighs in the hub, what in a full run, and how that comes about.
    assert f"it weighs {first.match_weight!r} bits, there {first.match_weight - 0.5!r}" in said
    assert "Scored now they weigh" in said
    assert "prior" in said
    kinds = said.partition("they share ")[2].split(", ")
    assert kinds == sorted(set(kinds))


def test_pending_records_are_counted(hub: Connection, config: Config) -> None:
    store.save(hub, [r for _, r in people(1, seed=8)])
    report = verify(hub, config)
    assert report.pending > 0
    assert not report.equal


def test_an_empty_hub_is_equal(conn: Connection, config: Config) -> None:
    report = verify(conn, config)
    assert report.equal
    assert report.records == 0
