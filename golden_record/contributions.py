"""Contributions: every value that a member record brings to its customer, in one long table inside DuckDB.

Equal values must have equal JSON text; the text of PostgreSQL's jsonb and of `hub.records.canonical_json` both do.
"""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from golden_record.rules import Needs
from golden_record.unit import Policy
from hub.records import ENTITY_TYPES, canonical_json

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
        ("arrived_at", pa.int64()),
        ("role", pa.string()),
        ("attribute_times", pa.string()),
    ]
)
"""Member records of customers, in any order: `attributes` as JSON text, times in microseconds since 1970 UTC.

`modified_at` is the system's own time (may be null), `changed_at` when the hub stored the present content, `arrived_at`
when it first saw the record. `attribute_times` (JSON, may be null) has the attributes that last changed before the
record itself did. `role` is null for source records, `kept` for those that their system has deleted. What a
steward entered is a member too: `value`, one contribution more; `pin`, above every rule; `exclude`, values that must
not win. `constant` and `derived` come from the policy.
"""

POLICY = "policy"
"""The pseudo-system of constants and derived values."""
OF_POLICY = ("constant", "derived")
"""The objects of that system, and the roles of these members."""
ENTERED = ("pin", "value", "exclude")
"""The roles of members that a steward entered."""

# One number for each customer (cid) and each record within it: short keys for all the joins and sorts that follow.
# Records are numbered in the order of the last tie-break.
_MEMBER = """
    CREATE OR REPLACE TEMP TABLE member AS
    SELECT
        dense_rank() OVER (ORDER BY customer_id) AS cid,
        row_number() OVER (PARTITION BY customer_id ORDER BY system, object, source_id) - 1 AS record,
        customer_id, entity_type, system, object, source_id, attributes, modified_at,
        coalesce(modified_at, changed_at) AS clock {more}
    FROM members
"""

_STATES = ", json_extract_string(attributes, '$.contact_state[*].standard') AS states"
_NEWEST = """,
    max(CASE WHEN role IS NULL THEN coalesce(modified_at, changed_at) END) OVER (PARTITION BY customer_id) AS newest"""

# `same` is equal for equal values (comparable form; a value without one equals its own wording), `wording` for values
# written alike. They are 128 bits of MD5, for they travel through every join and sort that follows, and texts are long.
_CONTRIBUTION = """
    CREATE OR REPLACE TEMP TABLE contribution AS
    WITH read AS (
        SELECT cid, record, system, from_json(attributes, '{shape}') AS a {carried} FROM member
    ), listed AS (
        SELECT cid, record, system, unnest([{columns}]) AS l {carried} FROM read
    ), opened AS (
        SELECT cid, record, system {carried}, l.attribute AS attribute, unnest(l.entries) AS e,
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
           regexp_matches(w.text, '\\p{{Lu}}') AND regexp_matches(w.text, '\\p{{Ll}}') AS mixed_case {more}
    FROM worded w JOIN unit_attribute p USING (attribute)
"""

_MORE = {
    "parts": """,
        CASE WHEN json_type(w.e.value) = 'OBJECT'
             THEN len(list_filter(map_values(from_json(w.e.value, '"MAP(VARCHAR, VARCHAR)"')), lambda x: x <> ''))
             ELSE 1 END AS parts""",
    # 3: the source has verified it; 2: valid as far as is known; 1: comparable, but a phone number that no numbering
    # plan could be found for, or an address that a letter would not reach; 0: none of it, or nothing reaches it now.
    "validity": """,
        CASE WHEN w.standard IS NULL
                  OR list_contains(w.states, concat('undeliverable:', w.attribute, ':', w.standard)) THEN 0
             WHEN list_contains(w.states, concat('verified:', w.attribute, ':', w.standard)) THEN 3
             WHEN p.kind = 'phone' AND NOT starts_with(w.standard, '"+') THEN 1
             WHEN p.kind = 'address' AND ((w.standard ->> '$.street') IS NULL OR (w.standard ->> '$.country') IS NULL
                  OR coalesce(w.standard ->> '$.city', w.standard ->> '$.postcode') IS NULL) THEN 1
             ELSE 2 END AS validity""",
    "number": """,
        CASE p.kind
             WHEN 'date' THEN CAST(TRY_CAST(w.standard ->> '$' AS DATE) - DATE '1970-01-01' AS DOUBLE)
             WHEN 'number' THEN TRY_CAST(w.standard ->> '$' AS DOUBLE) END AS number""",
    "own": ", coalesce(CAST(w.attribute_times ->> w.attribute AS BIGINT), w.clock) AS own",
    "empty": ", len(p.clear) > 0 AND list_contains(p.clear, lower(trim(w.text))) AS empty",
}

