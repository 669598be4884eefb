"""The views for analysts keep their columns and say what the hub says elsewhere; an export is one truth in files."""

from __future__ import annotations

import csv
import json
import stat
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import activities, analytics, timeline
from golden_record.refresh import refresh
from hub.activity import Activity, Belonging
from hub.records import RecordKey
from identity import relations
from tests.golden_record import world
from tests.identity.test_relations import firm, person, put

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_columns_are_those_that_are_promised(conn: Connection) -> None:
    for name, schema in analytics.VIEWS.items():
        assert list(conn.execute(sa.text(f"SELECT * FROM analytics.{name} LIMIT 0")).keys()) == schema.names


def test_files_hold_what_the_hub_says(conn: Connection, tmp_path: Path) -> None:
    ann = world.save(conn, "erp", "1", world.person("Ann", "Lee", "Ann@x.example"))
    desk = world.save(conn, "desk", "7", world.person("Ann", "Lee"))
    customer = world.make_customer(conn, ann, desk)
    refresh(conn, world.config(), [customer], run_id=None)
    belongs = [Belonging("erp", "contact", source_id="1"), Belonging("erp", "contact", email="ann@x.example")]
    activities.save(
        conn,
        [
            Activity(
                RecordKey("erp", "orders", str(n)), where, "order", START + timedelta(days=n), amount=Decimal("9.99")
            )
            for n, where in enumerate(belongs)
        ],
    )
    counts = analytics.export(conn, tmp_path / "out")
    assert counts == {
        "customer_360": 1, "customer_history": 1, "crosswalk": 2, "activities": 2, "consents": 0, "relations": 0,
    }  # fmt: skip
    files = {name: pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist() for name in counts}
    (row,) = files["customer_360"]
    assert (row["customer_id"], row["name"], row["email"]) == (str(customer), "Ann Lee", "Ann@x.example")
    assert (row["records"], row["systems"]) == (2, ["desk", "erp"])
    assert json.loads(row["attributes"])["family_name"] == ["Lee"]
    assert {entry["source_id"] for entry in files["crosswalk"]} == {"1", "7"}
    told = {entry.key.source_id: entry.amount for entry in timeline.page(conn, customer).entries}
    assert {entry["source_id"]: entry["amount"] for entry in files["activities"]} == told
    assert stat.S_IMODE((tmp_path / "out" / "customer_360.parquet").stat().st_mode) == 0o600
    assert not list((tmp_path / "out").glob("*.tmp"))


def test_an_export_of_nothing_has_its_columns(conn: Connection, tmp_path: Path) -> None:
    analytics.export(conn, tmp_path)
    for name, schema in analytics.VIEWS.items():
        assert pq.read_schema(tmp_path / f"{name}.parquet").names == schema.names


def test_csv_says_the_same_and_no_formula(conn: Connection, tmp_path: Path) -> None:
    ann = world.save(conn, "erp", "1", world.person("=cmd()", "Lee, jr", "a@x.example", "b@x.example"))
    refresh(conn, world.config(), [world.make_customer(conn, ann)], run_id=None)
    counts = analytics.export(conn, tmp_path, "csv")
    assert counts["customer_360"] == 1
    (row,) = csv.DictReader((tmp_path / "customer_360.csv").open(encoding="utf-8"))
    assert (row["given_name"], row["family_name"], row["systems"]) == ("'=cmd()", "Lee, jr", '["erp"]')
    assert json.loads(row["attributes"])["email"] == ["a@x.example", "b@x.example"]
    assert stat.S_IMODE((tmp_path / "customer_360.csv").stat().st_mode) == 0o600
    with (tmp_path / "consents.csv").open() as told:
        assert next(csv.reader(told)) == analytics.VIEWS["consents"].names


def test_the_view_of_relations_says_what_is_looked_up(conn: Connection) -> None:
    firm_id, anna, ben, branch = put(
        conn,
        [firm("77", "acme works", domain=["acme.example"])],
        [person("1", "anna", "abel", organisation_id="77", phone=["+441225123456"])],
        [person("2", "ben", "abel", phone=["+441225123456"])],
        [firm("78", "acme north", parent="77")],
    )
    asked = relations.of(conn, [firm_id, anna, ben, branch])
    rows = conn.execute(sa.text("SELECT * FROM analytics.relations"))
    assert {(r.customer_id, r.kind, r.other_id, tuple(r.evidence)) for r in rows} == {
        (r.customer_id, r.kind, r.other_id, r.evidence) for r in asked
    }
    assert {r.kind for r in asked} == {"household", "works_for", "employs", "subsidiary_of", "parent_of"}


def test_the_relations_of_some_are_looked_up_without_reading_the_base(conn: Connection) -> None:
    conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
    query = f"EXPLAIN SELECT * FROM analytics.relations WHERE customer_id = '{UUID(int=1)}'"
    plan = list(conn.scalars(sa.text(query)))
    assert not [line for line in plan if "Seq Scan on" in line]
    mine = [line for line in plan if "Index Cond: (customer_id = " in line]
    assert len(mine) > 6  # the customer, and its records for each of the rules
