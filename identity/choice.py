"""Which model a base gets that has none, or has outgrown its own: trained on what is there, without labels."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType
from identity import candidates, models_store, training
from identity.model import Model


def choose_model(
    conn: Connection, config: Config, entity_type: EntityType, *, progress: Callable[[str], None]
) -> Model:
    """Give a model for the records of a type under the next version number; saves nothing."""
    return train_model(conn, config, entity_type, progress=progress)


def train_model(conn: Connection, config: Config, entity_type: EntityType, *, progress: Callable[[str], None]) -> Model:
    """Train a model on the records of a type under the next version number; saves nothing."""
    return training.train(
        candidates.read_features(conn, entity_type),
        candidates.read_keys(conn, entity_type),
        entity_type,
        version=models_store.next_version(conn, entity_type),
        extra=config.match_attributes(entity_type),
        progress=progress,
    )
