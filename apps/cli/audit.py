"""`hub audit`: what was done and seen, by whom; and whether the log is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from apps.cli.screen import JsonOption, SettingsOption, command
from hub.home import settings_path

group = typer.Typer(name="audit", help="What was done and seen, by whom.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list")(list_entries)
    group.command()(verify)
    app.add_typer(group)


def list_entries(
    who: Annotated[str | None, typer.Option("--who", help="Of this person or key alone.")] = None,
    what: Annotated[str | None, typer.Option("--what", help="Of this kind alone, such as pin.write.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="About this alone, such as customer:ID.")] = None,
    before: Annotated[int | None, typer.Option("--before", help="Older than this number, for the next page.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest entries. Values stand in it as digests only: equal digests of a field are equal values."""
    with command(as_json) as screen:
        from hub import audit
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = audit.entries(conn, who=who, what=what, on=on, before=before, limit=limit)
        screen.result(found)
        if not found:
            screen.say("The log has no such entry.")
            return
        rows = [[e.seq, e.at, e.who, e.what, ", ".join(e.things), ", ".join(e.after), e.reason] for e in found]
        screen.table("", ("no", "at", "who", "what", "on", "fields", "reason"), rows)


def verify(
    head: Annotated[str, typer.Option("--head", help="A head noted earlier; it must still be in the chain.")] = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walk the whole chain; ends with code 1 where an entry was changed, taken out or put in."""
    with command(as_json) as screen:
        from hub import audit
        from hub.db import snapshot
        from hub.errors import RejectedError
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = audit.verify(conn, head=head)
        if found.fault:
            raise RejectedError(f"The audit log is not whole: {found.fault}.", hint="Compare it with a backup.")
        screen.result(found)
        screen.say(f"The chain is whole: {found.entries:,} entries.")
        screen.say(f"head: {found.head}    (note it elsewhere: what is cut off later shows by it)")
