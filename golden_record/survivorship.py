"""Survivorship: from contributions and a policy to the winning values and why they won.

The one implementation of the rules, for the full build, the refresh of a few customers and the preview alike. It works
on sets inside DuckDB; each statement below is one step and makes one table.

A candidate is what competes: one value, or the attributes of a group that one record brings. Each rule of the chain
gives it a number, higher is better, that depends on the customer's contributions alone. So the chain, with "usable"
before it and the tie-break after it, is one lexicographic order, and the order of the input can't matter.

What may not win is left out beforehand (`golden_record.admission`). What follows another's winner is decided after it,
by the same statements; then the parts of children (`golden_record.children`), and last what is derived
(`golden_record.derive`). Braces in a statement hold what a policy needs; one that needs nothing special fills in
nothing.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from golden_record import admission, assembly, children, contributions, derive, rules
from golden_record.rules import Needs
from golden_record.unit import Policy, Unit

# Votes are distinct systems, on the standardised form. A group is judged part by part: each part counts the systems
# that agree with it less those that say otherwise, so that a fuller name is not outvoted by its own shorter form.
# For one attribute this orders as the votes do.
_SCORED = """
    CREATE OR REPLACE TEMP TABLE scored AS
    WITH vote AS (
        SELECT cid, same, count(DISTINCT system) AS votes FROM {source} WHERE usable GROUP BY cid, same
    ), voter AS (
        SELECT cid, attribute, count(DISTINCT system) AS voters FROM {source} WHERE usable GROUP BY cid, attribute
    ), written AS (
        SELECT cid, wording, count(DISTINCT system) AS systems FROM {source} GROUP BY cid, wording
    )
    SELECT c.cid, c.unit, c.record, c.ordinal, c.same, c.usable, c.length,
           coalesce(2 * v.votes - t.voters, 0) AS margin,
           2 * w.systems + CAST(u.cased AND c.mixed_case AS INTEGER) AS form {extra}
    FROM {source} c
    JOIN unit u ON u.unit = c.unit
    JOIN written w ON w.cid = c.cid AND w.wording = c.wording
    LEFT JOIN vote v ON v.cid = c.cid AND v.same = c.same AND c.usable
    LEFT JOIN voter t ON t.cid = c.cid AND t.attribute = c.attribute AND c.usable
"""

_CANDIDATE = """
    CREATE OR REPLACE TEMP TABLE candidate AS
    WITH competing AS (
        SELECT cid, unit, record, ordinal, same, usable, margin, form, length {extra}
        FROM scored JOIN unit u USING (unit) WHERE NOT u.is_group
        UNION ALL
        SELECT cid, unit, record, ordinal, bit_xor(same), bool_or(usable), sum(margin), sum(form), sum(length) {summed}
        FROM scored JOIN unit u USING (unit) WHERE u.is_group
        GROUP BY cid, unit, record, ordinal
    )
    SELECT c.cid, c.unit, c.record, c.ordinal, c.same, {usable} AS usable, m.modified_at, u.is_union, u."limit"
           {more}, {steps}
    FROM competing c JOIN member m ON m.cid = c.cid AND m.record = c.record JOIN unit u ON u.unit = c.unit {joins}
"""
_DATE_JOIN = "LEFT JOIN member_date d ON d.cid = c.cid AND d.record = c.record"
_WINNER_JOIN = "LEFT JOIN winner w ON w.cid = c.cid AND w.unit = u.follows"
_SURE_JOIN = "LEFT JOIN assurance a ON a.cid = c.cid AND a.unit = c.unit AND a.same = c.same"
_PINNED = (
    ", CASE WHEN m.role = 'pin' THEN m.modified_at END AS pinned,"
    " CASE WHEN m.role IN ('constant', 'derived') THEN m.role END AS of_policy"
)

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
            row_number() OVER (PARTITION BY cid, unit ORDER BY {pinned} usable DESC, {s_order}{tie_break}) AS place,
            row_number() OVER (
                PARTITION BY cid, unit, same ORDER BY {pinned} usable DESC, {f_order}{tie_break}) AS form_place
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
        CASE {pin_cases} WHEN w.usable AND NOT l.usable THEN 'usable' {s_cases} {tie_cases} END AS behind_first,
        CASE {pin_cases_form} {f_cases} {tie_cases_form} END AS behind_form
    FROM ranked l
    JOIN ranked w ON w.cid = l.cid AND w.unit = l.unit AND w.place = 1
    JOIN ranked b ON b.cid = l.cid AND b.unit = l.unit AND b.same = l.same AND b.form_place = 1
    JOIN unit u ON u.unit = l.unit
"""

