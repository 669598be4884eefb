"""Pending records -> edges -> clusters -> crosswalk, in two steps: `score` (long, without a lock) and `settle` (short).

Invariants:
* A round takes every pending record of its entity types, reads that list before anything else, and settles only the
  records that are pending still at the revision it read. So no edge is missed between records of different rounds:
  say round 1 settles A and had not seen B. Then B changed after round 1 read the keys, and so after it had read its
  list. If B is pending at the settlement, the round that settles B compares it with A. If another round has settled B,
  that round read its list after B's change, so it found A as it is and settled both: A was not pending any more.
* Edges and clusters depend on the records, the live model, the bars and stewards' words alone, never on the order of
  rounds. Which values are suppressed as glue is a rule over the records (`identity.glue`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_ids
from hub.config import Config
from hub.records import ENTITY_TYPES, EntityType
from hub.release import ReleaseConfig
from identity import (
    components,
    crosswalk,
    duplicate_free,
    edges,
    engine,
    glue,
    glue_words,
    models_store,
    pending,
    store,
)
from identity.bars import bars_for
from identity.blocking import GlueRule
from identity.clustering import Clusterer
from identity.judge import Judge, accept, judge_for, link_moved
from identity.staging import stage

Progress = Callable[[str], None]

# From a fifth of the base on, one pass over all keys beats look-ups by index; below this number nothing matters.
_FULL_SHARE = 0.2
_FULL_LEAST = 500

_MANY = 5_000
# The columns that rounds join by: statistics of whole documents are costly, and no plan needs them.
_JOINED_BY = {
    "source_record": " (record_id, system, object, source_id, entity_type, revision, deleted_at)",
    "feature": " (record_id, entity_type)",
    "blocking_key": "",
    "edge": " (record_l, record_r, entity_type, model_version, match_weight)",
    "customer": "",
    "crosswalk": "",
}


@dataclass(frozen=True)
class Scored:
    """A round: its records at the revisions that were scored, and the edges that touch them.

    `pairs` counts the candidate pairs compared; `full` names the types of which the whole base was scored. `release`
    says what is held when it is settled, `sole` which sources are free of duplicates, `clusterers` by
    what large bases are clustered. `assumed`: what was taken for glue; `settlements`: how many there were before.
    """

    records: pa.Table
    edges: pa.Table
    judges: dict[EntityType, Judge]
    pairs: int
    full: tuple[EntityType, ...] = ()
    release: ReleaseConfig = field(default_factory=ReleaseConfig)
    sole: duplicate_free.Sources = frozenset()
    clusterers: Mapping[EntityType, Clusterer] = field(default_factory=dict)
    assumed: Mapping[EntityType, glue.Assumed] = field(default_factory=dict)
    settlements: int = 0


@dataclass(frozen=True)
class Settled:
    """What a round changed. `touched`: customers (customer_id, entity_type) whose members or their content changed.

    `events` counts create, merge, split, move, retire and revive; `edges` those written; `pending` the records left;
    `waiting` those of the round that have no customer yet because the change is held.
    """

    touched: pa.Table
    records: int
    edges: int
    events: dict[str, int]
    pending: int
    waiting: int = 0

    def customers(self, entity_type: EntityType) -> list[UUID]:
        """The touched customers of one type."""
        chosen = self.touched.filter(pc.equal(self.touched["entity_type"], entity_type))
        return [UUID(customer_id) for customer_id in chosen["customer_id"].to_pylist()]


def score(
    conn: Connection, config: Config, *, rule: GlueRule | None = None, progress: Progress | None = None
) -> Scored:
    """Compare the pending records with all others; writes nothing. Trains a model for a type that has none.

    Whoever holds a value that becomes glue, or ceases to be, is compared again, too. `rule`: what glue is, before
    stewards' words (None: the hub's own rule). `progress` is told each step in a few words.
    """
    tell = progress or (lambda _: None)
    records = pending.read(conn)
    many = _is_much(conn, records.num_rows)
    rule = glue_words.applied(conn, rule or GlueRule())
    if not many:
        glue.stage_touched(conn)
    found = [edges.SCORED_SCHEMA.empty_table()]
    judges: dict[EntityType, Judge] = {}
    assumed: dict[EntityType, glue.Assumed] = {}
    full: list[EntityType] = []
    pairs_scored = 0
    for entity_type in ENTITY_TYPES:
        live = models_store.live(conn, entity_type)
        if live is not None:
            assumed[entity_type] = glue.assume(conn, entity_type, rule, whole=many)
            records = _with_joining(records, glue.joining(conn, entity_type, assumed[entity_type]))
        of_type = pc.and_(records["live"], pc.equal(records["entity_type"], entity_type))
        judge = judge_for(conn, config, entity_type, live, records.filter(of_type).num_rows, rule, tell)
        if judge is None:
            continue
        judges[entity_type] = judge
        if judge.trained:
            assumed[entity_type] = glue.Assumed(glue.read(conn, entity_type), judge.trained.glue, rule)
        elif live is None:
            assumed[entity_type] = glue.assume(conn, entity_type, rule, whole=True)
        suppressed = assumed[entity_type].junk
        whole = judge.replaces is not None or judge.rescored
        if whole:
            base = pending.read_all(conn, entity_type)
            records = pa.concat_tables([records.filter(pc.invert(of_type)), base])
            of_type = pc.and_(records["live"], pc.equal(records["entity_type"], entity_type))
        if judge.trained and judge.known is not None:
            full.append(entity_type)
            pairs_scored += judge.trained.pairs
            found.append(edges.as_scored(judge.known, entity_type, judge.model.version))
            continue
        due = records.filter(of_type)["record_id"].combine_chunks()
        if whole or _is_much(conn, len(due)):
            full.append(entity_type)
            parts = engine.score_full(conn, config, judge.scorer(suppressed))
        else:
            parts = engine.score_touching(conn, judge.scorer(suppressed), due, suppressed)
        for compared, scored in parts:
            pairs_scored += compared
            tell(f"comparing {entity_type} records: {pairs_scored:,} pairs")
            found.append(edges.as_scored(scored, entity_type, judge.model.version))
    return Scored(
        records=records,
        edges=pa.concat_tables(found).unify_dictionaries(),
        judges=judges,
        pairs=pairs_scored,
        full=tuple(full),
        release=config.release,
        sole=duplicate_free.configured(config),
        clusterers=engine.clusterers(config),
        assumed=assumed,
        settlements=glue.settlements(conn),
    )


def _is_much(conn: Connection, records: int) -> bool:
    return records > max(_FULL_SHARE * store.about_how_many(conn), _FULL_LEAST)


def _with_joining(records: pa.Table, joining: pa.Table) -> pa.Table:
    """Add the records that join a round, but for those that are in it already."""
    there = pc.is_in(joining["record_id"], value_set=records["record_id"].combine_chunks())
    return pa.concat_tables([records, joining.filter(pc.invert(there))])


def is_due(conn: Connection, config: Config) -> bool:
    """Say whether a round has something to do: records are pending, or hub.yaml has moved a bar or a source."""
    if pending.count(conn) or duplicate_free.configured(config) != duplicate_free.in_force(conn):
        return True
    lives = [(entity_type, models_store.live(conn, entity_type)) for entity_type in ENTITY_TYPES]
    return any(live and bars_for(config.matching_for(t), live.model) != live.bars for t, live in lives)


def settle(conn: Connection, scored: Scored, *, run_id: UUID | None = None, approved: bool = False) -> Settled:
    """Write the round's edges, clusters, crosswalk and events; the caller holds `hub.db.master_lock`.

    Records that changed since they were scored stay pending, with the edges and the customer they have, and so do the
    records of a type whose live model or bars another round has changed meanwhile, and whoever holds a value that was
    taken for glue and is none any more, or the other way round. Raises PlanHeldError where too many
    customers would change, unless that is `approved`: then the caller must roll back.
    """
    at: datetime = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    accepted = {t: judge for t, judge in scored.judges.items() if accept(conn, t, judge)}
    judged = pa.array(accepted, pa.string())
    settleable = pc.or_(pc.invert(scored.records["live"]), pc.is_in(scored.records["entity_type"], value_set=judged))
    alone = glue.settlements(conn) == scored.settlements
    for entity_type, assumed in scored.assumed.items():
        glue.settle(conn, entity_type, assumed, alone=alone, at=at)
    _settle_records(conn, scored.records.filter(settleable))
    glue.settled(conn)
    components.start(conn, [t for t, judge in accepted.items() if link_moved(conn, t, judge)])
    duplicate_free.put_in_force(conn, scored.sole)
    edges.stage_scored(conn, scored.edges)
    written = edges.replace(conn)
    for entity_type, judge in accepted.items():
        models_store.set_bars(conn, entity_type, judge.bars)
    clusters = components.clusters(conn, scored.clusterers)
    settled = read_ids(conn, "SELECT record_id FROM settled_record")
    moves = crosswalk.settle(
        conn,
        clusters,
        settled,
        at=at,
        run_id=run_id,
        release=scored.release,
        approved=approved,
    )
    for entity_type in accepted:
        models_store.applied(conn, entity_type, at)
    if len(settled) > _MANY:
        _analyze_grown(conn)
    return Settled(moves.touched, len(settled), written, moves.counts, pending.count(conn), moves.waiting)


def _analyze_grown(conn: Connection) -> None:
    """Analyse the tables that have doubled since: the planner must not take them for empty until autovacuum comes by.

    The next rounds look up by index.
    """
    sizes = conn.execute(
        sa.text("""
            SELECT relname, pg_relation_size(oid) > 2 * greatest(relpages, 1) * current_setting('block_size')::bigint
            FROM pg_class WHERE relnamespace = 'identity'::regnamespace AND relname = ANY(:names)"""),
        {"names": list(_JOINED_BY)},
    )
    for name, grown in sizes:
        if grown:
            conn.execute(sa.text(f"ANALYZE identity.{name}{_JOINED_BY[name]}"))


def _settle_records(conn: Connection, records: pa.Table) -> None:
    """Mark the records that are still as they were scored as resolved, and list them in `settled_record`."""
    stage(
        conn,
        "round_record",
        "record_id bigint PRIMARY KEY, revision bigint NOT NULL, entity_type text NOT NULL, live boolean NOT NULL",
        records,
    )
    stage(conn, "settled_record", "record_id bigint PRIMARY KEY, entity_type text NOT NULL, live boolean NOT NULL")
    pending.settle_staged(conn)
    conn.execute(sa.text("ANALYZE settled_record"))