# All that say "there is none" say the same, in whatever words, and can be compared with any value.
_EMPTY = """
    UPDATE contribution SET usable = true, standard = NULL, length = 0, mixed_case = false,
        same = md5_number(attribute || '!'), wording = md5_number(attribute || '!') {more}
    WHERE empty
"""
_EMPTY_MORE = {"parts": ", parts = 0", "validity": ", validity = 2", "number": ", number = NULL"}

_NULLS = """
    INSERT INTO contribution BY NAME
    SELECT m.cid, m.record, m.system, p.attribute, p.unit, 1 AS ordinal, 'null' AS value, false AS usable,
           0 AS length, false AS mixed_case, true AS empty
    FROM member m JOIN unit_attribute p ON p.nulls AND list_contains(p.entity_types, m.entity_type)
    WHERE {source} AND NOT EXISTS (
        SELECT 1 FROM contribution c WHERE c.cid = m.cid AND c.record = m.record AND c.attribute = p.attribute)
"""

# Values of a collection are one child where all parts of the key are there and equal.
_CHILDREN = """
    UPDATE contribution SET same = md5_number(attribute || '#' || {key})
    WHERE attribute = '{name}' AND {present}
"""
_NOT_KEPT = """
    DELETE FROM contribution c USING member m, unit_attribute p
    WHERE m.cid = c.cid AND m.record = c.record AND m.role = 'kept' AND p.attribute = c.attribute AND NOT p.keeps
"""

# An attribute of a group that a steward has a word on is decided by itself for that customer.
_SOLO = """
    UPDATE contribution c SET unit = p.solo
    FROM unit_attribute p, (
        SELECT DISTINCT c.cid, c.attribute FROM contribution c JOIN member m USING (cid, record)
        WHERE m.role IN ('pin', 'value', 'exclude')) s
    WHERE p.attribute = c.attribute AND p.solo IS NOT NULL AND s.cid = c.cid AND s.attribute = c.attribute
"""
_EXCLUSION = """
    CREATE OR REPLACE TEMP TABLE exclusion AS
    SELECT DISTINCT c.cid, c.same FROM contribution c JOIN member m USING (cid, record) WHERE m.role = 'exclude'
"""
_EXCLUDING = """
    DELETE FROM contribution c USING member m WHERE m.cid = c.cid AND m.record = c.record AND m.role = 'exclude'
"""

# A business date is the one that the record itself gives.
_DATES = """
    CREATE OR REPLACE TEMP TABLE member_date AS
    SELECT cid, record, {dates}
    FROM contribution WHERE attribute IN ({names}) GROUP BY cid, record
"""
_DATE = (
    "min(date_diff('day', DATE '1970-01-01', TRY_CAST(standard ->> '$' AS DATE))) FILTER (attribute = '{name}')"
    ' AS "{name}"'
)


