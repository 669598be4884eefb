"""What a data engineer asks after training, counted where the training has its tables at hand.

Works on the tables of `identity.training` in DuckDB: `blocked` (candidate pairs with the kinds that found them) and the
prepared records.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from identity import scoring
from identity.model import Junk, Model
from identity.prepared import TABLE

_MOST_RECORDS = 50_000


def reported(con: duckdb.DuckDBPyConnection, model: Model, skipped: Junk, *, labels: int) -> Model:
    """Give the model with the counts by kind of key, its unlinkable share and the number of labels in its report."""
    found = {"blocking": blocking(con, model, skipped), "unlinkable": unlinkable(con, model), "labels": labels}
    return replace(model, report=model.report | found)


def blocking(con: duckdb.DuckDBPyConnection, model: Model, skipped: Junk) -> list[dict[str, Any]]:
    """Count by kind the candidate pairs that share such a key, those that share no other, and the keys left out."""
    counts = {
        kind: (pairs, alone)
        for kind, pairs, alone in con.sql(
            """
            SELECT kind, count(*), count(*) FILTER (kinds = 1)
            FROM (SELECT unnest(match_keys) AS kind, len(match_keys) AS kinds FROM blocked) GROUP BY kind
            """
        ).fetchall()
    }
    left_out: dict[str, int] = {}
    for kind, _ in skipped:
        left_out[kind] = left_out.get(kind, 0) + 1
    return [
        {"kind": kind, "pairs": pairs, "alone": alone, "skipped": left_out.get(kind, 0)}
        for kind in model.key_kinds
        for pairs, alone in [counts.get(kind, (0, 0))]
    ]


def unlinkable(con: duckdb.DuckDBPyConnection, model: Model) -> float:
    """Give the share of the records that don't reach the link threshold even against a copy of themselves.

    They hold too little for any partner (Splink's "unlinkables"). Of a large base by a sample of its records.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE blocked AS
        SELECT record_id AS join_key_l, record_id AS join_key_r, '0' AS match_key, ['itself'] AS match_keys
        FROM (SELECT record_id FROM {TABLE} ORDER BY hash(record_id), record_id LIMIT {_MOST_RECORDS})
        """  # noqa: S608 - own words; values are bound
    )
    scored = scoring.predict(con, model, keep_weight=model.link_weight)
    reached, records = con.sql(
        f"SELECT (SELECT count(*) FROM {scored}), (SELECT count(*) FROM blocked)"  # noqa: S608 - own words; values are bound
    ).fetchall()[0]
    return round(1 - reached / records, 4) if records else 0.0
