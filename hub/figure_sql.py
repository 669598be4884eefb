"""Figures as SQL: what a declared SELECT may read, and whether it is one, found out before anything runs.

It runs in DuckDB, in a database of its own in memory that holds nothing but the views, with files, network and
settings locked. Its rows are the customers that are due, so a figure must be of one customer by itself.
"""

from __future__ import annotations

from typing import Literal

import duckdb

from hub import duck

FigureKind = Literal["number", "time", "text"]

VIEWS: dict[str, dict[str, str]] = {
    "customers": {
        "customer_id": "VARCHAR",
        "entity_type": "VARCHAR",
        "attributes": "JSON",
        "records": "BIGINT",
        "systems": "VARCHAR[]",
    },
    "activities": {
        "customer_id": "VARCHAR",
        "system": "VARCHAR",
        "object": "VARCHAR",
        "source_id": "VARCHAR",
        "kind": "VARCHAR",
        "happened_at": "TIMESTAMPTZ",
        "title": "VARCHAR",
        "amount": "DECIMAL(28,6)",
        "currency": "VARCHAR",
        "status": "VARCHAR",
        "attributes": "JSON",
    },
    "consents": {
        "customer_id": "VARCHAR",
        "point_kind": "VARCHAR",
        "point": "VARCHAR",
        "purpose": "VARCHAR",
        "channel": "VARCHAR",
        "state": "VARCHAR",
        "since": "TIMESTAMPTZ",
    },
    "clock": {"now": "TIMESTAMPTZ"},
}
"""View -> its columns and their types in DuckDB. `clock` has one row: the moment for which figures are made."""

_TYPES: dict[FigureKind, str] = {"number": "DOUBLE", "time": "TIMESTAMPTZ", "text": "VARCHAR"}


def opened() -> duckdb.DuckDBPyConnection:
    """Open a database with the views, all empty. `lock` it before a declared SELECT runs in it."""
    connection = duck.connect()
    connection.execute("SET TimeZone = 'UTC'").fetchall()
    for name, columns in VIEWS.items():
        listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {name} ({listed})").fetchall()
    return connection


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Take files, network, extensions and settings away; there is no way back."""
    for setting in (
        "enable_external_access = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}").fetchall()


def query(sql: str, kind: FigureKind) -> str:
    """Wrap a declared SELECT: its customers and values, of the declared kind."""
    return f"SELECT customer_id, CAST(value AS {_TYPES[kind]}) AS value FROM ({sql.strip().rstrip(';')}\n) figure"  # noqa: S608 - their own SELECT, behind a lock


def fault(sql: str, kind: FigureKind) -> str:
    """Say what is wrong with a declared SELECT, "" where nothing: it is tried on empty views."""
    connection = opened()
    lock(connection)
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return "it must be one SELECT"
        connection.execute(query(sql, kind)).fetchall()
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        known = "; ".join(f"{name}({', '.join(columns)})" for name, columns in VIEWS.items())
        return f"{said} It must give customer_id and value; it may read {known}"
    finally:
        connection.close()
    return ""
