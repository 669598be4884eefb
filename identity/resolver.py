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

from collections.abc import Callable, Iterator, Mapping
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
    possible_matches,
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
    `waiting` those of the round that have no customer yet because the change is held. `at` is its moment.
    """

    touched: pa.Table
    records: int
    edges: int
    events: dict[str, int]
    pending: int
    waiting: int
    at: datetime

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
    scoring = _Scoring(conn, config, rule or GlueRule(), progress or (lambda _: None))
    for entity_type in ENTITY_TYPES:
        scoring.score(entity_type)
    return scoring.scored()


class _Scoring:
    """A round while it is scored, type by type: its records, and what was found so far."""

    def __init__(self, conn: Connection, config: Config, rule: GlueRule, tell: Progress) -> None:
        self._conn, self._config, self._tell = conn, config, tell
        self._settlements = glue.settlements(conn)
        self._records = pending.read(conn)
        self._many = _is_much(conn, self._records.num_rows)
        self._rule = glue_words.applied(conn, rule)
        self._edges = [edges.SCORED_SCHEMA.empty_table()]
        self._judges: dict[EntityType, Judge] = {}
        self._assumed: dict[EntityType, glue.Assumed] = {}
        self._full: list[EntityType] = []
        self._pairs = 0
        if not self._many:
            glue.stage_touched(conn)

    def score(self, entity_type: EntityType) -> None:
        """Score what is due of a type."""
        judge = self._judge(entity_type)
        if judge is None:
            return
        self._judges[entity_type] = judge
        whole = judge.replaces is not None or judge.rescored
        if whole:
            base = pending.read_all(self._conn, entity_type)
            self._records = pa.concat_tables([self._records.filter(pc.invert(self._due(entity_type))), base])
        if judge.trained and judge.known is not None:
            self._full.append(entity_type)
            self._pairs += judge.trained.pairs
            self._edges.append(edges.as_scored(judge.known, entity_type, judge.model.version))
            return
        for compared, scored in self._compared(entity_type, judge, whole=whole):
            self._pairs += compared
            self._tell(f"comparing {entity_type} records: {self._pairs:,} pairs")
            self._edges.append(edges.as_scored(scored, entity_type, judge.model.version))

    def scored(self) -> Scored:
        """Give the round."""
        return Scored(
            records=self._records,
            edges=pa.concat_tables(self._edges).unify_dictionaries(),
            judges=self._judges,
            pairs=self._pairs,
            full=tuple(self._full),
            release=self._config.release,
            sole=duplicate_free.configured(self._config),
            clusterers=engine.clusterers(self._config),
            assumed=self._assumed,
            settlements=self._settlements,
        )

    def _due(self, entity_type: EntityType) -> pa.ChunkedArray:
        """Mark the live records of a type."""
        return pc.and_(self._records["live"], pc.equal(self._records["entity_type"], entity_type))

    def _judge(self, entity_type: EntityType) -> Judge | None:
        """Say what the records of a type are judged by, and what is taken for glue; those who join for that come in."""
        live = models_store.live(self._conn, entity_type)
        if live is not None:
            assumed = glue.assume(self._conn, entity_type, self._rule, whole=self._many)
            self._assumed[entity_type] = assumed
            self._records = _with_joining(self._records, glue.joining(self._conn, entity_type, assumed))
        due = pc.sum(self._due(entity_type)).as_py() or 0
        judge = judge_for(self._conn, self._config, entity_type, live, due, self._rule, self._tell)
        if judge is not None and judge.trained:
            before = glue.read(self._conn, entity_type)
            self._assumed[entity_type] = glue.Assumed(before, judge.trained.glue, self._rule)
        elif judge is not None and live is None:
            self._assumed[entity_type] = glue.assume(self._conn, entity_type, self._rule, whole=True)
        return judge

    def _compared(self, entity_type: EntityType, judge: Judge, *, whole: bool) -> Iterator[tuple[int, pa.Table]]:
        """Give numbers of pairs compared with their edges, a part at a time."""
        suppressed = self._assumed[entity_type].junk
        due = self._records.filter(self._due(entity_type))["record_id"].combine_chunks()
        if whole or _is_much(self._conn, len(due)):
            self._full.append(entity_type)
            return engine.score_full(self._conn, self._config, judge.scorer(suppressed))
        return engine.score_touching(self._conn, judge.scorer(suppressed), due, suppressed)


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
    bars_moved = any(_bars_moved(conn, t, judge) for t, judge in accepted.items())
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
    possible_matches.settle(conn, at=at, whole=bars_moved)
    for entity_type in accepted:
        models_store.applied(conn, entity_type, at)
    if len(settled) > _MANY:
        _analyze_grown(conn)
    return Settled(moves.touched, len(settled), written, moves.counts, pending.count(conn), moves.waiting, at)


def _bars_moved(conn: Connection, entity_type: EntityType, judge: Judge) -> bool:
    live = models_store.live(conn, entity_type)
    return live is None or live.bars != judge.bars


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
