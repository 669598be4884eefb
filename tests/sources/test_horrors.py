"""Hostile rows are stored safely or quarantined with a reason, and nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from hub.config import Config
from tests.sources.cycle import Ingested, config_of, ingest, taken

HORRORS = Path(__file__).parents[1] / "data" / "horrors.csv"
EXPECTED_CODES = {
    "broken_encoding": [4, 17],
    "missing_key": [9],
    "column_count": [10, 11],
    "duplicate_key": [14],
    "nothing_usable": [19],
    "key_too_long": [22],
}
EXPECTED_IDS = {"1", "2", "4", "5", "6", "7", "11", "12", "13", "17", "18", "20"}
FIELDS = {
    "given_name": "first_name",
    "family_name": "last_name",
    "email": "email",
    "birth_date": "birth_date",
    "address": {"city": "city"},
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    shutil.copy(HORRORS, tmp_path)
    entry = {"path": "horrors.csv", "entity_type": "person", "id": "id", "fields": FIELDS}
    return config_of({"files": {"kind": "files", "objects": {"customer": entry}}}, tmp_path)


@pytest.fixture
def result(database: Engine, config: Config, home: Path) -> Ingested:
    return ingest(database, config, "files", home)


def test_every_row_is_somewhere(result: Ingested, database: Engine) -> None:
    codes: dict[str, list[int]] = {}
    for row in result.quarantined:
        codes.setdefault(row.code, []).append(row.line or 0)
    assert {code: sorted(lines) for code, lines in codes.items()} == EXPECTED_CODES
    assert set(taken(database, "customer")) == EXPECTED_IDS
    rows_with_content = 21  # of the file, the header and the row of commas alone left out
    assert result.rows_in == rows_with_content - 1 == len(EXPECTED_IDS) + len(result.quarantined)


def test_quarantined_rows_are_kept_whole(result: Ingested) -> None:
    by_line = {row.line: json.loads(row.payload) for row in result.quarantined}
    assert by_line[4]["first_name"] == r"Bro\xff\xfeken"
    assert by_line[9]["last_name"] == "Key"
    assert by_line[10] == "9,Too,Few"
    assert by_line[11] == "10,Too,Many,many@example.com,1980-01-02,Leeds,more,and more"
    assert by_line[14]["last_name"] == "First"
    assert by_line[22]["id"] == "1" * 600
    assert all(row.reason for row in result.quarantined)


def test_values_are_as_they_were(result: Ingested, database: Engine) -> None:
    said = taken(database, "customer")
    assert said["6"]["given_name"] == ["=cmd()|' /C calc'!A0"]
    assert said["18"]["given_name"] == ["Robert'); DROP TABLE students;--"]
    assert said["11"]["address"] == [{"city": 'Le"eds'}]
    assert said["12"]["family_name"] == ["Second"]
    assert "\x00" not in said["2"]["given_name"][0]  # type: ignore[index]  # a list, as each value is
    with database.connect() as conn:
        payload = conn.scalar(sa.text("SELECT payload FROM landing.files__customer WHERE id = '2'"))
    assert json.loads(payload or "")["first_name"] == "N\x00ul"


def test_dates_that_are_none_cost_no_record(result: Ingested) -> None:
    impossible = result.records["files", "customer", "18"].attributes["birth_date"]
    assert [value.standard for value in impossible] == [None]


def test_a_mended_file_empties_the_quarantine(
    result: Ingested, database: Engine, config: Config, tmp_path: Path, home: Path
) -> None:
    mended = [line for line in HORRORS.read_bytes().split(b"\n") if not line.startswith((b"9,", b"3,", b",No"))]
    (tmp_path / "horrors.csv").write_bytes(b"\n".join([*mended, b"9,Enough,Now,n@example.com,1980-01-02,Leeds", b""]))
    ingest(database, config, "files", home)
    with database.connect() as conn:
        open_codes = conn.scalars(sa.text("SELECT code FROM ops.quarantine WHERE resolved_at IS NULL ORDER BY code"))
        assert list(open_codes) == [
            "broken_encoding",
            "column_count",
            "duplicate_key",
            "key_too_long",
            "nothing_usable",
        ]
    assert "9" in taken(database, "customer")
