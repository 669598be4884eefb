"""One stage at a time, each with its own run record: for operators who schedule or repair a step by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flows import facts, stages
from flows.report import DestinationReport, SyncReport, SystemReport
from hub import runs
from hub.db import only_one, transaction
from hub.errors import SettingsError
from hub.section import did_you_mean
from hub.session import Hub

Progress = Callable[[str], None]


def ingest(
    hub: Hub, system: str, *, progress: Progress, replay: bool = False, force: bool = False, by: str = ""
) -> SyncReport:
    """Land and store what is new from one system; `force` applies deletions that were held, `by` is who lets it."""
    _check("system", system, hub.config.systems)
    with _recorded(hub, f"ingest {system}", by=by, force=force) as (run_id, report):
        report.systems[system] = SystemReport()
        for name, destination in hub.config.destinations.items():
            if destination.system == system and not replay:
                stages.settle_lost(hub, name, progress)
        report.systems[system] = stages.ingest(hub, system, run_id, progress, replay=replay, force=force)
        for feed in facts.of(hub, system):
            taken = facts.ingest(hub, system, feed, run_id, progress, replay=replay, force=force)
            report.facts(feed)[system] = taken
    return report


def resolve(hub: Hub, *, progress: Progress, approve: bool = False, by: str = "") -> SyncReport:
    """Resolve and refresh what is pending; `approve` lets it change more customers than the settings do, said `by`."""
    with _recorded(hub, "resolve", by=by, approve=approve) as (run_id, report):
        report.master = stages.master(hub, run_id, progress, approve=approve)
    return report


def publish(hub: Hub, destination: str, *, progress: Progress) -> SyncReport:
    """Send to one destination what differs there."""
    _check("destination", destination, hub.config.destinations)
    with _recorded(hub, f"publish {destination}") as (_, report):
        report.destinations[destination] = DestinationReport()
        report.destinations[destination] = stages.publish(hub, destination, progress)
    return report


def preview(hub: Hub, destination: str) -> list[dict[str, Any]]:
    """Give the writes that `publish` would make now, without making them."""
    _check("destination", destination, hub.config.destinations)
    return stages.preview(hub, destination)


@contextmanager
def _recorded(
    hub: Hub, command: str, *, by: str = "", approve: bool = False, force: bool = False
) -> Iterator[tuple[UUID, SyncReport]]:
    # A sync does all of this too: the two must not run at once.
    with only_one(hub.engine, "sync"):
        with transaction(hub.engine) as conn:
            run_id = runs.start(conn, command, "command")
            runs.let(conn, run_id, by=by, approve=approve, force=force)
        report = SyncReport()
        status: runs.Status = "failed"
        try:
            yield run_id, report
            status = "warning" if report.status == "warning" else "completed"
        finally:
            with transaction(hub.engine) as conn:
                runs.finish(conn, run_id, status, report.to_json())


def _check(what: str, name: str, known: dict[str, Any]) -> None:
    if name not in known:
        raise SettingsError(
            f"hub.yaml has no {what} '{name}'{did_you_mean(name, known)}", hint=f"It has: {', '.join(known) or 'none'}."
        )
