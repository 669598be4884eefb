"""Databases on the tests' server: made, most of them as a copy of another, and dropped."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from hub.postgres import EmbeddedPostgres


def create(server: EmbeddedPostgres, name: str, template: str = "template1") -> str:
    """Make a database, as a copy of another where one is named; gives its name."""
    _admin(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


def drop(server: EmbeddedPostgres, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    _admin(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def copied(server: EmbeddedPostgres, template: str = "template1") -> Iterator[str]:
    """Give the name of a copy for the length of a block."""
    name = create(server, f"test_{uuid.uuid4().hex}", template)
    yield name
    drop(server, name)


def _admin(server: EmbeddedPostgres, statement: str) -> None:
    engine = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
