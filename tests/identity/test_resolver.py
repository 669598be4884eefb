"""Rounds: what is pending gets settled, what moved meanwhile stays pending, and rounds may overlap."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from hub.config import Config
from hub.db import master_lock, snapshot, transaction
from hub.records import SourceRecord
from hub.release import ReleaseConfig
from identity import (
    at_once,
    crosswalk,
    decisions,
    echoes,
    edges,
    judge,
    links,
    models_store,
    pending,
    resolver,
    store,
)
from identity.decision_rows import find_records
from identity.model import Model
from identity.verify import verify
from tests.identity.conftest import settings
from tests.identity.factories import key, moment, record, values
from tests.identity.people import people


def anna(source_id: int | str, **other: object) -> SourceRecord:
    facts = {
        "given_name": "anna",
        "family_name": "abel",
        "birth_date": "1980-01-02",
        "email": ["anna.abel@mail1.org"],
        "phone": ["+49301234567"],
    }
    return record(source_id, **(facts | other))


STRANGER = {"given_name": "udo", "family_name": "roth", "email": [], "phone": ["+49309876543"], "birth_date": []}


@pytest.fixture
def hub(conn: Connection, models: list[Model]) -> Connection:
    """A hub with models in force."""
    for model in models:
        models_store.save(conn, model)
        models_store.make_live(conn, model.entity_type, model.version)
    return conn


def resolve(conn: Connection, config: Config) -> resolver.Settled:
    return resolver.settle(conn, resolver.score(conn, config))


def customer(conn: Connection, source_id: int | str) -> UUID | None:
    return crosswalk.customer_of(conn, key(source_id))


def test_the_first_round_trains_a_model_and_finds_the_customers(conn: Connection, config: Config) -> None:
    store.save(conn, [r for _, r in people(80, seed=3)])
    said: list[str] = []
    scored = resolver.score(conn, config, progress=said.append)
    assert models_store.live(conn, "person") is None
    settled = resolver.settle(conn, scored)
    live = models_store.live(conn, "person")
    assert live is not None
    assert live.version == 1
    assert settled.pending == 0
    assert settled.records == len(scored.records)
    assert 60 <= settled.events["create"] <= 110
    assert said
    assert verify(conn, config).equal


def test_a_change_moves_a_record_and_an_unchanged_hub_has_nothing_to_do(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1), anna(2), anna(3)])
    resolve(hub, config)
    assert customer(hub, 1) == customer(hub, 2) == customer(hub, 3) is not None
    assert not resolver.is_due(hub, config)
    nothing = resolve(hub, config)
    assert (nothing.records, nothing.touched.num_rows, nothing.events) == (0, 0, {})
    store.save(hub, [anna(3, **STRANGER)])
    settled = resolve(hub, config)
    assert customer(hub, 3) != customer(hub, 1)
    assert settled.events == {"split": 1}
    assert set(settled.customers("person")) == {customer(hub, 1), customer(hub, 3)}
    assert edges.count(hub) == 1


def test_a_change_that_moves_nobody_touches_its_customer_alone(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1), anna(2), anna(3, **STRANGER)])
    resolve(hub, config)
    store.save(hub, [anna(1, language="de")])
    settled = resolve(hub, config)
    assert settled.customers("person") == [customer(hub, 1)]
    assert settled.events == {}


def test_a_deleted_record_takes_its_edges_along(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1), anna(2)])
    resolve(hub, config)
    gone = customer(hub, 2)
    store.delete(hub, [key(2)])
    settled = resolve(hub, config)
    assert edges.count(hub) == 0
    assert customer(hub, 2) is None
    assert settled.customers("person") == [gone]
    store.delete(hub, [key(1)])
    assert resolve(hub, config).events == {"retire": 1}
    store.save(hub, [anna(1), anna(2)])
    assert resolve(hub, config).events == {"revive": 1}
    assert customer(hub, 1) == gone


def test_the_record_between_two_others_holds_them_together(hub: Connection, config: Config) -> None:
    bridge = anna(2, email=["anna.abel@mail1.org", "a.braun@mail2.org"], phone=["+49301234567", "+49307777777"])
    store.save(hub, [anna(1), bridge, anna(3, given_name="ann", email=["a.braun@mail2.org"], phone=["+49307777777"])])
    resolve(hub, config)
    together = customer(hub, 1) == customer(hub, 3)
    store.delete(hub, [key(2)])
    resolve(hub, config)
    assert together
    assert verify(hub, config).equal


def test_a_record_that_changed_since_it_was_scored_stays_pending(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1), anna(2), anna(3)])
    scored = resolver.score(hub, config)
    store.save(hub, [anna(2, **STRANGER)])
    settled = resolver.settle(hub, scored)
    assert settled.pending == 1
    assert customer(hub, 2) is None
    assert customer(hub, 1) == customer(hub, 3)
    resolve(hub, config)
    assert customer(hub, 2) != customer(hub, 1)
    assert verify(hub, config).equal


@pytest.mark.parametrize("first", [0, 1])
def test_overlapping_rounds_miss_no_edge(hub: Connection, config: Config, first: int) -> None:
    store.save(hub, [anna(9, **STRANGER)])
    resolve(hub, config)
    store.save(hub, [anna(1)])
    rounds = [resolver.score(hub, config)]
    store.save(hub, [anna(2)])
    rounds.append(resolver.score(hub, config))
    resolver.settle(hub, rounds[first])
    resolver.settle(hub, rounds[1 - first])
    resolve(hub, config)
    assert customer(hub, 1) == customer(hub, 2)
    assert verify(hub, config).equal


def test_a_word_spoken_while_a_round_is_on_its_way_costs_no_edge(hub: Connection, config: Config) -> None:
    """What is carried out at once takes its mark back without comparing: so a round must not rely on that mark."""
    store.save(hub, [anna(1), record(2, **STRANGER)])
    resolve(hub, config)
    store.save(hub, [anna(3)])
    scored = resolver.score(hub, config)
    said = [found.record_id for found in find_records(hub, [key(1), key(2)]).values()]
    marked = pending.resolved(hub, said)
    decisions.decide(hub, "different", [key(1)], [key(2)], by="ben", reason="asked them")
    resolver.settle(hub, scored)
    at_once.settle(hub, config, said, marked, at=hub.scalar(sa.text("SELECT clock_timestamp()")))
    while pending.count(hub):
        resolve(hub, config)
    assert customer(hub, 1) == customer(hub, 3)
    assert verify(hub, config).equal


def test_a_round_scored_with_another_model_is_refused(hub: Connection, config: Config, models: list[Model]) -> None:
    store.save(hub, [anna(1), anna(2)])
    scored = resolver.score(hub, config)
    models_store.save(hub, models[0].with_version(2))
    models_store.make_live(hub, "person", 2)
    assert resolver.settle(hub, scored).records == 0
    assert customer(hub, 1) is None
    resolve(hub, config)
    assert customer(hub, 1) == customer(hub, 2)


def test_a_new_model_scores_every_record_again(hub: Connection, config: Config, models: list[Model]) -> None:
    store.save(hub, [anna(1), anna(2)])
    resolve(hub, config)
    models_store.save(hub, models[0].with_version(2))
    models_store.make_live(hub, "person", 2)
    settled = resolve(hub, config)
    assert (settled.records, settled.events) == (2, {})
    assert set(hub.scalars(sa.text("SELECT model_version FROM identity.edge"))) == {2}


def test_a_bar_that_moves_in_the_settings_moves_the_clusters(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1), anna(2, phone=[], email=[])])
    resolve(hub, config)
    together = customer(hub, 1) == customer(hub, 2)
    strict = settings(link_threshold=1.0)
    assert resolver.is_due(hub, strict)
    assert resolve(hub, strict).events == ({"split": 1} if together else {})
    assert customer(hub, 1) != customer(hub, 2)
    assert not resolver.is_due(hub, strict)
    assert verify(hub, strict).equal
    lenient = settings(link_threshold=0.0)
    resolve(hub, lenient)
    assert customer(hub, 1) == customer(hub, 2)
    assert verify(hub, lenient).equal


def test_a_source_without_duplicates_frees_what_waits_in_a_hold(hub: Connection) -> None:
    config = settings().model_copy(update={"release": ReleaseConfig(max_cluster_size=2)})
    store.save(hub, [anna(number) for number in range(3)])
    assert resolve(hub, config).waiting == 3
    objects = config.systems["crm"].objects
    objects["contacts"] = objects.pop("c").model_copy(update={"duplicate_free": True})
    assert resolver.is_due(hub, config)
    resolve(hub, config)
    assert len({customer(hub, number) for number in range(3)} - {None}) == 3
    assert verify(hub, config).equal


def test_a_record_of_another_type_is_another_customer(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1), anna(2)])
    resolve(hub, config)
    person = customer(hub, 1)
    store.save(
        hub, [record(1, entity_type="organisation", organisation_name="abel steel", email="anna.abel@mail1.org")]
    )
    settled = resolve(hub, config)
    assert customer(hub, 2) == person != customer(hub, 1)
    assert settled.customers("organisation") == [customer(hub, 1)]
    assert settled.customers("person") == [person]
    assert edges.count(hub) == 0


def test_a_record_made_by_the_hub_joins_its_customer_without_a_voice(hub: Connection, config: Config) -> None:
    store.save(hub, [anna(1)])
    resolve(hub, config)
    anchor = crosswalk.members(hub, [customer(hub, 1)])[0].record_id
    links.record_created(hub, key("made"), anchor_record_id=anchor)
    echoes.record_told(hub, [echoes.Told(key("made"), "given_name", values("anna"), moment(1))])
    resolve(hub, config)
    made = crosswalk.members(hub, [customer(hub, 1)])[1]
    assert made.key == key("made")
    assert (made.attributes, made.current) == ({}, {"given_name": values("anna")})
    assert store.save(hub, [record("made", given_name="anna")]).stored == 0
    assert [m.key for m in crosswalk.members(hub, [customer(hub, 1)], system="erp")] == []


def test_an_outgrown_model_is_replaced(hub: Connection, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "ENOUGH_TO_TRAIN", 2)
    hub.execute(sa.text("UPDATE identity.model SET parameters = parameters || '{\"records\": 1}'"))
    store.save(hub, [r for _, r in people(30, seed=4)])
    assert resolve(hub, config).pending == 0
    live = models_store.live(hub, "person")
    assert live is not None
    assert live.version == 2


def test_two_transactions_settle_one_after_the_other(database: Engine, config: Config, models: list[Model]) -> None:
    with transaction(database) as conn:
        for model in models:
            models_store.save(conn, model)
            models_store.make_live(conn, model.entity_type, model.version)
        store.save(conn, [anna(1), anna(2)])
    with snapshot(database) as one, snapshot(database) as two:
        rounds = [resolver.score(one, config), resolver.score(two, config)]
    for scored in rounds:
        with transaction(database) as conn:
            master_lock(conn)
            settled = resolver.settle(conn, scored)
    assert settled.records == 0
    with snapshot(database) as conn:
        assert crosswalk.count(conn) == 1
        assert verify(conn, config).equal
