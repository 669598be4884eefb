"""Bring a database to the schema of this version, by Alembic, from one process at a time."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from hub.db import MASTER_LOCK, SCHEMAS, transaction
from hub.errors import SettingsError

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Apply the steps that are missing; does nothing, quickly, where there are none.

    Raises SettingsError for a database that a newer version has made.
    """
    with transaction(engine) as conn:
        if current(conn) == head():
            return
        # Two processes may start at once on an empty database: the second waits and then finds nothing to do.
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(MASTER_LOCK + 1)))
        for schema in SCHEMAS:
            conn.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        try:
            command.upgrade(alembic_config(conn), "head")
        except CommandError:
            raise SettingsError(
                "The database was made by a newer version of customer-hub.",
                hint="Install that version, or name another database.",
            ) from None


def current(conn: Connection) -> str | None:
    """Give the step that the database is at (None: no schema yet)."""
    if conn.scalar(sa.select(sa.func.to_regclass("ops.schema_version"))) is None:
        return None
    version: str | None = conn.scalar(sa.text("SELECT version_num FROM ops.schema_version"))
    return version


def head() -> str | None:
    """Give the newest step that this version knows."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def alembic_config(conn: Connection) -> AlembicConfig:
    """Settings for Alembic's commands on this connection."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = conn
    return config
