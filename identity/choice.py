"""Which model a base gets that has none, or has outgrown its own: shipped, or trained on what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.config import Config
from hub.records import EntityType
from identity import candidates, engine, glue_words, models_store, store, training
from identity.blocking import GlueRule
from identity.model import ENOUGH_TO_TRAIN, Model
from identity.shipped import shipped_model, suited


@dataclass(frozen=True)
class Chosen:
    """A model for a base; a trained one comes with what training found out about the base."""

    model: Model
    trained: training.Trained | None = None


def choose_model(
    conn: Connection, config: Config, entity_type: EntityType, *, rule: GlueRule, progress: Callable[[str], None]
) -> Chosen:
    """Give a model for the records of a type under the next version number: the shipped one where it suits; saves none.

    Settings may ask for the shipped one in any case (`model: shipped`). `rule`: which values training is to leave out.
    """
    if config.matching_for(entity_type).model == "shipped":
        version = models_store.next_version(conn, entity_type)
        records = store.live_count(conn, entity_type)
        return Chosen(shipped_model(entity_type).resized(records).with_version(version))
    suiting = _suiting(conn, config, entity_type)
    if suiting:
        return Chosen(suiting)
    trained = _train(conn, config, entity_type, rule, progress)
    return Chosen(trained.model, trained)


def train_model(conn: Connection, config: Config, entity_type: EntityType, *, progress: Callable[[str], None]) -> Model:
    """Train a model on the records of a type under the next version number; saves nothing."""
    return _train(conn, config, entity_type, glue_words.applied(conn, GlueRule()), progress).model


def _train(
    conn: Connection, config: Config, entity_type: EntityType, rule: GlueRule, progress: Callable[[str], None]
) -> training.Trained:
    version = models_store.next_version(conn, entity_type)
    return engine.train(conn, config, entity_type, version=version, rule=rule, progress=progress)


def _suiting(conn: Connection, config: Config, entity_type: EntityType) -> Model | None:
    # No shipped model suits a base that is large enough to train on, so its features need not be read to see that.
    if store.live_count(conn, entity_type) >= ENOUGH_TO_TRAIN:
        return None
    features, version = candidates.read_evidence(conn, entity_type), models_store.next_version(conn, entity_type)
    return suited(features, entity_type, version=version, extra=tuple(config.match_attributes(entity_type)))
