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
_DAY = "86400.0"
# How long the silence is against three times the usual pause between two; who came but once has no usual pause.
_PAUSES = 3
VERSION = 2  # raised when this module computes otherwise, so that all figures are made anew


def definition(computed: Mapping[str, ComputedAttribute]) -> dict[str, Any]:
    """Give what decides the figures, as it is kept."""
    return {
        "version": VERSION,
        "computed": {name: entry.model_dump(mode="json", exclude_defaults=True) for name, entry in computed.items()},
    }


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
        if entry.measure is None:
            continue
        chosen = " AND ".join(_conditions(number, entry, parameters))
        happened = f"{chosen} AND a.at <= :now"
        if entry.measure == "rfm":
            figure, due = _rfm(number, entry, happened, parameters)
            moments.append(due)
        elif entry.measure == "churn_risk":
            figure = _churn_risk(happened)
            moments.append(f"CASE WHEN {figure} < 1 THEN CAST(:now AS timestamptz) + interval '1 day' END")
        else:
            figure = _MEASURES[entry.measure].format(happened)
        figures.append(f"'{name}', {figure}")
        moments.append(f"min(a.at) FILTER (WHERE {chosen} AND a.at > :now)")
        if entry.days is not None:
            window = f"make_interval(days => :days_{number})"
            moments.append(f"min(a.at) FILTER (WHERE {chosen} AND a.at <= :now) + {window}")
    due = f"least({', '.join(moments)})" if moments else "CAST(NULL AS timestamptz)"
    objects = [f"jsonb_build_object({', '.join(few)})" for few in _batches(figures)]
    return f"jsonb_strip_nulls({' || '.join(objects)})", due, parameters


def _rfm(number: int, entry: ComputedAttribute, happened: str, parameters: Parameters) -> tuple[str, str]:
    """Write three grades from 1 to 5 as one number, such as 543, and when time alone lowers the first."""
    last = f"max(a.at) FILTER (WHERE {happened})"
    parameters[f"recency_{number}"] = [int(days) for days in entry.recency_days]
    ends = [f"{last} + make_interval(days => (CAST(:recency_{number} AS int[]))[{place}])" for place in range(1, 5)]
    recency = " + ".join(f"(CASE WHEN {end} >= :now THEN 1 ELSE 0 END)" for end in ends)
    grades = [f"1 + {recency}"]
    for name, measured, scale in (
        ("often", f"count(a.kind) FILTER (WHERE {happened})", entry.frequencies),
        ("much", f"coalesce(sum(a.amount) FILTER (WHERE {happened}), 0)", entry.amounts),
    ):
        parameters[f"{name}_{number}"] = list(scale)
        steps = (f"(CAST(:{name}_{number} AS numeric[]))[{place}]" for place in range(1, 5))
        grades.append("1 + " + " + ".join(f"(CASE WHEN {measured} >= {step} THEN 1 ELSE 0 END)" for step in steps))
    whole = " + ".join(f"{weight} * ({grade})" for weight, grade in zip((100, 10, 1), grades, strict=True))
    falls = " ".join(f"WHEN {end} >= :now THEN {end} + interval '1 microsecond'" for end in ends)
    return f"CASE WHEN {last} IS NOT NULL THEN {whole} END", f"CASE {falls} END"


def _churn_risk(happened: str) -> str:
    """Write how long the silence is against the usual pause, at most 1, to two decimals; a pause is a day at least."""
    often = f"count(a.kind) FILTER (WHERE {happened})"
    first, last = (f"{which}(a.at) FILTER (WHERE {happened})" for which in ("min", "max"))
    pause = f"greatest(extract(epoch FROM {last} - {first}) / ({often} - 1), {_DAY})"
    silence = f"extract(epoch FROM CAST(:now AS timestamptz) - {last})"
    return f"CASE WHEN {often} > 1 THEN least(1, round(CAST({silence} / ({_PAUSES} * {pause}) AS numeric), 2)) END"


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