_CASES = " WHEN l.{x}{k} IS DISTINCT FROM {other}.{x}{k} THEN u.rule_{k}"
_TIE_CASES = (
    " WHEN l.modified_at IS DISTINCT FROM {other}.modified_at THEN 'tie_break.modified_at' ELSE 'tie_break.record'"
)

_PIN_CASES = " WHEN l.pinned IS DISTINCT FROM {other}.pinned THEN 'pinned'"

# `decided`: why the first value stands before the second, and whether the second counts.
_VERDICT = """
    {into}
    WITH decided AS (
        SELECT r.cid, r.unit, any_value(behind_first) AS rule,
               any_value(k.usable OR NOT k.some_usable) AS some_disagree
        FROM reason r JOIN ranked k USING (cid, unit, record, ordinal)
        WHERE r.position = 2 AND is_best_of_value GROUP BY r.cid, r.unit
    ), compared AS (
        SELECT r.*, r.usable OR NOT r.some_usable AS counts, d.rule, w.behind_first, w.behind_form {more}
        FROM ranked r LEFT JOIN decided d USING (cid, unit)
        JOIN reason w ON w.cid = r.cid AND w.unit = r.unit AND w.record = r.record AND w.ordinal = r.ordinal
    ), judged AS (
        SELECT *, counts AND ("limit" IS NULL OR position <= "limit") {barriers} AS kept FROM compared
    )
    SELECT cid, unit, record, ordinal, position, kept AND form_place = 1 AS won,
        CASE
            WHEN kept AND form_place = 1 THEN
                CASE WHEN position > 1 THEN 'union' ELSE coalesce(rule, {agreed}) END
            {cases}
            WHEN kept THEN behind_form
            WHEN some_usable AND NOT usable THEN 'usable'
            WHEN is_union THEN 'limit'
            ELSE behind_first
        END AS rule
    FROM judged
    UNION ALL
    SELECT cid, unit, record, ordinal, 1, {alone_won}, {alone}
    FROM candidate JOIN contest USING (cid, unit) WHERE candidates = 1 {barred}
"""
_EMPTY_PLACE = """,
    min(CASE WHEN r.empty THEN r.position END) OVER (PARTITION BY r.cid, r.unit) AS empty_place"""
_EMPTY_CASE = """
    WHEN counts AND empty_place <= coalesce("limit", empty_place)
         AND (position = empty_place OR is_union AND position > empty_place)
         AND (is_union OR position = 1) THEN 'empty'
"""
_BARRED = " UNION ALL SELECT cid, unit, record, ordinal, NULL, false, rule FROM barred"

_WINNER = """
    CREATE OR REPLACE TEMP TABLE winner AS
    SELECT cid, unit, any_value(record) AS record FROM verdict WHERE won AND position = 1 GROUP BY cid, unit
"""


def survive(duck: DuckDBPyConnection, members: pa.Table, policy: Policy) -> pa.Table:
    """Choose the golden values of all customers in `members` (schema contributions.MEMBERS).

    Gives one row a customer (schema assembly.GOLDEN). Uses temporary tables of `duck`, which are overwritten.
    """
    entered = members["role"].null_count < members.num_rows
    from_policy = any(unit.constant is not None or unit.derived for unit in policy.units)
    kept = entered and bool(pc.any(pc.equal(members["role"], "kept")).as_py())
    needs = Needs(policy, roles=entered or from_policy, kept=kept)
    contributions.load(duck, members, policy, needs)
    units = dict(enumerate(policy.units)) | (policy.solo if entered else {})
    rounds = [
        {number: unit for number, unit in units.items() if not unit.follows and not unit.derived},
        {number: unit for number, unit in units.items() if unit.follows and not unit.derived},
    ]
    derived = {number: unit for number, unit in units.items() if unit.derived}
    _decide(duck, rounds[0], needs, "CREATE OR REPLACE TEMP TABLE verdict AS")
    if any(unit.follows for unit in units.values()):
        duck.execute(_WINNER).fetchall()
        _decide(duck, rounds[1], needs, "INSERT INTO verdict")
    if policy.parts:
        children.settle(duck, policy, needs, lambda parts: _decide(duck, parts, needs, "INSERT INTO verdict"))
    if derived:
        derive.derive(duck, derived, needs)
        _decide(duck, derived, needs, "INSERT INTO verdict")
    return assembly.assemble(duck, parts=bool(policy.parts), kept=kept)


