"""Excel and Parquet: what a cell means, not how it is stored."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.errors import SettingsError
from sources.tabular import open_table


def _rows(path: Path, sheet: str | None = None) -> tuple[list[str], list[int], list[dict[str, object]]]:
    table = open_table(path, sheet=sheet)
    blocks = list(table.blocks)
    return (
        table.header,
        [line for block in blocks for line in block.lines.to_pylist()],
        [row for block in blocks for row in block.rows.to_pylist()],
    )


def test_excel_cells_as_they_were_typed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    hidden, sheet = book.active, book.create_sheet("People")
    assert hidden is not None
    hidden.sheet_state = "hidden"
    sheet.append([])
    sheet.append(["id", "zip", "born", "when", "score", "note", None])
    sheet.append([4711, 1234, dt.datetime(1980, 1, 2), dt.datetime(2026, 1, 2, 3, 4), 1.5, "#N/A"])
    sheet.append([])
    sheet.append([49301234567890, "00123", None, None, 2.0, True])
    sheet.cell(row=3, column=2).number_format = "00000"
    book.save(tmp_path / "people.xlsx")
    header, lines, rows = _rows(tmp_path / "people.xlsx")
    assert header == ["id", "zip", "born", "when", "score", "note"]
    assert lines == [3, 5]
    assert list(rows[0].values()) == ["4711", "01234", "1980-01-02", "2026-01-02T03:04:00", "1.5", "#N/A"]
    assert list(rows[1].values()) == ["49301234567890", "00123", "", "", "2", "true"]
    with pytest.raises(SettingsError, match="no sheet 'Other'"):
        open_table(tmp_path / "people.xlsx", sheet="Other")


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    (tmp_path / "fake.xlsx").write_bytes(b"id,name\n")
    (tmp_path / "fake.parquet").write_bytes(b"id,name\n")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    for name in ("fake.xlsx", "fake.parquet", "old.xls"):
        with pytest.raises(SettingsError, match=name):
            open_table(tmp_path / name)


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table(
        {"id": [7, 8], "amount": [Decimal("1.50"), None], "born": [dt.date(1980, 1, 2), None], "tags": [["a", "b"], []]}
    )
    pq.write_table(table, tmp_path / "some.parquet")
    header, lines, rows = _rows(tmp_path / "some.parquet")
    assert header == table.column_names
    assert (lines, rows) == ([1, 2], table.to_pylist())
