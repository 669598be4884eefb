"""Children: values with parts that are one and the same thing in several records, such as an address.

Which values are one child is settled beforehand: they have the same `same`. Each child of two contributions or more
then survives part by part, by the same statements as customers do: it is a customer of its own for that while, with a
number below zero, and its parts are its attributes. What its best record writes inside another part stays there.
"""

from __future__ import annotations

from collections.abc import Callable

from duckdb import DuckDBPyConnection

from golden_record.rules import Needs
from golden_record.unit import Policy, Unit

_CHILD = """
    CREATE OR REPLACE TEMP TABLE child AS
    SELECT -row_number() OVER (ORDER BY v.cid, v.unit, v.position) AS child, v.cid, v.unit, v.position,
           v.record, v.ordinal, c.value, c.standard
    FROM verdict v JOIN contribution c USING (cid, unit, record, ordinal)
    WHERE v.won AND v.unit IN ({units}) AND c.standard IS NOT NULL AND json_type(c.value) = 'OBJECT'
      AND EXISTS (SELECT 1 FROM verdict o WHERE o.cid = v.cid AND o.unit = v.unit AND o.position = v.position
                  AND (o.record <> v.record OR o.ordinal <> v.ordinal))
"""
_MEMBER = """
    INSERT INTO member BY NAME
    SELECT DISTINCT m.* REPLACE (h.child AS cid)
    FROM child h JOIN verdict v USING (cid, unit, position) JOIN member m ON m.cid = v.cid AND m.record = v.record
"""
_DATES = """
    INSERT INTO member_date BY NAME
    SELECT DISTINCT d.* REPLACE (h.child AS cid)
    FROM child h JOIN verdict v USING (cid, unit, position) JOIN member_date d ON d.cid = v.cid AND d.record = v.record
"""
_PART = """
    INSERT INTO contribution BY NAME
    SELECT p.*, length(p.value ->> '$') AS length, p.standard IS NOT NULL AS usable,
           md5_number(p.attribute || coalesce('=' || p.standard, '?' || p.value)) AS same,
           md5_number(p.attribute || coalesce('=' || p.standard, '?') || chr(31) || p.value) AS wording,
           regexp_matches(p.value, '\\p{{Lu}}') AND regexp_matches(p.value, '\\p{{Ll}}') AS mixed_case {more}
    FROM (
        SELECT h.child AS cid, c.record, c.system, c.ordinal, '{name}' AS attribute, {number} AS unit,
               CAST(to_json(c.value ->> '$.{part}') AS VARCHAR) AS value,
               CAST(to_json(c.standard ->> '$.{part}') AS VARCHAR) AS standard {own}
        FROM child h JOIN verdict v USING (cid, unit, position)
        JOIN contribution c ON c.cid = v.cid AND c.unit = v.unit AND c.record = v.record AND c.ordinal = v.ordinal
        WHERE h.unit = {parent} AND json_type(c.value) = 'OBJECT' AND c.value ->> '$.{part}' <> ''
          AND ('{part}' = 'country' OR h.value ->> '$.{part}' <> '' OR (h.standard ->> '$.{part}') IS NULL)
    ) p
"""
_MORE = {
    "parts": ", 1 AS parts",
    "validity": ", CASE WHEN p.standard IS NULL THEN 0 ELSE 2 END AS validity",
    "number": ", NULL AS number",
    "own": "",
    "empty": ", false AS empty",
}

