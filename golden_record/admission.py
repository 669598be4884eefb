"""Admission: which contributions may win at all, and why the others may not. It comes before every rule.

What is not admitted has no vote either. A policy without conditions skips all of this.
"""

from __future__ import annotations

import pyarrow as pa
from duckdb import DuckDBPyConnection

from golden_record.rules import Needs
from golden_record.unit import Unit

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
# What gives way: the last word of a deleted record to any other, all to a value that is derived first, and what is less
# sure than it must be. `there`: what else is admitted of the unit.
_BAR = """
    INSERT INTO barred
    SELECT DISTINCT a.cid, a.unit, a.record, a.ordinal, '{rule}'
    FROM admitted a JOIN unit u USING (unit) JOIN member m ON m.cid = a.cid AND m.record = a.record {join}
    WHERE {condition}
"""
_OUT = """
    DELETE FROM admitted a USING barred b
    WHERE b.cid = a.cid AND b.unit = a.unit AND b.record = a.record AND b.ordinal = a.ordinal
"""
_THERE = """EXISTS (
        SELECT 1 FROM admitted o JOIN member n ON n.cid = o.cid AND n.record = o.record
        WHERE o.cid = a.cid AND o.unit = a.unit AND {role})"""
_LIVING = _THERE.format(role="coalesce(n.role, '') NOT IN ('kept', 'constant', 'derived')")
_MADE = _THERE.format(role="n.role = 'derived'")
_SAID = _THERE.format(role="coalesce(n.role, '') NOT IN ('constant', 'derived')")
_OTHER = _THERE.format(role="coalesce(n.role, '') <> 'constant'")
_SPARE = """
    DELETE FROM admitted a USING member m, unit u
    WHERE m.cid = a.cid AND m.record = a.record AND u.unit = a.unit AND m.role = '{role}' AND {condition}
"""

# Each system is right by itself with its score; so a value is wrong where all that say it are. In billionths of the
# logarithm, which add up exactly in any order.
_SURE = """
    CREATE OR REPLACE TEMP TABLE assurance AS
    SELECT cid, unit, same, CAST(sum(term) AS BIGINT) AS sure FROM (
        SELECT DISTINCT c.cid, c.unit, c.same, c.system, {term} AS term
        FROM {source} c JOIN unit u USING (unit) WHERE c.usable AND u.is_sure)
    GROUP BY cid, unit, same
"""
_TERM = "CAST(round(-1e9 * ln(1 - least({chance}, 0.999999999))) AS BIGINT)"
_UNSURE = "u.sure_floor IS NOT NULL AND coalesce(s.sure, 0) < {floor} AND {role} NOT IN {exempt}"
_EXEMPT = "('pin', 'constant', 'derived')"
_MET = """
    CREATE OR REPLACE TEMP TABLE condition_met AS
    SELECT c.cid, c.record, w.unit FROM contribution c JOIN wanted w
        ON w.attribute = c.attribute AND w.value IN (lower(c.standard ->> '$'), lower(c.value ->> '$'))
    GROUP BY c.cid, c.record, w.unit HAVING count(DISTINCT w.attribute) = any_value(w.needed)
"""


