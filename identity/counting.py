"""What training counts on a base: how full it is, term frequencies, and how pairs agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from hub import duck
from hub.records import EntityType
from identity.comparisons import CustomAttribute, comparisons, custom_column
from identity.estimation import Patterns
from identity.levels import Comparison
from identity.prepared import COUNTED, TABLE, prepare

_SAMPLE_PAIRS = 250_000
_EM_PAIRS = 300_000
_LEAST_FILL = 0.01  # a comparison that fewer records fill can't be trained and hardly decides


def fill_profile(
    features: pa.Table, entity_type: EntityType, extra: Sequence[CustomAttribute] = ()
) -> dict[str, float]:
    """Give the share of the records with something to compare, by comparison: what `Model.fits` asks for."""
    con = duck.connect()
    try:
        prepare(con, features, extra=extra)
        return profile(con, entity_type, extra)
    finally:
        con.close()


def profile(
    con: duckdb.DuckDBPyConnection, entity_type: EntityType, extra: Sequence[CustomAttribute] = ()
) -> dict[str, float]:
    """Give the share of prepared records with something to compare, by comparison."""
    records, counts = filled(con, entity_type, extra)
    return {name: count / max(records, 1) for name, count in counts.items()}


def filled(
    con: duckdb.DuckDBPyConnection, entity_type: EntityType, extra: Sequence[CustomAttribute] = ()
) -> tuple[int, dict[str, int]]:
    """Give the number of prepared records, and of those with something to compare, by comparison."""
    used = comparisons(entity_type, extra)
    counts = ", ".join(f"count(*) FILTER (WHERE {c.fill})" for c in used)
    row = con.sql(f"SELECT count(*), {counts} FROM {TABLE}").fetchall()[0]  # noqa: S608 - own words; values are bound
    return row[0], {c.name: count for c, count in zip(used, row[1:], strict=True)}


def usable(
    entity_type: EntityType, extra: Sequence[CustomAttribute], fill: Mapping[str, float]
) -> tuple[Comparison, ...]:
    """Give the comparisons that enough records fill."""
    return tuple(c for c in comparisons(entity_type, extra) if fill[c.name] >= _LEAST_FILL)


def frequencies(
    con: duckdb.DuckDBPyConnection, extra: Sequence[CustomAttribute]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Count values by column; those seen once are left to the floor, which keeps the frozen tables small."""
    tables: dict[str, dict[str, float]] = {}
    floors: dict[str, float] = {}
    for column, source in counted_values(extra).items():
        total = con.sql(f"SELECT count(value) FROM ({source})").fetchall()[0][0]  # noqa: S608 - own words; values are bound
        if total:
            rows = con.sql(
                f"SELECT value, count(*) AS n FROM ({source}) WHERE value IS NOT NULL"  # noqa: S608 - own words; values are bound
                " GROUP BY value HAVING n > 1 ORDER BY value"
            ).fetchall()
            tables[column] = {value: n / total for value, n in rows}
            floors[column] = 1 / total
    return tables, floors


def counted_values(extra: Sequence[CustomAttribute]) -> dict[str, str]:
    """Give the statements over prepared rows whose `value`s are counted, by the name of the frequency table."""
    columns = [*COUNTED, *(custom_column(name) for name, _ in extra)]
    found = {column: f"SELECT {column} AS value FROM {TABLE}" for column in columns}  # noqa: S608 - own words
    split = "unnest(string_split(organisation_name, ' '))"
    return found | {"word": f"SELECT DISTINCT record_id, {split} AS value FROM {TABLE}"}  # noqa: S608 - own words


def em_share(pairs: int) -> float:
    """Give the share of so many candidate pairs whose patterns are enough to learn from."""
    return min(1.0, _EM_PAIRS / max(pairs, 1))


def candidate_patterns(con: duckdb.DuckDBPyConnection, used: Sequence[Comparison], share: float, seed: int) -> Patterns:
    """Count the patterns of a share of table `blocked`, chosen by a hash of each pair."""
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW em_pairs AS SELECT join_key_l AS l, join_key_r AS r FROM blocked"  # noqa: S608 - own words; values are bound
        f" WHERE hash(join_key_l, join_key_r, {seed}) / 18446744073709551616.0 < {share!r}"
    )
    return patterns(con, "em_pairs", used)


def sample_steps(records: int) -> int:
    """Give how many of its followers each record is paired with for the random sample."""
    return min(-(-_SAMPLE_PAIRS // max(records, 1)), (records - 1) // 2 if records > 2 else 1)


def sample_pairs(con: duckdb.DuckDBPyConnection, records: int, seed: int) -> None:
    """Make table `sample_pairs`: each record with the next few in an order by hash; all pairs of a small base."""
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE sample_pairs AS
        WITH shuffled AS (
            SELECT record_id, row_number() OVER (ORDER BY hash(record_id, {seed}), record_id) - 1 AS place FROM {TABLE}
        )
        SELECT a.record_id AS l, b.record_id AS r
        FROM (SELECT *, unnest(range(1, {sample_steps(records) + 1})) AS step FROM shuffled) a
        JOIN shuffled b ON b.place = (a.place + a.step) % {max(records, 1)}
        """  # noqa: S608 - own words; values are bound
    )


def patterns(con: duckdb.DuckDBPyConnection, pairs: str, used: Sequence[Comparison]) -> Patterns:
    """Count how pairs (l, r) of prepared rows agree: each pattern of levels with its number of pairs, in order."""
    columns = [row[0] for row in con.sql(f"DESCRIBE {TABLE}").fetchall()]
    sides = ", ".join(f"a.{c} AS {c}_l, b.{c} AS {c}_r" for c in columns)
    gammas = ", ".join(f"{c.gamma_sql()} AS gamma_{c.name}" for c in used)
    rows = con.sql(
        f"""
        SELECT {", ".join(f"gamma_{c.name}" for c in used)}, count(*) FROM (
            SELECT {gammas} FROM (
                SELECT {sides} FROM {pairs} p
                JOIN {TABLE} a ON a.record_id = p.l JOIN {TABLE} b ON b.record_id = p.r
            )
        ) GROUP BY ALL ORDER BY ALL
        """  # noqa: S608 - own words; values are bound
    ).fetchall()
    return [(tuple(row[:-1]), float(row[-1])) for row in rows]
