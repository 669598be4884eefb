"""The activities of every kind of system come whole, once, with corrections and deletions, apart from its records."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from hub.config import Config
from hub.db import transaction
from sources import hubspot_events, landing
from tests.sandbox import SandboxProcess
from tests.sources.activity_cycle import take
from tests.sources.conftest import SANDBOX_RIGS
from tests.sources.cycle import config_of, ingest
from tests.sources.rigs import HubSpotRig, SapRig, ZendeskRig

FEEDS = {"sap_s4hana": ("A_SalesOrder", "A_BillingDocument"), "hubspot": ("events",), "zendesk": ("tickets",)}


def held(sandbox: SandboxProcess, kind: str) -> set[str]:
    """The ids that a system of the sandbox holds."""
    dump = sandbox.dump(SANDBOX_RIGS[kind].own_name)
    rows = [row for name in FEEDS[kind] for row in dump[name]]
    return {f"evt-{int(row['id']):012d}" if kind == "hubspot" else str(row["id"]) for row in rows}


@pytest.mark.parametrize("kind", list(FEEDS))
def test_all_come_at_first_and_nothing_twice(
    sandbox: SandboxProcess, kind: str, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": SANDBOX_RIGS[kind](sandbox).system(page_size=50)}, tmp_path)
    first = take(database, config, home)
    assert {key.source_id for key in first.activities} == held(sandbox, kind)
    assert (first.quarantined, first.deleted) == ([], set())
    again = take(database, config, home)
    assert again.rows_in == 0


@pytest.mark.parametrize("kind", list(FEEDS))
def test_they_belong_to_records_that_the_same_system_delivers(
    sandbox: SandboxProcess, kind: str, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": SANDBOX_RIGS[kind](sandbox).system()}, tmp_path)
    records = ingest(database, config, "sys", home)
    keys = {tuple(key) for key in records.records}
    emails = {
        (key[0], key[1], value.standard)
        for key, record in records.records.items()
        for value in record.attributes.get("email", ())
    }
    quarantined = {row.source_id for row in records.quarantined}
    for activity in take(database, config, home).activities.values():
        at = activity.belongs
        known = (at.system, at.object, at.source_id) in keys or (at.system, at.object, at.email) in emails
        assert known or at.source_id in quarantined


def test_a_changed_ticket_comes_again_and_a_deleted_one_goes(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": ZendeskRig(sandbox).system()}, tmp_path)
    known = sorted(take(database, config, home).activities.values(), key=lambda a: int(a.key.source_id))
    changed, gone = known[0], known[1]
    with sandbox.zendesk() as client:
        answer = client.put(f"/tickets/{changed.key.source_id}", json={"ticket": {"subject": "Now something else"}})
        assert answer.status_code == 200
        assert client.delete(f"/tickets/{gone.key.source_id}").status_code == 204
    after = take(database, config, home)
    assert {key: activity.title for key, activity in after.activities.items()} == {changed.key: "Now something else"}
    assert after.deleted == {gone.key.source_id}


def _edit(sandbox: SandboxProcess, statement: str, **values: Any) -> None:
    """Let something happen in a system of the sandbox for which its API has no call."""
    with closing(sqlite3.connect(sandbox.state, timeout=30)) as state, state:
        assert state.execute(statement, values).rowcount == 1


def _body(sandbox: SandboxProcess, system: str, name: str) -> tuple[int, dict[str, Any]]:
    row = sandbox.dump(system)[name][0]
    return int(row["id"]), row["body"]


def test_a_changed_order_is_found_by_changes_alone(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": SapRig(sandbox).system(compare_keys=False)}, tmp_path)
    take(database, config, home)
    number, body = _body(sandbox, "sap", "A_SalesOrder")
    now = int(time.time() * 1000)
    body |= {"TotalNetAmount": "1.23", "LastChangeDateTime": now}
    _edit(sandbox, "UPDATE sap_order SET body = :body WHERE id = :id", body=json.dumps(body), id=number)
    (changed,) = take(database, config, home).activities.values()
    assert (changed.key.source_id, str(changed.amount)) == (str(number), "1.23")


@pytest.mark.parametrize(("name", "table"), [("A_SalesOrder", "sap_order"), ("A_BillingDocument", "sap_invoice")])
def test_a_deleted_document_is_seen_where_keys_are_compared(
    sandbox: SandboxProcess, name: str, table: str, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": SapRig(sandbox).system()}, tmp_path)
    take(database, config, home)
    number, _ = _body(sandbox, "sap", name)
    _edit(sandbox, f"UPDATE {table} SET deleted = :now WHERE id = :id", now=int(time.time() * 1000), id=number)
    after = take(database, config, home)
    assert (after.deleted, after.activities) == ({str(number)}, {})


def test_a_late_event_is_found_by_changes_alone(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": HubSpotRig(sandbox).system(compare_keys=False)}, tmp_path)
    seen = take(database, config, home).activities
    newest = max(activity.at for activity in seen.values())
    at = int(newest.timestamp() * 1000) - hubspot_events.TRAIL_MS // 2  # earlier than what was read, but told later
    _, body = _body(sandbox, "hubspot", "events")
    row = {"id": 99_999_999, "at": at, "body": json.dumps({**body, "created": at})}
    _edit(
        sandbox,
        "INSERT INTO hubspot_event (id, created, updated, rev, body) VALUES (:id, :at, :at, 0, :body)",
        **row,
    )
    (late,) = take(database, config, home).activities.values()
    assert late.at < newest
    assert late.key not in seen


def test_a_killed_feed_is_taken_in_later_though_records_came_between(
    sandbox: SandboxProcess, database: Engine, tmp_path: Path, home: Path
) -> None:
    config = config_of({"sys": ZendeskRig(sandbox).system()}, tmp_path)
    landed = landing.land(database, config, "sys", home, feed="activities")
    assert landed.load_id
    ingest(database, config, "sys", home)  # its intake must not take the other feed's load for done
    later = take(database, config, home, land=False)
    assert {key.source_id for key in later.activities} == held(sandbox, "zendesk")


def _files(folder: Path, rows: list[str]) -> Config:
    (folder / "visits.csv").write_text("visit,who,at,amount\n" + "\n".join(rows) + "\n")
    entry = {
        "path": "visits.csv", "id": "visit", "kind": "visit", "at": "at", "amount": "amount", "currency": "EUR",
        "record": {"object": "customers", "id": "who"},
    }  # fmt: skip
    return config_of({"sys": {"kind": "files", "activities": {"visits": entry}}}, folder)


def test_files_and_their_bad_rows(database: Engine, tmp_path: Path, home: Path) -> None:
    rows = ["1,A,2026-01-01,1.50", "2,B,never,", "3,,2026-01-01,", "4,C,2026-01-02,much", ",A,2026-01-01,"]
    first = take(database, _files(tmp_path, rows), home)
    assert {key.source_id for key in first.activities} == {"1"}
    assert {(row.source_id, row.code) for row in first.quarantined} == {
        ("2", "unreadable_time"), ("3", "missing_record"), ("4", "unreadable_amount"), (None, "missing_key"),
    }  # fmt: skip
    mended = take(database, _files(tmp_path, ["2,B,2026-01-03,"]), home)
    assert {key.source_id for key in mended.activities} == {"2"}
    assert mended.deleted == set()  # four of five gone at once: held, not believed
    with database.connect() as conn:
        still = set(conn.scalars(sa.text("SELECT source_id FROM ops.quarantine WHERE resolved_at IS NULL")))
    assert "2" not in still


def test_a_table_of_a_database(other_database: Engine, database: Engine, tmp_path: Path, home: Path) -> None:
    with transaction(other_database) as conn:
        conn.execute(sa.text("CREATE TABLE public.bill (no int PRIMARY KEY, who text, day date, total numeric)"))
        conn.execute(sa.text("INSERT INTO public.bill VALUES (1, 'A', '2026-01-01', 12.50), (2, 'B', '2026-01-02', 3)"))
    entry = {
        "table": "public.bill", "id": "no", "kind": "invoice", "at": "day", "amount": "total", "currency": "EUR",
        "record": {"system": "erp", "object": "customers", "id": "who"},
    }  # fmt: skip
    url = other_database.url.render_as_string(hide_password=False)
    config = config_of({"sys": {"kind": "sql", "url": url, "activities": {"bills": entry}}}, tmp_path)
    first = take(database, config, home)
    assert sorted(str(activity.amount) for activity in first.activities.values()) == ["12.5", "3"]
    assert {activity.belongs.system for activity in first.activities.values()} == {"erp"}
    with transaction(other_database) as conn:
        conn.execute(sa.text("UPDATE public.bill SET total = 13 WHERE no = 1"))
    assert [str(activity.amount) for activity in take(database, config, home).activities.values()] == ["13"]
