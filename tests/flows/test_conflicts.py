"""A value that the hub wrote and someone changed there, over the whole path: read, weighed, settled by its owner."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from flows import queue, single
from flows.report import DestinationReport
from flows.summary import destination_rows
from flows.sync import sync
from hub.tasks import Wanted
from tests.sandbox import running_sandbox
from tests.story import hub_on, write_settings

THEIRS = "1911-11-11"


@pytest.mark.parametrize("owner", ["hub", "system"])
def test_a_changed_birth_date(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str) -> None:
    """Birth dates come from the ERP; someone changes one in the marketing tool that the hub had written there."""
    monkeypatch.setenv("HUB_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    settings = write_settings(tmp_path)
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("    system: marketing\n", f"    system: marketing\n    owners: {{birth_date: {owner}}}\n")
    )
    with running_sandbox(tmp_path, customers=60) as sandbox, hub_on(sandbox, settings) as hub:
        first = sync(hub)
        assert (first.destinations["marketing"].overwritten, first.destinations["marketing"].kept) == (0, 0)
        contact, ours = _written_birth_date(hub.engine)
        with sandbox.hubspot() as client:
            path = f"/crm/v3/objects/contacts/{contact}"
            assert client.patch(path, json={"properties": {"date_of_birth": THEIRS}}).is_success
            single.ingest(hub, "marketing", progress=lambda _: None)
            single.resolve(hub, progress=lambda _: None)
            shown = [p for p in single.preview(hub, "marketing") if p["conflicts"]]
            assert [(p["target"], p["conflicts"]) for p in shown] == [(contact, ["date_of_birth"])]
            assert shown[0]["action"] == ("update" if owner == "hub" else "keep")
            second = sync(hub).destinations["marketing"]
            held = client.get(path, params={"properties": "date_of_birth"}).json()["properties"]["date_of_birth"]
        assert (second.overwritten, second.kept) == ((1, 0) if owner == "hub" else (0, 1))
        assert held == (ours if owner == "hub" else THEIRS)
        assert sync(hub).nothing_to_do
        with hub.engine.connect() as conn:
            items = queue.page(conn, Wanted(kind="conflict")).tasks
        # What the system has the last word on stays an item; what the hub wrote over is none.
        assert [(item.records[0].source_id, item.systems) for item in items] == (
            [] if owner == "hub" else [(contact, ("marketing",))]
        )


def test_the_summary_tells_of_conflicts() -> None:
    from flows.report import SyncReport

    [row] = destination_rows(SyncReport(destinations={"crm": DestinationReport(overwritten=2, kept=1)}))
    assert row[-1] == "2 fields changed there overwritten; 1 fields changed there kept"


def _written_birth_date(engine: Engine) -> tuple[str, str]:
    query = """
        SELECT d.source_id, t.values->0->>'standard' FROM ops.delivery d
        JOIN identity.told t ON (t.system, t.object, t.source_id) = (d.system, d.object, d.source_id)
        WHERE d.destination = 'marketing' AND d.state = 'applied' AND 'date_of_birth' = ANY(d.fields)
          AND t.attribute = 'birth_date' ORDER BY d.source_id LIMIT 1"""
    with engine.connect() as conn:
        row = conn.execute(sa.text(query)).one()
    return row[0], row[1]
