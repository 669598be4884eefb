"""Train a model on a base without labels: junk, keys, m and u, term frequencies, thresholds. Deterministic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import pyarrow as pa

from hub import duck
from hub.records import EntityType
from identity import blocking, counting, scoring, training_report
from identity.blocking import GlueRule, Spread, Value
from identity.comparisons import CustomAttribute
from identity.contenders import Contest, Counts, contest, only
from identity.estimation import Known, Parameters, Patterns
from identity.judged import Judged, known_patterns
from identity.label_threshold import by_labels
from identity.levels import Comparison
from identity.model import Junk, Model, probability
from identity.prepared import prepare
from identity.thresholds import KEEP_WEIGHT, propose

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Statistics:
    """What training has to know of a base, in numbers that stay small however large the base is.

    `pairs`: candidate pairs by keys of `kinds`, without the keys in `junk` (shared too widely to mean anything, or
    banned) and `skipped` (too dear to compare). `fill`: share of the records with something to compare, by comparison.
    `candidates`: the patterns of the `share` of the candidate pairs looked at; `sample`: those of random pairs;
    `known`: those of pairs that someone judged; `glue`: what the rule finds, before stewards' words.
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
    glue: dict[Value, Spread] = field(default_factory=dict)


@dataclass(frozen=True)
class Trained:
    """A model just trained, with what it says of the base it was trained on.

    `edges` (pairs.EDGE_SCHEMA, from the model's `keep_weight` on) are those that scoring the base with the model
    would give, to the bit, if they are at hand; `pairs` counts the candidate pairs that were scored. `glue` has the
    values that the rule finds in the base: they are not the model's, for they change with the records.
    """

    model: Model
    edges: pa.Table | None = None
    pairs: int = 0
    glue: dict[Value, Spread] = field(default_factory=dict)


def train(
    features: pa.Table,
    keys: pa.Table,
    entity_type: EntityType,
    *,
    version: int,
    extra: Sequence[CustomAttribute] = (),
    seed: int = 1,
) -> Model:
    """Train on a base at hand: its features (features.ARROW_SCHEMA) and keys (record_id, kind, key).

    The model has the base's glue among its junk, so it scores that base as it is.
    """
    trained = train_scored(features, [keys], entity_type, version=version, extra=extra, seed=seed)
    return replace(trained.model, junk=trained.model.junk | GlueRule().in_force(trained.glue))