def load(duck: DuckDBPyConnection, members: pa.Table, policy: Policy, needs: Needs) -> None:
    """Make the tables `member` (one row a record) and `contribution` (one row a value) from MEMBERS.

    Units are numbered in the order of the policy. Attributes that the policy doesn't know (derived ones, and those
    that hub.yaml has no longer) bring nothing.
    """
    names = _register_attributes(duck, policy)
    duck.register("members", _with_policy(members.select(MEMBERS.names), policy))
    newest = (_NEWEST if needs.roles else _NEWEST.replace("role IS NULL", "true")) if needs.newest else ""
    more = [
        ", changed_at, arrived_at" if needs.times else "",
        newest,
        ", role" if needs.roles else "",
        ", attribute_times" if needs.own else "",
        _STATES if "validity" in needs.extra else "",
    ]
    duck.execute(_MEMBER.format(more="".join(more))).fetchall()
    duck.unregister("members")
    # Attribute names match [a-z][a-z0-9_]* (hub.config), so they can stand in the text of a statement.
    shape = json.dumps({name: [{"value": "JSON", "standard": "JSON"}] for name in names})
    columns = ", ".join(f"{{'attribute': '{name}', 'entries': a.\"{name}\"}}" for name in names)
    more = [_MORE[name] for name in needs.extra]
    carried = (", attribute_times, clock" if needs.own else "") + (", states" if "validity" in needs.extra else "")
    duck.execute(_CONTRIBUTION.format(shape=shape, columns=columns, carried=carried, more="".join(more))).fetchall()
    if needs.kept:
        duck.execute(_NOT_KEPT).fetchall()
    for unit in policy.units:
        if unit.children:
            key = [f"standard ->> '$.{part}'" for part in unit.children.key]
            present = " AND ".join(f"({part}) IS NOT NULL" for part in key)
            text = " || chr(31) || ".join(f"({part})" for part in key)
            duck.execute(_CHILDREN.format(name=unit.name, key=text, present=present)).fetchall()
    if needs.empties:
        duck.execute(_NULLS.format(source="m.role IS NULL" if needs.roles else "true")).fetchall()
        more = [text for name, text in _EMPTY_MORE.items() if name in needs.extra]
        duck.execute(_EMPTY.format(more="".join(more))).fetchall()
    if needs.dates:
        dates = ", ".join(_DATE.format(name=name) for name in needs.dates)
        duck.execute(_DATES.format(dates=dates, names=", ".join(f"'{name}'" for name in needs.dates))).fetchall()
    if needs.roles:
        for statement in (_SOLO, _EXCLUSION, _EXCLUDING):
            duck.execute(statement).fetchall()


def _register_attributes(duck: DuckDBPyConnection, policy: Policy) -> list[str]:
    placed = [(name, number, unit) for number, unit in enumerate(policy.units) for name in unit.attributes]
    solo = {unit.name: number for number, unit in policy.solo.items()}
    strings = pa.list_(pa.string())
    table = {
        "attribute": pa.array([name for name, _, _ in placed], pa.string()),
        "unit": pa.array([number for _, number, _ in placed], pa.int16()),
        "solo": pa.array([solo.get(name) for name, _, _ in placed], pa.int16()),
        "kind": pa.array([unit.kind for _, _, unit in placed], pa.string()),
        "entity_types": pa.array([unit.entity_types for _, _, unit in placed], strings),
        "nulls": pa.array([unit.nulls for _, _, unit in placed], pa.bool_()),
        "clear": pa.array([unit.clear for _, _, unit in placed], strings),
        "keeps": pa.array([unit.keeps for _, _, unit in placed], pa.bool_()),
    }
    duck.register("unit_attribute", pa.table(table))
    return [name for name, _, _ in placed]


def _with_policy(members: pa.Table, policy: Policy) -> pa.Table:
    """Add what the policy itself says as members of each customer: its constants, and room for what it derives."""
    tables = [members]
    customers = members.group_by(["customer_id", "entity_type"]).aggregate([])
    for entity_type in ENTITY_TYPES if members.num_rows else ():
        of = customers.filter(pc.equal(customers["entity_type"], entity_type))
        units = [unit for unit in policy.units if entity_type in unit.entity_types]
        said = {
            unit.name: [{"value": unit.constant, "standard": unit.constant.lower()}]
            for unit in units
            if unit.constant is not None
        }
        if said and of.num_rows:
            tables.append(_policy_member(of, "constant", canonical_json(said)))
        if of.num_rows and any(unit.derived for unit in units):
            tables.append(_policy_member(of, "derived", "{}"))
    return pa.concat_tables(tables)


def _policy_member(customers: pa.Table, role: str, attributes: str) -> pa.Table:
    fixed: dict[str, str | int | None] = dict.fromkeys(MEMBERS.names)
    fixed |= {"system": POLICY, "object": role, "source_id": "hub.yaml", "role": role}
    fixed |= {"attributes": attributes, "changed_at": 0}
    columns = {
        field.name: customers[field.name]
        if field.name in customers.column_names
        else pa.repeat(pa.scalar(fixed[field.name], field.type), customers.num_rows)
        for field in MEMBERS
    }
    return pa.table(columns, schema=MEMBERS)
