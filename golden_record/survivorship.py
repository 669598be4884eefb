"""Survivorship: from contributions and a policy to the winning values and why they won.

The one implementation of the rules, for the full build, the refresh of a few customers and the preview alike. It works
on sets inside DuckDB; each statement below is one step and makes one table.

A candidate is what competes: one value, or the attributes of a group that one record brings. Each rule of the chain
gives it a number, higher is better, that depends on the customer's contributions alone. So the chain, with "usable"
before it and the tie-break after it, is one lexicographic order, and the order of the input can't matter.
"""

from __future__ import annotations

import pyarrow as pa
from duckdb import DuckDBPyConnection

from golden_record import assembly, contributions
from golden_record.policy import Policy

# Votes are distinct systems, on the standardised form. A group is judged part by part: each part counts the systems
# that agree with it less those that say otherwise, so that a fuller name is not outvoted by its own shorter form.
# For one attribute this orders as the votes do.
_SCORED = """
    CREATE OR REPLACE TEMP TABLE scored AS
    WITH vote AS (
        SELECT cid, same, count(DISTINCT system) AS votes FROM contribution WHERE usable GROUP BY cid, same
    ), voter AS (
        SELECT cid, attribute, count(DISTINCT system) AS voters FROM contribution WHERE usable GROUP BY cid, attribute
    ), written AS (
        SELECT cid, wording, count(DISTINCT system) AS systems FROM contribution GROUP BY cid, wording
    )
    SELECT c.cid, c.unit, c.record, c.ordinal, c.same, c.usable, c.length,
           coalesce(2 * v.votes - t.voters, 0) AS margin,
           2 * w.systems + CAST(u.cased AND c.mixed_case AS INTEGER) AS form
    FROM contribution c
    JOIN unit u ON u.unit = c.unit
    JOIN written w ON w.cid = c.cid AND w.wording = c.wording
    LEFT JOIN vote v ON v.cid = c.cid AND v.same = c.same AND c.usable
    LEFT JOIN voter t ON t.cid = c.cid AND t.attribute = c.attribute AND c.usable
"""

_CANDIDATE = """
    CREATE OR REPLACE TEMP TABLE candidate AS
    WITH competing AS (
        SELECT cid, unit, record, ordinal, same, usable, margin, form, length
        FROM scored JOIN unit u USING (unit) WHERE NOT u.is_group
        UNION ALL
        SELECT cid, unit, record, ordinal, bit_xor(same), bool_or(usable), sum(margin), sum(form), sum(length)
        FROM scored JOIN unit u USING (unit) WHERE u.is_group
        GROUP BY cid, unit, record, ordinal
    )
    SELECT c.cid, c.unit, c.record, c.ordinal, c.same, c.usable, m.modified_at, u.is_union, u."limit", {steps}
    FROM competing c JOIN member m ON m.cid = c.cid AND m.record = c.record JOIN unit u ON u.unit = c.unit
"""

# What a rule says of a candidate: s between different values, f between forms of the same value.
_STEP = """
    CAST(CASE u.rule_{k} WHEN 'most_frequent' THEN c.margin WHEN 'most_recent' THEN m.clock
         WHEN 'longest' THEN c.length WHEN 'source_priority' THEN -coalesce(u.ranks_{k}[m.system], u.unlisted_{k})
    END AS BIGINT) AS s{k},
    CASE u.rule_{k} WHEN 'most_frequent' THEN CAST(c.form AS BIGINT) ELSE s{k} END AS f{k}
"""

# What stands alone in its unit needs no contest; that is most of a base.
_CONTEST = """
    CREATE OR REPLACE TEMP TABLE contest AS
    SELECT cid, unit, count(*) AS candidates, bool_or(usable) AS some_usable FROM candidate GROUP BY cid, unit
"""

# `place` orders all candidates, `form_place` those of one value; `position` is the place of a value among values.
_RANKED = """
    CREATE OR REPLACE TEMP TABLE ranked AS
    WITH placed AS (
        SELECT *,
            row_number() OVER (PARTITION BY cid, unit ORDER BY usable DESC, {s_order}, {tie_break}) AS place,
            row_number() OVER (PARTITION BY cid, unit, same ORDER BY usable DESC, {f_order}, {tie_break}) AS form_place
        FROM candidate JOIN contest USING (cid, unit) WHERE candidates > 1
    ), valued AS (
        SELECT *, min(place) OVER (PARTITION BY cid, unit, same) AS value_place FROM placed
    )
    SELECT *, dense_rank() OVER (PARTITION BY cid, unit ORDER BY value_place) AS position FROM valued
"""

_TIE_BREAK = "modified_at DESC NULLS LAST, record, ordinal"

