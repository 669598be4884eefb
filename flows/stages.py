"""The stages of a sync as plain functions; Prefect wraps them, and nothing in them depends on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flows import publishing
from flows.report import DestinationReport, MasterReport, SystemReport
from golden_record import definitions, pins, policies, profiles, search_index, silence
from golden_record.refresh import RefreshReport, outdated, refresh
from hub import plans
from hub.db import master_lock, snapshot, transaction
from hub.session import Hub
from identity import delivered_quality, holds, pending, resolver, store
from identity.blast_radius import PlanHeldError
from identity.wording import model_line
from sources import intake, landing

Progress = Callable[[str], None]

_ROUNDS = 5  # records that change while a round is scored go into the next; a steady stream is left for the next sync


def ingest(
    hub: Hub, system: str, run_id: UUID, progress: Progress, *, replay: bool = False, force: bool = False
) -> SystemReport:
    """Land what is new in a system, and store it as source records, quarantined rows and deletions.

    Rows that were landed but never taken in (their process died) are taken in too. Everything landed is stored in
    one transaction with the mark that says so.
    """
    report = SystemReport()
    if not replay:
        landed = landing.land(hub.engine, hub.config, system, hub.home, force_deletions=force)
        with transaction(hub.engine) as conn:
            landing.settle(conn, landed)
        report.add_landed(landed.objects)
    with transaction(hub.engine) as conn:
        due = intake.pending(conn, hub.config, system, replay=replay)
        for batch in intake.read(conn, hub.config, due):
            saved = store.save(conn, batch.records, run_id=run_id)
            store.delete(conn, batch.deleted, run_id=run_id)
            intake.settle(conn, due, batch, run_id)
            report.add_batch(batch, saved)
            progress(f"{system}: {report.rows_in:,} rows taken in")
        intake.mark(conn, due, run_id)
    return report


def master(hub: Hub, run_id: UUID, progress: Progress, *, approve: bool = False) -> MasterReport:
    """Resolve pending records and refresh the golden records of every customer they touch.

    Scoring is long and holds no lock; clusters, crosswalk and golden records change in one short transaction. Where
    that would change too many customers nothing is settled, and the report says so, unless `approve` lets it.
    """
    report = MasterReport()
    with transaction(hub.engine) as conn:
        holds.mark_outdated(conn, hub.config.release)
        pins.expire(conn)
        silence.silence(conn, policies.due(conn, hub.config))
    for _ in range(_ROUNDS):
        with snapshot(hub.engine) as conn:
            report.pending = pending.count(conn)
            if not resolver.is_due(conn, hub.config):
                break
            progress(f"{report.pending:,} records to resolve")
            scored = resolver.score(conn, hub.config, progress=progress)
        progress("settling clusters and golden records")
        try:
            with transaction(hub.engine) as conn:
                master_lock(conn)
                settled = resolver.settle(conn, scored, run_id=run_id, approved=approve)
                touched = [UUID(str(customer)) for customer in settled.touched["customer_id"].to_pylist()]
                refreshed = refresh(conn, hub.config, touched, run_id=run_id, at=settled.at)
                if hub.config.computed:
                    profiles.touch(conn, touched)
        except PlanHeldError as held:
            with transaction(hub.engine) as conn:
                approve = plans.lets(conn, held.changed, second_person=hub.config.access.second_person)
            if approve:  # people have let a plan of this size live: the same again, and carried out
                continue
            report.plan, report.plan_changes = str(held), held.changed
            break
        report.add(_report(scored, settled, refreshed))
    with transaction(hub.engine) as conn:
        if outdated(conn, hub.config):
            progress("the survivorship policy has changed: refreshing all golden records")
            master_lock(conn)
            report.add(
                MasterReport(
                    golden=asdict(refresh(conn, hub.config, None, run_id=run_id)),
                    pending=report.pending,
                    plan=report.plan,
                )
            )
        if search_index.outdated(conn):
            progress("making the search index anew")
            master_lock(conn)
            search_index.rebuild(conn)
        report.holds, report.waiting = holds.count(conn), holds.waiting(conn)
    report.computed = _compute(hub)
    return report


def measure(hub: Hub) -> None:
    """Measure how good is what the systems deliver, where that is due."""
    derived = [name for name, attribute in hub.config.vocabulary().items() if attribute.derived]
    with transaction(hub.engine) as conn:
        delivered_quality.measure(conn, derived)


def _compute(hub: Hub) -> int:
    """Make the figures of every customer that is due anew, some in each transaction; gives how many customers."""
    with transaction(hub.engine) as conn:
        if definitions.enact(conn, hub.config.computed, hub.config.segments):
            profiles.touch_all(conn)
    total = 0
    while True:
        with transaction(hub.engine) as conn:
            done = profiles.refresh(conn, hub.config.computed)
        total += done
        if not done:
            return total


def _report(scored: resolver.Scored, settled: resolver.Settled, refreshed: RefreshReport) -> MasterReport:
    return MasterReport(
        resolved=settled.records,
        pairs=scored.pairs,
        edges=settled.edges,
        customers=dict(settled.events),
        golden=asdict(refreshed),
        pending=settled.pending,
        quality={
            entity_type: {"model": judge.model.version, "says": model_line(judge.model, judge.bars)}
            for entity_type, judge in scored.judges.items()
        },
    )


def settle_lost(hub: Hub, name: str, progress: Progress) -> None:
    """Look up what a run that died was sending; before ingest, which would else take our own writes for news."""
    publishing.settle_lost(hub, name, progress)


def publish(hub: Hub, name: str, progress: Progress) -> DestinationReport:
    """Plan what differs at a destination and send it; see `flows.publishing`."""
    return publishing.publish(hub, name, progress)


def preview(hub: Hub, name: str) -> list[dict[str, Any]]:
    """Give the plan for a destination without storing or sending it."""
    return publishing.preview(hub, name)
