"""Commands that look: status, show, segments, export, quarantine, parked writes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, SettingsOption, command, person
from hub.home import settings_path

if TYPE_CHECKING:
    from destinations.parked import Parked


class ExportFormat(StrEnum):
    """How exported files are written."""

    parquet = "parquet"
    csv = "csv"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (status, show, segments, export, quarantine, parked):
        app.command()(function)


def status(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """What the hub holds, what is pending, and how the last run ended."""
    with command(as_json) as screen:
        from apps.cli.overview import overview
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            seen = overview(conn, hub.config)
        screen.result(seen)
        screen.table("", ("what", "count"), list(seen["counts"].items()))
        for entity_type, model in seen["models"].items():
            screen.say(f"{entity_type}: {model}")
        run = seen["last_run"]
        screen.say(
            f"Last run: {run['command']} {run['status']}, started {run['started_at']:%Y-%m-%d %H:%M} UTC"
            if run
            else "No run yet: start one with hub sync"
        )


def show(
    what: Annotated[str, typer.Argument(help="A customer id, or a record as SYSTEM/ID (or SYSTEM/OBJECT/ID).")],
    why: Annotated[
        str | None, typer.Option("--why", help="Why this attribute is what it is, and what would make it another.")
    ] = None,
    settings: SettingsOption = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="What happened with the customer instead, newest first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="With --timeline: how many activities.")] = 20,
    before: Annotated[str | None, typer.Option(help="With --timeline: go on behind a page; it says with what.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="As the hub knew it then: 2026-03-01 (its end) or 2026-03-01T14:30.")
    ] = None,
    valid_at: Annotated[
        str | None, typer.Option("--valid-at", help="What was true then, as far as the hub knows (at --as-of, or now).")
    ] = None,
    told: Annotated[bool, typer.Option("--told", help="What systems have been told of it instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """One customer, now or at a moment: golden values with their origins, records, figures, relations, consents."""
    with command(as_json) as screen:
        from apps.cli import customer, customer_screen
        from apps.cli.history import read_moment
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            if why:
                from apps.cli.why_screen import show_why
                from golden_record.why import why as ask

                show_why(screen, ask(conn, hub.config, customer.find(conn, what), why))
                return
            if timeline:
                page = customer.timeline(conn, what, limit=limit, before=before)
                screen.result(page)
                customer_screen.timeline(screen, what, page)
                return
            moments = {"as_of": read_moment(as_of, "--as-of"), "valid_at": read_moment(valid_at, "--valid-at")}
            found = customer.customer(conn, hub.config, what, **moments)
        screen.result(found)
        if told:
            customer_screen.told(screen, found)
            return
        customer_screen.customer(screen, what, found)


def segments(
    name: Annotated[str | None, typer.Argument(help="A segment, to list its customers.")] = None,
    settings: SettingsOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many customers to list.")] = 50,
    after: Annotated[str | None, typer.Option(help="Go on behind this customer id.")] = None,
    as_json: JsonOption = False,
) -> None:
    """How many customers each segment of hub.yaml has now, or who they are."""
    with command(as_json) as screen:
        from apps.cli import segment
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            if name is None:
                counted = segment.counts(conn, hub.config)
                screen.result(counted)
                screen.table("", ("segment", "customers"), list(counted.items()))
                return
            found = segment.members(conn, hub.config, name, limit=limit, after=after)
        screen.result(found)
        screen.table("", ("customer", "name"), [[one["customer_id"], one["name"]] for one in found["customers"]])
        if found["after"]:
            screen.say(f"Further: hub segments {name} --after {found['after']}")


def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go; it is made if it is not there.")],
    file_format: Annotated[ExportFormat, typer.Option("--format", help="Of the files.")] = ExportFormat.parquet,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write customers, their history, the crosswalk, activities, consents and relations as files for analysts."""
    with command(as_json) as screen:
        from golden_record import analytics
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            counts = analytics.export(conn, folder, file_format.value)
        screen.result({"folder": folder.absolute(), "format": file_format, "rows": counts})
        screen.table("", ("file", "rows"), [[f"{name}.{file_format.value}", rows] for name, rows in counts.items()])
        screen.say("The files hold personal data; only their owner may read them.")


def quarantine(
    settings: SettingsOption = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Map the quarantined rows again, after a fix of mapping or rules.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many rows to list.")] = 50,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Rows that could not be used, each with the field and the reason; kept whole."""
    with command(as_json) as screen:
        from hub.db import transaction
        from hub.session import open_hub
        from sources import quarantine as store

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            if replay:
                count = store.requeue(conn, by=person(by))
                screen.result({"requeued": count})
                screen.say(f"{count:,} rows will be mapped again by the next hub sync.")
                return
            total = sum(store.count_open(conn).values())
            rows = store.listing(conn, limit=limit)
        screen.result({"total": total, "rows": [row._asdict() for row in rows]})
        if not total:
            screen.say("The quarantine is empty.")
            return
        screen.table(
            "",
            ("system", "object", "row", "line", "field", "reason"),
            [[r.system, r.object, r.source_id, r.line, r.field, r.reason] for r in rows],
        )
        if total > len(rows):
            screen.say(f"... and {total - len(rows):,} more; list them with --limit")
        screen.say(
            "Fix the row in its system or the mapping in hub.yaml, and run hub sync; "
            "to map the rows again as they are: --replay"
        )


def parked(
    settings: SettingsOption = None,
    retry: Annotated[bool, typer.Option("--retry", help="Send all parked writes again on the next sync.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 50,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Writes that a system refused, or that were tried in vain again and again: why, and what to do."""
    with command(as_json) as screen:
        from destinations import parked as store
        from hub.db import transaction
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            if retry:
                count = store.requeue(conn, by=person(by))
                screen.result({"requeued": count})
                screen.say(f"{count:,} writes will be tried again by the next hub sync.")
                return
            rows = store.parked(conn, limit=limit)
        screen.result(rows)
        if not rows:
            screen.say("No write is parked.")
            return
        screen.table(
            "",
            ("destination", "customer", "record", "fields", "state", "why"),
            [
                [r.destination, r.customer_id, r.source_id or "new", ", ".join(r.fields), _state(r), r.reason]
                for r in rows
            ],
        )
        screen.say("`hub show CUSTOMER` shows whom a write is about; `--json` has the whole of each reason.")
        screen.say("A value that is refused as wrong: correct it in the system that it comes from, then hub sync.")
        screen.say("A value that is taken: another record there has it. Merge the two there, or leave this one parked.")
        screen.say("A parked write is planned anew when its customer changes; to send all again: hub parked --retry")


def _state(row: Parked) -> str:
    return f"waits, {row.attempts} tries" if row.is_waiting else "parked"
