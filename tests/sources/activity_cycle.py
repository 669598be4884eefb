"""One ingest of a system's activities as the flows do it, and what came of it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from hub.activity import Activity
from hub.config import Config
from hub.db import transaction
from hub.records import RecordKey
from sources import intake, landing
from sources.quarantine import QuarantinedRow


class Taken:
    """What one ingest of activities gave."""

    def __init__(self) -> None:
        self.activities: dict[RecordKey, Activity] = {}
        self.deleted: set[str] = set()
        self.quarantined: list[QuarantinedRow] = []
        self.rows_in = 0


def take(engine: Engine, config: Config, home: Path, *, land: bool = True) -> Taken:
    if land:
        landed = landing.land(engine, config, "sys", home, feed="activities")
        with transaction(engine) as conn:
            landing.settle(conn, landed)
    taken = Taken()
    with transaction(engine) as conn:
        due = intake.pending(conn, config, "sys", feed="activities")
        for batch in intake.read_activities(conn, config, due):
            assert batch.rows_in == len(batch.records) + len(batch.quarantined) + len(batch.deleted)
            taken.rows_in += batch.rows_in
            taken.activities |= {activity.key: activity for activity in batch.records}
            taken.deleted |= {key.source_id for key in batch.deleted}
            taken.quarantined += batch.quarantined
            intake.settle(conn, due, batch, None)
        intake.mark(conn, due, None)
    return taken
