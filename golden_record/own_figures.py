"""Figures by a SELECT of one's own: run in DuckDB over the customers that are due, and put beside the others.

For a past moment they are run over what was known then.

The SELECT sees nothing but the views of hub.figure_sql, filled with these customers alone, behind a lock.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import effective_consents
from golden_record.as_of import as_of
from golden_record.timeline import customer_activities
from hub import figure_sql
from hub.computed import ComputedAttribute
from hub.errors import SettingsError
from hub.records import canonical_json
from identity.staging import stage

BATCH = "SELECT customer_id FROM profile_batch"
SOME = "SELECT unnest(CAST(:ids AS uuid[])) AS customer_id"


def add(conn: Connection, computed: Mapping[str, ComputedAttribute], now: datetime) -> None:
    """Put these figures to those of the customers in the temporary table `profile_batch`, which have rows already.

    Raises SettingsError where a SELECT fails on the data, or gives two values for one customer.
    """
    own = _own(computed)
    if not own:
        return
    figures: dict[str, dict[str, Any]] = {}
    with closing(_filled(conn, BATCH, {}, now)) as calculator:
        for name, entry in own.items():
            for customer_id, value in _run(calculator, name, entry).items():
                figures.setdefault(customer_id, {})[name] = value
    rows = [{"customer_id": who, "figures": canonical_json(said)} for who, said in figures.items()]
    schema = pa.schema([("customer_id", pa.string()), ("figures", pa.string())])
    stage(conn, "own_figure", "customer_id uuid, figures jsonb", pa.Table.from_pylist(rows, schema))
    days = min((entry.every_days for entry in own.values() if entry.every_days is not None), default=None)
    conn.execute(
        sa.text("""
            UPDATE golden.profile p SET computed = p.computed || jsonb_strip_nulls(coalesce(f.figures, '{}')),
                due_at = least(p.due_at, CAST(:now AS timestamptz) + make_interval(days => CAST(:days AS int)))
            FROM profile_batch b LEFT JOIN own_figure f USING (customer_id) WHERE p.customer_id = b.customer_id"""),
        {"now": now, "days": days},
    )


def then(
    conn: Connection, customer_id: UUID, computed: Mapping[str, ComputedAttribute], moment: datetime
) -> tuple[dict[str, Any], list[str]]:
    """Give these figures of a customer over what was known at a moment, and the names of those that can't be run."""
    own = _own(computed)
    if not own:
        return {}, []
    figures: dict[str, Any] = {}
    failed = []
    with closing(_filled(conn, SOME, {"ids": [customer_id], "then": moment}, moment)) as calculator:
        for name, entry in own.items():
            try:
                figures.update((name, value) for value in _run(calculator, name, entry).values())
            except SettingsError:
                failed.append(name)
    return figures, failed


def _own(computed: Mapping[str, ComputedAttribute]) -> dict[str, ComputedAttribute]:
    return {name: entry for name, entry in computed.items() if entry.sql is not None}


def _run(calculator: duckdb.DuckDBPyConnection, name: str, entry: ComputedAttribute) -> dict[str, str | float]:
    """Give the values of a figure by customer; a customer without one is left out."""
    try:
        rows = calculator.execute(figure_sql.query(entry.sql or "", entry.kind)).fetchall()
    except duckdb.Error as error:
        raise SettingsError(
            f"computed.{name} can't be run on what there is ({type(error).__name__}).",
            hint="Write its sql so that it takes any value: TRY_CAST in place of CAST, nullif around what divides.",
        ) from None
    found: dict[str, str | float] = {}
    for customer_id, said in rows:
        if customer_id is not None and said is not None and (value := _plain(said)) is not None:
            if str(customer_id) in found:
                raise SettingsError(
                    f"computed.{name} gives two values for one customer.", hint="Group its sql by customer_id."
                )
            found[str(customer_id)] = value
    return found


def _plain(value: Any) -> str | float | None:
    """Write a value as the other figures are: times in UTC, whole numbers without a fraction."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case float():
            if value != value or value in (float("inf"), float("-inf")):
                return None
            return int(value) if value.is_integer() and abs(value) < 1e15 else round(value, 6)
        case _:
            return str(value)


def _filled(conn: Connection, batch: str, values: dict[str, Any], now: datetime) -> duckdb.DuckDBPyConnection:
    """Open the views with the customers that the query `batch` gives; with `then` among its values, as known then."""
    calculator = figure_sql.opened()
    ids: list[UUID] = list(conn.scalars(sa.text(f"{batch} ORDER BY customer_id"), values))
    for view, query in (("customers", _customers(batch)), ("activities", _activities(batch))):
        rows = conn.execute(sa.text(as_of(query) if "then" in values else query), values)
        _put(calculator, view, [dict(row) for row in rows.mappings()])
    consents = [
        {
            "customer_id": who, "point_kind": c.point_kind, "point": c.point, "purpose": c.purpose,
            "channel": c.channel, "state": c.state, "since": c.since,
        }
        for who, lines in effective_consents.of(conn, ids, now=now, then=values.get("then")).items()
        for c in lines
    ]  # fmt: skip
    _put(calculator, "consents", consents)
    _put(calculator, "clock", [{"now": now}])
    figure_sql.lock(calculator)
    return calculator


def _put(calculator: duckdb.DuckDBPyConnection, view: str, rows: list[dict[str, Any]]) -> None:
    columns = list(figure_sql.VIEWS[view])
    table = pa.table({name: pa.array([_cell(row[name]) for row in rows], _arrow(view, name)) for name in columns})
    calculator.register("given", table)
    calculator.execute(f"INSERT INTO {view} SELECT * FROM given").fetchall()
    calculator.unregister("given")


def _arrow(view: str, column: str) -> pa.DataType:
    kinds = {
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"), "BIGINT": pa.int64(), "VARCHAR[]": pa.list_(pa.string()),
    }  # fmt: skip
    return kinds.get(figure_sql.VIEWS[view][column], pa.string())


def _cell(value: Any) -> Any:
    match value:
        case dict():
            return canonical_json(value)
        case datetime() | int() | list() | None:
            return value
        case _:
            return str(value)


def _customers(batch: str) -> str:
    return f"""
    SELECT g.customer_id, g.entity_type, m.records, m.systems, coalesce((
            SELECT jsonb_object_agg(a.key, (SELECT jsonb_agg(v -> 'value') FROM jsonb_array_elements(a.value) v))
            FROM jsonb_each(g.attributes) a), '{{}}'::jsonb) AS attributes
    FROM ({batch}) b JOIN golden.golden_record g ON g.customer_id = b.customer_id AND g.valid_to IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) AS records, array_agg(DISTINCT s.system ORDER BY s.system) AS systems
        FROM identity.crosswalk x JOIN identity.source_record s ON s.record_id = x.record_id AND s.deleted_at IS NULL
        WHERE x.customer_id = g.customer_id AND x.valid_to IS NULL) m"""


def _activities(batch: str) -> str:
    return f"""
    SELECT DISTINCT ON (customer_id, system, object, source_id)
        customer_id, system, object, source_id, kind, at AS happened_at, title, amount, currency, status, attributes
    FROM ({customer_activities(f"x.customer_id IN ({batch})")}) q
    ORDER BY customer_id, system, object, source_id"""
