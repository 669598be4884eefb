"""The numbers of `hub status`, read in one moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from destinations import parked
from golden_record import read as golden
from hub import runs
from hub.config import Config
from hub.records import ENTITY_TYPES
from identity import crosswalk, edges, holds, models_store, store
from identity.bars import bars_for
from identity.wording import model_line
from sources import quarantine


def overview(conn: Connection, config: Config) -> dict[str, Any]:
    """Give counts, the live models and the last run."""
    records = store.counts(conn)
    counts: dict[str, int] = {
        "source records": records.live,
        "source records deleted": records.deleted,
        "source records pending": records.pending,
        "customers": crosswalk.count(conn),
        "golden records": golden.count(conn),
        "edges": edges.count(conn),
        "pairs of records to review": edges.review_count(conn),
        "changes held": holds.count(conn),
        "records that wait for a customer": holds.waiting(conn),
        "rows in quarantine": sum(quarantine.count_open(conn).values()),
    }
    for destination, states in sorted(parked.counts(conn).items()):
        for state, number in sorted(states.items()):
            counts[f"writes to {destination} {state}"] = number
    last = runs.latest(conn)
    return {
        "counts": counts,
        "models": {
            entity_type: model_line(live.model, bars_for(config.matching_for(entity_type), live.model))
            for entity_type in ENTITY_TYPES
            if (live := models_store.live(conn, entity_type)) is not None
        },
        "last_run": last[0]._asdict() if last else None,
    }
