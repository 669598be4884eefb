"""Contributions: every value that a member record brings to its customer, in one long table inside DuckDB.

Equal values must have equal JSON text; the text of PostgreSQL's jsonb and of `hub.records.canonical_json` both do.
"""

from __future__ import annotations

import json

import pyarrow as pa
from duckdb import DuckDBPyConnection

from golden_record.policy import Policy

MEMBERS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("entity_type", pa.string()),
        ("system", pa.string()),
        ("object", pa.string()),
        ("source_id", pa.string()),
        ("attributes", pa.string()),
        ("modified_at", pa.int64()),
        ("changed_at", pa.int64()),
    ]
)
"""Member records of customers, in any order: `attributes` as JSON text, times in microseconds since 1970 UTC.

`modified_at` is the system's own time (may be null), `changed_at` when the hub stored the present content.
"""

# One number for each customer (cid) and each record within it: short keys for all the joins and sorts that follow.
# Records are numbered in the order of the last tie-break.
_MEMBER = """
    CREATE OR REPLACE TEMP TABLE member AS
    SELECT
        dense_rank() OVER (ORDER BY customer_id) AS cid,
        row_number() OVER (PARTITION BY customer_id ORDER BY system, object, source_id) - 1 AS record,
        customer_id, entity_type, system, object, source_id, attributes, modified_at,
        coalesce(modified_at, changed_at) AS clock
    FROM members
"""

# `same` is equal for equal values (comparable form; a value without one equals its own wording), `wording` for values
# written alike. They are 128 bits of MD5, for they travel through every join and sort that follows, and texts are long.
_CONTRIBUTION = """
    CREATE OR REPLACE TEMP TABLE contribution AS
    WITH read AS (
        SELECT cid, record, system, from_json(attributes, '{shape}') AS a FROM member
    ), listed AS (
        SELECT cid, record, system, unnest([{columns}]) AS l FROM read
    ), opened AS (
        SELECT cid, record, system, l.attribute AS attribute, unnest(l.entries) AS e,
               generate_subscripts(l.entries, 1) AS ordinal
        FROM listed
    ), worded AS (
        SELECT *, CAST(e.value AS VARCHAR) AS value, CAST(e.standard AS VARCHAR) AS standard,
               CASE WHEN json_type(e.value) = 'OBJECT'
                    THEN array_to_string(map_values(from_json(e.value, '"MAP(VARCHAR, VARCHAR)"')), '')
                    ELSE e.value ->> '$' END AS text
        FROM opened
    )
    SELECT w.cid, w.record, w.system, w.attribute, p.unit, w.ordinal, w.value, w.standard,
           w.standard IS NOT NULL AS usable,
           md5_number(w.attribute || coalesce('=' || w.standard, '?' || w.value)) AS same,
           md5_number(w.attribute || coalesce('=' || w.standard, '?') || chr(31) || w.value) AS wording,
           length(w.text) AS length,
           regexp_matches(w.text, '\\p{{Lu}}') AND regexp_matches(w.text, '\\p{{Ll}}') AS mixed_case
    FROM worded w JOIN unit_attribute p USING (attribute)
"""


def load(duck: DuckDBPyConnection, members: pa.Table, policy: Policy) -> None:
    """Make the tables `member` (one row a record) and `contribution` (one row a value) from MEMBERS.

    Units are numbered in the order of the policy. Attributes that the policy doesn't know (derived ones, and those
    that hub.yaml has no longer) bring nothing.
    """
    placed = [(name, number) for number, unit in enumerate(policy.units) for name in unit.attributes]
    names = [name for name, _ in placed]
    units = pa.array([number for _, number in placed], pa.int16())
    duck.register("unit_attribute", pa.table({"attribute": names, "unit": units}))
    duck.register("members", members.select(MEMBERS.names))
    duck.execute(_MEMBER).fetchall()
    duck.unregister("members")
    # Attribute names match [a-z][a-z0-9_]* (hub.config), so they can stand in the text of a statement.
    shape = json.dumps({name: [{"value": "JSON", "standard": "JSON"}] for name in names})
    columns = ", ".join(f"{{'attribute': '{name}', 'entries': a.\"{name}\"}}" for name in names)
    duck.execute(_CONTRIBUTION.format(shape=shape, columns=columns)).fetchall()
