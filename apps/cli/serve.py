"""`hub serve`: a Prefect server with its page, and the flows on their schedules, in one command."""

from __future__ import annotations

from typing import Annotated

import typer

from apps.cli.screen import SettingsOption, command
from hub.home import settings_path


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(serve)


def serve(
    settings: SettingsOption = None,
    port: Annotated[int, typer.Option(help="Port of the Prefect page, on this machine alone.")] = 4200,
    every: Annotated[
        float | None, typer.Option("--every", min=5, help="Sync every so many seconds instead of on its schedule.")
    ] = None,
) -> None:
    """Run the scheduled flows until stopped, with Prefect's page to watch them."""
    with command() as screen:
        screen.progress("starting the Prefect server (some seconds; half a minute the first time)")
        from flows.prefect_server import prefect_server
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub, prefect_server(hub, port) as server:
            server.wait_ready()
            schedule = f"every {every:g} s" if every else hub.config.schedules.sync or "off"
            screen.say(f"Prefect: {server.page}    sync: {schedule}    verify: {hub.config.schedules.verify or 'off'}")
            screen.say("Stop with Ctrl-C; what was running is taken up by the next sync.")
            from flows.serve import serve_forever

            serve_forever(hub.config.schedules, every_seconds=every)
