"""The main job: what is new from every system, who is who, golden records, and back to the systems.

Each stage is "do what is pending": it needs no list of ids, and can be killed and started again. The order of
stages stands here once; a hand-started sync runs them plainly, the Prefect flow runs each as a task.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from flows import facts, stages
from flows.report import DestinationReport, SyncReport, SystemReport
from hub import runs
from hub.db import only_one, transaction
from hub.errors import HubError
from hub.session import Hub
from sources.page import FeedKind

Progress = Callable[[str], None]
_Result = TypeVar("_Result")


class Step(Protocol):
    """How a stage is run: plainly, or as a task."""

    def __call__(self, name: str, stage: Callable[[], _Result]) -> _Result:
        """Run the stage called `name` and give its result."""


def plainly(name: str, stage: Callable[[], _Result]) -> _Result:
    """Run a stage as it is."""
    return stage()


def sync(
    hub: Hub,
    *,
    trigger: str = "command",
    step: Step = plainly,
    progress: Progress = lambda _: None,
    replay: bool = False,
    force: bool = False,
    approve: bool = False,
    by: str = "",
) -> SyncReport:
    """Run all stages once and leave a run record.

    A system or destination that fails does not stop the others: its error stands in the report and its work stays
    pending. `replay` maps all landed rows again without asking the systems; `force` applies deletions that were held
    for being too many; `approve` lets the run change more customers than the settings allow; `by` is who lets it.
    Raises RetryableError where another sync is running.
    """
    with only_one(hub.engine, "sync"):
        with transaction(hub.engine) as conn:
            run_id = runs.start(conn, "sync", trigger)
            runs.let(conn, run_id, by=by, approve=approve, force=force)
        report = SyncReport()
        try:
            _stages(hub, run_id, report, step, progress, replay=replay, force=force, approve=approve)
        except BaseException:
            with transaction(hub.engine) as conn:
                runs.finish(conn, run_id, "failed", report.to_json())
            raise
        with transaction(hub.engine) as conn:
            runs.finish(conn, run_id, "warning" if report.status == "warning" else "completed", report.to_json())
    return report


def _stages(
    hub: Hub,
    run_id: UUID,
    report: SyncReport,
    step: Step,
    progress: Progress,
    *,
    replay: bool,
    force: bool,
    approve: bool,
) -> None:
    unsettled: dict[str, HubError] = {}
    for name, settings in hub.config.destinations.items():
        try:
            stages.settle_lost(hub, name, progress)
        except HubError as error:
            unsettled[settings.system] = error
    for name in hub.config.systems:
        progress(f"{name}: reading what is new" if not replay else f"{name}: mapping its landed rows again")
        report.systems[name] = SystemReport()
        try:
            if name in unsettled and not replay:
                # What the hub has written there, without knowing it yet, would be read as the system's own news.
                raise unsettled[name]
            report.systems[name] = step(
                f"ingest {name}",
                partial(stages.ingest, hub, name, run_id, progress, replay=replay, force=force),
            )
        except HubError as error:
            report.systems[name].error = str(error)
        if not report.systems[name].error:
            for feed in facts.of(hub, name):
                taken = _facts(hub, name, feed, run_id, step, progress, replay=replay, force=force)
                report.facts(feed)[name] = taken
    progress("resolving who is who")
    report.master = step("resolve and refresh", partial(stages.master, hub, run_id, progress, approve=approve))
    for name in hub.config.destinations:
        progress(f"{name}: publishing what differs")
        report.destinations[name] = DestinationReport()
        try:
            report.destinations[name] = step(f"publish {name}", partial(stages.publish, hub, name, progress))
        except HubError as error:
            report.destinations[name].error = str(error)
    stages.measure(hub)
    if any(d.applied for d in report.destinations.values()):
        # Records that the hub has just created join their customers now, not with the next sync.
        created = step("resolve what was created", partial(stages.master, hub, run_id, progress, approve=approve))
        report.master.add(created)


def _facts(
    hub: Hub, name: str, feed: FeedKind, run_id: UUID, step: Step, progress: Progress, *, replay: bool, force: bool
) -> SystemReport:
    """Take in a system's activities or consents; should that fail, its records are in all the same."""
    try:
        return step(
            f"ingest {feed} of {name}",
            partial(facts.ingest, hub, name, feed, run_id, progress, replay=replay, force=force),
        )
    except HubError as error:
        return SystemReport(error=str(error))
