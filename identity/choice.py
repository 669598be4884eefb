"""Which model a base gets that has none, or has outgrown its own: shipped, or trained on what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType
from identity import candidates, models_store, training
from identity.model import Model
from identity.shipped import shipped_model, suited


@dataclass(frozen=True)
class Chosen:
    """A model for a base; a trained one comes with what training found out about the base."""

    model: Model
    trained: training.Trained | None = None


def choose_model(
    conn: Connection, config: Config, entity_type: EntityType, *, progress: Callable[[str], None]
) -> Chosen:
    """Give a model for the records of a type under the next version number: the shipped one where it suits; saves none.

    Settings may ask for the shipped one in any case (`model: shipped`).
    """
    features = candidates.read_features(conn, entity_type)
    version = models_store.next_version(conn, entity_type)
    if config.matching_for(entity_type).model == "shipped":
        return Chosen(shipped_model(entity_type).resized(features.num_rows).with_version(version))
    suiting = suited(features, entity_type, version=version, extra=tuple(config.match_attributes(entity_type)))
    if suiting:
        return Chosen(suiting)
    trained = _train(conn, config, entity_type, features, progress)
    return Chosen(trained.model, trained)


def train_model(conn: Connection, config: Config, entity_type: EntityType, *, progress: Callable[[str], None]) -> Model:
    """Train a model on the records of a type under the next version number; saves nothing."""
    return _train(conn, config, entity_type, candidates.read_features(conn, entity_type), progress).model


def _train(
    conn: Connection, config: Config, entity_type: EntityType, features: pa.Table, progress: Callable[[str], None]
) -> training.Trained:
    return training.train_scored(
        features,
        candidates.read_keys(conn, entity_type),
        entity_type,
        version=models_store.next_version(conn, entity_type),
        extra=config.match_attributes(entity_type),
        progress=progress,
    )
