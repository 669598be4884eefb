"""Quarantine holds a row once, and lets it go when it is well, gone, or mapped anew."""

from pathlib import Path

from sqlalchemy import Connection, Engine

from hub.config import Config
from hub.db import transaction
from sources import quarantine
from sources.quarantine import QuarantinedRow
from tests.sources.cycle import Ingested, config_of, ingest, take_in, taken


def _row(row_id: str, reason: str = "The row has no key.") -> QuarantinedRow:
    return QuarantinedRow("customer", row_id, row_id, 3, "{}", "id", "missing_key", reason)


def test_one_open_entry_for_a_row(conn: Connection) -> None:
    quarantine.put(conn, "crm", [_row("a"), _row("b")], None)
    quarantine.put(conn, "crm", [_row("a", "Another reason.")], None)
    quarantine.put(conn, "erp", [_row("a")], None)
    assert quarantine.count_open(conn) == {"crm": 2, "erp": 1}
    assert [(e.source_id, e.reason) for e in quarantine.listing(conn, "crm", limit=1)] == [("a", "Another reason.")]
    assert quarantine.resolve(conn, "crm", "customer", ["a", "absent"]) == 1
    quarantine.put(conn, "crm", [_row("a")], None)  # bad once more: a new entry, the old one stays as history
    ids = [entry.quarantine_id for entry in quarantine.listing(conn, "crm")]
    assert len(ids) == 2
    assert [e.quarantine_id for e in quarantine.listing(conn, "crm", after=ids[0])] == ids[1:]


def test_requeued_rows_are_asked_for_once(conn: Connection) -> None:
    quarantine.put(conn, "crm", [_row("a"), _row("b")], None)
    first = quarantine.listing(conn)[0]
    assert quarantine.requeue(conn, [first.quarantine_id], by="anna") == 1
    assert quarantine.requeued(conn, "crm", "customer") == ["a"]
    quarantine.put(conn, "crm", [_row("a")], None)
    assert quarantine.requeued(conn, "crm", "customer") == []
    assert quarantine.requeue(conn, by="anna") == 2


def _config(folder: Path, entity_types: dict[str, str], **fields: str) -> Config:
    entry = {
        "path": "in.csv",
        "entity_type": {"column": "kind", "values": entity_types},
        "id": "id",
        "fields": {"full_name": "name", **fields},
    }
    return config_of({"sys": {"kind": "files", "objects": {"customer": entry}}}, folder)


def _again(engine: Engine, config: Config, before: Ingested, *, replay: bool = False) -> Ingested:
    return take_in(engine, config, "sys", before.landed, replay=replay)


def test_a_changed_mapping_replays_everything_without_asking_the_system(
    database: Engine, tmp_path: Path, home: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,kind,name,mail\n1,P,Ann Lee,a@x.example\n2,X,Bob Day,b@x.example\n")
    config = _config(tmp_path, {"P": "person"})
    first = ingest(database, config, "sys", home)
    assert [row.code for row in first.quarantined] == ["unknown_entity_type"]
    path.unlink()
    assert _again(database, config, first).rows_in == 0
    mended = _config(tmp_path, {"P": "person", "X": "person"}, email="mail")
    replayed = _again(database, mended, first)
    assert (replayed.rows_in, replayed.quarantined) == (2, [])
    assert taken(database, "customer")["1"]["email"] == ["a@x.example"]
    with transaction(database) as conn:
        assert quarantine.count_open(conn) == {}
    assert _again(database, mended, first).rows_in == 0
    assert _again(database, mended, first, replay=True).rows_in == 2


def test_requeued_rows_come_alone(database: Engine, tmp_path: Path, home: Path) -> None:
    (tmp_path / "in.csv").write_text("id,kind,name\n1,P,Ann Lee\n2,X,Bob Day\n3,X,Cy Orr\n")
    config = _config(tmp_path, {"P": "person"})
    first = ingest(database, config, "sys", home)
    with transaction(database) as conn:
        quarantine.requeue(conn, [quarantine.listing(conn)[0].quarantine_id], by="anna")
    result = _again(database, config, first)
    assert (result.rows_in, [row.source_id for row in result.quarantined]) == (1, ["2"])
    assert _again(database, config, first).rows_in == 0


def test_a_good_row_turned_bad_keeps_its_record_and_says_so(database: Engine, tmp_path: Path, home: Path) -> None:
    path, config = tmp_path / "in.csv", _config(tmp_path, {"P": "person"})
    path.write_text("id,kind,name\n1,P,Ann Lee\n2,P,Bob Day\n")
    ingest(database, config, "sys", home)
    path.write_text("id,kind,name\n1,?,Ann Lee\n2,P,Bob Day\n")
    result = ingest(database, config, "sys", home)
    assert [(row.source_id, row.line, row.field) for row in result.quarantined] == [("1", 2, "kind")]
    assert result.deleted == []
    assert set(taken(database, "customer")) == {"1", "2"}
    path.write_text("id,kind,name\n1,P,Ann Lee\n2,P,Bob Day\n")
    ingest(database, config, "sys", home)
    with transaction(database) as conn:
        assert quarantine.count_open(conn) == {}
