"""A hub on the three sandbox systems, for tests of the whole path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.session import Hub, open_hub
from tests.sandbox import SandboxProcess

TEMPLATE = Path(__file__).parent.parent / "apps" / "templates" / "demo.yaml"


def write_settings(folder: Path) -> Path:
    """Write the demo's settings into a folder; the sandbox is named by SANDBOX_URL."""
    settings = folder / "hub.yaml"
    settings.write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    return settings


@contextmanager
def hub_on(sandbox: SandboxProcess, settings: Path) -> Iterator[Hub]:
    """Open the hub of `settings` on a running sandbox."""
    os.environ["SANDBOX_URL"] = sandbox.url
    try:
        with open_hub(settings) as hub:
            yield hub
    finally:
        del os.environ["SANDBOX_URL"]


def clusters(conn: Connection) -> set[frozenset[tuple[str, str, str]]]:
    """The present customers as sets of record keys, so that two hubs can be compared."""
    rows = conn.execute(
        sa.text("""
            SELECT x.customer_id, r.system, r.object, r.source_id FROM identity.crosswalk x
            JOIN identity.source_record r USING (record_id) WHERE x.valid_to IS NULL""")
    )
    found: dict[object, set[tuple[str, str, str]]] = {}
    for customer_id, *key in rows:
        found.setdefault(customer_id, set()).add(tuple(key))
    return {frozenset(members) for members in found.values()}


def golden_values(conn: Connection) -> dict[frozenset[tuple[str, str, str]], object]:
    """The golden values of each customer, under the record keys it is made of."""
    rows = conn.execute(
        sa.text("""
            SELECT g.attributes, array_agg(ARRAY[r.system, r.object, r.source_id]) AS keys
            FROM golden.golden_record g
            JOIN identity.crosswalk x ON x.customer_id = g.customer_id AND x.valid_to IS NULL
            JOIN identity.source_record r USING (record_id)
            WHERE g.valid_to IS NULL GROUP BY g.customer_id, g.version, g.attributes""")
    )
    return {frozenset(tuple(key) for key in keys): attributes for attributes, keys in rows}
