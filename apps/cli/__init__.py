"""`hub`: the command line. A command parses, opens the hub, calls a stage and shows what came of it.

Heavy libraries are imported inside the commands, so that the first line appears at once.
"""

from __future__ import annotations

import typer

from apps.cli import (
    audit,
    decisions,
    demo,
    explain,
    glue,
    history,
    holds,
    keys,
    label,
    look,
    model,
    pins,
    quality,
    review,
    serve,
    settings,
    users,
    web,
    work,
)

app = typer.Typer(
    name="hub",
    help="customer-hub: many systems in, one golden customer record out, and back to the systems.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)

COMMANDS = (
    demo, settings, work, look, history, quality, explain, review, decisions, pins, holds, glue, model, label, serve,
    web, users, keys, audit,
)  # fmt: skip
for module in COMMANDS:
    module.register(app)


def main() -> None:
    """Entry point of the `hub` program."""
    app()
