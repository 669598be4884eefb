"""Decisions as a table: CSV or Parquet, with the columns kind, left, right, by, at, reason, all text.

A side is a list of records, each as `system|object|source_id`, parted by `;`; within a source id a `;` or a backslash
is written with a backslash before it. `at` is an ISO 8601 time with its zone; empty for now.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet
from sqlalchemy import Connection

from hub.errors import SettingsError
from hub.records import RecordKey
from identity import decision_log
from identity.decisions import Spoken, Statement, decide_all

COLUMNS = ("kind", "left", "right", "by", "at", "reason")
_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])
_PARTED = re.compile(r"((?:[^;\\]|\\.)*)(?:;|$)", re.DOTALL)


def export(conn: Connection) -> pa.Table:
    """Give the decisions that stand, in their order."""
    rows = [
        {
            "kind": d.kind,
            "left": _side(d.left),
            "right": _side(d.right),
            "by": d.by,
            "at": d.at.isoformat(),
            "reason": d.reason,
        }
        for d in decision_log.listing(conn)
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)


def import_table(conn: Connection, table: pa.Table) -> Spoken:
    """Take every row as a decision, each as a whole or not at all; a second time nothing more is decided.

    Gives what became of each row, by its place from 0; refused rows with their reasons.
    """
    statements: list[Statement] = []
    places: list[int] = []
    spoken = Spoken()
    for place, row in enumerate(table.to_pylist()):
        try:
            statements.append(_statement(row))
            places.append(place)
        except ValueError as error:
            spoken.refused[place] = str(error)
    done = decide_all(conn, statements)
    for mine, theirs in (
        (spoken.made, done.made),
        (spoken.repeated, done.repeated),
    ):
        mine.update({places[i]: number for i, number in theirs.items()})
    spoken.refused.update({places[i]: why for i, why in done.refused.items()})
    return spoken


def read_file(path: Path) -> pa.Table:
    """Read a table of decisions. Raises SettingsError for a file that is none."""
    if not path.is_file():
        raise SettingsError(f"There is no file {path}.")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table = parquet.read_table(path)
        else:
            convert = csv.ConvertOptions(column_types=_SCHEMA, strings_can_be_null=False)
            parse = csv.ParseOptions(newlines_in_values=True)
            table = csv.read_csv(path, convert_options=convert, parse_options=parse)
    except (OSError, pa.ArrowInvalid) as error:
        raise SettingsError(f"{path.name} can't be read as a table ({type(error).__name__}).") from None
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise SettingsError(
            f"{path.name} lacks the column {missing[0]}.", hint=f"A table of decisions has {', '.join(COLUMNS)}."
        )
    return table.select(COLUMNS).cast(_SCHEMA)


def write_file(path: Path, table: pa.Table) -> None:
    """Write a table of decisions, as Parquet where the name says so."""
    with path.open("wb") as file:
        if path.suffix.lower() in (".parquet", ".pq"):
            parquet.write_table(table, file)
        else:
            csv.write_csv(table, file)


def _statement(row: dict[str, str | None]) -> Statement:
    text = {name: (row[name] or "").strip() for name in COLUMNS}
    at = None
    if text["at"]:
        try:
            at = datetime.fromisoformat(text["at"])
        except ValueError:
            raise ValueError("`at` is not a time in ISO 8601") from None
        if at.tzinfo is None:
            raise ValueError("`at` does not say its time zone")
    left, right = _keys(text["left"]), _keys(text["right"])
    # decide_all says what kinds there are.
    return Statement(text["kind"], left, right, text["by"], text["reason"], at)  # type: ignore[arg-type]  # checked where it is said


def _side(keys: tuple[RecordKey, ...]) -> str:
    return ";".join(re.sub(r"([;\\])", r"\\\1", "|".join(key)) for key in keys)


def _keys(text: str) -> tuple[RecordKey, ...]:
    found = []
    for written in (match[1].strip() for match in _PARTED.finditer(text)):
        if not written:
            continue
        parts = re.sub(r"\\(.)", r"\1", written, flags=re.DOTALL).split("|", 2)
        if len(parts) != 3:
            raise ValueError("a record is written system|object|source_id")
        found.append(RecordKey(*parts))
    return tuple(found)
