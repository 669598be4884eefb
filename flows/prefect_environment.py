"""Prefect's own settings for a hub: its state in the hub's PostgreSQL, nothing sent anywhere.

They are set in the environment, and must be before Prefect is first imported.
"""

from __future__ import annotations

import hashlib
import os

import sqlalchemy as sa

from hub.session import Hub

_LONGEST_NAME = 63  # bytes of a name that PostgreSQL keeps


def prepare(hub: Hub, *, api_url: str | None = None) -> None:
    """Point Prefect, in this process and those it starts, at the hub's folder and at `api_url` (a running server).

    What the operator has set stays.
    """
    settings = {
        "PREFECT_HOME": str(hub.home / "prefect"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url(hub),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",  # a run's progress is on its page, not between our lines
        "HUB_SETTINGS": str(hub.settings),
        "HUB_HOME": str(hub.home),
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    if api_url:
        os.environ["PREFECT_API_URL"] = api_url


def database_name(hub_database: str) -> str:
    """Name Prefect's database for a hub's: another for each, so that two on one server don't share flows."""
    name = f"{hub_database}_prefect"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"{hashlib.sha256(hub_database.encode()).hexdigest()[:32]}_prefect"


def database_url(hub: Hub) -> str:
    """Address of Prefect's own database, beside the hub's on the same server, as its asyncpg driver wants it."""
    url = sa.make_url(hub.database_url).set(drivername="postgresql+asyncpg", database=_name(hub))
    return url.render_as_string(hide_password=False)


def ensure_database(hub: Hub) -> None:
    """Make Prefect's database where it is missing."""
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        name = _name(hub)
        if not conn.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            quoted = conn.dialect.identifier_preparer.quote_identifier(name)
            conn.execute(sa.DDL(f"CREATE DATABASE {quoted}"))  # type: ignore[no-untyped-call]  # SQLAlchemy gives no type


def _name(hub: Hub) -> str:
    return database_name(sa.make_url(hub.database_url).database or "hub")


def flush_logs() -> None:
    """Send what was logged to the server while it is still there; Prefect itself would try at exit, too late."""
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=10)
