"""Which saved model decides: promote one, or go back to the one before.

Neither resolves anything: the records of the type are marked pending, and the next resolve settles the whole base with
the model in one transaction, ids lasting, its events naming the models.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hub import audit
from hub.config import Config
from hub.errors import RejectedError
from hub.records import ENTITY_TYPES, EntityType
from identity import models_store
from identity.model import Model


@dataclass(frozen=True)
class Promoted:
    """The model that is live now, and the one it replaced (None: there was none)."""

    entity_type: EntityType
    version: int
    replaced: int | None


def type_of(conn: Connection, version: int, wanted: str | None = None) -> EntityType:
    """Say which entity type a version is meant for: the wanted one, or the only one that has it.

    Raises RejectedError where there is no such model, or where several types have that version.
    """
    found = [s.model.entity_type for s in models_store.listing(conn) if s.model.version == version]
    chosen = [t for t in found if wanted in (None, t)]
    if not chosen:
        what = f" for {wanted}" if wanted else ""
        raise RejectedError(f"There is no model {version}{what}.", hint="`hub model list` shows those there are.")
    if len(chosen) > 1:
        raise RejectedError(
            f"There is a model {version} for each of {', '.join(chosen)}.", hint=f"Say which: --type {chosen[0]}"
        )
    return chosen[0]


def live_types(conn: Connection) -> list[EntityType]:
    """The entity types that have a live model, persons first."""
    return [entity_type for entity_type in ENTITY_TYPES if models_store.live(conn, entity_type) is not None]


def only_type(conn: Connection) -> EntityType:
    """The only type that has a live model. Raises RejectedError where there is none, or several."""
    found = live_types(conn)
    if not found:
        raise RejectedError("No model is live yet.", hint="Take records in first: hub sync")
    if len(found) > 1:
        raise RejectedError(f"Models are live for {' and '.join(found)}.", hint=f"Say which: --type {found[0]}")
    return found[0]


def check_fits(config: Config, model: Model) -> None:
    """Refuse a model that was trained for other custom attributes than hub.yaml has now."""
    now = tuple(sorted(config.match_attributes(model.entity_type)))
    if now == tuple(sorted(model.extra)):
        return
    if config.matching_for(model.entity_type).model == "shipped" and not model.extra:
        return
    raise RejectedError(
        f"Model {model.version} for {model.entity_type} compares {_named(model.extra)}, hub.yaml {_named(now)}.",
        hint="Train a model for the attributes of now (hub train), or set them back in hub.yaml.",
    )


def promote(conn: Connection, config: Config, entity_type: EntityType, version: int, *, by: str) -> Promoted:
    """Make a saved model live; the caller holds the master lock.

    Raises RejectedError where it is live already, does not exist, or was trained for other custom attributes.
    """
    model = models_store.described(conn, entity_type, version)
    live = models_store.live(conn, entity_type)
    if live is not None and live.version == version:
        raise RejectedError(f"Model {version} for {entity_type} is live already.", hint="There is nothing to do.")
    check_fits(config, model)
    models_store.make_live(conn, entity_type, version)
    audit.record(conn, who=by, what="model.promote", on=[f"model:{entity_type}/{version}"])
    return Promoted(entity_type, version, live.version if live else None)


def rollback(conn: Connection, config: Config, entity_type: EntityType, *, by: str) -> Promoted:
    """Make the model live that the present one replaced; again, and it is the one before that.

    The caller holds the master lock. Raises RejectedError where there was none, or where it no longer fits hub.yaml.
    """
    live = models_store.live(conn, entity_type)
    before = models_store.live_before(conn, entity_type, live.version) if live else None
    if live is None or before is None:
        raise RejectedError(
            f"There is no earlier model for {entity_type} to go back to.",
            hint="`hub model list` shows those there are.",
        )
    check_fits(config, models_store.described(conn, entity_type, before))
    models_store.make_live(conn, entity_type, before, kind="rollback")
    audit.record(conn, who=by, what="model.rollback", on=[f"model:{entity_type}/{before}"])
    return Promoted(entity_type, before, live.version)


def _named(attributes: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} ({match})" for name, match in sorted(attributes)) or "no custom attribute"
