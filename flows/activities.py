"""Taking in activities: as records are, by a feed of their own, so that neither can hold up the other."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flows.report import SystemReport
from golden_record import activities
from hub.db import transaction
from hub.session import Hub
from sources import intake, landing
from sources.registry import effective_activities


def any_of(hub: Hub, system: str) -> bool:
    """Tell whether activities of a system are read."""
    return bool(effective_activities(hub.config, system))


def ingest(
    hub: Hub, system: str, run_id: UUID, progress: Callable[[str], None], *, replay: bool = False, force: bool = False
) -> SystemReport:
    """Land what is new of a system's activities, and store it, as `flows.stages.ingest` does with its records."""
    report = SystemReport()
    if not replay:
        landed = landing.land(hub.engine, hub.config, system, hub.home, feed="activities", force_deletions=force)
        with transaction(hub.engine) as conn:
            landing.settle(conn, landed)
        report.add_landed(landed.objects)
    with transaction(hub.engine) as conn:
        due = intake.pending(conn, hub.config, system, feed="activities", replay=replay)
        for batch in intake.read_activities(conn, hub.config, due):
            saved = activities.save(conn, batch.records, run_id=run_id)
            activities.delete(conn, batch.deleted)
            intake.settle(conn, due, batch, run_id)
            report.add_batch(batch, saved)
            progress(f"{system}: {report.rows_in:,} activities taken in")
        intake.mark(conn, due, run_id)
    return report
