"""Fixture strategy: one real PostgreSQL server a session, one migrated template database, and then either

* `conn`: a connection on a shared database whose transaction is rolled back after the test (most tests), or
* `database`: an engine on a database of its own, cloned from the template (tests that commit or kill).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from hub.db import make_engine
from hub.migrate import migrate
from hub.postgres import EmbeddedPostgres
from tests import databases

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
# The workers of a run share the processors, and what a test computes is too small to be shared out in threads.
os.environ.setdefault("HUB_DUCKDB_THREADS", "1")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server for this session."""
    root: Path = tmp_path_factory.mktemp("server") / "postgres"
    with EmbeddedPostgres(root).running() as running:
        yield running


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres) -> str:
    """The name of a database with the hub's schema and no rows."""
    databases.create(server, "template_hub")
    engine = make_engine(server.url("template_hub"))
    migrate(engine)
    engine.dispose()
    return "template_hub"


@pytest.fixture(scope="session")
def shared_engine(server: EmbeddedPostgres, template: str) -> Iterator[Engine]:
    """The database behind `conn`; nothing is ever committed in it."""
    yield from _clone(server, template)


@pytest.fixture
def conn(shared_engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back."""
    with shared_engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def database(server: EmbeddedPostgres, template: str) -> Iterator[Engine]:
    """An engine on a fresh database with the hub's schema."""
    yield from _clone(server, template)


def _clone(server: EmbeddedPostgres, template: str) -> Iterator[Engine]:
    with databases.copied(server, template) as name:
        engine = make_engine(server.url(name))
        yield engine
        engine.dispose()
