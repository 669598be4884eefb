"""Open the hub: settings read, database up and at this version's schema, folder at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from hub.config import Config
from hub.config_file import load_config
from hub.db import make_engine
from hub.errors import RetryableError, SettingsError
from hub.home import home_path
from hub.migrate import migrate
from hub.postgres import EmbeddedPostgres


@dataclass(frozen=True)
class Hub:
    """What every command works with."""

    config: Config
    settings: Path
    home: Path
    engine: Engine
    database_url: str


@contextmanager
def open_hub(settings: Path) -> Iterator[Hub]:
    """Open the hub of a settings file; stops the embedded server afterwards if nobody else uses it.

    The database is `HUB_DATABASE_URL`, else the embedded PostgreSQL in the hub's folder. Raises SettingsError where
    settings or schema don't fit, RetryableError where the database does not answer.
    """
    config = load_config(settings)
    home = home_path(settings)
    with ExitStack() as stack:
        url = os.environ.get("HUB_DATABASE_URL")
        url = _with_driver(url) if url else stack.enter_context(EmbeddedPostgres(home / "postgres").running()).url()
        engine = make_engine(url)
        stack.callback(engine.dispose)
        try:
            migrate(engine)
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
            raise RetryableError(
                f"The database does not answer: {reason}", hint="Check HUB_DATABASE_URL and that the server is up."
            ) from None
        yield Hub(config, settings, home, engine, url)


def _with_driver(url: str) -> str:
    """Accept the usual spellings of a PostgreSQL address; the hub's driver is psycopg 3."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise SettingsError(
            "HUB_DATABASE_URL is not a database address.",
            hint="It looks like postgresql://user:password@host/database.",
        ) from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            "HUB_DATABASE_URL must name a PostgreSQL database.", hint="PostgreSQL 15 or newer is needed."
        )
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
