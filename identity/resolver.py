"""Pending records -> edges -> clusters -> crosswalk, in two steps: `score` (long, without a lock) and `settle` (short).

Invariants:
* A round takes every pending record of its entity types, reads that list before anything else, and settles only the
  records that are pending still at the revision it read. So no edge is missed between records of different rounds:
  say round 1 settles A and had not seen B. Then B changed after round 1 read the keys, and so after it had read its
  list. If B is pending at the settlement, the round that settles B compares it with A. If another round has settled B,
  that round read its list after B's change, so it found A as it is and settled both: A was not pending any more.
* Edges and clusters depend on the records, the live model and the bars alone, never on the order of rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
from identity import components, crosswalk, duplicate_free, edges, engine, models_store, pending, store
from identity.bars import Bars, bars_for
from identity.choice import choose_model
from identity.clustering import Clusterer
from identity.model import ENOUGH_TO_TRAIN, Model
from identity.staging import stage
from identity.training import Trained

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
class Judge:
    """The model and the bars that the records of a type were scored with.

    `replaces`: the model is new, in place of this live version (0: of none). `rescored`: the whole base was scored
    because the bar for keeping edges moved. `trained`: what training has scored already.
    """

    model: Model
    bars: Bars
    replaces: int | None = None
    rescored: bool = False
    trained: Trained | None = field(default=None, repr=False)

    @property
    def known(self) -> pa.Table | None:
        """The edges that training has scored already, if they are those that the bars in force keep."""
        return self.trained.edges if self.trained and self.bars.keep == self.model.keep_weight else None

    @property
    def scorer(self) -> Model:
        """The model as it scores: with the bar for keeping edges in force."""
        return replace(self.model, keep_weight=self.bars.keep)


@dataclass(frozen=True)
class Scored:
    """A round: its records at the revisions that were scored, and the edges that touch them.

    `pairs` counts the candidate pairs compared; `full` names the types of which the whole base was scored. `release`
    says what is held when it is settled, `sole` which sources are free of duplicates, `clusterers` by
    what large bases are clustered.
    """

    records: pa.Table
    edges: pa.Table
    judges: dict[EntityType, Judge]
    pairs: int
    full: tuple[EntityType, ...] = ()
    release: ReleaseConfig = field(default_factory=ReleaseConfig)
    sole: duplicate_free.Sources = frozenset()
    clusterers: Mapping[EntityType, Clusterer] = field(default_factory=dict)


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


def score(conn: Connection, config: Config, *, progress: Progress | None = None) -> Scored:
    """Compare the pending records with all others; writes nothing. Trains a model for a type that has none.

    `progress` is told each step in a few words.
    """
    tell = progress or (lambda _: None)
    records = pending.read(conn)
    found = [edges.SCORED_SCHEMA.empty_table()]
    judges: dict[EntityType, Judge] = {}
    full: list[EntityType] = []
    pairs_scored = 0
    for entity_type in ENTITY_TYPES:
        of_type = pc.and_(records["live"], pc.equal(records["entity_type"], entity_type))
        judge = _judge(conn, config, entity_type, records.filter(of_type).num_rows, tell)
        if judge is None:
            continue
        judges[entity_type] = judge
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
        if whole or len(due) > max(_FULL_SHARE * store.about_how_many(conn), _FULL_LEAST):
            full.append(entity_type)
            parts = engine.score_full(conn, config, judge.scorer)
        else:
            parts = engine.score_touching(conn, judge.scorer, due)
        for compared, scored in parts:
            pairs_scored += compared
            tell(f"comparing {entity_type} records: {pairs_scored:,} pairs")
            found.append(edges.as_scored(scored, entity_type, judge.model.version))
    scored_edges = pa.concat_tables(found).unify_dictionaries()
    sole = duplicate_free.configured(config)
    clusterers = engine.clusterers(config)
    return Scored(records, scored_edges, judges, pairs_scored, tuple(full), config.release, sole, clusterers)


def _judge(conn: Connection, config: Config, entity_type: EntityType, due: int, tell: Progress) -> Judge | None:
    """Give what the records of a type are to be judged by; None where there is nothing to judge."""
    live = models_store.live(conn, entity_type)
    matching = config.matching_for(entity_type)
    if live is None or (due and _outgrown(conn, entity_type, live)):
        if not due:
            return None
        tell(f"choosing a model for {entity_type} records")
        chosen = choose_model(conn, config, entity_type, progress=tell)
        bars = bars_for(matching, chosen.model)
        return Judge(chosen.model, bars, replaces=live.version if live else 0, trained=chosen.trained)
    bars = bars_for(matching, live.model)
    if not due and bars == live.bars:
        return None
    model = models_store.load(conn, entity_type, live.version)
    return Judge(model, bars, rescored=live.bars is None or bars.keep != live.bars.keep)


def _outgrown(conn: Connection, entity_type: EntityType, live: models_store.Live) -> bool:
    """Say whether the base is ten times what the model was made for: its keys would bring far too many pairs."""
    most = max(10 * live.model.records, ENOUGH_TO_TRAIN)
    return store.about_how_many(conn) > most and store.live_count(conn, entity_type) > most


def is_due(conn: Connection, config: Config) -> bool:
    """Say whether a round has something to do: records are pending, or hub.yaml has moved a bar or a source."""
    if pending.count(conn) or duplicate_free.configured(config) != duplicate_free.in_force(conn):
        return True
    lives = [(entity_type, models_store.live(conn, entity_type)) for entity_type in ENTITY_TYPES]
    return any(live and bars_for(config.matching_for(t), live.model) != live.bars for t, live in lives)


def settle(conn: Connection, scored: Scored, *, run_id: UUID | None = None, approved: bool = False) -> Settled:
    """Write the round's edges, clusters, crosswalk and events; the caller holds `hub.db.master_lock`.

    Records that changed since they were scored stay pending, with the edges and the customer they have, and so do the
    records of a type whose live model or bars another round has changed meanwhile. Raises PlanHeldError where too many
    customers would change, unless that is `approved`: then the caller must roll back.
    """
    at: datetime = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    accepted = {t: judge for t, judge in scored.judges.items() if _accept(conn, t, judge)}
    judged = pa.array(accepted, pa.string())
    settleable = pc.or_(pc.invert(scored.records["live"]), pc.is_in(scored.records["entity_type"], value_set=judged))
    _settle_records(conn, scored.records.filter(settleable))
    components.start(conn, [t for t, judge in accepted.items() if _link_moved(conn, t, judge)])
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


def _accept(conn: Connection, entity_type: EntityType, judge: Judge) -> bool:
    """Say whether the round's judge is still the right one; saves it and makes it live if it is new."""
    live = models_store.live(conn, entity_type)
    if judge.replaces is not None:
        if judge.replaces != (live.version if live else 0):
            return False
        models_store.save(conn, judge.model)
        models_store.make_live(conn, entity_type, judge.model.version)
        return True
    if live is None or live.version != judge.model.version:
        return False
    if live.bars is None or live.bars.keep != judge.bars.keep:
        if judge.rescored:
            pending.mark_all(conn, entity_type)
        return judge.rescored
    return True


def _link_moved(conn: Connection, entity_type: EntityType, judge: Judge) -> bool:
    live = models_store.live(conn, entity_type)
    return live is not None and live.bars is not None and live.bars.link != judge.bars.link


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
