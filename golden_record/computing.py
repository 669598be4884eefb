"""Computed attributes as SQL: each becomes one aggregate over a customer's present activities. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from hub.computed import ComputedAttribute
from hub.records import canonical_json

Parameters = dict[str, Any]

_TIME = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
_MEASURES = {
    "count": "count(a.kind) FILTER (WHERE {})",
    "sum": "coalesce(sum(a.amount) FILTER (WHERE {}), 0)",
    "average": "round(avg(a.amount) FILTER (WHERE {}), 2)",
    "largest": "max(a.amount) FILTER (WHERE {})",
    "first": _TIME.format("(min(a.at) FILTER (WHERE {}))"),
    "last": _TIME.format("(max(a.at) FILTER (WHERE {}))"),
}
VERSION = 1  # raised when this module computes otherwise, so that all figures are made anew


def definition(computed: Mapping[str, ComputedAttribute]) -> dict[str, Any]:
    """Give what decides the figures, as it is kept."""
    return {"version": VERSION, "computed": {name: entry.model_dump(mode="json") for name, entry in computed.items()}}


def definition_hash(computed: Mapping[str, ComputedAttribute]) -> str:
    """Digest the definitions: figures made by another digest are out of date."""
    return hashlib.sha256(canonical_json(definition(computed)).encode()).hexdigest()


def aggregates(computed: Mapping[str, ComputedAttribute]) -> tuple[str, str, Parameters]:
    """Give the SQL expressions of the figures (jsonb) and of when time alone changes one, over activities `a`.

    An activity after :now counts in no window and in no time: it has not happened yet. A window changes when its
    earliest activity leaves it and when a later one happens.
    """
    parameters: Parameters = {}
    figures, moments = [], []
    for number, (name, entry) in enumerate(computed.items()):
        chosen = " AND ".join(_conditions(number, entry, parameters))
        figures.append(f"'{name}', {_MEASURES[entry.measure].format(f'{chosen} AND a.at <= :now')}")
        moments.append(f"min(a.at) FILTER (WHERE {chosen} AND a.at > :now)")
        if entry.days is not None:
            window = f"make_interval(days => :days_{number})"
            moments.append(f"min(a.at) FILTER (WHERE {chosen} AND a.at <= :now) + {window}")
    due = f"least({', '.join(moments)})" if moments else "CAST(NULL AS timestamptz)"
    objects = [f"jsonb_build_object({', '.join(few)})" for few in _batches(figures)]
    return f"jsonb_strip_nulls({' || '.join(objects)})", due, parameters


def _batches(figures: list[str]) -> list[list[str]]:
    """Part name-figure pairs: a function of PostgreSQL takes at most 100 arguments."""
    return [figures[start : start + 50] for start in range(0, len(figures), 50)] or [[]]


def _conditions(number: int, entry: ComputedAttribute, parameters: Parameters) -> list[str]:
    found = ["true"]
    status = "lower(coalesce(a.status, ''))"
    if entry.of:
        parameters[f"kinds_{number}"] = list(entry.of)
        found.append(f"a.kind = ANY(:kinds_{number})")
    if entry.status:
        parameters[f"status_{number}"] = [word.lower() for word in entry.status]
        found.append(f"{status} = ANY(:status_{number})")
    if entry.not_status:
        parameters[f"not_status_{number}"] = [word.lower() for word in entry.not_status]
        found.append(f"{status} <> ALL(:not_status_{number})")
    if entry.currency is not None:
        parameters[f"currency_{number}"] = entry.currency
        found.append(f"a.currency = :currency_{number} AND a.amount IS NOT NULL")
    if entry.days is not None:
        parameters[f"days_{number}"] = entry.days
        found.append(f"a.at > CAST(:now AS timestamptz) - make_interval(days => :days_{number})")
    return found
