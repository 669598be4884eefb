"""What bare Splink starts from, out of the hub's base: the stage `export` of `benchmarks.hub_run`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from benchmarks.measure import measured
from hub import duck
from hub.bulk import read_arrow
from hub.db import snapshot
from hub.session import Hub
from identity import candidates, glue, models_store, scoring
from identity.model import Model


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


def _key_columns(con: DuckDBPyConnection, keys: pa.Table, model: Model) -> list[str]:
    """Make table `key_columns`: a text column for each kind of key, two where a record has two such keys.

    Keys of a place have one column for postcodes and one for cities.
    """
    con.register("all_keys", keys)
    pairs = sorted(model.junk)
    junk = pa.table({"kind": pa.array([k for k, _ in pairs], pa.string()),
                     "key": pa.array([v for _, v in pairs], pa.string())})  # fmt: skip
    con.register("junk", junk)
    con.execute("""
        CREATE TABLE slot AS
        SELECT record_id, key, 'key_' || kind || '_' || CASE WHEN contains(kind, 'place')
            THEN CASE WHEN regexp_matches(key, '[0-9]$') THEN 1 ELSE 2 END
            ELSE row_number() OVER (PARTITION BY record_id, kind ORDER BY key) END AS name
        FROM all_keys ANTI JOIN junk USING (kind, key)""").fetchall()
    names = [row[0] for row in con.sql("SELECT DISTINCT name FROM slot ORDER BY 1").fetchall()]
    columns = ", ".join(f"any_value(key) FILTER (WHERE name = '{name}') AS {name}" for name in names)
    con.execute(f"CREATE TABLE key_columns AS SELECT record_id, {columns} FROM slot GROUP BY record_id").fetchall()
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
