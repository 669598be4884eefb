"""Figures by a SELECT of one's own: run in DuckDB over the customers that are due, and put beside the others.

The SELECT sees nothing but the views of hub.figure_sql, filled with these customers alone, behind a lock.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import effective_consents
from golden_record.timeline import customer_activities
from hub import figure_sql
from hub.computed import ComputedAttribute
from hub.errors import SettingsError
from hub.records import canonical_json
from identity.staging import stage

_BATCH = "SELECT customer_id FROM profile_batch"


def add(conn: Connection, computed: Mapping[str, ComputedAttribute], now: datetime) -> None:
    """Put these figures to those of the customers in the temporary table `profile_batch`, which have rows already.

    Raises SettingsError where a SELECT fails on the data, or gives two values for one customer.
    """
    own = {name: entry for name, entry in computed.items() if entry.sql is not None}
    if not own:
        return
    calculator = _filled(conn, now)
    try:
        figures: dict[str, dict[str, Any]] = {}
        for name, entry in own.items():
            for customer_id, value in _run(calculator, name, entry):
                if name in figures.setdefault(customer_id, {}):
                    raise SettingsError(
                        f"computed.{name} gives two values for one customer.", hint="Group its sql by customer_id."
                    )
                figures[customer_id][name] = value
    finally:
        calculator.close()
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


def _run(
    calculator: duckdb.DuckDBPyConnection, name: str, entry: ComputedAttribute
) -> list[tuple[str, str | float | None]]:
    try:
        rows = calculator.execute(figure_sql.query(entry.sql or "", entry.kind)).fetchall()
    except duckdb.Error as error:
        raise SettingsError(
            f"computed.{name} can't be run on what there is ({type(error).__name__}).",
            hint="Write its sql so that it takes any value: TRY_CAST in place of CAST, nullif around what divides.",
        ) from None
    return [(str(row[0]), _plain(row[1])) for row in rows if row[0] is not None and row[1] is not None]


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


def _filled(conn: Connection, now: datetime) -> duckdb.DuckDBPyConnection:
    """Open the views with the customers that are due."""
    calculator = figure_sql.opened()
    ids: list[UUID] = list(conn.scalars(sa.text(f"{_BATCH} ORDER BY customer_id")))
    _put(calculator, "customers", [dict(row) for row in conn.execute(sa.text(_CUSTOMERS)).mappings()])
    _put(calculator, "activities", [dict(row) for row in conn.execute(sa.text(_ACTIVITIES)).mappings()])
    consents = [
        {
            "customer_id": who, "point_kind": c.point_kind, "point": c.point, "purpose": c.purpose,
            "channel": c.channel, "state": c.state, "since": c.since,
        }
        for who, lines in effective_consents.of(conn, ids, now=now).items()
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


_CUSTOMERS = """
    SELECT g.customer_id, g.entity_type, m.records, m.systems, coalesce((
            SELECT jsonb_object_agg(a.key, (SELECT jsonb_agg(v -> 'value') FROM jsonb_array_elements(a.value) v))
            FROM jsonb_each(g.attributes) a), '{}'::jsonb) AS attributes
    FROM profile_batch b JOIN golden.golden_record g ON g.customer_id = b.customer_id AND g.valid_to IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) AS records, array_agg(DISTINCT s.system ORDER BY s.system) AS systems
        FROM identity.crosswalk x JOIN identity.source_record s ON s.record_id = x.record_id AND s.deleted_at IS NULL
        WHERE x.customer_id = g.customer_id AND x.valid_to IS NULL) m"""
_ACTIVITIES = f"""
    SELECT DISTINCT ON (customer_id, system, object, source_id)
        customer_id, system, object, source_id, kind, at AS happened_at, title, amount, currency, status, attributes
    FROM ({customer_activities(f"x.customer_id IN ({_BATCH})")}) q
    ORDER BY customer_id, system, object, source_id"""
