"""Excel workbooks: the cached values of one sheet as text, numbers as they were typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import pyarrow as pa

from hub.errors import SettingsError
from sources.tabular.table import Block, Table, unique_names

_BLOCK_ROWS = 10_000
_ALL_ZEROS = re.compile(r"0+")


def open_excel(path: Path, sheet: str | None = None) -> Table:
    """Open a sheet (the first visible one by default). Raises SettingsError where there is none with a header."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError):
        raise SettingsError(f"{path.name} is no Excel workbook.", hint="Save it again as .xlsx or .csv.") from None
    visible = [s.title for s in book.worksheets if s.sheet_state == "visible"]
    name = sheet or next(iter(visible), None)
    if name not in book.sheetnames:
        raise SettingsError(f"{path.name} has no sheet '{name}'.", hint=f"It has: {', '.join(book.sheetnames)}.")
    rows = ((line, [_text(cell) for cell in row]) for line, row in enumerate(book[name].iter_rows(), start=1))
    filled = ((line, row) for line, row in rows if any(row))
    header = unique_names(_without_tail(next(filled, (0, []))[1]))
    if not header:
        raise SettingsError(f"{path.name} has no header row.", hint="The first filled row must name the columns.")
    return Table(header, _blocks(filled, header))


def _blocks(rows: Iterator[tuple[int, list[str]]], header: list[str]) -> Iterator[Block]:
    while chunk := [row for _, row in zip(range(_BLOCK_ROWS), rows, strict=False)]:
        columns = {
            name: pa.array([row[i] if i < len(row) else "" for _, row in chunk], pa.string())
            for i, name in enumerate(header)
        }
        yield Block(pa.table(columns), pa.array([line for line, _ in chunk], pa.int64()), [])


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    return row


def _text(cell: Any) -> str:
    """Write a cell as it was meant: a whole number without ".0", a zero-padded code with its zeros, a date as ISO."""
    match cell.value:
        case None:
            return ""
        case bool(value):
            return str(value).lower()
        case float(value) if value.is_integer() and abs(value) < 1e15:
            return _padded(str(int(value)), cell.number_format)
        case int(value):
            return _padded(str(value), cell.number_format)
        case dt.datetime() as value:
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
        case dt.date() | dt.time() as value:
            return value.isoformat()
        case value:
            return str(value)


def _padded(digits: str, number_format: str) -> str:
    return digits.zfill(len(number_format)) if _ALL_ZEROS.fullmatch(number_format) else digits
