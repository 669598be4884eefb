"""Pairs that someone judged, as training takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from identity.estimation import Known, Patterns


class Judged(NamedTuple):
    """Two records, whether someone judged them the same, and how many pairs of the base this pair stands for.

    `decided`: by a steward's decision, not by a label, so not drawn by chance.
    """

    record_l: int
    record_r: int
    same: bool
    pairs: float
    decided: bool = False


def known_patterns(con: duckdb.DuckDBPyConnection, judged: Sequence[Judged], count: Callable[[str], Patterns]) -> Known:
    """Give the patterns of judged pairs, those that stand for equally many pairs counted together.

    `count` counts the patterns of a table of pairs (l, r) in `con`. A pair of records that the base lacks is left out.
    """
    found: Known = []
    for same, weight in sorted({(pair.same, pair.pairs) for pair in judged}):
        chosen = sorted((pair.record_l, pair.record_r) for pair in judged if (pair.same, pair.pairs) == (same, weight))
        sides = {name: pa.array(side, pa.int64()) for name, side in zip(("l", "r"), zip(*chosen), strict=True)}  # noqa: B905 - pairs, each of two
        con.register("judged_pairs", pa.table(sides))
        found += [(pattern, same, n * weight) for pattern, n in count("judged_pairs")]
        con.unregister("judged_pairs")
    return found
