"""What another policy would make of all customers, against the golden records of one snapshot; nothing is written.

It is computed by the functions of a refresh, into a temporary table of this transaction alone: so it waits for nobody,
and nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import history, read
from golden_record.members import read_members
from golden_record.origins import origins_from_json
from golden_record.read import GoldenRecord
from golden_record.refresh import CHUNK
from golden_record.survivorship import survive
from golden_record.unit import Policy
from hub.duck import connect
from hub.records import attributes_from_json


@dataclass(frozen=True, slots=True)
class ChangedValues:
    """A golden attribute of one customer before and after, and the rule that would set it (None: it has no value)."""

    customer_id: UUID
    attribute: str
    rule: str | None
    before: list[Any]
    after: list[Any]


_KEEP = """
    INSERT INTO policy_trial
    SELECT f.customer_id, f.attributes, f.origins, f.content_hash, v.attributes AS names
    FROM golden_fresh f JOIN golden_verdict v USING (customer_id) WHERE v.kind = 'updated'
"""
_CHANGED = """
    SELECT t.customer_id, name AS attribute, t.origins -> 'attributes' -> name -> 'won' -> 0 ->> 1 AS rule
    FROM policy_trial t CROSS JOIN unnest(t.names) name
"""


def run(conn: Connection, policy: Policy, *, at: datetime, chunk: int = CHUNK) -> dict[str, int]:
    """Compute all customers by the policy; gives how many by kind of change, and leaves the changed ones to be read.

    Last words whose time is over at the moment `at` (aware) are left out, for a sync ends them before it refreshes.
    The caller's transaction sees one moment throughout (`hub.db.snapshot`).
    """
    conn.execute(sa.text("DROP TABLE IF EXISTS pg_temp.policy_trial"))
    conn.execute(
        sa.text("""
            CREATE TEMPORARY TABLE policy_trial (customer_id uuid PRIMARY KEY, attributes jsonb, origins jsonb,
                content_hash text, names text[]) ON COMMIT DROP""")
    )
    total, kept_from = history.number_customers(conn, None), policy.kept_from(at)
    counts: dict[str, int] = {}
    with connect() as duck:
        for first in range(0, total, chunk):
            end = first + chunk
            fresh = survive(duck, read_members(conn, first, end, policy, kept_from=kept_from), policy)
            found = history.compare(conn, fresh, first, end)
            conn.execute(sa.text(_KEEP))
            counts = {kind: counts.get(kind, 0) + found.get(kind, 0) for kind in {*counts, *found}}
    return counts


def changed(conn: Connection) -> list[UUID]:
    """The customers whose golden values would change, in the order of ids."""
    return list(conn.scalars(sa.text("SELECT customer_id FROM policy_trial ORDER BY customer_id")))


def counts(conn: Connection) -> dict[str, dict[str | None, int]]:
    """Attribute -> rule -> customers whose value it would change, most first."""
    found: dict[str, dict[str | None, int]] = {}
    query = f"SELECT attribute, rule, count(*) FROM ({_CHANGED}) q GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"  # noqa: S608 - own words
    for attribute, rule, number in conn.execute(sa.text(query)):
        found.setdefault(attribute, {})[rule] = number
    return found


def examples(conn: Connection, limit: int) -> list[ChangedValues]:
    """At most `limit` examples of each attribute and rule, those with the lowest ids."""
    rows = conn.execute(
        sa.text(
            f"""
            SELECT q.customer_id, q.attribute, q.rule,
                   o.attributes -> q.attribute AS before, t.attributes -> q.attribute AS after
            FROM (SELECT *, row_number() OVER (PARTITION BY attribute, rule ORDER BY customer_id) AS place
                  FROM ({_CHANGED}) c) q
            JOIN policy_trial t USING (customer_id)
            JOIN golden.golden_record o ON o.customer_id = q.customer_id AND o.valid_to IS NULL
            WHERE q.place <= :limit ORDER BY q.attribute, q.rule, q.customer_id"""  # noqa: S608 - own words
        ),
        {"limit": limit},
    )
    return [
        ChangedValues(row.customer_id, row.attribute, row.rule, _values(row.before), _values(row.after)) for row in rows
    ]


def customers(conn: Connection, customer_ids: Sequence[UUID]) -> list[GoldenRecord]:
    """The golden records of these customers as the policy would make them, in the order of ids."""
    rows = conn.execute(
        sa.text("SELECT * FROM policy_trial WHERE customer_id = ANY(CAST(:ids AS uuid[]))"),
        {"ids": [str(customer_id) for customer_id in customer_ids]},
    )
    tried = {row.customer_id: row for row in rows}
    return [
        _tried(record, tried[record.customer_id]) if record.customer_id in tried else record
        for record in read.customers(conn, customer_ids)
    ]


def _tried(record: GoldenRecord, row: sa.Row[Any]) -> GoldenRecord:
    attributes = attributes_from_json(row.attributes)
    return replace(
        record,
        attributes=attributes,
        origins=origins_from_json(row.origins, attributes),
        content_hash=row.content_hash,
    )


def _values(stored: list[dict[str, Any]] | None) -> list[Any]:
    return [entry["value"] for entry in stored or ()]