# The parts that were chosen, in place of those of the best record. Keys in the order in which PostgreSQL keeps them.
_COMPOSED = """
    CREATE OR REPLACE TEMP TABLE composed AS
    WITH chosen AS (
        SELECT v.cid AS child, split_part(c.attribute, '.', 2) AS part, c.value, c.standard
        FROM verdict v JOIN contribution c USING (cid, unit, record, ordinal) WHERE v.cid < 0 AND v.won
    ), written AS (
        SELECT child, 'value' AS form, unnest(map_entries(from_json(value, '"MAP(VARCHAR, VARCHAR)"'))) AS e FROM child
        UNION ALL
        SELECT child, 'standard', unnest(map_entries(from_json(standard, '"MAP(VARCHAR, VARCHAR)"'))) FROM child
    ), part AS (
        SELECT w.child, w.form, w.e.key AS part, CAST(to_json(w.e.value) AS VARCHAR) AS text
        FROM written w ANTI JOIN chosen h ON h.child = w.child AND h.part = w.e.key
        UNION ALL SELECT child, 'value', part, value FROM chosen
        UNION ALL SELECT child, 'standard', part, standard FROM chosen WHERE standard IS NOT NULL
    )
    SELECT child, '{' || string_agg(CAST(to_json(part) AS VARCHAR) || ':' || text, ',' ORDER BY length(part), part)
               FILTER (form = 'value') || '}' AS value,
           '{' || string_agg(CAST(to_json(part) AS VARCHAR) || ':' || text, ',' ORDER BY length(part), part)
               FILTER (form = 'standard') || '}' AS standard
    FROM part GROUP BY child
"""
_PUT = """
    UPDATE contribution c SET value = d.value, standard = d.standard
    FROM composed d JOIN child h USING (child)
    WHERE c.cid = h.cid AND c.unit = h.unit AND c.record = h.record AND c.ordinal = h.ordinal
"""

# As golden_record.assembly writes the origins of attributes.
_ORIGIN = """
    CREATE OR REPLACE TEMP TABLE part_origin AS
    WITH judged AS (
        SELECT v.cid AS child, split_part(c.attribute, '.', 2) AS part, v.won, c.record, c.ordinal,
               '[' || c.record || ',"' || v.rule || CASE WHEN v.won THEN '"]' ELSE '",' || c.value || ']' END AS origin
        FROM verdict v JOIN contribution c USING (cid, unit, record, ordinal) WHERE v.cid < 0
    ), side AS (
        SELECT child, part, won,
               CASE WHEN won THEN '"won":[' ELSE '"lost":[' END || string_agg(origin, ',' ORDER BY record, ordinal)
               || ']' AS text
        FROM judged GROUP BY child, part, won
    ), told AS (
        SELECT child, part, '"' || part || '":{' || string_agg(text, ',' ORDER BY won DESC) || '}' AS text
        FROM side GROUP BY child, part
    )
    SELECT h.cid, h.unit, h.record, h.ordinal, '{' || string_agg(t.text, ',' ORDER BY t.part) || '}' AS parts
    FROM told t JOIN child h USING (child) GROUP BY h.cid, h.unit, h.record, h.ordinal
"""
_AWAY = "DELETE FROM {table} WHERE cid < 0"


def settle(duck: DuckDBPyConnection, policy: Policy, needs: Needs, decide: Callable[[dict[int, Unit]], None]) -> None:
    """Put the golden values of collections together part by part, and leave their origins in `part_origin`.

    `decide` puts verdicts on the contributions of units.
    """
    parents = {
        part.name: number for number, unit in enumerate(policy.units) if unit.children for part in unit.children.parts
    }
    duck.execute(_CHILD.format(units=", ".join(map(str, sorted(set(parents.values())))))).fetchall()
    duck.execute(_MEMBER).fetchall()
    if needs.dates:
        duck.execute(_DATES).fetchall()
    for number, part in policy.parts.items():
        statement = _PART.format(
            name=part.name,
            part=part.name.partition(".")[2],
            number=number,
            parent=parents[part.name],
            own=", c.own" if needs.own else "",
            more="".join(_MORE[name] for name in needs.extra),
        )
        duck.execute(statement).fetchall()
    decide(policy.parts)
    for statement in (_COMPOSED, _PUT, _ORIGIN):
        duck.execute(statement).fetchall()
    for table in ("contribution", "verdict", "member"):
        duck.execute(_AWAY.format(table=table)).fetchall()
