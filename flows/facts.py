"""Taking in facts (activities, statements of consent): as records are, by feeds of their own that hold nothing up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from flows.report import SystemReport
from golden_record import activities, consents
from hub.db import transaction
from hub.records import RecordKey
from hub.session import Hub
from identity.store import SaveCounts
from sources import intake, landing
from sources.intake import Batch
from sources.page import FeedKind
from sources.registry import effective

FACTS: tuple[FeedKind, ...] = ("activities", "consents")
"""The feeds beside records, in the order in which they are read."""


def of(hub: Hub, system: str) -> list[FeedKind]:
    """Name the feeds of facts that a system has."""
    return [feed for feed in FACTS if effective(hub.config, system, feed)]


def ingest(
    hub: Hub,
    system: str,
    feed: FeedKind,
    run_id: UUID,
    progress: Callable[[str], None],
    *,
    replay: bool = False,
    force: bool = False,
) -> SystemReport:
    """Land what is new of a system's facts, and store it, as `flows.stages.ingest` does with its records."""
    report = SystemReport()
    if not replay:
        landed = landing.land(hub.engine, hub.config, system, hub.home, feed=feed, force_deletions=force)
        with transaction(hub.engine) as conn:
            landing.settle(conn, landed)
        report.add_landed(landed.objects)
    with transaction(hub.engine) as conn:
        due = intake.pending(conn, hub.config, system, feed=feed, replay=replay)
        for batch, saved in _store(conn, hub, due, run_id):
            intake.settle(conn, due, batch, run_id)
            report.add_batch(batch, saved)
            progress(f"{system}: {report.rows_in:,} {feed} taken in")
        intake.mark(conn, due, run_id)
    return report


def _store(conn: Connection, hub: Hub, due: intake.Pending, run_id: UUID) -> Iterator[tuple[Batch[Any], SaveCounts]]:
    if due.feed == "activities":
        for batch in intake.read_activities(conn, hub.config, due):
            saved = activities.save(conn, batch.records, run_id=run_id)
            activities.delete(conn, batch.deleted)
            yield batch, saved
        return
    for said in intake.read_consents(conn, hub.config, due):
        saved = consents.save(conn, said.records, run_id=run_id)
        # A statement that can't be read any more is no grant any more.
        unreadable = [RecordKey(due.system, row.object, row.source_id) for row in said.quarantined if row.source_id]
        consents.delete(conn, [*said.deleted, *unreadable], run_id=run_id)
        yield said, saved
