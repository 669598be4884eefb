"""The steps of the schema and the tables in code say the same, and an empty or a newer database is handled."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from apps.schema import metadata
from hub.db import GOLDEN, IDENTITY, OPS
from hub.errors import SettingsError
from hub.migrate import current, head, migrate


def test_the_steps_lead_to_the_tables_in_code(database: Engine) -> None:
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: name in (IDENTITY, GOLDEN, OPS) if kind == "schema" else True,
        "version_table": "schema_version",
        "version_table_schema": OPS,
        "compare_server_default": True,
    }
    with database.connect() as conn:
        differences = compare_metadata(MigrationContext.configure(conn, opts=options), metadata)
        checks = sa.text(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND connamespace = to_regnamespace(:s)"
        )
        for schema in (IDENTITY, GOLDEN, OPS):
            in_code = sum(
                isinstance(constraint, sa.CheckConstraint)
                for table in metadata.tables.values()
                if table.schema == schema
                for constraint in table.constraints
            )
            assert conn.scalar(checks, {"s": schema}) == in_code, schema  # Alembic does not compare these
        missing = [
            f"{sequence.schema}.{sequence.name}"
            for sequence in metadata._sequences.values()
            if conn.scalar(sa.select(sa.func.to_regclass(f"{sequence.schema}.{sequence.name}"))) is None
        ]
    assert missing == []  # nor these
    assert differences == []


def test_a_second_migration_finds_nothing_to_do(database: Engine) -> None:
    migrate(database)
    with database.connect() as conn:
        assert current(conn) == head()


def test_a_newer_database_is_refused(database: Engine) -> None:
    with database.begin() as conn:
        conn.execute(sa.text(f"UPDATE {OPS}.schema_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer version"):
        migrate(database)
