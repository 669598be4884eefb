"""The parts that comparisons are made of: levels of agreement, and the SQL conditions they are written with.

Conditions are DuckDB SQL over the columns of `prepare_sql` with the suffixes `_l` and `_r`, all of them symmetric.
No Damerau distance (ten times the cost of Levenshtein), and each Levenshtein behind a guard on lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement.

    `m` is what to expect among matches before the data speaks, `related` among pairs that are related but not the same
    (one household, one group of companies), `alike` among namesakes; where no level of a comparison has it, related
    pairs or namesakes agree in it by chance alone. `tf` names the column whose frequency of the shared value moves the
    weight. `ranked`: stands in the order of the levels, so its weight is never above the one before. `key`: blocking
    kind that finds every pair at this level, so that its chance agreements can be counted, not sampled.
    """

    label: str
    sql: str
    m: float
    related: float | None = None
    alike: float | None = None
    tf: str | None = None
    ranked: bool = True
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Levels from best to worst; below them stands "else" (everything left), beside them null (nothing to compare).

    `fill` is an SQL condition on a prepared row: is there something to compare? `else_most` bounds the share of matches
    at "else": pairs of which more disagree in a birth date or name are no matches, whatever else they share.
    """

    name: str
    fill: str
    null: str
    levels: tuple[Level, ...]
    else_most: float = 0.35

    @property
    def else_m(self) -> float:
        """What to expect of "else" among matches before the data speaks."""
        return 1.0 - sum(level.m for level in self.levels)

    def gamma_sql(self) -> str:
        """Give the SQL expression of the comparison vector value: -1 null, 0 else, up to the best level."""
        top = len(self.levels)
        cases = "".join(f" WHEN {level.sql} THEN {top - i}" for i, level in enumerate(self.levels))
        return f"CASE WHEN {self.null} THEN -1{cases} ELSE 0 END"

    def settings(self, weights: Sequence[tuple[float, float]]) -> dict[str, Any]:
        """Give the comparison as Splink takes it; `weights` are (m, u) of the levels in order, then of else."""
        levels: list[dict[str, Any]] = [{"sql_condition": self.null, "label_for_charts": "null", "is_null_level": True}]
        for level, (m, u) in zip(self.levels, weights, strict=False):
            entry = {
                "sql_condition": level.sql,
                "label_for_charts": level.label,
                "m_probability": m,
                "u_probability": u,
            }
            if level.tf:
                entry |= {"tf_adjustment_column": level.tf, "disable_tf_exact_match_detection": True}
            levels.append(entry)
        m, u = weights[-1]
        levels.append({"sql_condition": "ELSE", "label_for_charts": "else", "m_probability": m, "u_probability": u})
        return {"output_column_name": self.name, "comparison_levels": levels}


def both(condition: str) -> str:
    """Write a condition on `x` for both sides: `x is null` -> `(x_l is null or x_r is null)`."""
    return f"({condition.replace('{}', '_l')} or {condition.replace('{}', '_r')})"


def close(column: str, similarity: float) -> str:
    """The Jaro-Winkler similarity of two texts is at least `similarity`."""
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {similarity}"


def shared_value(column: str) -> str:
    """Two lists have a value in common."""
    return f"list_has_any({column}_l, {column}_r)"


def any_close(column: str, similarity: float) -> str:
    """Any two values of the lists are close; one-value lists, nearly all of them, take the quick way."""
    return (
        f"(CASE WHEN len({column}_l) = 1 AND len({column}_r) = 1"
        f" THEN jaro_winkler_similarity({column}_l[1], {column}_r[1]) >= {similarity}"
        f" ELSE list_bool_or(list_transform({column}_l, lambda x:"
        f" list_bool_or(list_transform({column}_r, lambda y: jaro_winkler_similarity(x, y) >= {similarity})))) END)"
    )


def any_edit(column: str, distance: int) -> str:
    """Any two values of the lists are within an edit distance."""
    one = "abs(length({a}) - length({b})) <= {d} AND levenshtein({a}, {b}) <= {d}"
    quick = one.format(a=f"{column}_l[1]", b=f"{column}_r[1]", d=distance)
    each = one.format(a="x", b="y", d=distance)
    return (
        f"(CASE WHEN len({column}_l) = 1 AND len({column}_r) = 1 THEN {quick}"
        f" ELSE list_bool_or(list_transform({column}_l, lambda x:"
        f" list_bool_or(list_transform({column}_r, lambda y: {each})))) END)"
    )
