"""`hub keys`: keys by which apps ask the API."""

from __future__ import annotations

from typing import Annotated

import typer

from apps.cli.screen import ByOption, JsonOption, SettingsOption, command, person
from hub.home import settings_path

group = typer.Typer(name="keys", help="Keys by which apps ask the API.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list")(list_keys)
    for function in (add, revoke):
        group.command()(function)
    app.add_typer(group)


def add(
    name: Annotated[str, typer.Argument(help="What the app is called in the audit log.")],
    right: Annotated[list[str], typer.Option("--right", help="What it may do, such as customer.read; repeat it.")],
    days: Annotated[int, typer.Option(min=1, max=3660, help="It ends after so many days.")] = 365,
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key for an app; it is shown once and kept as a hash alone."""
    with command(as_json) as screen:
        from apps.web.rights import APP_RIGHTS
        from hub import api_keys, audit
        from hub.db import transaction
        from hub.session import open_hub

        who = person(by)
        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            made, text = api_keys.add(conn, name, right, days=days, by=who, allowed=APP_RIGHTS)
            on = [f"key:{made.name}", *(f"right:{scope}" for scope in sorted(made.scopes))]
            audit.record(conn, who=who, what="key.add", on=on)
        screen.result({"key": text, "name": made.name, "rights": made.scopes, "expires_at": made.expires_at})
        screen.say(f"key: {text}    (shown this once)")
        screen.say(f"It may {', '.join(sorted(made.scopes))} until {made.expires_at:%Y-%m-%d}.")


def revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    by: ByOption = "",
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key at once."""
    with command(as_json) as screen:
        from hub import api_keys, audit
        from hub.db import transaction
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, transaction(hub.engine) as conn:
            ended = api_keys.revoke(conn, name)
            audit.record(conn, who=person(by), what="key.revoke", on=[f"key:{ended.name}"])
        screen.result(ended)
        screen.say(f"The key {ended.name} counts no more.")


def list_keys(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """All keys: what they may do, and how long."""
    with command(as_json) as screen:
        from hub import api_keys
        from hub.db import snapshot
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, snapshot(hub.engine) as conn:
            found = api_keys.listing(conn)
        screen.result(found)
        if not found:
            screen.say("No app has a key. Make one: hub keys add NAME --right customer.read")
            return
        rows = [
            [k.name, ", ".join(sorted(k.scopes)), k.created_by, k.used_at, "revoked" if k.revoked_at else k.expires_at]
            for k in found
        ]
        screen.table("", ("name", "rights", "made by", "last used", "until"), rows)
