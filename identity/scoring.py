"""Candidate pairs -> weights, by Splink's own predict with the frozen model.

A pair's weight depends on its two features and the model alone, so a full run and an increment give the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import lru_cache

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.internals.settings import Settings

from hub import duck
from identity.levels import Comparison
from identity.model import Model
from identity.pairs import EDGE_SCHEMA, PAIRS_SCHEMA
from identity.prepared import TABLE, frequency_table, prepare


def score(features: pa.Table, pairs: pa.Table, model: Model) -> pa.Table:
    """Score `pairs` (PAIRS_SCHEMA, each pair once, either way round) of `features` (features.ARROW_SCHEMA).

    Gives the edges at or above `model.keep_weight` (EDGE_SCHEMA, sorted by records, `record_l` < `record_r`);
    `comparison` is JSON: comparison -> level, where -1 is nothing to compare and 0 is "else".
    """
    if pairs.num_rows == 0:
        return EDGE_SCHEMA.empty_table()
    con = duck.connect()
    try:
        con.register("pairs", pairs.select(PAIRS_SCHEMA.names))
        con.execute(
            """
            CREATE TABLE blocked AS
            SELECT least(record_l, record_r) AS join_key_l, greatest(record_l, record_r) AS join_key_r,
                '0' AS match_key, match_keys
            FROM pairs
            """
        )
        con.unregister("pairs")
        prepare_for_model(con, features, model)
        return read_edges(con, predict(con, model), model)
    finally:
        con.close()


def prepare_for_model(con: duckdb.DuckDBPyConnection, features: pa.Table, model: Model) -> None:
    """Make the prepared table as the model wants it: its junk dropped, its words weighed."""
    prepare(
        con,
        features,
        extra=model.extra,
        junk=model.junk,
        words=model.term_frequencies.get("word"),
        word_floor=model.floors.get("word", 1.0),
    )


def predict(con: duckdb.DuckDBPyConnection, model: Model, *, keep_weight: float | None = None) -> str:
    """Score table `blocked` over the prepared table; gives the name of Splink's result table in `con`.

    Each call has its own DuckDBAPI: Splink keeps registered pairs on the api, and a second linker would score the
    first one's. `keep_weight` overrides the model's.
    """
    api = DuckDBAPI(con)
    # Splink would check the settings against the columns by parsing each condition again: half of a small batch's time.
    linker = Linker(api.register(TABLE), _Parsed(model), log_level=None, validate_settings=False)
    # Every column gets a table, be it empty: Splink would count the batch at hand for one that lacks it.
    for column in sorted({level.tf for c in model.comparisons() for level in c.levels if level.tf}):
        name = f"frozen_tf_{column}"
        con.register("frozen", _frequencies(con, model, column))
        con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM frozen")
        con.unregister("frozen")
        linker.table_management.register_term_frequency_lookup(api.register(name), column)
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
    least = model.keep_weight if keep_weight is None else keep_weight
    return str(linker.inference.predict(threshold_match_weight=least, warning_mode="never").physical_name)


def _frequencies(con: duckdb.DuckDBPyConnection, model: Model, column: str) -> pa.Table:
    """Give the frozen frequencies of the values at hand, as Splink registers them: a small batch needs few of them.

    A value that the frozen table lacks is rare: it gets the floor, where Splink alone would leave it unadjusted.
    """
    frozen, floor = model.term_frequencies.get(column, {}), model.floors.get(column)
    at_hand = con.sql(f"SELECT DISTINCT {column} AS value FROM {TABLE} WHERE {column} IS NOT NULL")  # noqa: S608 - own words; values are bound
    found = {value: frozen.get(value, floor) for value in at_hand.to_arrow_table()["value"].to_pylist()}
    return frequency_table(column, {value: frequency for value, frequency in found.items() if frequency is not None})


def read_edges(con: duckdb.DuckDBPyConnection, scored: str, model: Model) -> pa.Table:
    """Give the edges (EDGE_SCHEMA, sorted by records) of Splink's result table `scored`, whose pairs are `blocked`."""
    levels = ", ".join(f"'{c.name}', gamma_{c.name}" for c in model.comparisons())
    edges = con.sql(
        f"""
        SELECT s.record_id_l AS record_l, s.record_id_r AS record_r, s.match_weight, s.match_probability,
            json_object({levels})::VARCHAR AS comparison, b.match_keys
        FROM {scored} s JOIN blocked b ON b.join_key_l = s.record_id_l AND b.join_key_r = s.record_id_r
        ORDER BY record_l, record_r
        """  # noqa: S608 - own words; values are bound
    ).to_arrow_table()
    return edges.cast(EDGE_SCHEMA)


class _Parsed(SettingsCreator):
    """Settings whose conditions Splink has parsed once: it takes longer than to score a small batch."""

    def __init__(self, model: Model) -> None:
        super().__init__(link_type="dedupe_only")
        weights = tuple((c.name, model.weights[c.name]) for c in model.comparisons())
        self._asked = (model.comparisons(), weights, model.prior)

    def get_settings(self, sql_dialect_str: str) -> Settings:
        """Give a copy, for a linker may set flags in it."""
        return copy(_parsed(*self._asked, sql_dialect_str))


@lru_cache(maxsize=8)
def _parsed(
    made: tuple[Comparison, ...],
    weights: tuple[tuple[str, tuple[tuple[float, float], ...]], ...],
    prior: float,
    dialect: str,
) -> Settings:
    return _settings(made, dict(weights), prior).get_settings(dialect)


def settings(model: Model) -> SettingsCreator:
    """Give the model as Splink's settings."""
    return _settings(model.comparisons(), model.weights, model.prior)


def _settings(
    made: Sequence[Comparison], weights: Mapping[str, tuple[tuple[float, float], ...]], prior: float
) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        probability_two_random_records_match=prior,
        comparisons=[c.settings(weights[c.name]) for c in made],
        blocking_rules_to_generate_predictions=[],
        retain_matching_columns=True,  # without it Splink drops the comparison vector too
        retain_intermediate_calculation_columns=False,
    )
