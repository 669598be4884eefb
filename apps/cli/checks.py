"""The checks of `hub doctor`: each says what it looked at, what it found, and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import sqlalchemy as sa

from hub.config_file import load_config
from hub.errors import HubError
from hub.home import home_path
from hub.session import Hub, open_hub

_LOW_DISK = 2 << 30


class Check(NamedTuple):
    """One thing looked at."""

    state: Literal["fine", "warning", "fault"]
    what: str
    says: str = ""
    todo: str = ""


def run_checks(settings: Path) -> list[Check]:
    """Look at everything in turn; what can't be looked at because something before it is broken is left out."""
    try:
        config = load_config(settings)
    except HubError as error:
        return [Check("fault", "settings", error.message, error.hint)]
    checks = [Check("fine", "settings", f"{settings.name}, with {len(config.systems)} system(s)")]
    checks.append(_disk(home_path(settings)))
    try:
        with open_hub(settings) as hub:
            checks += [_database(hub), *_systems(hub), *_state(hub)]
    except HubError as error:
        checks.append(Check("fault", "database", error.message, error.hint))
    return checks


def _disk(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    text = f"{free / (1 << 30):.0f} GiB free for {home}"
    if free < _LOW_DISK:
        return Check("warning", "disk", text, "Free some space, or set HUB_HOME to another disk.")
    return Check("fine", "disk", text)


def _database(hub: Hub) -> Check:
    with hub.engine.connect() as conn:
        version = conn.scalar(sa.text("SHOW server_version"))
        size = conn.scalar(sa.text("SELECT pg_size_pretty(pg_database_size(current_database()))"))
    kind = "embedded PostgreSQL" if (hub.home / "postgres").exists() else "PostgreSQL"
    return Check("fine", "database", f"{kind} {version}, {size}")


def _systems(hub: Hub) -> Iterator[Check]:
    from sources.reachable import reachable

    for name in hub.config.systems:
        try:
            yield Check("fine", f"system {name}", reachable(hub.config, name))
        except HubError as error:
            yield Check("fault", f"system {name}", error.message, error.hint)


def _state(hub: Hub) -> Iterator[Check]:
    from apps.cli.overview import overview

    with hub.engine.connect() as conn:
        counts = overview(conn, hub.config)["counts"]
    if counts["rows in quarantine"]:
        yield Check("warning", "quarantine", f"{counts['rows in quarantine']:,} rows", "List them: hub quarantine")
    if counts["source records pending"]:
        yield Check("warning", "pending", f"{counts['source records pending']:,} records", "Resolve them: hub sync")
    for name, count in counts.items():
        if name.endswith(" rejected") and count:
            yield Check("warning", name, f"{count:,}", "See the systems' words: hub parked")
