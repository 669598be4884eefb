"""Train new models on the hub's own records, beside the live ones; making one live is a step of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub import audit
from hub.db import master_lock, only_one, snapshot, transaction
from hub.errors import RejectedError
from hub.records import ENTITY_TYPES
from hub.session import Hub
from identity import models_store, store
from identity.choice import train_model
from identity.model import Model
from identity.wording import model_line

Progress = Callable[[str], None]


def train(hub: Hub, *, promote: bool, by: str, progress: Progress) -> dict[str, dict[str, Any]]:
    """Train and save a model for each entity type with records; gives version, wording and report by type.

    `promote` makes the new models live: the next sync resolves all records with them. Without it nothing changes but
    that they are there. Raises RejectedError where there are no records.
    """
    said: dict[str, dict[str, Any]] = {}
    with only_one(hub.engine, "sync"):
        for entity_type in ENTITY_TYPES:
            with snapshot(hub.engine) as conn:
                if not store.live_count(conn, entity_type):
                    continue
                model = train_model(conn, hub.config, entity_type, progress=progress)
            with transaction(hub.engine) as conn:
                master_lock(conn)
                models_store.save(conn, model)
                if promote:
                    models_store.make_live(conn, entity_type, model.version)
                    audit.record(conn, who=by, what="model.promote", on=[f"model:{entity_type}/{model.version}"])
            said[entity_type] = _said(model, live=promote)
    if not said:
        raise RejectedError("There are no records to train on.", hint="Take some in first: hub sync")
    return said


def _said(model: Model, *, live: bool) -> dict[str, Any]:
    return {"version": model.version, "live": live, "says": model_line(model), "report": model.report}
