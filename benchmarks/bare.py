"""Bare Splink 5 on DuckDB: what a data engineer would write by hand for the same rows, and nothing of the hub.

It reads what `benchmarks.hub_run export` wrote: standardised columns and blocking keys as columns, both ready made (the
hub pays for them when it takes rows in), the comparisons, and the hub's frozen parameters. Keys that the hub's model
skips as junk are empty there too, so both score the same pairs but for a few (see README.md).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.measure import Clock, measured

U_PAIRS = 1e6  # Splink's own default, and the bar that is hardest for the hub: more pairs take Splink longer


def run(folder: Path, *, train: bool, u_pairs: float) -> None:
    """Link the rows in `folder`: with the hub's parameters, or with a model trained here first."""
    given = json.loads((folder / "model.json").read_text())
    con = duckdb.connect(config={"memory_limit": "8GiB"})
    with measured() as clock:
        clock.part("read")
        con.execute(f"CREATE TABLE rows AS FROM '{folder}/rows.parquet'").fetchall()
        linker = _linker(con, given, trained=not train)
        if train:
            _train(linker, given, clock, u_pairs)
        clock.part("term frequencies")
        for column in given["term_frequencies"]:
            linker.table_management.compute_tf_table(column)
        clock.part("block")
        blocked = linker.inference.compute_blocked_pairs_for_predict()
        clock.part("score")
        edges = linker.inference.predict(threshold_match_weight=given["keep_weight"], warning_mode="never")
        clock.part("cluster")
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            edges, threshold_match_weight=given["link_weight"]
        )
        name = "clusters_trained.parquet" if train else "clusters.parquet"
        con.execute(
            f"COPY (SELECT record_id, cluster_id FROM {clusters.physical_name}) TO '{folder}/{name}'"
        ).fetchall()
        clock.part("")
        clock.facts["pairs"] = con.sql(f"SELECT count(*) FROM {blocked.physical_name}").fetchall()[0][0]


def _linker(con: duckdb.DuckDBPyConnection, given: dict[str, Any], *, trained: bool) -> Linker:
    comparisons = given["comparisons"]
    if not trained:
        for level in (level for comparison in comparisons for level in comparison["comparison_levels"]):
            level.pop("m_probability", None)
            level.pop("u_probability", None)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(column) for column in given["keys"]],
        **({"probability_two_random_records_match": given["prior"]} if trained else {}),
    )
    api = DuckDBAPI(con)
    return Linker(api.register("rows"), settings, log_level=None)


def _train(linker: Linker, given: dict[str, Any], clock: Clock, u_pairs: float) -> None:
    """Splink's usual steps: prior from sure rules, u from random pairs, m by EM over three different blockings."""
    rules = [block_on(column) for column in given["keys"]]
    clock.part("train: prior")
    sure = [block_on(c) for c in given["keys"] if c.startswith(("key_email_", "key_birth_"))][:3] or rules[:1]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    clock.part("train: u")
    linker.training.estimate_u_using_random_sampling(max_pairs=u_pairs, seed=1)
    clock.part("train: m")
    for rule in ("l.emails = r.emails", "l.birth_date = r.birth_date and l.given_root = r.given_root",
                 "l.family_name = r.family_name and l.postcodes = r.postcodes"):  # fmt: skip
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


def main(arguments: list[str] | None = None) -> None:
    """Link what stands in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--u-pairs", type=float, default=U_PAIRS)
    given = parser.parse_args(arguments)
    run(given.folder, train=given.train, u_pairs=given.u_pairs)


if __name__ == "__main__":
    main()
