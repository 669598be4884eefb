"""What a sync leaves behind, in a form that two hubs share: without the numbers and times that are dealt out anew.

A record that the systems had at the start is named by its key; a customer by the records it had then; a record that the
hub created by the customer it was made for. So a record that is created twice stands there twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import canonical_json
from tests.sandbox import SandboxProcess

SYSTEMS = {"erp": "sap", "marketing": "hubspot", "service": "zendesk"}

Key = tuple[str, str, str]

_OBJECTS = {
    "erp__a_businesspartner": ("erp", "A_BusinessPartner"),
    "marketing__contacts": ("marketing", "contacts"),
    "marketing__companies": ("marketing", "companies"),
    "service__users": ("service", "users"),
    "service__organizations": ("service", "organizations"),
}

_OF_THE_MOMENT = {
    "_v", "CreationDate", "CreationTime", "LastChangeDate", "LastChangeTime", "LastChangeDateTime", "AddressID",
    "BusinessPartner", "Customer", "Supplier", "OrdinalNumber",
}  # fmt: skip


def records_in(sandbox: SandboxProcess) -> dict[Key, dict[str, Any]]:
    """Give all live records of the sandbox by their key in the hub."""
    return {
        (system, name, record["id"]): record
        for system, own in SYSTEMS.items()
        for name, records in sandbox.dump(own).items()
        for record in records
    }


@dataclass
class EndState:
    """What there is in the end, part by part; each entry with the number of times it is there."""

    customers: Counter[str] = field(default_factory=Counter)
    golden: Counter[str] = field(default_factory=Counter)
    evidence: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    quarantine: Counter[str] = field(default_factory=Counter)
    ledger: Counter[str] = field(default_factory=Counter)
    landed: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)

    def difference(self, other: EndState) -> str:
        """Say where another state differs from this one; nothing where they are equal."""
        found = []
        for part in fields(self):
            mine, its = getattr(self, part.name), getattr(other, part.name)
            found += [f"- {part.name}: {entry} x{count}" for entry, count in (mine - its).items()]
            found += [f"+ {part.name}: {entry} x{count}" for entry, count in (its - mine).items()]
        return "\n".join(found)


def end_state(conn: Connection, sandbox: SandboxProcess, known: set[Key]) -> EndState:
    """Read what there is; `known` are the records that the systems had at the start."""
    records = records_in(sandbox)
    names = _Names(conn, known, records)
    state = EndState()
    state.customers.update(names.of_customer.values())
    for customer, attributes in _rows(
        conn, "SELECT customer_id, attributes FROM golden.golden_record WHERE valid_to IS NULL"
    ):
        state.golden[f"{names.of_customer.get(customer)}: {canonical_json(attributes)}"] += 1
    query = "SELECT system, object, source_id, attributes, deleted_at IS NULL FROM identity.source_record"
    for *key, attributes, live in _rows(conn, query):
        state.evidence[f"{names.of(tuple(key))}: {'live' if live else 'deleted'} {canonical_json(attributes)}"] += 1
    query = "SELECT system, object, source_id, attribute, values FROM identity.told"
    for *key, attribute, values in _rows(conn, query):
        state.told[f"{names.of(tuple(key))}.{attribute}: {canonical_json(values)}"] += 1
    query = "SELECT system, object, row_id, code, field, resolved_at IS NULL FROM ops.quarantine"
    state.quarantine.update(str(tuple(row)) for row in _rows(conn, query))
    query = "SELECT destination, customer_id, action, state, system, object, source_id FROM ops.delivery"
    entries = {
        (d, names.customer(c), action, state, names.of(tuple(k))) for d, c, action, state, *k in _rows(conn, query)
    }
    state.ledger.update(str(entry) for entry in entries)
    for table in _rows(conn, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'landing'"):
        if not table[0].startswith("_dlt") and "__" in table[0]:
            key = _OBJECTS.get(table[0], tuple(table[0].split("__", 1)))  # activities keep the ids their systems gave
            for row_id, deleted in _rows(conn, f'SELECT id, deleted FROM landing."{table[0]}"'):
                # A subscription's key begins with its contact's number, which a contact made anew has another of.
                owner, bar, rest = row_id.partition("|") if table[0].endswith("__subscriptions") else (row_id, "", "")
                named = names.of((key[0], "contacts", owner) if bar else (*key, row_id))
                state.landed[f"{table[0]} {named}{bar}{rest} {'deleted' if deleted else 'live'}"] += 1
    state.models.update(str(tuple(row)) for row in _rows(conn, "SELECT entity_type, version, live FROM identity.model"))
    for key, record in records.items():
        content = canonical_json(names.within(record["body"]))
        state.systems[f"{names.of(key)}: {record['entity']} {content}"] += 1
    return state


class _Names:
    """Names of records and customers that mean the same in two hubs."""

    def __init__(self, conn: Connection, known: set[Key], records: dict[Key, dict[str, Any]]) -> None:
        self._known = known
        self._customer_of: dict[Key, UUID] = {}
        groups: dict[UUID, list[Key]] = {}
        query = """
            SELECT x.customer_id, r.system, r.object, r.source_id FROM identity.crosswalk x
            JOIN identity.source_record r USING (record_id) WHERE x.valid_to IS NULL"""
        for customer, *rest in _rows(conn, query):
            key: Key = tuple(rest)
            self._customer_of[key] = customer
            groups.setdefault(customer, []).append(key)
        first = {c: sorted("/".join(key) for key in keys if key in known) for c, keys in groups.items()}
        made = {c: Counter(f"{key[0]}/{key[1]}" for key in keys if key not in known) for c, keys in groups.items()}
        self._start = {c: f"customer of {', '.join(keys)}" for c, keys in first.items()}
        self.of_customer = {c: f"{self._start[c]}; made: {sorted(made[c].items())}" for c in groups}

    def customer(self, customer: UUID) -> str:
        return self._start.get(customer, "a customer of the past")

    def of(self, key: tuple[Any, ...]) -> str:
        system, name, source_id = key
        if source_id is None or (system, name, source_id) in self._known:
            return f"{system}/{name}/{source_id or 'new'}"
        customer = self._customer_of.get((system, name, source_id))
        return (
            f"{system}/{name} made for {self._start[customer]}" if customer else f"{system}/{name}/{source_id} unknown"
        )

    def within(self, value: Any) -> Any:
        """Put names for customers' ids in a record's content, and leave out numbers and times of the moment."""
        if isinstance(value, dict):
            dropped = _OF_THE_MOMENT | ({"id"} if {"type", "value"} <= value.keys() else set())
            return {name: self.within(item) for name, item in value.items() if name not in dropped}
        if isinstance(value, list):
            return sorted((self.within(item) for item in value), key=canonical_json)
        if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
            return self._start.get(UUID(value), value)
        return value


def _rows(conn: Connection, query: str) -> list[Any]:
    return list(conn.execute(sa.text(query)))
