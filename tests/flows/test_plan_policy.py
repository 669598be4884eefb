"""The plan for another policy says what a refresh with it then does, and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy import Engine

from flows.plan_policy import plan_policy
from golden_record import policies, read, silence
from golden_record.refresh import refresh
from hub.config import Config
from hub.db import master_lock, only_one, transaction
from hub.errors import RejectedError, SettingsError
from hub.session import Hub
from tests.golden_record.test_last_words import gone
from tests.golden_record.world import make_customer, person, save, text

SETTINGS: dict[str, Any] = {
    "version": 1,
    "systems": {
        name: {"kind": "hubspot", "url": "http://localhost:9", "token": "none"} for name in ("erp", "crm", "news")
    },
    "destinations": {
        "news": {"system": "news", "purpose": "one address book", "legal_basis": "contract", "create": True}
    },
}


def quiet(_: str) -> None:
    pass


def changed(**survivorship: Any) -> dict[str, Any]:
    return {**SETTINGS, "survivorship": survivorship}


@pytest.fixture
def hub(database: Engine, tmp_path: Path) -> Hub:
    """Three customers: two whose systems differ in the title, one of a single record."""
    opened = Hub(Config.model_validate(SETTINGS), tmp_path / "hub.yaml", tmp_path, database, "")
    with transaction(database) as conn:
        for number, titles in enumerate([("Dr", "Prof"), ("Dr", "Sir"), ("Dr",)]):
            systems = [
                save(
                    conn,
                    system,
                    str(number),
                    {"job_title": text(title), **person("Ann", f"Lee{number}", f"ann{number}@acme.com")},
                    day,
                )
                for day, (system, title) in enumerate(zip(("erp", "crm"), titles, strict=False))
            ]
            make_customer(conn, *systems)
        refresh(conn, opened.config, None, run_id=None)
    return opened


def test_it_tells_what_a_refresh_then_does(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    settings = changed(attributes={"job_title": {"source_priority": ["erp", "crm"]}})
    path.write_text(yaml.safe_dump(settings))
    with hub.engine.connect() as conn:
        rows = conn.execute(sa.text("SELECT * FROM golden.golden_record ORDER BY 1, 2")).all()
        changes = conn.execute(sa.text("SELECT * FROM golden.change ORDER BY seq")).all()
    found = plan_policy(hub, path, progress=quiet, cases=1)
    with hub.engine.connect() as conn:
        assert conn.execute(sa.text("SELECT * FROM golden.golden_record ORDER BY 1, 2")).all() == rows
        assert conn.execute(sa.text("SELECT * FROM golden.change ORDER BY seq")).all() == changes
    assert found.units == ["job_title"]
    assert found.golden == {"created": 0, "updated": 2, "retired": 0, "unchanged": 1}
    assert found.rules == {"job_title": {"source_priority": 2}}
    [example] = found.values
    assert (example.attribute, example.after) == ("job_title", ["Dr"])
    assert found.writes["news"].total == 2
    assert not found.pending
    with transaction(hub.engine) as conn:
        done = refresh(conn, Config.model_validate(settings), None, run_id=None)
        golden = read.customer(conn, example.customer_id)
    assert done.updated == 2
    assert golden
    assert [value.value for value in golden.attributes["job_title"]] == example.after
    with pytest.raises(RejectedError, match="in force already"):
        plan_policy(hub, path, progress=quiet)


def test_it_waits_for_nobody_and_nobody_waits_for_it(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    later = {"effective_from": "2099-01-01", "attributes": {"job_title": {"source_priority": ["erp", "crm"]}}}
    path.write_text(yaml.safe_dump(changed(upcoming=[later])))
    locks: list[str] = []

    def watch(_: str) -> None:
        with hub.engine.connect() as conn:
            locks.extend(
                conn.scalars(
                    sa.text("""
                        SELECT DISTINCT mode FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation
                        LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE l.pid <> pg_backend_pid() AND l.pid <> :ours AND l.database = (
                                SELECT oid FROM pg_database WHERE datname = current_database())
                          AND (l.locktype = 'advisory' OR n.nspname IN ('golden', 'identity', 'ops'))"""),
                    {"ours": ours},
                )
            )

    with only_one(hub.engine, "sync"), transaction(hub.engine) as busy:
        master_lock(busy)
        busy.execute(sa.text("SELECT * FROM golden.golden_record FOR UPDATE")).all()
        ours = busy.scalar(sa.text("SELECT pg_backend_pid()"))
        found = plan_policy(hub, path, progress=watch, cases=1)
    assert found.rules == {"job_title": {"source_priority": 2}}
    assert found.effective_from == datetime(2099, 1, 1, tzinfo=UTC)
    assert {"AccessShareLock"} <= set(locks) <= {"AccessShareLock", "ExclusiveLock"}


def test_a_value_that_would_go_is_told(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(yaml.safe_dump(changed(attributes={"job_title": "unanimous"})))
    found = plan_policy(hub, path, progress=quiet)
    assert found.rules == {"job_title": {None: 2}}
    assert [example.after for example in found.values] == [[], []]


def test_a_last_word_that_a_sync_would_end_is_none(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    settings = changed(deleted={"keep_days": 30})
    path.write_text(yaml.safe_dump(settings))
    with transaction(hub.engine) as conn:
        for number, days_ago in (("7", 40), ("8", 10)):
            lost = save(conn, "crm", number, {"title": text("Dr")}, 2)
            make_customer(conn, save(conn, "erp", number, person("Ann", "Lee", f"ann{number}@acme.com"), 1), lost)
            gone(conn, lost, days_ago)
        refresh(conn, hub.config, None, run_id=None)
    found = plan_policy(hub, path, progress=quiet)
    assert "title" in found.units
    assert found.rules == {"title": {"only_value": 1}}
    config = Config.model_validate(settings)
    with transaction(hub.engine) as conn:
        silence.silence(conn, policies.due(conn, config))
        assert refresh(conn, config, None, run_id=None).updated == found.golden["updated"] == 1
    path.write_text(yaml.safe_dump(changed(deleted={"keep_days": 5})))
    found = plan_policy(replace(hub, config=config), path, progress=quiet)
    assert "title" in found.units
    assert found.rules == {"title": {None: 1}}


def test_a_wrong_policy_names_its_line(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(yaml.safe_dump(changed(attributes={"titel": "longest"})))
    with pytest.raises(SettingsError, match=r"new.yaml, line \d+.*did you mean 'title'"):
        plan_policy(hub, path, progress=quiet)
    path.write_text(
        yaml.safe_dump({**changed(attributes={"tier": "longest"}), "attributes": {"tier": {"kind": "text"}}})
    )
    with pytest.raises(SettingsError, match=r"does not fit this hub.*tier"):
        plan_policy(hub, path, progress=quiet)
