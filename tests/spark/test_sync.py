"""A hub's own sync with `engine: spark` ends where one with DuckDB does, on 20,000 records."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.sync import sync
from hub.session import open_hub
from identity.verify import verify
from tests.identity.people import people

pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]

_SETTINGS = """\
systems:
  shop:
    kind: files
    objects:
      customers:
        path: customers.csv
        entity_type: person
        id: id
        country: DE
        fields: {{given_name: given_name, family_name: family_name, birth_date: birth_date, email: email, phone: phone}}
matching:
  person: {{engine: {engine}}}
schedules: {{sync: null, verify: null}}
"""
_FIELDS = ("given_name", "family_name", "birth_date", "email", "phone")
_EDGES = sa.text("SELECT * FROM identity.edge ORDER BY record_l, record_r")
_GROUPS = sa.text("""
    SELECT array_agg(record_id ORDER BY record_id) FROM identity.crosswalk WHERE valid_to IS NULL
    GROUP BY customer_id ORDER BY 1""")


def make_hub(folder: Path, engine: str) -> Path:
    folder.mkdir()
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *_FIELDS])
        for number, (_, record) in enumerate(people(11_600)):
            given = [record.attributes.get(field, []) for field in _FIELDS]
            writer.writerow([number, *(values[0].value if values else "" for values in given)])
    settings = folder / "hub.yaml"
    settings.write_text(_SETTINGS.format(engine=engine))
    return settings


def synced(settings: Path) -> tuple[int, int, list[Any], list[Any]]:
    """Sync; gives records, pairs compared, edges and groups of records."""
    with open_hub(settings) as hub:
        report = sync(hub)
        assert report.status == "completed"
        with hub.engine.connect() as conn:
            found = verify(conn, hub.config)
            assert found.equal, found.first_difference
            return found.records, report.master.pairs, list(conn.execute(_EDGES)), list(conn.scalars(_GROUPS))


def test_both_engines_end_a_sync_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HUB_HOME", raising=False)
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    records, pairs, edges, groups = synced(make_hub(tmp_path / "duckdb", "duckdb"))
    spark_records, spark_pairs, spark_edges, spark_groups = synced(make_hub(tmp_path / "spark", "spark"))
    assert records == spark_records >= 20_000
    assert pairs == spark_pairs
    exactly = ("record_l", "record_r", "entity_type", "comparison", "match_keys")
    assert [[getattr(e, name) for name in exactly] for e in edges] == [
        [getattr(e, name) for name in exactly] for e in spark_edges
    ]
    largest = max(
        abs(getattr(a, name) - getattr(b, name))
        for a, b in zip(edges, spark_edges, strict=True)
        for name in ("match_weight", "match_probability")
    )
    with capsys.disabled():
        print(
            f"\n{records:,} records, {pairs:,} pairs, {len(edges):,} edges; largest difference of weights {largest!r}"
        )
    assert largest <= 1e-9
    assert groups == spark_groups
