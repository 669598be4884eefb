"""CSV as found in the wild; Python's csv module is the oracle."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import SettingsError
from sources.tabular import open_table
from sources.tabular.table import BadRow
from sources.tabular.text_stream import detect_encoding

ANY_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
CELL = st.text(st.characters(exclude_categories=["Cs", "Co"], exclude_characters="\r"), max_size=12)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=20)


def _read(path: Path, **options: str) -> tuple[list[str], list[tuple[int, list[str]]], list[BadRow]]:
    table = open_table(path, **options)
    rows, bad = [], []
    for block in table.blocks:
        columns = [column.to_pylist() for column in block.rows.columns]
        rows += list(zip(block.lines.to_pylist(), map(list, zip(*columns, strict=True)), strict=True))
        bad += block.bad
    return table.header, rows, bad


@ANY_FILE
@given(
    ROWS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
)
def test_rows_and_lines_are_those_that_were_written(
    tmp_path: Path, rows: list[list[str]], delimiter: str, ending: str, encoding: str
) -> None:
    path = tmp_path / "any.csv"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    lines = []
    for row in rows:
        lines.append(1 + text.getvalue().count("\n"))
        writer.writerow(row)
    path.write_bytes(text.getvalue().encode(encoding))
    header, good, bad = _read(path, delimiter=delimiter, encoding=encoding)
    placed = list(zip(lines, rows, strict=True))
    assert header == ["a", "b", "c"]
    assert good == [(line, row) for line, row in placed if len(row) == 3]
    assert [row.line for row in bad] == [line for line, row in placed if len(row) != 3]
    assert {row.code for row in bad} <= {"column_count"}


@pytest.mark.parametrize(
    ("content", "header", "row"),
    [
        (b"id;name\n1;J\xf6rg\n", ["id", "name"], ["1", "Jörg"]),  # cp1252, semicolons
        ("\ufeffid\tname\n1\tJörg\n".encode(), ["id", "name"], ["1", "Jörg"]),
        ("id|name\r\n1|Jörg\r\n".encode("utf-16"), ["id", "name"], ["1", "Jörg"]),
        (
            b"\n\nid,Name , name,,\n1,A,B,C,D\n",
            ["id", "Name", "name_2", "column_4", "column_5"],
            ["1", "A", "B", "C", "D"],
        ),
        (b'"id","first\nname"\n1,"A, B"\n', ["id", "first name"], ["1", "A, B"]),
        (b'id,name\n1,5" pipe\n', ["id", "name"], ["1", '5" pipe']),
        (b"id\n1\n", ["id"], ["1"]),
    ],
)
def test_dialects_are_told_from_the_content(tmp_path: Path, content: bytes, header: list[str], row: list[str]) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    found, rows, bad = _read(path)
    assert (found, [cells for _, cells in rows], bad) == (header, [row], [])


def test_broken_bytes_cost_their_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes("id,name\n1,Zoë\n".encode() + b"2,\xff\n3,\xfe,x\n4,fine\n")
    assert detect_encoding(path) == "utf-8-sig"
    _, rows, bad = _read(path)
    assert rows == [(2, ["1", "Zoë"]), (5, ["4", "fine"])]
    assert [(row.line, row.code, json.loads(row.payload)) for row in bad] == [
        (3, "broken_encoding", {"id": "2", "name": "\\xff"}),
        (4, "column_count", "3,\\xfe,x"),
    ]


def test_a_row_longer_than_a_block_comes_once(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    short = b"".join(b"%d,%s\n" % (n, b"y" * 1000) for n in range(9_000))
    path.write_bytes(b"id,name\n" + short + b"a," + b"x" * 20_000_000 + b"\nb\nc,last\n")
    _, rows, bad = _read(path)
    assert [line for line, _ in rows] == [*range(2, 9_003), 9_004]
    assert [row.line for row in bad] == [9_003]
    assert rows[-2][1][1] == "x" * 20_000_000


@pytest.mark.parametrize(
    ("rest", "code", "held"),
    [
        ('2,"open\n3,lost\n', "open_quote", {"id": "2", "name": "open\n3,lost\n"}),
        ('2,"open\n3,lost', "open_quote", {"id": "2", "name": "open\n3,lost"}),
        ('"open,2\n3,lost\n', "column_count", '"open,2\n3,lost'),
    ],
)
def test_a_quote_never_closed_takes_the_rest_into_quarantine(
    tmp_path: Path, rest: str, code: str, held: object
) -> None:
    path = tmp_path / "open.csv"
    path.write_text(f"id,name\n1,fine\n{rest}")
    _, rows, bad = _read(path)
    assert [cells for _, cells in rows] == [["1", "fine"]]
    assert [(row.line, row.code, json.loads(row.payload)) for row in bad] == [(3, code, held)]


def test_packed_and_empty_files(tmp_path: Path) -> None:
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(b"id,name\n1,A\n"))
    assert _read(tmp_path / "packed.csv.gz")[1] == [(2, ["1", "A"])]
    (tmp_path / "header.csv").write_bytes(b"id,name\n")
    assert _read(tmp_path / "header.csv") == (["id", "name"], [], [])
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(SettingsError, match="no header"):
        open_table(tmp_path / "empty.csv")
    with pytest.raises(SettingsError, match="can't be read"):
        open_table(tmp_path / "absent.csv")
