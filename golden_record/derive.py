"""Derived values: made of golden ones once those are chosen, they are contributions of the policy itself.

How a value is made is SQL over the golden values of one customer; what the policy says of it (whether it goes before
all contributions or gives way to any) is `golden_record.admission`'s to settle.
"""

# ruff: noqa: S608 - statements are put together of words of this package and names that hub.config has checked

from __future__ import annotations

import phonenumbers
import pyarrow as pa
from duckdb import DuckDBPyConnection

from golden_record.rules import Needs
from golden_record.unit import Derivation, Unit

_SHARED = {1, 7}
"""Calling codes of several large countries, which say nothing of the country."""

_GOLDEN = """
    CREATE OR REPLACE TEMP TABLE golden_value AS
    SELECT c.cid, c.attribute, c.value, c.standard
    FROM contribution c JOIN verdict v USING (cid, unit, record, ordinal)
    WHERE v.won AND v.position = 1 AND c.attribute IN ({names})
"""

# With the comparable forms that a contribution of the same text would have.
_MADE = """
    INSERT INTO contribution BY NAME
    SELECT m.cid, m.record, m.system, '{name}' AS attribute, {unit} AS unit, 1 AS ordinal,
           t.value, t.standard, true AS usable,
           md5_number('{name}=' || t.standard) AS same,
           md5_number('{name}=' || t.standard || chr(31) || t.value) AS wording,
           length(t.text) AS length,
           regexp_matches(t.text, '\\p{{Lu}}') AND regexp_matches(t.text, '\\p{{Ll}}') AS mixed_case {more}
    FROM (
        SELECT cid, text, CAST(to_json(text) AS VARCHAR) AS value, CAST(to_json(lower(text)) AS VARCHAR) AS standard
        FROM (SELECT d.cid, coalesce({ways}) AS text FROM (SELECT DISTINCT cid FROM golden_value) d {joins})
        WHERE text IS NOT NULL
    ) t
    JOIN member m ON m.cid = t.cid AND m.role = 'derived'
    WHERE list_contains({entity_types}, m.entity_type)
"""
_MORE = {
    "parts": ", 1 AS parts",
    "validity": ", 2 AS validity",
    "number": ", NULL AS number",
    "own": ", NULL AS own",
    "empty": ", false AS empty",
}


def derive(duck: DuckDBPyConnection, units: dict[int, Unit], needs: Needs) -> None:
    """Add the values of these units to the table `contribution`, from the verdicts so far."""
    names = sorted({_base(r) for unit in units.values() for way in unit.derived for r in way.references})
    # Attribute names match [a-z][a-z0-9_]* (hub.config), so they can stand in the text of a statement.
    duck.execute(_GOLDEN.format(names=", ".join(f"'{name}'" for name in names))).fetchall()
    if any(way.how == "country_of" for unit in units.values() for way in unit.derived):
        duck.register("calling_code", _calling_codes())
    for number, unit in units.items():
        used = sorted({_base(reference) for way in unit.derived for reference in way.references})
        join = "LEFT JOIN golden_value v_{0} ON v_{0}.cid = d.cid AND v_{0}.attribute = '{0}'"
        statement = _MADE.format(
            name=unit.name,
            unit=number,
            ways=", ".join(f"nullif({_way(way)}, '')" for way in unit.derived),
            joins=" ".join(join.format(name) for name in used),
            entity_types=list(unit.entity_types),
            more="".join(_MORE[name] for name in needs.extra),
        )
        duck.execute(statement).fetchall()


def _way(way: Derivation) -> str:
    if way.how == "join":
        texts = ", ".join(f"nullif(trim({_text(reference)}), '')" for reference in way.references)
        separator = way.separator.replace("'", "''")
        return f"array_to_string(list_filter([{texts}], lambda x: x IS NOT NULL), '{separator}')"
    name = _base(way.references[0])
    standard = f"(v_{name}.standard ->> '$')"
    if way.how == "domain_of":
        return f"nullif(regexp_extract({standard}, '^(?:[^@]*@|[a-z]+://)?(?:www\\.)?([^/@:?#]+\\.[^/@:?#]+)', 1), '')"
    return f"(SELECT k.country FROM calling_code k WHERE starts_with({standard}, k.prefix))"


def _text(reference: str) -> str:
    name, _, part = reference.partition(".")
    if not part:
        return f"(v_{name}.value ->> '$')"
    # The comparable form of a country is its code; other parts are better read as they are written.
    forms = ["standard", "value"] if part == "country" else ["value", "standard"]
    return "coalesce(" + ", ".join(f"nullif(v_{name}.{form} ->> '$.{part}', '')" for form in forms) + ")"


def _base(reference: str) -> str:
    return reference.partition(".")[0]


def _calling_codes() -> pa.Table:
    """The country of each calling code, by the numbering plans; where islands share a code it is the mainland's."""
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    of = {code: regions[0] for code, regions in known.items() if code not in _SHARED and regions[0] != "001"}
    return pa.table({"prefix": [f"+{code}" for code in of], "country": list(of.values())})
