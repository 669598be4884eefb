"""Write a seeded world into a new state file, a group at a time, so that any size asked for fits in memory."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

from apps.sandbox.seed import hubspot_rows, sap_invoices, sap_rows, zendesk_rows
from apps.sandbox.seed.entities import Group, Organisation, Person, make_group
from apps.sandbox.seed.systems import Row, Rows, organisation_systems, person_systems, view_in
from apps.sandbox.seed.unusable import EVERY, unusable_row
from apps.sandbox.state import create_indexes, create_tables

FIRST_IDS = {
    "sap_partner": sap_rows.FIRST_PARTNER,
    "sap_order": sap_rows.FIRST_ORDER,
    "sap_invoice": sap_invoices.FIRST_INVOICE,
    "hubspot_contact": hubspot_rows.FIRST_CONTACT,
    "hubspot_company": hubspot_rows.FIRST_COMPANY,
    "hubspot_event": hubspot_rows.FIRST_EVENT,
    "zendesk_user": zendesk_rows.FIRST_USER,
    "zendesk_organization": zendesk_rows.FIRST_ORGANIZATION,
    "zendesk_ticket": zendesk_rows.FIRST_TICKET,
}

_BATCH = 5_000


def group_rows(seed: int, number: int, group: Group, rows: Rows) -> Iterator[Row]:
    """Return every row that the systems hold of a group's customers, organisations first."""
    rng = Random(f"{seed}/rows/{number}")  # noqa: S311 - repeatable on purpose, nothing secret
    companies: dict[tuple[str, str], int] = {}
    for customer in group.customers:
        systems = person_systems(customer, rng) if isinstance(customer, Person) else organisation_systems(rng)
        seen: set[str] = set()
        for system in systems:
            view = view_in(system, customer, rng, 1.6 if system in seen else 1.0)
            seen.add(system)
            company = None
            if isinstance(customer, Person) and customer.employer:
                company = companies.get((system, customer.employer.key))
            row = rows.customer(system, view, rng, company)
            if isinstance(customer, Organisation):
                companies.setdefault((system, customer.key), row.id)
            yield row
            yield from rows.activities(row, view, rng)


def generate(path: Path, seed: int, customers: int) -> None:
    """Write the world of ``seed`` with at least ``customers`` true customers. A half-written file is never left."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    create_tables(connection)
    connection.execute("BEGIN")
    writer = _Writer(connection)
    rows = Rows(dict(FIRST_IDS), writer.taken)
    number = unusable = made = 0
    while made < customers:
        group = make_group(seed, number)
        for row in group_rows(seed, number, group, rows):
            writer.add(row)
        made += len(group.persons) + len(group.organisations)
        number += 1
        while unusable <= made // EVERY:
            writer.add(unusable_row(seed, unusable, rows))
            unusable += 1
    writer.flush()
    meta = {"seed": seed, "customers": made, "next_group": number}
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)", [(name, json.dumps(value)) for name, value in meta.items()]
    )
    create_indexes(connection)
    connection.execute("COMMIT")
    connection.close()
    partial.replace(path)


class _Writer:
    """Collects rows and their keys and stores them in bulk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._used: set[tuple[str, str, str]] = set()
        self._rows: dict[str, list[tuple[object, ...]]] = {}
        self._keys: list[tuple[str, str, str, int]] = []
        self._count = 0

    def taken(self, table: str, kind: str, value: str) -> bool:
        """Return whether a natural key was used by a row added before."""
        return (table, kind, value) in self._used

    def add(self, row: Row) -> None:
        """Take a row."""
        for kind, values in row.keys.items():
            for value in values:
                self._used.add((row.table, kind, value))
                self._keys.append((row.table, kind, value, row.id))
        text = json.dumps(row.body)
        values_of_row = (row.id, row.created, row.updated, 0, None, row.parent, row.entity, text)
        self._rows.setdefault(row.table, []).append(values_of_row)
        self._count += 1
        if self._count >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Store what was taken."""
        for table, rows in self._rows.items():
            self._connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - tables of our own
        self._connection.executemany("INSERT INTO lookup VALUES (?, ?, ?, ?)", self._keys)
        self._rows, self._keys, self._count = {}, [], 0
