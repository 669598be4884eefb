"""Models for the tests of this room, trained once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.config import Config
from hub.records import EntityType, SourceRecord
from identity import store, training
from identity.features import feature
from identity.model import Model
from tests.identity.people import firms, people


def settings(**matching: object) -> Config:
    """A hub.yaml of one system, with matching settings for persons."""
    system = {
        "kind": "files",
        "objects": {"c": {"path": "c.csv", "entity_type": "person", "id": "id", "fields": {"given_name": "g"}}},
    }
    return Config.model_validate({"version": 1, "systems": {"crm": system}, "matching": {"person": matching}})


def trained(entity_type: EntityType, records: list[SourceRecord]) -> Model:
    made = [(i + 1, feature(record)) for i, record in enumerate(records)]
    return training.train(store.feature_table(made), store.key_table(made), entity_type, version=1)


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
