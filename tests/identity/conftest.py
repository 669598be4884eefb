"""Models for the tests of this room, trained once, and a small base that they have resolved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType, SourceRecord
from identity import feature_store, models_store, store, training
from identity.features import feature
from identity.model import Model
from tests.identity.factories import record
from tests.identity.people import firms, people
from tests.identity.stewards import settle


def settings(**matching: object) -> Config:
    """A hub.yaml of one system, with matching settings for persons."""
    system = {
        "kind": "files",
        "objects": {"c": {"path": "c.csv", "entity_type": "person", "id": "id", "fields": {"given_name": "g"}}},
    }
    return Config.model_validate({"version": 1, "systems": {"crm": system}, "matching": {"person": matching}})


def trained(entity_type: EntityType, records: list[SourceRecord]) -> Model:
    made = [(i + 1, feature(record)) for i, record in enumerate(records)]
    return training.train(feature_store.feature_table(made), feature_store.key_table(made), entity_type, version=1)


@pytest.fixture(scope="session")
def config() -> Config:
    return settings()


@pytest.fixture(scope="session")
def models() -> list[Model]:
    return [
        trained("person", [record for _, record in people(220)]),
        trained("organisation", [record for _, record in firms(120)]),
    ]


@pytest.fixture(scope="session")
def all_models(models: list[Model]) -> list[Model]:
    """The models of the room, and a second one for persons that was trained on others."""
    return [*models, replace(trained("person", [record for _, record in people(150, seed=4)]), version=2)]


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    """A resolved base: records 1 and 2 are one customer, 3 to 8 one each."""
    for model in models:
        models_store.save(conn, model)
        models_store.make_live(conn, model.entity_type, model.version)
    alike = {"given_name": "anna", "family_name": "abel", "birth_date": "1980-01-02", "email": ["anna@mail1.org"]}
    store.save(conn, [record(1, **alike), record(2, **alike), *(record(i, given_name=f"n{i}") for i in range(3, 9))])
    settle(conn, config)
    return conn
