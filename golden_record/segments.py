"""Segments: named conditions over golden and computed attributes, asked of the golden records, now or at a moment.

Membership is derived, never stored: it is what the condition says at that moment.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.as_of import TABLES
from hub.computed import ComputedAttribute, SegmentCondition
from hub.records import canonical_json
from identity import past_query

Parameters = dict[str, Any]

_FROM = """
    FROM golden.golden_record g LEFT JOIN golden.profile p USING (customer_id) WHERE g.valid_to IS NULL"""
_CLOCK = "now()"


def counts(
    conn: Connection, segments: Mapping[str, SegmentCondition], computed: Mapping[str, ComputedAttribute]
) -> dict[str, int]:
    """Count the customers of each segment, in the order of hub.yaml; all golden records are read once."""
    if not segments:
        return {}
    parameters: Parameters = {}
    columns = [f"count(*) FILTER (WHERE {_sql(entry, computed, parameters)})" for entry in segments.values()]
    row = conn.execute(sa.text(f"SELECT {', '.join(columns)} {_FROM}"), parameters).one()
    return dict(zip(segments, row, strict=True))


def of(
    conn: Connection,
    customer_id: UUID,
    segments: Mapping[str, SegmentCondition],
    computed: Mapping[str, ComputedAttribute],
) -> list[str]:
    """Name the segments of a customer, in the order of hub.yaml."""
    return _met(conn, customer_id, segments, computed)


def then(
    conn: Connection,
    customer_id: UUID,
    segments: Mapping[str, SegmentCondition],
    computed: Mapping[str, ComputedAttribute],
    figures: Mapping[str, Any],
    moment: datetime,
) -> list[str]:
    """Name the segments that a customer was in at a moment, when its figures were these."""
    return _met(conn, customer_id, segments, computed, {"then": moment, "figures": canonical_json(figures)})


_FIGURES = {"golden.profile": "(SELECT CAST(:id AS uuid) AS customer_id, CAST(:figures AS jsonb) AS computed)"}


def _met(
    conn: Connection,
    customer_id: UUID,
    segments: Mapping[str, SegmentCondition],
    computed: Mapping[str, ComputedAttribute],
    past: Mapping[str, Any] | None = None,
) -> list[str]:
    if not segments:
        return []
    parameters: Parameters = {"id": customer_id, **(past or {})}
    clock = "CAST(:then AS timestamptz)" if past else _CLOCK
    columns = [_sql(entry, computed, parameters, clock) for entry in segments.values()]
    query = f"SELECT {', '.join(columns)} {_FROM} AND g.customer_id = :id"
    if past:
        query = past_query.as_of(query, {**TABLES, **_FIGURES})
    row = conn.execute(sa.text(query), parameters).one_or_none()
    return [name for name, holds in zip(segments, row, strict=True) if holds] if row else []


def members(
    conn: Connection,
    segment: SegmentCondition,
    computed: Mapping[str, ComputedAttribute],
    *,
    limit: int = 100,
    after: UUID | None = None,
) -> list[UUID]:
    """Give the customers of a segment in the order of their ids, from behind `after`."""
    parameters: Parameters = {"limit": limit, "after": after}
    query = f"""
        SELECT g.customer_id {_FROM} AND {_sql(segment, computed, parameters)}
            AND (CAST(:after AS uuid) IS NULL OR g.customer_id > :after) ORDER BY g.customer_id LIMIT :limit"""
    return list(conn.scalars(sa.text(query), parameters))


def _sql(
    entry: SegmentCondition, computed: Mapping[str, ComputedAttribute], parameters: Parameters, clock: str = _CLOCK
) -> str:
    """Write a condition as SQL that is true or false, never null; values become parameters, `clock` says the time."""
    if entry.attribute is not None:
        return _test(entry, computed, parameters, clock)
    inner = [_sql(one, computed, parameters, clock) for one in (entry.all or entry.any or entry.none or ())]
    if entry.all is not None:
        return f"({' AND '.join(inner)})"
    found = f"({' OR '.join(inner)})"
    return found if entry.any is not None else f"(NOT {found})"


def _test(
    entry: SegmentCondition, computed: Mapping[str, ComputedAttribute], parameters: Parameters, clock: str
) -> str:
    name = entry.attribute or ""
    tests: list[str] = []
    if name in computed:
        value = f"p.computed ->> {_bind(name, parameters)}"
        tests += [] if entry.exists is None else [f"(({value}) IS NOT NULL) = {str(entry.exists).lower()}"]
        number, moment = f"CAST({value} AS numeric)", f"CAST({value} AS timestamptz)"
        if entry.at_least is not None:
            tests.append(f"{number} >= {_bind(entry.at_least, parameters)}")
        if entry.below is not None:
            tests.append(f"{number} < {_bind(entry.below, parameters)}")
        if entry.equals is not None:
            wanted = [entry.equals] if isinstance(entry.equals, str) else entry.equals
            tests.append(f"lower({value}) = ANY({_bind([word.strip().lower() for word in wanted], parameters)})")
        for days, sign in ((entry.within_days, ">="), (entry.before_days, "<")):
            if days is not None:
                tests.append(f"{moment} {sign} {clock} - make_interval(days => {_bind(days, parameters)})")
    else:
        values = _values(name, parameters)
        if entry.exists is not None:
            tests.append(f"EXISTS ({values}) = {str(entry.exists).lower()}")
        if entry.equals is not None:
            wanted = [entry.equals] if isinstance(entry.equals, str) else entry.equals
            words = _bind([word.strip().lower() for word in wanted], parameters)
            tests.append(f"EXISTS (SELECT FROM ({values}) s WHERE s.said = ANY({words}))")
    return f"coalesce({' AND '.join(tests)}, false)"


def _values(name: str, parameters: Parameters) -> str:
    """Write the query of an attribute's values: each in comparable form, and as its source has it, in lower case."""
    if name == "entity_type":
        return "SELECT g.entity_type AS said"
    attribute, _, part = name.partition(".")
    path = f" -> {_bind(part, parameters)}" if part else ""
    return f"""
        SELECT lower(w.said #>> '{{}}') AS said
        FROM jsonb_array_elements(g.attributes -> {_bind(attribute, parameters)}) v
        CROSS JOIN LATERAL (VALUES (v -> 'standard'{path}), (v -> 'value'{path})) w (said)
        WHERE jsonb_typeof(w.said) = 'string'"""


def _bind(value: Any, parameters: Parameters) -> str:
    name = f"p{len(parameters)}"
    parameters[name] = value
    return f"CAST(:{name} AS {_cast(value)})"


def _cast(value: Any) -> str:
    match value:
        case list():
            return "text[]"
        case int():
            return "integer"
        case float():
            return "numeric"
        case _:
            return "text"
