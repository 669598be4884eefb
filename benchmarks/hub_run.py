"""The hub's stages on generated persons, one a process: `python -m benchmarks.hub_run STAGE FOLDER`.

The database is that of HUB_DATABASE_URL. Stages follow each other in the order in which `benchmarks.run` calls them;
each is the hub's own function, not a copy of it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from benchmarks.measure import Clock, measured
from destinations import cursors
from flows import stages
from golden_record import outbox
from golden_record.read import customer
from golden_record.refresh import refresh
from hub import duck, runs
from hub.bulk import read_arrow, write_arrow
from hub.db import master_lock, snapshot, transaction
from hub.session import Hub, open_hub
from identity import candidates, glue, models_store, pending, resolver, scoring
from identity.model import Model
from sources import landing, landing_table, loader
from sources.gathering import gather
from sources.page import Page, delivered

_LOOK_UPS = 300
_DICTS, _API_PAGE = 100_000, 1_000
_LANDED = pa.schema(
    [
        ("id", pa.string()),
        ("payload", pa.string()),
        ("deleted", pa.bool_()),
        ("cursor", pa.string()),
        ("line", pa.int64()),
        ("problem", pa.string()),
        ("extracted_at", pa.timestamp("us", "UTC")),
    ]
)
_SETTINGS = """\
systems:
  shop:
    kind: files
    objects:
      customers:
        path: deliveries/*.csv
        delivery: delta
        entity_type: person
        id: id
        modified_at: changed
        country: US
        fields:
          given_name: first
          family_name: last
          birth_date: born
          email: email
          phone: phone
          address: {street: street, postcode: zip, city: city}
  crm: {kind: hubspot, url: "http://127.0.0.1:9", token: none}
destinations:
  crm: {system: crm, purpose: Address customers by their right name, legal_basis: contract, create: true}
"""


def prepare(folder: Path) -> None:
    """Write hub.yaml and bring the database to the present schema."""
    (folder / "hub.yaml").write_text(_SETTINGS)
    with open_hub(folder / "hub.yaml"), measured():
        pass


def land(hub: Hub, folder: Path) -> None:
    """File -> landing: read, compare with what was landed, load by dlt, index."""
    _import_dlt(hub)
    with measured() as clock:
        clock.part("read, compare and load")
        landed = landing.land(hub.engine, hub.config, "shop", hub.home)
        clock.part("index and watermark")
        with transaction(hub.engine) as conn:
            landing.settle(conn, landed)
        clock.facts["rows"] = sum(entry.landed for entry in landed.objects)


def load(hub: Hub, folder: Path) -> None:
    """The landed rows once more: as Arrow by dlt into a new table and by plain COPY beside it, merged, and as dicts."""
    _import_dlt(hub)
    with hub.engine.connect() as conn:
        rows = read_arrow(conn, f"SELECT * FROM landing.{landing_table.table_name('shop', 'customers')}", _LANDED)
    pages = rows.to_batches(100_000)
    dicts = [json.loads(payload) for payload in rows["payload"].slice(0, _DICTS).to_pylist()]
    with duck.connect() as calculator, measured(rows=rows.num_rows, dicts=len(dicts)) as clock:
        clock.part("dlt append")
        given = (pa.Table.from_batches([page]) for page in pages)
        loader.load(hub.engine, hub.home / "dlt", "bench", {"bench__rows": loader.NewRows(given, first=True)})
        clock.part("raw COPY")
        with transaction(hub.engine) as conn:
            conn.execute(sa.text("CREATE TABLE bench_raw (LIKE landing.bench__rows)"))
            for name in ("_dlt_load_id", "_dlt_id"):
                conn.execute(sa.text(f"ALTER TABLE bench_raw DROP COLUMN IF EXISTS {name}"))
            for page in pages:
                write_arrow(conn, "bench_raw", pa.Table.from_batches([page]))
        clock.part("dlt merge")
        given = (pa.Table.from_batches([page]) for page in pages)
        loader.load(hub.engine, hub.home / "dlt", "bench", {"bench__rows": loader.NewRows(given, first=False)})
        clock.part("dicts")
        gathered = gather(_as_api(dicts), calculator, "api")
        changes = gathered.changes(datetime.now(UTC))
        loader.load(hub.engine, hub.home / "dlt", "bench", {"bench__api": loader.NewRows(changes, first=True)})
        clock.part("")
    with transaction(hub.engine) as conn:
        conn.execute(sa.text("DROP TABLE bench_raw, landing.bench__rows, landing.bench__api"))


def _as_api(rows: list[dict[str, Any]]) -> Iterator[Page]:
    for first in range(0, len(rows), _API_PAGE):
        yield Page(delivered((row["id"], row, False) for row in rows[first : first + _API_PAGE]))


def take_in(hub: Hub, folder: Path) -> None:
    """Landing -> source records: map, standardise, store with features and keys (a look at the file comes first)."""
    with measured() as clock:
        report = stages.ingest(hub, "shop", _run(hub), lambda _: None)
        clock.facts |= {"rows": report.stored, "quarantined": report.quarantined}


def first(hub: Hub, folder: Path) -> None:
    """Resolve all for the first time: train, candidates, score, cluster, crosswalk."""
    with measured() as clock:
        _resolve(hub, folder, clock)


def frozen(hub: Hub, folder: Path) -> None:
    """Resolve all again with the model as it is, as after a moved bar; marking the records is not counted."""
    with transaction(hub.engine) as conn:
        pending.mark_all(conn, "person")
    with measured() as clock:
        _resolve(hub, folder, clock)


def golden(hub: Hub, folder: Path) -> None:
    """Make the golden records of all customers for the first time."""
    touched = [UUID(text) for text in pq.read_table(folder / "touched.parquet")["customer_id"].to_pylist()]
    with measured() as clock, transaction(hub.engine) as conn:
        master_lock(conn)
        clock.facts["created"] = refresh(conn, hub.config, touched, run_id=_run(hub)).created


def increment(hub: Hub, folder: Path) -> None:
    """Changed rows arrive: load, store, score, recluster, golden records, plan. Imports are done before."""
    _import_dlt(hub)
    shutil.copy(folder / "changes.csv", folder / "deliveries" / "second.csv")
    with transaction(hub.engine) as conn:
        cursors.advance(conn, "crm", outbox.last_seq(conn))
    # Autovacuum would do this within minutes of the full runs; the day's changes come later than that.
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("VACUUM (ANALYZE)"))
    run_id = _run(hub)
    with measured() as clock:
        clock.part("load and store")
        report = stages.ingest(hub, "shop", run_id, lambda _: None)
        done = stages.master(hub, run_id, clock.told)
        clock.part("plan")
        planned = stages.preview(hub, "crm")
        clock.facts |= {"stored": report.stored, "pairs": done.pairs, "planned": len(planned)}


def look_up(hub: Hub, folder: Path) -> None:
    """Read golden records by id, one at a time on one connection; milliseconds."""
    with hub.engine.connect() as conn:
        ids = conn.scalars(
            sa.text("SELECT customer_id FROM identity.customer WHERE status = 'current' ORDER BY md5(customer_id::text)"
                    " LIMIT :n"), {"n": _LOOK_UPS}
        ).all()  # fmt: skip
        with measured() as clock:
            times = []
            for customer_id in ids:
                start = time.perf_counter()
                customer(conn, customer_id)
                times.append(1000 * (time.perf_counter() - start))
            clock.facts |= {"p50_ms": statistics.median(times), "p95_ms": statistics.quantiles(times, n=20)[-1]}


def export(hub: Hub, folder: Path) -> None:
    """Write what bare Splink starts from: `bare/rows.parquet` and `bare/model.json`; and the hub's own clusters."""
    (folder / "bare").mkdir(exist_ok=True)
    with measured(), snapshot(hub.engine) as conn, duck.connect() as con:
        live = models_store.live(conn, "person")
        if live is None:
            raise RuntimeError("resolve first")
        model = models_store.load(conn, "person", live.version)
        model = replace(model, junk=model.junk | glue.suppressed(conn, "person"))
        scoring.prepare_for_model(con, candidates.read_features(conn, "person"), model)
        keys = _key_columns(con, pa.concat_tables(candidates.read_keys(conn, "person", model.key_kinds)), model)
        con.execute(
            f"COPY (SELECT p.*, k.* EXCLUDE record_id FROM {scoring.TABLE} p LEFT JOIN key_columns k USING (record_id))"
            f" TO '{folder}/bare/rows.parquet'"
        ).fetchall()
        (folder / "bare" / "model.json").write_text(json.dumps(_described(model, keys)))
        schema = pa.schema([("source_id", pa.string()), ("record_id", pa.int64()), ("cluster_id", pa.string())])
        clusters = """SELECT source_id, record_id, customer_id::text AS cluster_id FROM identity.crosswalk
                      JOIN identity.source_record USING (record_id) WHERE valid_to IS NULL"""
        pq.write_table(read_arrow(conn, clusters, schema), folder / "clusters.parquet")


def quality(folder: Path) -> None:
    """Pairwise F1 against the truth: the hub's clusters, and bare Splink's with either model."""
    with measured() as clock, duck.connect() as con:
        con.execute(f"CREATE TABLE id AS SELECT source_id, record_id FROM '{folder}/clusters.parquet'").fetchall()
        for name, path in (
            ("hub", "clusters.parquet"),
            ("bare", "bare/clusters.parquet"),
            ("bare_trained", "bare/clusters_trained.parquet"),
        ):
            clock.facts[name] = con.sql(f"""
                WITH said AS (SELECT cluster_id, entity FROM '{folder}/{path}' JOIN id USING (record_id)
                              JOIN '{folder}/truth.parquet' t ON t.source_id = id.source_id),
                pairs AS (SELECT
                    (SELECT sum(n * (n - 1)) FROM (SELECT count(*) n FROM said GROUP BY cluster_id, entity)) AS good,
                    (SELECT sum(n * (n - 1)) FROM (SELECT count(*) n FROM said GROUP BY cluster_id)) AS found,
                    (SELECT sum(n * (n - 1)) FROM (SELECT count(*) n FROM said GROUP BY entity)) AS there)
                SELECT round(2 * good / (found + there), 4)::DOUBLE FROM pairs""").fetchall()[0][0]


def _resolve(hub: Hub, folder: Path, clock: Clock) -> None:
    run_id = _run(hub)
    clock.part("look for pending records")
    with snapshot(hub.engine) as conn:
        scored = resolver.score(conn, hub.config, progress=clock.told)
    clock.part("settle: edges, clusters, crosswalk")
    with transaction(hub.engine) as conn:
        master_lock(conn)
        settled = resolver.settle(conn, scored, run_id=run_id)
    clock.part("")
    clock.facts |= {"pairs": scored.pairs, "edges": settled.edges, "events": settled.events}
    pq.write_table(settled.touched, folder / "touched.parquet")


def _run(hub: Hub) -> UUID:
    with transaction(hub.engine) as conn:
        return runs.start(conn, "sync", "command")


def _import_dlt(hub: Hub) -> None:
    loader.prepare_dlt(hub.home / "dlt")
    import dlt.destinations  # noqa: F401 - two seconds that a process pays once


def _key_columns(con: object, keys: pa.Table, model: Model) -> list[str]:
    """Make table `key_columns`: a text column for each kind of key, two where a record has two such keys.

    Keys of a place have one column for postcodes and one for cities.
    """
    con.register("all_keys", keys)  # type: ignore[attr-defined]
    pairs = sorted(model.junk)
    junk = pa.table({"kind": pa.array([k for k, _ in pairs], pa.string()),
                     "key": pa.array([v for _, v in pairs], pa.string())})  # fmt: skip
    con.register("junk", junk)  # type: ignore[attr-defined]
    con.execute("""
        CREATE TABLE slot AS
        SELECT record_id, key, 'key_' || kind || '_' || CASE WHEN contains(kind, 'place')
            THEN CASE WHEN regexp_matches(key, '[0-9]$') THEN 1 ELSE 2 END
            ELSE row_number() OVER (PARTITION BY record_id, kind ORDER BY key) END AS name
        FROM all_keys ANTI JOIN junk USING (kind, key)""").fetchall()  # type: ignore[attr-defined]
    names = [row[0] for row in con.sql("SELECT DISTINCT name FROM slot ORDER BY 1").fetchall()]  # type: ignore[attr-defined]
    columns = ", ".join(f"any_value(key) FILTER (WHERE name = '{name}') AS {name}" for name in names)
    con.execute(f"CREATE TABLE key_columns AS SELECT record_id, {columns} FROM slot GROUP BY record_id").fetchall()  # type: ignore[attr-defined]
    order = {f"key_{kind}": place for place, kind in enumerate(model.key_kinds)}
    return sorted(names, key=lambda name: (order[name[:-2]], name))


def _described(model: Model, keys: list[str]) -> dict[str, object]:
    comparisons = model.comparisons()
    return {
        "prior": model.prior,
        "keep_weight": model.keep_weight,
        "link_weight": model.link_weight,
        "keys": keys,
        "comparisons": [c.settings(model.weights[c.name]) for c in comparisons],
        "term_frequencies": sorted({level.tf for c in comparisons for level in c.levels if level.tf}),
    }


_ALONE = {"prepare": prepare, "quality": quality}
_STAGES = {f.__name__: f for f in (land, load, take_in, first, frozen, golden, increment, look_up, export)}


def main(arguments: list[str] | None = None) -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=[*_ALONE, *_STAGES])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    if given.stage in _ALONE:
        _ALONE[given.stage](given.folder)
        return
    with open_hub(given.folder / "hub.yaml") as hub:
        _STAGES[given.stage](hub, given.folder)


if __name__ == "__main__":
    main()
