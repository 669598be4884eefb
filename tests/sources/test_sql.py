"""What a database has in store: types, keys of several columns, rows without one, late commits, refusals."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from hub.config import Config
from hub.errors import RetryableError, SettingsError
from tests.sources.cycle import config_of, ingest, taken

TABLE = """
    CREATE TABLE party (firm int, no char(5), name text, amount numeric(20, 10), born date, raw bytea, extra jsonb,
        active boolean DEFAULT true, changed timestamptz DEFAULT now())
"""


@pytest.fixture
def source(other_database: Engine) -> Engine:
    with other_database.begin() as conn:
        conn.execute(sa.text(TABLE))
    return other_database


def _config(source: Engine | str, tmp_path: Path, **entry: Any) -> Config:
    url = source if isinstance(source, str) else source.url.render_as_string(hide_password=False)
    settings = {
        "table": "party",
        "entity_type": "person",
        "id": ["firm", "no"],
        "fields": {"full_name": "name"},
        **entry,
    }
    settings = {name: value for name, value in settings.items() if value is not None}
    return config_of({"sys": {"kind": "sql", "url": url, "objects": {"customer": settings}}}, tmp_path)


def _put(source: Engine, *rows: dict[str, Any], changed: str = "now()") -> None:
    with source.begin() as conn:
        for row in rows:
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            conn.execute(sa.text(f"INSERT INTO party ({names}, changed) VALUES ({values}, {changed})"), row)


def test_many_pages_with_a_key_of_two_columns(
    source: Engine, database: Engine, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.sql.CHUNK", 7)
    expected = {f"{firm}|{no}" for firm in range(5) for no in range(10)}
    _put(source, *({"firm": f, "no": str(n), "name": f"Ann Lee{n}"} for f in range(5) for n in range(10)))
    result = ingest(database, _config(source, tmp_path), "sys", home)
    assert result.ids("customer") == expected


def test_values_survive_as_delivered(source: Engine, database: Engine, tmp_path: Path, home: Path) -> None:
    row = {
        "firm": 1,
        "no": "A",
        "name": "Ann",
        "amount": "1234567890.0123456789",
        "born": "1980-01-02",
        "raw": b"\x00\xff",
    }
    _put(source, {**row, "extra": '{"mail": ["a@x.example", "b@x.example"]}'})
    fields = {"full_name": "name", "birth_date": "born", "email": "extra.mail"}
    query = "SELECT *, ':x 5%' AS note FROM party WHERE changed::date > '2000-01-01 00:00:00';"
    ingest(database, _config(source, tmp_path, fields=fields, query=query, table=None), "sys", home)
    said = taken(database, "customer")["1|A"]
    assert (said["birth_date"], said["email"]) == (["1980-01-02"], ["a@x.example", "b@x.example"])
    with database.connect() as conn:
        payload = conn.scalar(sa.text("SELECT payload::jsonb FROM landing.sys__customer"))
    assert (payload["amount"], payload["raw"], payload["no"]) == ("1234567890.0123456789", "00ff", "A    ")
    assert payload["note"] == ":x 5%"


def test_rows_without_a_key_are_quarantined_until_they_have_one(
    source: Engine, database: Engine, tmp_path: Path, home: Path
) -> None:
    _put(source, {"firm": 1, "no": "A", "name": "Ann"}, {"no": "B", "name": "Bob"})
    result = ingest(database, _config(source, tmp_path), "sys", home)
    assert result.ids("customer") == {"1|A"}
    assert [(row.code, row.source_id) for row in result.quarantined] == [("missing_key", None)]
    with source.begin() as conn:
        conn.execute(sa.text("UPDATE party SET firm = 2 WHERE firm IS NULL"))
    assert ingest(database, _config(source, tmp_path), "sys", home).ids("customer") == {"2|B"}
    with database.connect() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM ops.quarantine WHERE resolved_at IS NULL")) == 0


def test_a_late_commit_with_an_earlier_time_is_seen(
    source: Engine, database: Engine, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.progress.SMALL", -1)  # a large table: changes alone are read
    config = _config(source, tmp_path, modified_at="changed")
    _put(source, *({"firm": 1, "no": str(n), "name": "Ann"} for n in range(9)), changed="now() - interval '1 day'")
    _put(source, {"firm": 1, "no": "new", "name": "Newest"})
    ingest(database, config, "sys", home)
    _put(source, {"firm": 1, "no": "late", "name": "Late"}, changed="now() - interval '20 minutes'")
    with source.begin() as conn:
        conn.execute(sa.text("DELETE FROM party WHERE no = '0'"))
    result = ingest(database, config, "sys", home)
    assert result.landed.objects[0].read == 2  # the newest once more, and the late one
    assert result.ids("customer") == {"1|late"}
    assert [key.source_id for key in result.deleted] == ["1|0"]


def test_marks_of_deletion(source: Engine, database: Engine, tmp_path: Path, home: Path) -> None:
    config = _config(source, tmp_path, deleted={"column": "active", "values": ["false"]})
    _put(source, {"firm": 1, "no": "A", "name": "Ann"}, {"firm": 1, "no": "B", "name": "Bob"})
    ingest(database, config, "sys", home)
    with source.begin() as conn:
        conn.execute(sa.text("UPDATE party SET active = false WHERE no = 'A'"))
    result = ingest(database, config, "sys", home)
    assert [key.source_id for key in result.deleted] == ["1|A"]
    assert set(taken(database, "customer")) == {"1|B"}


def test_other_databases(database: Engine, tmp_path: Path, home: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE TABLE party (firm int, no text, name text, changed text)"))
        conn.execute(sa.text("INSERT INTO party VALUES (1, 'A', 'Ann', '2026-01-02T03:04:05')"))
    config = _config(str(engine.url), tmp_path, modified_at="changed")
    assert ingest(database, config, "sys", home).ids("customer") == {"1|A"}
    assert ingest(database, config, "sys", home).rows_in == 0


@pytest.mark.parametrize(
    ("url", "entry", "error"),
    [
        ("", {}, SettingsError),
        ("nodriver://host/db", {}, SettingsError),
        ("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", {}, RetryableError),
        (None, {"table": "absent"}, SettingsError),
        (None, {"fields": {"full_name": "nme"}}, SettingsError),
        (None, {"table": None, "query": "SELECT * FROM absent"}, SettingsError),
    ],
)
def test_refusals_say_what_to_do(
    source: Engine,
    database: Engine,
    tmp_path: Path,
    home: Path,
    url: str | None,
    entry: dict[str, Any],
    error: type[Exception],
) -> None:
    with pytest.raises(error) as caught:
        ingest(database, _config(source if url is None else url, tmp_path, **entry), "sys", home)
    assert "secret" not in str(caught.value)
    assert "SELECT" not in str(caught.value)
