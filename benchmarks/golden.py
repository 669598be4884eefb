"""Golden records alone: `python -m benchmarks.golden STAGE FOLDER`, on a database of their own beside the benchmark's.

The base is made in SQL: persons of 15 attributes with 5 records for 3 customers, so that neither intake nor resolving
is part of it. What is measured is the hub's own `refresh`, for all customers at first and then for 1,000 that changed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from benchmarks.measure import measured
from golden_record.refresh import refresh
from hub.db import make_engine, master_lock, transaction
from hub.session import Hub, open_hub

CUSTOMERS = 0.6  # for each record
TOUCHED = 1_000
_NAME = "golden_bench"

# Values of a customer's records agree, differ by a word, or are missing, by hashes of the numbers of both.
_SAID = """
    jsonb_strip_nulls(jsonb_build_object(
        'title', {few}, 'given_name', {some}, 'middle_name', {few}, 'family_name', {same}, 'name_suffix', {few},
        'gender', {some}, 'job_title', {some}, 'employer', {some}, 'language', {few}, 'website', {few},
        'birth_date', {date}, 'email', {mail}, 'phone', {phone}, 'identifier', {number}, 'address', {address}))"""


def _text(expression: str, chance: int) -> str:
    """A list of one text, which one in `chance` records says otherwise, and one in five does not say."""
    value = f"({expression}) || CASE WHEN h % {chance} = 0 THEN ' b' ELSE '' END"
    return (
        f"CASE WHEN (h / 7) % 5 > 0 THEN jsonb_build_array(jsonb_build_object('value', initcap({value}),"
        f" 'standard', {value})) END"
    )


_ADDRESS = """
    jsonb_build_array(jsonb_build_object(
        'value', jsonb_build_object('street', 'Mill Road ' || c % 997, 'city', 'Town ' || c % 89, 'country', 'DE'),
        'standard', jsonb_build_object('street', 'mill road ' || c % 997 || CASE WHEN h % 6 = 0 THEN 'a' ELSE '' END,
                                       'city', 'town ' || c % 89, 'country', 'DE')))"""
_RECORDS = f"""
    INSERT INTO identity.source_record (system, object, source_id, entity_type, attributes, content_hash, modified_at,
                                        revision)
    SELECT 'shop', 'customers', i::text, 'person',
        {
    _SAID.format(
        few=_text("'word ' || c % 7", 9),
        some=_text("'name ' || c % 5003", 5),
        same=_text("'family ' || c % 20011", 23),
        date=_text("to_char(DATE '1940-01-01' + (c % 25000)::int, 'YYYY-MM-DD')", 31),
        mail=_text("'person' || c || '@mail' || h % 3 || '.example'", 8),
        phone=_text("'+4930' || 1000000 + c % 8999999", 7),
        number=_text("'vat:de' || c", 29),
        address=_ADDRESS,
    )
},
        md5(i::text), TIMESTAMPTZ '2025-01-01' + h % 30000000 * interval '1 second', i
    FROM (SELECT i, i % :customers AS c, abs(hashint8(i)::bigint) AS h FROM generate_series(1, :rows) i) n"""
_CUSTOMERS = """
    INSERT INTO identity.customer (customer_id, entity_type)
    SELECT md5('customer ' || c)::uuid, 'person' FROM generate_series(0, :customers - 1) c"""
_CROSSWALK = """
    INSERT INTO identity.crosswalk (record_id, customer_id, valid_from)
    SELECT record_id, md5('customer ' || source_id::bigint % :customers)::uuid, now() FROM identity.source_record"""

# What 1,000 customers tell on one day: each gets another phone on one record.
_CHANGE = f"""
    UPDATE identity.source_record SET modified_at = now(), attributes = attributes || jsonb_build_object(
        'phone', jsonb_build_array(jsonb_build_object(
            'value', '+49 40 ' || source_id, 'standard', '+4940' || source_id)))
    WHERE source_id = ANY(SELECT (1 + i * :customers / {TOUCHED})::text FROM generate_series(0, {TOUCHED} - 1) i)
    RETURNING md5('customer ' || source_id::bigint % :customers)::uuid"""


@contextmanager
def _own_hub(folder: Path) -> Iterator[Hub]:
    """Open the hub on the golden records' own database."""
    url = sa.make_url(os.environ["HUB_DATABASE_URL"])
    os.environ["HUB_DATABASE_URL"] = url.set(database=_NAME).render_as_string(hide_password=False)
    try:
        with open_hub(folder / "hub.yaml") as hub:
            yield hub
    finally:
        os.environ["HUB_DATABASE_URL"] = url.render_as_string(hide_password=False)


def fill(folder: Path, rows: int) -> None:
    """Make the database and its base."""
    _create(sa.make_url(os.environ["HUB_DATABASE_URL"]))
    numbers = {"rows": rows, "customers": _customers(rows)}
    with _own_hub(folder) as hub, measured(**numbers):
        with transaction(hub.engine) as conn:
            for statement in (_RECORDS, _CUSTOMERS, _CROSSWALK):
                conn.execute(sa.text(statement), numbers)
        _vacuum(hub)


def build(folder: Path, rows: int) -> None:
    """Make the golden records of all customers."""
    with _own_hub(folder) as hub:
        with measured() as clock, transaction(hub.engine) as conn:
            master_lock(conn)
            clock.facts["created"] = refresh(conn, hub.config, None, run_id=None).created
        _vacuum(hub)


def touch(folder: Path, rows: int) -> None:
    """Change a record of each of 1,000 customers, and refresh these: only that is measured."""
    with _own_hub(folder) as hub:
        with transaction(hub.engine) as conn:
            changed = list(conn.scalars(sa.text(_CHANGE), {"rows": rows, "customers": _customers(rows)}))
        with measured() as clock, transaction(hub.engine) as conn:
            master_lock(conn)
            done = refresh(conn, hub.config, sorted(set(changed)), run_id=None)
            clock.facts |= {"touched": len(set(changed)), "updated": done.updated}


def _customers(rows: int) -> int:
    return max(int(rows * CUSTOMERS), 1)


def _create(url: URL) -> None:
    engine = make_engine(url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text(f"CREATE DATABASE {_NAME}"))
    engine.dispose()


def _vacuum(hub: Hub) -> None:
    """Do what autovacuum does within minutes."""
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("VACUUM (ANALYZE)"))


_STAGES = {"fill": fill, "build": build, "touch": touch}


def main(arguments: list[str] | None = None) -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=_STAGES)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    rows = sum(1 for _ in (given.folder / "deliveries" / "first.csv").open()) - 1
    _STAGES[given.stage](given.folder, rows)


if __name__ == "__main__":
    main()
