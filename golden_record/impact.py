"""What a refresh changed, seen from its changes: values by attribute and by the rule that set them, with examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class ChangedValues:
    """A golden attribute of one customer before and after, and the rule that set it (None: it has no value now)."""

    customer_id: UUID
    attribute: str
    rule: str | None
    before: list[Any]
    after: list[Any]


_CHANGED = """
    SELECT c.customer_id, name AS attribute, v.version,
           v.origins -> 'attributes' -> name -> 'won' -> 0 ->> 1 AS rule
    FROM golden.change c CROSS JOIN unnest(c.attributes) name
    JOIN golden.golden_record v ON v.customer_id = c.customer_id AND v.version = c.version
    WHERE c.seq > :after AND c.kind = 'updated'
"""


def customers(conn: Connection, after: int) -> list[UUID]:
    """The customers whose golden values were changed after a number of the outbox, in the order of ids."""
    query = (
        "SELECT DISTINCT customer_id FROM golden.change WHERE seq > :after AND kind = 'updated' ORDER BY customer_id"
    )
    return list(conn.scalars(sa.text(query), {"after": after}))


def counts(conn: Connection, after: int) -> dict[str, dict[str | None, int]]:
    """Attribute -> rule -> customers whose value it changed, most first."""
    found: dict[str, dict[str | None, int]] = {}
    query = f"SELECT attribute, rule, count(*) FROM ({_CHANGED}) q GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"  # noqa: S608 - own words; values are bound
    for attribute, rule, number in conn.execute(sa.text(query), {"after": after}):
        found.setdefault(attribute, {})[rule] = number
    return found


def examples(conn: Connection, after: int, limit: int) -> list[ChangedValues]:
    """At most `limit` examples of each attribute and rule, those with the lowest ids."""
    rows = conn.execute(
        sa.text(
            f"""
            SELECT q.customer_id, q.attribute, q.rule,
                   b.attributes -> q.attribute AS before, a.attributes -> q.attribute AS after
            FROM (SELECT *, row_number() OVER (PARTITION BY attribute, rule ORDER BY customer_id) AS place
                  FROM ({_CHANGED}) c) q
            JOIN golden.golden_record a ON a.customer_id = q.customer_id AND a.version = q.version
            JOIN golden.golden_record b ON b.customer_id = q.customer_id AND b.version = q.version - 1
            WHERE q.place <= :limit ORDER BY q.attribute, q.rule, q.customer_id"""  # noqa: S608 - own words
        ),
        {"after": after, "limit": limit},
    )
    return [
        ChangedValues(row.customer_id, row.attribute, row.rule, _values(row.before), _values(row.after)) for row in rows
    ]


def _values(stored: list[dict[str, Any]] | None) -> list[Any]:
    return [entry["value"] for entry in stored or ()]
