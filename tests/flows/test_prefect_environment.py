"""Prefect's database beside the hub's: one for each hub."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from flows.prefect_environment import database_name, database_url, ensure_database
from hub.config import Config
from hub.session import Hub


def test_hubs_on_one_server_share_no_prefect_database(database: Engine) -> None:
    names = ["hub", "hub2", "a" * 63, "a" * 62 + "b", 'my "hub"; %(x)s', "Kunden-Hub"]
    given = [database_name(name) for name in names]
    assert len(set(given)) == len(names)
    assert all(len(name.encode()) <= 63 for name in given)


def test_it_is_made_once_whatever_its_name(database: Engine) -> None:
    url = database.url.set(database='odd "name" %s')
    hub = Hub(Config.model_construct(), Path(), Path(), database, url.render_as_string(hide_password=False))
    name = sa.make_url(database_url(hub)).database
    admin = database.execution_options(isolation_level="AUTOCOMMIT")
    try:
        ensure_database(hub)
        ensure_database(hub)
        with database.connect() as conn:
            there = conn.scalar(sa.text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name})
        assert there == 1
    finally:
        with admin.connect() as conn:
            quoted = conn.dialect.identifier_preparer.quote_identifier(str(name))
            conn.execute(sa.DDL(f"DROP DATABASE IF EXISTS {quoted}"))