# Why a candidate came behind another: the first number in which they differ.
_REASON = """
    CREATE OR REPLACE TEMP TABLE reason AS
    SELECT l.cid, l.unit, l.record, l.ordinal, l.position, l.place = l.value_place AS is_best_of_value,
        CASE WHEN w.usable AND NOT l.usable THEN 'usable' {s_cases} {tie_cases} END AS behind_first,
        CASE {f_cases} {tie_cases_form} END AS behind_form
    FROM ranked l
    JOIN ranked w ON w.cid = l.cid AND w.unit = l.unit AND w.place = 1
    JOIN ranked b ON b.cid = l.cid AND b.unit = l.unit AND b.same = l.same AND b.form_place = 1
    JOIN unit u ON u.unit = l.unit
"""

_CASES = " WHEN l.{x}{k} IS DISTINCT FROM {other}.{x}{k} THEN u.rule_{k}"
_TIE_CASES = (
    " WHEN l.modified_at IS DISTINCT FROM {other}.modified_at THEN 'tie_break.modified_at' ELSE 'tie_break.record'"
)

_VERDICT = """
    CREATE OR REPLACE TEMP TABLE verdict AS
    WITH decided AS (
        SELECT cid, unit, any_value(behind_first) AS rule FROM reason
        WHERE position = 2 AND is_best_of_value GROUP BY cid, unit
    ), judged AS (
        SELECT r.*, (r.usable OR NOT r.some_usable) AND (r."limit" IS NULL OR r.position <= r."limit") AS kept,
               d.rule, w.behind_first, w.behind_form
        FROM ranked r LEFT JOIN decided d USING (cid, unit)
        JOIN reason w ON w.cid = r.cid AND w.unit = r.unit AND w.record = r.record AND w.ordinal = r.ordinal
    )
    SELECT cid, unit, record, ordinal, position, kept AND form_place = 1 AS won,
        CASE
            WHEN kept AND form_place = 1 THEN
                CASE WHEN position > 1 THEN 'union' ELSE coalesce(rule, 'agreed') END
            WHEN kept THEN behind_form
            WHEN some_usable AND NOT usable THEN 'usable'
            WHEN is_union THEN 'limit'
            ELSE behind_first
        END AS rule
    FROM judged
    UNION ALL
    SELECT cid, unit, record, ordinal, 1, true, 'only_value'
    FROM candidate JOIN contest USING (cid, unit) WHERE candidates = 1
"""


def survive(duck: DuckDBPyConnection, members: pa.Table, policy: Policy) -> pa.Table:
    """Choose the golden values of all customers in `members` (schema contributions.MEMBERS).

    Gives one row a customer (schema assembly.GOLDEN). Uses temporary tables of `duck`, which are overwritten.
    """
    steps = range(1, max(len(unit.steps) for unit in policy.units) + 1)
    duck.register("unit", _units(policy, len(steps)))
    contributions.load(duck, members, policy)
    for statement in _statements(steps):
        duck.execute(statement).fetchall()
    return assembly.assemble(duck)


def _statements(steps: range) -> list[str]:
    def joined(separator: str, template: str, **names: str) -> str:
        return separator.join(template.format(k=k, **names) for k in steps)

    return [
        _SCORED,
        _CANDIDATE.format(steps=joined(", ", _STEP)),
        _CONTEST,
        _RANKED.format(s_order=joined(", ", "s{k} DESC"), f_order=joined(", ", "f{k} DESC"), tie_break=_TIE_BREAK),
        _REASON.format(
            s_cases=joined("", _CASES, x="s", other="w"),
            f_cases=joined("", _CASES, x="f", other="b"),
            tie_cases=_TIE_CASES.format(other="w"),
            tie_cases_form=_TIE_CASES.format(other="b"),
        ),
        _VERDICT,
    ]


def _units(policy: Policy, steps: int) -> pa.Table:
    """The policy as a table: one row a unit, its rules in columns rule_1, rule_2, ..."""
    columns: dict[str, pa.Array] = {
        "unit": pa.array(range(len(policy.units)), pa.int16()),
        "is_group": pa.array([unit.group for unit in policy.units]),
        "is_union": pa.array([unit.union for unit in policy.units]),
        "limit": pa.array([unit.limit for unit in policy.units], pa.int64()),
        "cased": pa.array([unit.cased for unit in policy.units]),
    }
    for k in range(steps):
        at_k = [unit.steps[k] if k < len(unit.steps) else None for unit in policy.units]
        ranks = [list(step.ranks) if step else [] for step in at_k]
        columns[f"rule_{k + 1}"] = pa.array([step.rule if step else None for step in at_k], pa.string())
        columns[f"ranks_{k + 1}"] = pa.array(ranks, pa.map_(pa.string(), pa.int64()))
        columns[f"unlisted_{k + 1}"] = pa.array([1 + max((r for _, r in of), default=0) for of in ranks], pa.int64())
    return pa.table(columns)