def train_scored(
    features: pa.Table,
    keys: Iterable[pa.Table],
    entity_type: EntityType,
    *,
    version: int,
    extra: Sequence[CustomAttribute] = (),
    known: Sequence[Judged] = (),
    rule: GlueRule | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Train on the features and keys of one entity type, the keys in parts, and keep what was scored on the way.

    `known`: pairs that someone judged. `rule`: which values say nothing (None: the hub's own, without stewards'
    words). The same input gives the same model, whatever the order of its rows. `progress` is told each step's name.
    """
    tell = progress or (lambda _: None)
    con = duck.connect()
    try:
        return _train(
            con, features, keys, entity_type, version, tuple(sorted(extra)), known, rule or GlueRule(), seed, tell
        )
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
    rule: GlueRule,
    seed: int,
    tell: Progress,
) -> Trained:
    records = features.num_rows
    tell("reading blocking keys")
    blocking.load_keys(con, entity_type, keys)
    tell("looking for junk values")
    glue = blocking.find_glue(con, entity_type, rule)
    junk = rule.in_force(glue)
    tell("choosing blocking keys")
    kinds, skipped = blocking.choose_kinds(con, entity_type, blocking.pair_budget(records), junk)
    pairs = blocking.make_candidates(con, kinds)
    tell("counting term frequencies")
    # As `scoring.prepare_for_model` will do it, so that the pairs scored here need not be scored again.
    dropped = junk | skipped
    prepare(con, features, extra=extra, junk=dropped)
    frequencies, floors = counting.frequencies(con, extra)
    if "word" in frequencies or "word" in floors:
        prepare(
            con, features, extra=extra, junk=dropped, words=frequencies.get("word"), word_floor=floors.get("word", 1.0)
        )
    fill = counting.profile(con, entity_type, extra)
    used = counting.usable(entity_type, extra, fill)
    tell("estimating the weights")
    share = counting.em_share(pairs)
    candidates = counting.candidate_patterns(con, used, share, seed)
    counting.sample_pairs(con, records, seed)
    sample = counting.patterns(con, "sample_pairs", used)
    judged = known_patterns(con, known, lambda table: counting.patterns(con, table, used))
    seen = Statistics(
        entity_type, extra, records, pairs, kinds, junk, skipped, frequencies, floors, fill, candidates, share, sample,
        judged, glue,
    )  # fmt: skip
    model = fitted_model(seen, version=version)
    tell(f"comparing {entity_type} records: {pairs:,} pairs")
    scored = scoring.predict(con, model)
    tell("proposing thresholds")
    edges = scoring.read_edges(con, scored, model)
    model = by_labels(propose(con, scored, model, sample_for(model, seen)), edges, known)
    model = training_report.reported(con, model, skipped, labels=len(known))
    return Trained(model, edges, pairs, glue)


def fitted_model(seen: Statistics, *, version: int) -> Model:
    """Give the model that the statistics of a base lead to, its thresholds still to be proposed."""
    used = counting.usable(seen.entity_type, seen.extra, seen.fill)
    held = contest(
        Counts(
            comparisons=used,
            candidates=[(pattern, n / seen.share) for pattern, n in seen.candidates],
            sample=seen.sample,
            known=seen.known,
            complete=[[False, *(level.key in seen.kinds for level in reversed(c.levels))] for c in used],
            total_pairs=max(seen.records * (seen.records - 1) / 2, 1.0),
            records=seen.records,
        )
    )
    won = held.winner.contender
    parameters = won.parameters
    weights = {
        c.name: _probabilities(c, w, m, u)
        for c, w, m, u in zip(won.comparisons, won.weights, parameters.m, parameters.u, strict=True)
    }
    return Model(
        entity_type=seen.entity_type,
        version=version,
        prior=probability(won.prior),
        weights=weights,
        key_kinds=seen.kinds,
        link_weight=0.0,
        review_weight=0.0,
        keep_weight=KEEP_WEIGHT,
        expected_precision=0.0,
        expected_recall=0.0,
        records=seen.records,
        fill={c.name: round(seen.fill[c.name], 4) for c in won.comparisons},
        floors=seen.floors,
        extra=seen.extra,
        term_frequencies=seen.frequencies,
        junk=seen.skipped,
        report=_report(parameters, seen) | _report_contest(held),
    )


def sample_for(model: Model, seen: Statistics) -> Patterns:
    """Give the patterns of random pairs for the comparisons that the model makes: a contender may do without one."""
    used = counting.usable(seen.entity_type, seen.extra, seen.fill)
    return only(seen.sample, [place for place, c in enumerate(used) if c.name in model.weights])


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


def _report_contest(held: Contest) -> dict[str, Any]:
    """Give who contended, and what the voters say of the links of the winner (`identity.expectation` reads it)."""
    votes = {
        name.removeprefix("extra_"): {"precision": round(vote.precision, 4), "recall": round(vote.recall, 4)}
        for name, vote in held.winner.votes.items()
        if not held.wrong or name != held.wrong[0]
    }
    wrong = {"field": held.wrong[0].removeprefix("extra_"), "pairs": round(held.wrong[1])} if held.wrong else None
    return {"contenders": held.report(), "votes": votes, "wrong_field": wrong}


def _probabilities(
    comparison: Comparison, weights: Sequence[float], m: Sequence[float], u: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    """Give (m, u) by level, best first and else last, whose log ratio is the fitted weight.

    The u of a level with term frequencies stays, for they are set against it; elsewhere the m does.
    """
    frequent = [False, *(level.tf is not None for level in reversed(comparison.levels))]
    pairs = [(ui * 2**w, ui) if tf else (mi, mi / 2**w) for w, mi, ui, tf in zip(weights, m, u, frequent, strict=True)]
    return tuple(reversed(pairs))