def _decide(duck: DuckDBPyConnection, units: dict[int, Unit], needs: Needs, into: str) -> None:
    """Put the verdicts on all candidates of these units into the table `verdict`."""
    steps = range(1, max((len(unit.steps) for unit in units.values()), default=0) + 1)
    duck.register("unit", rules.unit_table(needs.policy, units, len(steps)))
    source = admission.admit(duck, units, needs)
    for statement in _statements(list(units.values()), steps, source, needs, into):
        duck.execute(statement).fetchall()


def _statements(units: list[Unit], steps: range, source: str, needs: Needs, into: str) -> list[str]:
    def joined(template: str, **names: str) -> str:
        return "".join(template.format(k=k, **names) for k in steps)

    extra = "".join(f", {name}" for name in needs.extra)
    more = [(", c.empty", needs.empties), (_PINNED, needs.roles), (", u.is_unanimous", _any_unanimous(units))]
    sure = any(step.rule == "confidence" for unit in units for step in unit.steps)
    optional = [(_DATE_JOIN, needs.dates), (_WINNER_JOIN, any(unit.follows for unit in units)), (_SURE_JOIN, sure)]
    joins = " ".join(join for join, is_used in optional if is_used)
    return [
        _SCORED.format(source=source, extra=extra),
        _CANDIDATE.format(
            steps=", ".join(rules.step(units, k) for k in steps) or "NULL AS s0",
            extra=extra,
            summed="".join(f", {how}" for how in needs.extra.values()),
            usable="(c.usable OR m.role IS NOT DISTINCT FROM 'pin')" if needs.roles else "c.usable",
            more="".join(text for text, is_used in more if is_used),
            joins=joins,
        ),
        _CONTEST,
        _RANKED.format(
            pinned="pinned DESC NULLS LAST," if needs.roles else "",
            s_order=joined("s{k} DESC NULLS LAST, "),
            f_order=joined("f{k} DESC NULLS LAST, "),
            tie_break=_TIE_BREAK,
        ),
        _REASON.format(
            pin_cases=_PIN_CASES.format(other="w") if needs.roles else "",
            pin_cases_form=_PIN_CASES.format(other="b") if needs.roles else "",
            s_cases=joined(_CASES, x="s", other="w"),
            f_cases=joined(_CASES, x="f", other="b"),
            tie_cases=_TIE_CASES.format(other="w"),
            tie_cases_form=_TIE_CASES.format(other="b"),
        ),
        _verdict(units, source, needs, into),
    ]


def _verdict(units: list[Unit], source: str, needs: Needs, into: str) -> str:
    unanimous = _any_unanimous(units)
    agreed, alone, won = "'agreed'", "'only_value'", "true"
    if needs.roles:
        agreed = "CASE WHEN pinned IS NOT NULL THEN 'pinned' ELSE 'agreed' END"
        alone = "CASE WHEN pinned IS NOT NULL THEN 'pinned' ELSE coalesce(of_policy, 'only_value') END"
    if needs.empties:
        alone, won = f"CASE WHEN empty THEN 'empty' ELSE {alone} END", "NOT empty"
    disagree = "is_unanimous AND coalesce(d.some_disagree, false)"
    if needs.roles:
        disagree += " AND max(r.pinned) OVER (PARTITION BY r.cid, r.unit) IS NULL"
    return _VERDICT.format(
        into=into,
        barriers=(" AND NOT disagree" if unanimous else "")
        + (" AND (empty_place IS NULL OR position < empty_place)" if needs.empties else ""),
        more=(f", {disagree} AS disagree" if unanimous else "") + (_EMPTY_PLACE if needs.empties else ""),
        cases=("WHEN disagree AND counts THEN 'unanimous'" if unanimous else "")
        + (_EMPTY_CASE if needs.empties else ""),
        agreed=agreed,
        alone=alone,
        alone_won=won,
        barred=_BARRED if source == "admitted" else "",
    )


def _any_unanimous(units: list[Unit]) -> bool:
    return any(unit.unanimous for unit in units)
