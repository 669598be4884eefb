"""The plan for another model foretells what a run with it would hold, and whether it would stop as a whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from flows import stages
from flows.plan import plan_model
from flows.report import MasterReport
from hub.config import Config
from hub.db import master_lock, transaction
from hub.session import Hub
from identity import echoes, holds, lifecycle, models_store, store
from identity.echoes import Told
from identity.model import Model
from tests.flows.test_plan_model import everything, quiet
from tests.identity.conftest import all_models, models  # noqa: F401 - fixtures
from tests.identity.people import people

SYSTEMS = {"c": {"path": "c.csv", "entity_type": "person", "id": "id", "fields": {"given_name": "g"}}}


def make(database: Engine, made: list[Model], folder: Path, **release: object) -> Hub:
    """Open a resolved hub whose model 1 links little, and whose model 2 has other weights and links a lot.

    A destination knows every customer.
    """
    settings = {"version": 1, "systems": {"crm": {"kind": "files", "objects": SYSTEMS}}, "release": release}
    hub = Hub(Config.model_validate(settings), folder / "hub.yaml", folder, database, "")
    records = [record for _, record in people(60, seed=6)]
    with transaction(database) as conn:
        models_store.save(conn, replace(made[0], link_weight=18.0))
        models_store.save(conn, replace(made[2], link_weight=1.0))
        models_store.make_live(conn, "person", 1)
        store.save(conn, records)
    run(hub)
    with transaction(database) as conn:
        now = echoes.now(conn)
        told = [(r.key, r.attributes["family_name"]) for r in records if r.attributes.get("family_name")]
        echoes.record_told(conn, [Told(key, "family_name", values, now) for key, values in told])
    return hub


def run(hub: Hub, *, approve: bool = False) -> MasterReport:
    return stages.master(hub, uuid4(), quiet, approve=approve)


def promote(hub: Hub, version: int) -> int:
    """Make a model live; gives the last event before."""
    with transaction(hub.engine) as conn:
        master_lock(conn)
        lifecycle.promote(conn, hub.config, "person", version, by="anna")
        return int(conn.scalar(sa.text("SELECT max(event_id) FROM identity.identity_event")) or 0)


def events(hub: Hub, after: int) -> dict[str, int]:
    with hub.engine.connect() as conn:
        kinds = conn.execute(
            sa.text("SELECT kind, count(*) AS n FROM identity.identity_event WHERE event_id > :after GROUP BY 1"),
            {"after": after},
        )
        return {row.kind: row.n for row in kinds}


@pytest.mark.parametrize(
    ("release", "reason"),
    [
        ({"max_cluster_size": 2, "published_probability": None}, "too_large"),
        ({"published_probability": 0.9999}, "published_merge"),
    ],
)
def test_what_a_run_would_hold_is_foretold_and_goes_nowhere(
    database: Engine,
    all_models: list[Model],  # noqa: F811 - it asks for the fixture
    tmp_path: Path,
    release: dict[str, Any],
    reason: str,
) -> None:
    hub = make(database, all_models, tmp_path, **release)
    before = everything(database)
    plan = plan_model(hub, 2, progress=quiet, cases=3)
    assert everything(database) == before
    last = promote(hub, 2)
    run(hub)
    with database.connect() as conn:
        held = holds.listing(conn)
    assert plan.held.reasons == Counter(each for hold in held for each in hold.reasons)
    assert plan.held.reasons[reason] > 0
    assert (plan.held.changes, plan.held.records) == (len(held), sum(hold.records for hold in held))
    assert len(plan.held.cases) == min(3, len(held))
    assert plan.events == events(hub, last)
    assert plan.events["merge"] > 0, "what is not held goes live"
    assert plan.stopped is None


def test_a_run_that_would_stop_is_foretold_with_what_follows_once_it_is_approved(
    database: Engine,
    all_models: list[Model],  # noqa: F811 - it asks for the fixture
    tmp_path: Path,
) -> None:
    hub = make(database, all_models, tmp_path, max_moved_least=0, max_moved_share=0.01)
    plan = plan_model(hub, 2, progress=quiet)
    assert plan.stopped is not None
    last = promote(hub, 2)
    stopped = run(hub)
    assert stopped.plan_changes == plan.stopped.changed
    assert f"{plan.stopped.changed:,} of {plan.stopped.customers:,} customers" in stopped.plan
    run(hub, approve=True)
    assert plan.events == events(hub, last)
