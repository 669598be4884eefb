"""Train a model on a base without labels: junk, keys, m and u, term frequencies, thresholds. Deterministic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from hub import duck
from hub.records import EntityType
from identity import blocking, scoring, training_report
from identity.additive import fit, in_order
from identity.comparisons import CustomAttribute, comparisons, custom_column
from identity.estimation import Known, Parameters, Patterns, estimate
from identity.judged import Judged, known_patterns
from identity.levels import Comparison
from identity.model import Junk, Model, probability
from identity.prepared import COUNTED, TABLE, prepare
from identity.thresholds import KEEP_WEIGHT, propose

Progress = Callable[[str], None]

_SAMPLE_PAIRS = 250_000
_EM_PAIRS = 300_000
_LEAST_FILL = 0.01  # a comparison that fewer records fill can't be trained and hardly decides


@dataclass(frozen=True)
class Statistics:
    """What training has to know of a base, in numbers that stay small however large the base is.

    `pairs`: candidate pairs by keys of `kinds`, without the keys in `junk` (shared too widely to mean anything) and
    `skipped` (too dear to compare). `fill`: share of the records with something to compare, by comparison.
    `candidates`: the patterns of the `share` of the candidate pairs looked at; `sample`: those of random pairs;
    `known`: those of pairs that someone judged.
    """

    entity_type: EntityType
    extra: tuple[CustomAttribute, ...]
    records: int
    pairs: int
    kinds: tuple[str, ...]
    junk: Junk
    skipped: Junk
    frequencies: dict[str, dict[str, float]]
    floors: dict[str, float]
    fill: dict[str, float]
    candidates: Patterns
    share: float
    sample: Patterns
    known: Known = field(default_factory=list)


@dataclass(frozen=True)
class Trained:
    """A model just trained, with what it says of the base it was trained on.

    `edges` (scoring.EDGE_SCHEMA, from the model's `keep_weight` on) are those that scoring the base with the model
    would give, to the bit, if they are at hand; `pairs` counts the candidate pairs that were scored.
    """

    model: Model
    edges: pa.Table | None = None
    pairs: int = 0


def train(
    features: pa.Table,
    keys: pa.Table,
    entity_type: EntityType,
    *,
    version: int,
    extra: Sequence[CustomAttribute] = (),
    seed: int = 1,
) -> Model:
    """Train on a base at hand: its features (features.ARROW_SCHEMA) and keys (record_id, kind, key)."""
    return train_scored(features, [keys], entity_type, version=version, extra=extra, seed=seed).model


def train_scored(
    features: pa.Table,
    keys: Iterable[pa.Table],
    entity_type: EntityType,
    *,
    version: int,
    extra: Sequence[CustomAttribute] = (),
    known: Sequence[Judged] = (),
    seed: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Train on the features and keys of one entity type, the keys in parts, and keep what was scored on the way.

    `known`: pairs that someone judged. The same input gives the same model, whatever the order of its rows. `progress`
    is told each step's name.
    """
    tell = progress or (lambda _: None)
    con = duck.connect()
    try:
        return _train(con, features, keys, entity_type, version, tuple(sorted(extra)), known, seed, tell)
    finally:
        con.close()


def _train(
    con: duckdb.DuckDBPyConnection,
    features: pa.Table,
    keys: Iterable[pa.Table],
    entity_type: EntityType,
    version: int,
    extra: tuple[CustomAttribute, ...],
    known: Sequence[Judged],
    seed: int,
    tell: Progress,
) -> Trained:
    records = features.num_rows
    tell("reading blocking keys")
    blocking.load_keys(con, entity_type, keys)
    tell("looking for junk values")
    junk = blocking.find_junk(con, entity_type)
    tell("choosing blocking keys")
    kinds, skipped = blocking.choose_kinds(con, entity_type, blocking.pair_budget(records), junk)
    pairs = blocking.make_candidates(con, kinds)
    tell("counting term frequencies")
    # As `scoring.prepare_for_model` will do it, so that the pairs scored here need not be scored again.
    dropped = junk | skipped
    prepare(con, features, extra=extra, junk=dropped)
    frequencies, floors = _frequencies(con, extra)
    if "word" in frequencies or "word" in floors:
        prepare(
            con, features, extra=extra, junk=dropped, words=frequencies.get("word"), word_floor=floors.get("word", 1.0)
        )
    fill = profile(con, entity_type, extra)
    used = usable(entity_type, extra, fill)
    tell("estimating the weights")
    share = em_share(pairs)
    candidates = candidate_patterns(con, used, share, seed)
    _sample_pairs(con, records, seed)
    sample = patterns(con, "sample_pairs", used)
    judged = known_patterns(con, known, lambda table: patterns(con, table, used))
    seen = Statistics(
        entity_type, extra, records, pairs, kinds, junk, skipped, frequencies, floors, fill, candidates, share, sample,
        judged,
    )  # fmt: skip
    model = fitted_model(seen, version=version)
    tell(f"comparing {entity_type} records: {pairs:,} pairs")
    scored = scoring.predict(con, model)
    tell("proposing thresholds")
    edges = scoring.read_edges(con, scored, model)
    model = training_report.reported(con, propose(con, scored, model, sample), skipped, labels=len(known))
    return Trained(model, edges, pairs)


def fitted_model(seen: Statistics, *, version: int) -> Model:
    """Give the model that the statistics of a base lead to, its thresholds still to be proposed."""
    used = usable(seen.entity_type, seen.extra, seen.fill)
    candidates = [(pattern, n / seen.share) for pattern, n in seen.candidates]
    complete = [[False, *(level.key in seen.kinds for level in reversed(c.levels))] for c in used]
    total = seen.records * (seen.records - 1) / 2
    parameters = estimate(
        used,
        candidates,
        seen.sample,
        total_pairs=max(total, 1.0),
        records=seen.records,
        complete=complete,
        known=seen.known,
    )
    prior, fitted = fit(used, parameters, candidates, seen.known)
    weights = {
        c.name: _probabilities(c, in_order(c, w, m), m, u)
        for c, w, m, u in zip(used, fitted, parameters.m, parameters.u, strict=True)
    }
    return Model(
        entity_type=seen.entity_type,
        version=version,
        prior=probability(prior),
        weights=weights,
        key_kinds=seen.kinds,
        link_weight=0.0,
        review_weight=0.0,
        keep_weight=KEEP_WEIGHT,
        expected_precision=0.0,
        expected_recall=0.0,
        records=seen.records,
        fill={c.name: round(seen.fill[c.name], 4) for c in used},
        floors=seen.floors,
        extra=seen.extra,
        term_frequencies=seen.frequencies,
        junk=seen.junk | seen.skipped,
        report=_report(parameters, seen),
    )


def _report(parameters: Parameters, seen: Statistics) -> dict[str, Any]:
    """Give the numbers that a data engineer asks after training."""
    total = seen.records * (seen.records - 1) / 2
    return {
        "records": seen.records,
        "candidate_pairs": seen.pairs,
        "expected_matches": round(parameters.matches * total, 1),
        "expected_relations": round(parameters.relations * total, 1),
        "junk_values": len(seen.junk),
        "iterations": parameters.rounds,
        "last_change": parameters.moved,
        "converged": parameters.converged,
    }


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
    row = con.sql(f"SELECT count(*), {counts} FROM {TABLE}").fetchall()[0]  # noqa: S608
    return row[0], {c.name: count for c, count in zip(used, row[1:], strict=True)}


def usable(
    entity_type: EntityType, extra: Sequence[CustomAttribute], fill: Mapping[str, float]
) -> tuple[Comparison, ...]:
    """Give the comparisons that enough records fill."""
    return tuple(c for c in comparisons(entity_type, extra) if fill[c.name] >= _LEAST_FILL)


def _frequencies(
    con: duckdb.DuckDBPyConnection, extra: Sequence[CustomAttribute]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Count values by column; those seen once are left to the floor, which keeps the frozen tables small."""
    tables: dict[str, dict[str, float]] = {}
    floors: dict[str, float] = {}
    for column, source in counted_values(extra).items():
        total = con.sql(f"SELECT count(value) FROM ({source})").fetchall()[0][0]  # noqa: S608
        if total:
            rows = con.sql(
                f"SELECT value, count(*) AS n FROM ({source}) WHERE value IS NOT NULL"  # noqa: S608
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
        f"CREATE OR REPLACE TEMP VIEW em_pairs AS SELECT join_key_l AS l, join_key_r AS r FROM blocked"  # noqa: S608
        f" WHERE hash(join_key_l, join_key_r, {seed}) / 18446744073709551616.0 < {share!r}"
    )
    return patterns(con, "em_pairs", used)


def _probabilities(
    comparison: Comparison, weights: Sequence[float], m: Sequence[float], u: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    """Give (m, u) by level, best first and else last, whose log ratio is the fitted weight.

    The u of a level with term frequencies stays, for they are set against it; elsewhere the m does.
    """
    frequent = [False, *(level.tf is not None for level in reversed(comparison.levels))]
    pairs = [(ui * 2**w, ui) if tf else (mi, mi / 2**w) for w, mi, ui, tf in zip(weights, m, u, frequent, strict=True)]
    return tuple(reversed(pairs))


def sample_steps(records: int) -> int:
    """Give how many of its followers each record is paired with for the random sample."""
    return min(-(-_SAMPLE_PAIRS // max(records, 1)), (records - 1) // 2 if records > 2 else 1)


def _sample_pairs(con: duckdb.DuckDBPyConnection, records: int, seed: int) -> None:
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
        """  # noqa: S608
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
        """  # noqa: S608
    ).fetchall()
    return [(tuple(row[:-1]), float(row[-1])) for row in rows]
