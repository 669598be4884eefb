"""Commands that do the work: sync, and its steps one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.screen import ByOption, JsonOption, Screen, SettingsOption, command, person
from hub.home import settings_path

if TYPE_CHECKING:
    from flows.report import SyncReport

ReplayOption = Annotated[bool, typer.Option("--replay", help="Map all landed rows again, without asking the systems.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Apply deletions that were held because they were too many.")
]
ApproveOption = Annotated[
    bool, typer.Option("--approve", help="Let the run change more customers than release.max_moved_share allows.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (sync, ingest, resolve, publish):
        app.command()(function)


def sync(
    settings: SettingsOption = None,
    replay: ReplayOption = False,
    force: ForceOption = False,
    approve: ApproveOption = False,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """The main job: all systems in, golden records, all destinations out. Safe to kill and to repeat."""
    with command(as_json) as screen:
        path = settings_path(settings)
        screen.progress(f"sync with {path.name}: starting")
        from flows.sync import sync as run_sync
        from hub.session import open_hub

        who = person(by) if force or approve else by  # what keeps to the settings may run as nobody
        with open_hub(path) as hub:
            report = run_sync(hub, progress=screen.progress, replay=replay, force=force, approve=approve, by=who)
        show_report(screen, report)


def show_report(screen: Screen, report: SyncReport) -> None:
    """Show a sync's summary, with a warning where something needs a look."""
    screen.result(report.to_json())
    if report.nothing_to_do and report.status == "completed":
        screen.say(
            "Nothing to do: no system had anything new, and nothing has changed that a destination should hear of."
        )
    else:
        _show_tables(screen, report)
    _warn(screen, report)
    failed = [s for s in report.systems.values() if s.error]
    if failed and len(failed) == len(report.systems):
        raise typer.Exit(1)  # some systems down is a warning; none at all is a failed run


def _show_tables(screen: Screen, report: SyncReport) -> None:
    from flows import summary

    screen.table("in", summary.SYSTEM_COLUMNS, summary.system_rows(report))
    screen.say(summary.master_line(report))
    for entity_type, said in report.master.quality.items():
        screen.say(f"{entity_type}: {said.get('says', '')}")
    if report.destinations:
        screen.table("out", summary.DESTINATION_COLUMNS, summary.destination_rows(report))


def _warn(screen: Screen, report: SyncReport) -> None:
    from flows.facts import FACTS

    feeds = {f"{name}: {feed}": its for feed in FACTS for name, its in report.facts(feed).items()}
    if report.master.plan:
        screen.warn(report.master.plan)
    if report.master.holds:
        waiting = report.master.waiting
        without = f", and {waiting:,} record{' waits' if waiting == 1 else 's wait'} for a customer" if waiting else ""
        screen.warn(f"{_are(report.master.holds, 'change')} held{without}; see them with: hub holds list")
    for name, system in sorted((report.systems | feeds).items()):
        if system.error:
            screen.warn(f"{name}: {system.error}")
        if system.quarantined:
            screen.warn(f"{name}: {_are(system.quarantined, 'row')} in quarantine; list them with: hub quarantine")
        if system.held:
            screen.warn(
                f"{name}: {_are(system.held, 'deletion')} held, for more than a fifth of its rows are gone; "
                "if that is right: hub sync --force"
            )
    for name, destination in report.destinations.items():
        if destination.error:
            screen.warn(f"{name}: {destination.error}")
        if destination.rejected:
            screen.warn(f"{name}: {_writes(destination.rejected)} refused; why, and what to do: hub parked")
        if destination.waiting_long:
            screen.warn(
                f"{name}: {_writes(destination.waiting_long)} tried in vain again and again, and will be parked if that"
                " goes on; why, and what to do: hub parked"
            )
        if soon := destination.waiting - destination.waiting_long:
            screen.warn(f"{name}: {_writes(soon)} left for the next sync")


def _writes(count: int) -> str:
    return "1 write was" if count == 1 else f"{count:,} writes were"


def _are(count: int, noun: str) -> str:
    return f"1 {noun} is" if count == 1 else f"{count:,} {noun}s are"


def ingest(
    system: Annotated[str, typer.Argument(help="A system of hub.yaml.")],
    settings: SettingsOption = None,
    replay: ReplayOption = False,
    force: ForceOption = False,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Land and store what is new from one system."""
    with command(as_json) as screen:
        from flows import single
        from flows.summary import SYSTEM_COLUMNS, system_rows
        from hub.session import open_hub

        who = person(by) if force else by
        with open_hub(settings_path(settings)) as hub:
            report = single.ingest(hub, system, progress=screen.progress, replay=replay, force=force, by=who)
        screen.result(report.to_json())
        screen.table("in", SYSTEM_COLUMNS, system_rows(report))


def resolve(
    settings: SettingsOption = None, approve: ApproveOption = False, by: ByOption = "", as_json: JsonOption = False
) -> None:
    """Resolve pending records and refresh their golden records."""
    with command(as_json) as screen:
        from flows import single
        from flows.summary import master_line
        from hub.session import open_hub

        who = person(by) if approve else by
        with open_hub(settings_path(settings)) as hub:
            report = single.resolve(hub, progress=screen.progress, approve=approve, by=who)
        screen.result(report.to_json())
        screen.say(master_line(report))
        _warn(screen, report)


def publish(
    destination: Annotated[str, typer.Argument(help="A destination of hub.yaml.")],
    settings: SettingsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send to one destination what differs there."""
    with command(as_json) as screen:
        from flows import single
        from flows.summary import DESTINATION_COLUMNS, destination_rows
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub:
            if dry_run:
                planned = single.preview(hub, destination)
                screen.result(planned)
                rows = [[p["action"], p["customer_id"], p["target"], _fields(p)] for p in planned]
                writes = sum(p["action"] != "keep" for p in planned)
                screen.table(f"{writes:,} writes", ("action", "customer", "record", "fields"), rows)
                return
            report = single.publish(hub, destination, progress=screen.progress)
        screen.result(report.to_json())
        screen.table("out", DESTINATION_COLUMNS, destination_rows(report))


def _fields(planned: dict[str, Any]) -> str:
    """Name the fields of a planned write, and those that were changed in the system since the hub wrote them."""
    return ", ".join(f"{name} (changed there)" if name in planned["conflicts"] else name for name in planned["fields"])