def admit(duck: DuckDBPyConnection, units: dict[int, Unit], needs: Needs) -> str:
    """Make the tables `barred` and `admitted` for the units of table `unit`, where anything can be barred.

    Gives the name of the table of contributions that compete. Where confidence counts, `assurance` has how sure they
    make each value.
    """
    of = units.values()
    cases = [case for case, is_used in _cases(units, needs) if is_used]
    floors = any(step.floor is not None for unit in of for step in unit.steps)
    source = "admitted" if cases or floors or any(unit.follows for unit in of) else "contribution"
    if source == "admitted":
        _part(duck, units, needs, cases)
    derived = any(unit.derived for unit in of)
    if needs.kept and any(unit.keeps for unit in of):
        _bar(duck, "deleted", f"m.role = 'kept' AND {_LIVING}")
    if derived:
        _bar(duck, "derived", f"u.derived_first AND coalesce(m.role, '') NOT IN {_EXEMPT} AND {_MADE}")
    if any(step.rule == "confidence" for unit in of for step in unit.steps):
        chance = "coalesce(u.sure_scores[c.system], u.sure_default)"
        duck.execute(_SURE.format(source=source, term=_TERM.format(chance=chance))).fetchall()
    if floors:
        role = "coalesce(m.role, '')" if needs.roles else "''"
        unsure = _UNSURE.format(floor=_TERM.format(chance="u.sure_floor"), role=role, exempt=_EXEMPT)
        _bar(duck, "floor", unsure, "LEFT JOIN assurance s ON s.cid = a.cid AND s.unit = a.unit AND s.same = a.same")
    if derived:
        duck.execute(_SPARE.format(role="derived", condition=f"NOT u.derived_first AND {_SAID}")).fetchall()
    if any(unit.constant is not None for unit in of):
        duck.execute(_SPARE.format(role="constant", condition=_OTHER)).fetchall()
    return source


def _cases(units: dict[int, Unit], needs: Needs) -> list[tuple[str, bool]]:
    """Why a contribution may not win, the first that holds, and whether it can hold with these units."""
    of = units.values()
    derived = any(unit.derived for unit in of)
    return [
        ("WHEN m.role IN ('pin', 'constant') THEN NULL", needs.roles),
        ("WHEN x.same IS NOT NULL THEN 'excluded'", needs.roles),
        ("WHEN m.role = 'derived' THEN NULL", derived),
        ("WHEN u.always AND u.has_derived THEN 'derived'", derived),
        ("WHEN u.always THEN 'constant'", any(unit.always for unit in of)),
        ("WHEN NOT list_contains(u.listed, m.system) THEN 'unlisted'", any(unit.listed is not None for unit in of)),
        ("WHEN NOT list_contains(u.systems, m.system) THEN 'condition'", any(unit.when.systems for unit in of)),
        ("WHEN NOT list_contains(u.objects, m.object) THEN 'condition'", any(unit.when.objects for unit in of)),
        ("WHEN m.clock < m.newest - u.age THEN 'condition'", any(unit.when.days is not None for unit in of)),
        ("WHEN u.has_equals AND e.record IS NULL THEN 'condition'", any(unit.when.equals for unit in of)),
        ("WHEN c.validity < u.floor THEN 'floor'", any(unit.floor for unit in of)),
        ("WHEN u.strict AND c.record IS DISTINCT FROM w.record THEN 'follow'", any(unit.strict for unit in of)),
    ]


def _part(duck: DuckDBPyConnection, units: dict[int, Unit], needs: Needs, cases: list[str]) -> None:
    """Make `barred` and `admitted` by these cases."""
    equals = any(unit.when.equals for unit in units.values())
    joins = [
        ("LEFT JOIN exclusion x ON x.cid = c.cid AND x.same = c.same", needs.roles),
        ("LEFT JOIN condition_met e ON e.cid = c.cid AND e.record = c.record AND e.unit = c.unit", equals),
        ("LEFT JOIN winner w ON w.cid = c.cid AND w.unit = u.follows", any(unit.strict for unit in units.values())),
    ]
    if equals:
        _meet(duck, units)
    joined = " ".join(join for join, is_used in joins if is_used)
    duck.execute(_BARRED.format(cases=" ".join(cases or ["WHEN false THEN ''"]), joins=joined)).fetchall()
    duck.execute(_ADMITTED).fetchall()


def _bar(duck: DuckDBPyConnection, rule: str, condition: str, join: str = "") -> None:
    duck.execute(_BAR.format(rule=rule, condition=condition, join=join)).fetchall()
    duck.execute(_OUT).fetchall()


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
