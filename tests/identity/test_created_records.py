"""A record that the hub has created holds its own words alone: training and its promises go on as if it were not."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.config import Config
from hub.records import RecordKey
from identity import links, models_store, store
from identity.choice import train_model
from identity.label_sample import draw
from identity.model import Model
from tests.identity.factories import record
from tests.identity.people import people
from tests.identity.stewards import settle


def quiet(_: str) -> None:
    pass


def create(conn: Connection, like: RecordKey, source_id: str) -> RecordKey:
    """Have the hub create a record for the customer of another."""
    key = RecordKey("desk", "users", source_id)
    found = conn.exec_driver_sql(
        "SELECT record_id FROM identity.source_record WHERE (system, object, source_id) = (%s, %s, %s)", tuple(like)
    )
    links.record_created(conn, key, anchor_record_id=found.scalar_one())
    return key


def test_what_the_hub_created_teaches_nothing_until_it_is_edited(conn: Connection, config: Config) -> None:
    made = [r for _, r in people(150, seed=3)]
    store.save(conn, made)
    before = train_model(conn, config, "person", progress=quiet)
    keys = [create(conn, one.key, str(number)) for number, one in enumerate(made[::3])]
    after = train_model(conn, config, "person", progress=quiet)
    assert (after.parameters(), after.report) == (before.parameters(), before.report)
    edited = record("x", given_name="nadia", family_name="newcomer", email=["nadia@mail9.org"])
    store.save(conn, [type(edited)(keys[0], edited.entity_type, edited.attributes)])
    assert train_model(conn, config, "person", progress=quiet).records == before.records + 1


def test_nobody_is_asked_about_what_the_hub_created(conn: Connection, config: Config, models: list[Model]) -> None:
    models_store.save(conn, models[0])
    models_store.make_live(conn, "person", 1)
    made = [r for _, r in people(40, seed=3)]
    store.save(conn, made)
    settle(conn, config)
    before = draw(conn, "person", 10**6, seed=1, progress=quiet).rows
    for number, one in enumerate(made[::3]):
        create(conn, one.key, str(number))
    settle(conn, config)
    assert draw(conn, "person", 10**6, seed=1, progress=quiet).rows.sort_by("place") == before.sort_by("place")


def test_a_blank_record_of_a_system_is_one_that_nothing_can_find(conn: Connection, config: Config) -> None:
    store.save(conn, [r for _, r in people(150, seed=3)])
    before = train_model(conn, config, "person", progress=quiet)
    store.save(conn, [record(f"blank{i}", language="de") for i in range(30)])
    after = train_model(conn, config, "person", progress=quiet)
    assert after.records == before.records + 30
    assert after.report["unlinkable"] > before.report["unlinkable"]
