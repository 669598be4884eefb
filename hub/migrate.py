"""Bring a database to the schema of this version."""

from __future__ import annotations

import contextlib
import importlib

import sqlalchemy as sa
from sqlalchemy import Engine

from hub.db import SCHEMAS, metadata


def migrate(engine: Engine) -> None:
    """Make what is missing."""
    for name in ("identity.tables", "golden_record.tables", "destinations.tables", "sources.tables", "hub.tables"):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    with engine.begin() as conn:
        for schema in SCHEMAS:
            conn.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        metadata.create_all(conn)
