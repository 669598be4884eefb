"""Admission: which contributions may win at all, and why the others may not. It comes before every rule.

What is not admitted has no vote either. A policy without conditions skips all of this.
"""

from __future__ import annotations

import pyarrow as pa
from duckdb import DuckDBPyConnection

from golden_record.policy import Unit
from golden_record.rules import Needs

_BARRED = """
    CREATE OR REPLACE TEMP TABLE barred AS
    SELECT DISTINCT * FROM (
        SELECT c.cid, c.unit, c.record, c.ordinal, CASE {cases} END AS rule
        FROM contribution c JOIN unit u USING (unit) JOIN member m ON m.cid = c.cid AND m.record = c.record {joins}
    ) WHERE rule IS NOT NULL
"""
_ADMITTED = """
    CREATE OR REPLACE TEMP TABLE admitted AS
    SELECT c.* FROM contribution c JOIN unit USING (unit) ANTI JOIN barred USING (cid, unit, record, ordinal)
"""
_SPARE = """
    DELETE FROM admitted a USING member m
    WHERE m.cid = a.cid AND m.record = a.record AND m.role = 'constant' AND EXISTS (
        SELECT 1 FROM admitted o WHERE o.cid = a.cid AND o.unit = a.unit AND o.record <> a.record)
"""
_MET = """
    CREATE OR REPLACE TEMP TABLE condition_met AS
    SELECT c.cid, c.record, w.unit FROM contribution c JOIN wanted w
        ON w.attribute = c.attribute AND w.value IN (lower(c.standard ->> '$'), lower(c.value ->> '$'))
    GROUP BY c.cid, c.record, w.unit HAVING count(DISTINCT w.attribute) = any_value(w.needed)
"""


def admit(duck: DuckDBPyConnection, units: dict[int, Unit], needs: Needs) -> str:
    """Make the tables `barred` and `admitted` for the units of table `unit`, where anything can be barred.

    Gives the name of the table of contributions that compete.
    """
    of = units.values()
    roles, equals = needs.roles, any(unit.when.equals for unit in of)
    follows = any(unit.strict for unit in of)
    cases = [
        ("WHEN m.role IN ('pin', 'constant') THEN NULL", roles),
        ("WHEN x.same IS NOT NULL THEN 'excluded'", roles),
        ("WHEN u.always THEN 'constant'", any(unit.always for unit in of)),
        ("WHEN NOT list_contains(u.listed, m.system) THEN 'unlisted'", any(unit.listed is not None for unit in of)),
        ("WHEN NOT list_contains(u.systems, m.system) THEN 'condition'", any(unit.when.systems for unit in of)),
        ("WHEN NOT list_contains(u.objects, m.object) THEN 'condition'", any(unit.when.objects for unit in of)),
        ("WHEN m.clock < m.newest - u.age THEN 'condition'", any(unit.when.days is not None for unit in of)),
        ("WHEN u.has_equals AND e.record IS NULL THEN 'condition'", equals),
        ("WHEN c.validity < u.floor THEN 'floor'", any(unit.floor for unit in of)),
        ("WHEN u.strict AND c.record IS DISTINCT FROM w.record THEN 'follow'", follows),
    ]
    used = [case for case, is_used in cases if is_used]
    if not used and not any(unit.follows for unit in of):
        return "contribution"
    joins = [
        ("LEFT JOIN exclusion x ON x.cid = c.cid AND x.same = c.same", roles),
        ("LEFT JOIN condition_met e ON e.cid = c.cid AND e.record = c.record AND e.unit = c.unit", equals),
        ("LEFT JOIN winner w ON w.cid = c.cid AND w.unit = u.follows", follows),
    ]
    if equals:
        _meet(duck, units)
    joined = " ".join(join for join, is_used in joins if is_used)
    duck.execute(_BARRED.format(cases=" ".join(used or ["WHEN false THEN ''"]), joins=joined)).fetchall()
    duck.execute(_ADMITTED).fetchall()
    if any(unit.constant is not None for unit in of):
        duck.execute(_SPARE).fetchall()
    return "admitted"


def _meet(duck: DuckDBPyConnection, units: dict[int, Unit]) -> None:
    rows = [
        (number, attribute, value, len(unit.when.equals))
        for number, unit in units.items()
        for attribute, values in unit.when.equals
        for value in values
    ]
    numbers, attributes, values, needed = zip(*rows, strict=True)
    duck.register(
        "wanted",
        pa.table(
            {
                "unit": pa.array(numbers, pa.int16()),
                "attribute": pa.array(attributes, pa.string()),
                "value": pa.array(values, pa.string()),
                "needed": pa.array(needed, pa.int64()),
            }
        ),
    )
    duck.execute(_MET).fetchall()
