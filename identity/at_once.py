"""A steward's word carried out at once: the components of the records named, clustered anew with what stands now.

The very steps of a round (`identity.resolver`) but the scoring: a word changes no record, so the edges are those there
are. Records that have changed and wait for a round count as they were resolved last, and go on waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RetryableError
from identity import components, crosswalk, engine, pending, possible_matches
from identity.crosswalk import Moves
from identity.staging import stage


def settle(
    conn: Connection,
    config: Config,
    records: Collection[int],
    marked: Mapping[int, int],
    *,
    at: datetime,
) -> Moves:
    """Bring customers to what stands about the records now; the caller holds the master lock.

    `marked` are those of the records that only the word itself has marked pending, with their revisions
    (`pending.resolved` before it was spoken): they wait no more. Raises RetryableError where a round must come first,
    PlanHeldError as a round does.
    """
    if conn.scalar(sa.text("SELECT EXISTS (SELECT FROM identity.model_promotion WHERE applied_at IS NULL)")):
        raise RetryableError("Another model has been made live.", hint="The next sync settles this with it.")
    stage(conn, "settled_record", "record_id bigint PRIMARY KEY, entity_type text NOT NULL, live boolean NOT NULL")
    named = pa.table({"record_id": pa.array(sorted(records), pa.int64())})
    stage(conn, "start_record", "record_id bigint PRIMARY KEY", named)
    # Before anything is read: who speaks from now on marks its records anew, and who spoke before is heard.
    unmarked = pa.array(pending.unmark(conn, marked), pa.int64())
    clusters = components.clusters(conn, engine.clusterers(config))
    moves = crosswalk.settle(conn, clusters, unmarked, at=at, release=config.release)
    possible_matches.settle(conn, at=at, whole=False, records=records)
    return moves
