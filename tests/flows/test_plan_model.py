"""The plan for another model says what a run with it then does, and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from flows import stages
from flows.plan import plan_model
from hub.config import Config
from hub.db import master_lock, only_one, transaction
from hub.errors import RejectedError, RetryableError
from hub.session import Hub
from identity import lifecycle, models_store, store
from identity.model import Model
from identity.model_compare import compare
from tests.identity.conftest import models  # noqa: F401 - a fixture
from tests.identity.people import people

SETTINGS = {
    "version": 1,
    "systems": {
        "news": {"kind": "hubspot", "url": "http://localhost:9", "token": "none"},
        "crm": {
            "kind": "files",
            "objects": {"c": {"path": "c.csv", "entity_type": "person", "id": "id", "fields": {"given_name": "g"}}},
        },
    },
    "destinations": {
        "news": {
            "system": "news",
            "purpose": "one address book",
            "legal_basis": "contract",
            "create": True,
            "max_changes": 3,
        }
    },
}


def quiet(_: str) -> None:
    pass


@pytest.fixture
def hub(database: Engine, models: list[Model], tmp_path: Path) -> Hub:  # noqa: F811 - it asks for the fixture
    """A resolved hub with a model 2 that links nothing and a model 3 that links more."""
    opened = Hub(Config.model_validate(SETTINGS), tmp_path / "hub.yaml", tmp_path, database, "")
    strict = replace(models[0], link_weight=18.0)
    with transaction(database) as conn:
        for model in (
            strict,
            replace(strict, version=2, link_weight=60.0),
            replace(strict, version=3, link_weight=1.0),
        ):
            models_store.save(conn, model)
        models_store.make_live(conn, "person", 1)
        store.save(conn, [r for _, r in people(60, seed=6)])
    run(opened)
    return opened


def run(hub: Hub) -> None:
    with transaction(hub.engine) as conn:
        run_id = conn.execute(sa.text("SELECT gen_random_uuid()")).scalar_one()
    stages.master(hub, run_id, quiet)


def everything(engine: Engine) -> dict[str, str]:
    """Digest every table of the database."""
    found = {}
    with engine.connect() as conn:
        tables = conn.execute(
            sa.text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('identity', 'golden', 'ops')")
        ).all()
        for schema, table in tables:
            rows = f"SELECT t::text AS r FROM {schema}.{table} t"
            digest = f"SELECT count(*) || md5(coalesce(string_agg(r, '|' ORDER BY r), '')) FROM ({rows}) q"
            found[table] = str(conn.scalar(sa.text(digest)))
    return found


def golden(conn: Connection) -> int:
    return int(conn.scalar(sa.text("SELECT count(*) FROM golden.golden_record WHERE valid_to IS NULL")) or 0)


@pytest.mark.parametrize("version", [2, 3])
def test_a_plan_writes_nothing_and_foretells_the_run(hub: Hub, version: int) -> None:
    before = everything(hub.engine)
    plan = plan_model(hub, version, progress=quiet)
    assert everything(hub.engine) == before
    assert plan.clusters.customers_before != plan.clusters.customers_after
    with transaction(hub.engine) as conn:
        last = conn.scalar(sa.text("SELECT max(event_id) FROM identity.identity_event"))
        master_lock(conn)
        lifecycle.promote(conn, hub.config, "person", version, by="anna")
    run(hub)
    with transaction(hub.engine) as conn:
        kinds = conn.execute(
            sa.text("SELECT kind, count(*) AS n FROM identity.identity_event WHERE event_id > :last GROUP BY 1"),
            {"last": last},
        )
        assert plan.events == {row.kind: row.n for row in kinds}
        assert golden(conn) == plan.clusters.customers_after
    due = {(entry["customer_id"], entry["action"]) for entry in stages.preview(_unlimited(hub), "news")}
    assert plan.writes["news"].total <= len(due)  # the run has those of untouched customers too
    assert plan.writes["news"].total > plan.writes["news"].limit  # type: ignore[operator]  # the settings above have a limit


def test_merged_customers_show_which_values_change(hub: Hub) -> None:
    plan = plan_model(hub, 3, progress=quiet, cases=4)
    affected = plan.clusters.affected["merged"]
    assert affected.cases == affected.customers_after > 0
    assert affected.customers_before - affected.customers_after == plan.events["merge"]
    assert plan.golden["retired"] == plan.events["merge"]
    assert 0 < len([case for case in plan.clusters.cases if case.kind == "merged"]) <= 4
    assert all(value.now != value.then for value in plan.values)


def test_two_models_that_are_not_live_are_compared_as_runs_would_find_them(hub: Hub) -> None:
    with transaction(hub.engine) as conn:
        found = compare(conn, hub.config, "person", 2, 3, progress=quiet)
        assert found.customers_before == found.records  # model 2 links nothing
        back = compare(conn, hub.config, "person", 3, 2, progress=quiet)
        assert back.affected["split"].cases == found.affected["merged"].cases > 0
        live = compare(conn, hub.config, "person", 1, 3, progress=quiet)
    assert live.customers_after == found.customers_after
    assert live.affected == plan_model(hub, 3, progress=quiet).clusters.affected


def test_what_cannot_be_planned_says_why(hub: Hub) -> None:
    with pytest.raises(RejectedError, match="live already"):
        plan_model(hub, 1, progress=quiet)
    with pytest.raises(RejectedError, match="no model 9"):
        plan_model(hub, 9, progress=quiet)
    with only_one(hub.engine, "sync"), pytest.raises(RetryableError):
        plan_model(hub, 2, progress=quiet)


def _unlimited(hub: Hub) -> Hub:
    destinations = {n: d.model_copy(update={"max_changes": None}) for n, d in hub.config.destinations.items()}
    return replace(hub, config=hub.config.model_copy(update={"destinations": destinations}))
