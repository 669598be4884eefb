"""A few pairs -> weights with all their parts, in milliseconds: Splink's scoring SQL, parsed once for a model.

Invariant: weight and comparison vector of a pair are, bit by bit, those of a batch run (`identity.scoring`): the same
settings make the same SQL over the same columns. Only how the rows come in differs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from splink.internals.pipeline import CTEPipeline
from splink.internals.predict import predict_from_comparison_vectors_sqls_using_settings

from hub import duck
from hub.records import canonical_json
from identity.lookup_rows import Row
from identity.model import Model
from identity.scoring import settings

_LISTS = frozenset(
    {"emails", "phones", "streets", "postcodes", "cities", "identifiers", "domains", "mailboxes", "identifier_kinds"}
)
_OTHER_TYPES = {
    "record_id": "BIGINT",
    "words": "STRUCT(word VARCHAR, weight DOUBLE)[]",
    "words_weight": "DOUBLE",
}
_MEMORY = "512MiB"


@dataclass(frozen=True, slots=True)
class Part:
    """What one comparison says of a pair, in bits: `weight` of the level, `adjustment` for how rare the value is.

    `level` as in the comparison vector: -1 nothing to compare, 0 else, then up to the best level.
    """

    comparison: str
    level: int
    weight: float
    adjustment: float


@dataclass(frozen=True, slots=True)
class PairScore:
    """The match weight of a pair, its probability and the parts; with the prior they sum up to the weight."""

    weight: float
    probability: float
    parts: tuple[Part, ...]


class Scorer:
    """Scores pairs with one model, in a DuckDB connection of its own; for one thread at a time."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._names = [c.name for c in model.comparisons()]
        self._con = duck.connect(memory_limit=_MEMORY, threads=1)
        # DuckDB plans a prepared statement anew at each call. Without a join there is nothing to win by optimising,
        # and it would take three quarters of the time.
        self._con.execute("PRAGMA disable_optimizer")
        scoring_sql, columns = _scoring_sql(canonical_json(model.parameters()))
        self._sides = [(column, f"{column}_{side}", side == "r") for column in columns for side in "lr"]
        typed = ", ".join(f'"{name}" {_type_of(column)}' for column, name, _ in self._sides)
        self._con.execute(f"CREATE TABLE pair_row ({typed}, match_key VARCHAR)")
        self._fill = (
            "INSERT INTO pair_row SELECT s.*, '0' FROM "  # noqa: S608 - own words
            f"(SELECT unnest(CAST(CAST(? AS JSON) AS STRUCT({typed})[])) AS s)"
        )
        parts = [f"{kind}_{name}" for name in self._names for kind in ("gamma", "mw", "mw_tf_adj")]
        given = set(re.findall(r"\w+", scoring_sql))
        self._con.execute(
            "PREPARE scored AS SELECT record_id_l, record_id_r, match_weight, match_probability, "  # noqa: S608 - own words; values are bound
            + ", ".join(part if part in given else "0.0::DOUBLE" for part in parts)
            + f" FROM ({scoring_sql})"
        )

    def score(self, pairs: Sequence[tuple[Row, Row]]) -> list[PairScore]:
        """Score pairs of rows (`identity.lookup_rows.compared_row`), no pair twice; the lower record id comes first."""
        if not pairs:
            return []
        self._con.execute("DELETE FROM pair_row")
        rows = [{name: pair[right].get(column) for column, name, right in self._sides} for pair in pairs]
        self._con.execute(self._fill, [json.dumps(rows, ensure_ascii=False)])
        found = {(row[0], row[1]): row for row in self._con.execute("EXECUTE scored").fetchall()}
        scores = []
        for left, right in pairs:
            _, _, weight, probability, *parts = found[left["record_id"], right["record_id"]]
            each = zip(self._names, parts[::3], parts[1::3], parts[2::3], strict=True)
            scores.append(PairScore(weight, probability, tuple(Part(*part) for part in each)))
        return scores

    def close(self) -> None:
        """Give back the memory."""
        self._con.close()


@lru_cache(maxsize=8)
def _scoring_sql(parameters: str) -> tuple[str, tuple[str, ...]]:
    """Give Splink's scoring SQL over the table `pair_row`, and the columns that it wants of either side.

    For a model by its parameters (JSON): to have Splink write it takes half a second, which each scorer but the first
    is spared.
    """
    wanted = settings(Model.from_parts(json.loads(parameters), {}, {})).get_settings("duckdb")
    wanted._retain_intermediate_calculation_columns = True
    pipeline = CTEPipeline()
    vector = ", ".join(wanted._columns_to_select_for_comparison_vector_values)
    pipeline.enqueue_sql(f"SELECT {vector} FROM pair_row", "__splink__df_comparison_vectors")  # noqa: S608 - own words
    pipeline.enqueue_list_of_sqls(predict_from_comparison_vectors_sqls_using_settings(wanted))
    columns = re.findall(r'"l"\."(\w+)"', " ".join(wanted._columns_to_select_for_blocking))
    return pipeline.generate_cte_pipeline_sql(), tuple(columns)


def _type_of(column: str) -> str:
    if column.startswith("tf_"):
        return "DOUBLE"
    return "VARCHAR[]" if column in _LISTS else _OTHER_TYPES.get(column, "VARCHAR")
