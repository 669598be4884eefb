"""A saved model tried out: its clusters go live as a run would let them, in a transaction that the caller rolls back.

What a run would hold hangs on the model's edges, so those among the customers that would become one stand in the
database meanwhile. All others are the live model's still: nothing that is held back asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_ids
from hub.config import Config
from hub.records import EntityType
from identity import crosswalk, edges, holds, models_store, pending
from identity.bars import bars_for
from identity.blast_radius import PlanHeldError
from identity.holds import Hold
from identity.rebuild import Rebuilt
from identity.staging import stage, stage_query

_ALL = 2**31

# The records of each cluster in which records of several customers meet.
_MERGING = """
    SELECT record_id, entity_type, true AS live FROM tried_cluster WHERE cluster_id IN (
        SELECT t.cluster_id FROM tried_cluster t
        JOIN identity.crosswalk x ON x.record_id = t.record_id AND x.valid_to IS NULL
        GROUP BY t.cluster_id HAVING count(DISTINCT x.customer_id) > 1)"""


@dataclass(frozen=True)
class Trial:
    """What became of the customers, and the holds of the type that were open then.

    `stopped`: a run would stop before any of it, for it changes too many customers; what is told is what would follow
    once it is approved.
    """

    moves: crosswalk.Moves
    held: list[Hold]
    stopped: PlanHeldError | None


def try_out(conn: Connection, config: Config, entity_type: EntityType, version: int, found: Rebuilt) -> Trial:
    """Settle the clusters that this model gives, with what `config` holds; the caller has the master lock."""
    clusters = _clusters(entity_type, found.clusters)
    models_store.choose(conn, entity_type, version)
    model = models_store.described(conn, entity_type, version)
    models_store.set_bars(conn, entity_type, bars_for(config.matching_for(entity_type), model))
    stage(conn, "tried_cluster", "record_id bigint PRIMARY KEY, cluster_id bigint, entity_type text", clusters)
    stage_query(conn, "settled_record", _MERGING)
    edges.stage_scored(conn, edges.as_scored(_touching(conn, found.edges), entity_type, version))
    edges.replace(conn)
    moves, stopped = _settled(conn, config, clusters, _gone(conn, entity_type))
    held = [hold for hold in holds.listing(conn, limit=_ALL) if hold.entity_type == entity_type]
    return Trial(moves, held, stopped)


def _settled(
    conn: Connection, config: Config, clusters: pa.Table, gone: pa.Array
) -> tuple[crosswalk.Moves, PlanHeldError | None]:
    at: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    try:
        with conn.begin_nested():
            return crosswalk.settle(conn, clusters, gone, at=at, release=config.release), None
    except PlanHeldError as stopped:
        return crosswalk.settle(conn, clusters, gone, at=at, release=config.release, approved=True), stopped


def _clusters(entity_type: EntityType, names: dict[int, int]) -> pa.Table:
    records, clusters = pa.array(names.keys(), pa.int64()), pa.array(names.values(), pa.int64())
    types = pa.repeat(pa.scalar(entity_type, pa.string()), len(records))
    return pa.table([records, clusters, types], schema=crosswalk.CLUSTERS)


def _touching(conn: Connection, scored: pa.Table) -> pa.Table:
    """Give the edges of the records in `settled_record`."""
    merging = read_ids(conn, "SELECT record_id FROM settled_record")
    ends = [pc.is_in(scored[end], value_set=merging) for end in ("record_l", "record_r")]
    return scored.filter(pc.or_(*ends))


def _gone(conn: Connection, entity_type: EntityType) -> pa.Array:
    """Give the records of the type that were deleted and not settled yet."""
    found = pending.read(conn)
    of_type = pc.equal(found["entity_type"], entity_type)
    return found.filter(pc.and_(pc.invert(found["live"]), of_type))["record_id"].combine_chunks()
