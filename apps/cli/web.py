"""`hub web`: the console and the API, in one process."""

from __future__ import annotations

from typing import Annotated

import typer

from apps.cli.screen import SettingsOption, command
from hub.home import settings_path


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(web)


def web(
    settings: SettingsOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for other machines (put https before it).")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8080,
) -> None:
    """Serve the console for people and the API for apps until stopped."""
    with command() as screen:
        import uvicorn

        from apps.web.app import create_app
        from apps.web.listening import bind
        from hub import users
        from hub.db import snapshot
        from hub.errors import SettingsError
        from hub.session import open_hub

        with open_hub(settings_path(settings)) as hub:
            with snapshot(hub.engine) as conn:
                nobody = not users.listing(conn) and hub.config.access.oidc is None
            server = uvicorn.Server(
                uvicorn.Config(create_app(hub), host=host, port=port, log_level="warning", access_log=False)
            )
            try:
                listening = bind(server.config)
            except SystemExit:
                raise SettingsError(f"Port {port} of {host} is taken.", hint="Choose another with --port.") from None
            listening.listen()  # who calls as soon as the address is told waits for the start
            address = hub.config.access.public_url or f"http://{host}:{listening.getsockname()[1]}"
            screen.say(f"The console is on {address}/ . Stop it with Ctrl-C.")
            if nobody:
                screen.say("Nobody can sign in yet; add somebody: hub users add NAME --role steward")
            server.run(sockets=[listening])
