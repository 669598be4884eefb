"""How right the clusters are: the stage `quality` of `benchmarks.hub_run`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import measured
from hub import duck


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
