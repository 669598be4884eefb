"""Commands about settings and the machine: init, doctor, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from apps.cli.screen import JsonOption, SettingsOption, command
from hub.errors import SettingsError
from hub.home import settings_path


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (init, doctor, schema):
        app.command()(function)


def init(
    source: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A CSV, Excel or Parquet file of customers; give it once for each file."),
    ] = None,
    settings: SettingsOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a settings file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write hub.yaml: a commented one to start from, or one proposed from your own files."""
    with command(as_json) as screen:
        path = settings_path(settings)
        if path.exists() and not overwrite:
            raise SettingsError(f"{path} is there already.", hint="Give --overwrite to replace it.")
        if source:
            from sources.propose import propose, render

            text = render(propose(source), folder=path.parent)
        else:
            text = (Path(__file__).parent.parent / "templates" / "hub.yaml").read_text(encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        screen.result({"settings": path, "from": source or []})
        screen.say(f"Wrote {path}.")
        if source:
            screen.say("Its comments say how each column was read. Look through it, then run: hub sync")
        else:
            screen.say("Fill in your systems, then run: hub doctor, and hub sync")


def doctor(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Check settings, database, folder, systems and data, and say what to do about each fault."""
    with command(as_json) as screen:
        from apps.cli.checks import run_checks

        checks = run_checks(settings_path(settings))
        screen.result([check._asdict() for check in checks])
        for check in checks:
            screen.say(f"{check.state:<8} {check.what}" + (f": {check.says}" if check.says else ""))
            if check.todo:
                screen.say(f"         -> {check.todo}")
        if any(check.state == "fault" for check in checks):
            raise typer.Exit(1)


def schema() -> None:
    """Print the JSON schema of hub.yaml, for editors that complete and check it."""
    from hub.config import Config

    typer.echo(json.dumps(Config.model_json_schema(), indent=2))
