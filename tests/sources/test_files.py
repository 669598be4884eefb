"""Files are known by their content and picked up whole."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from hub.config import Config
from hub.errors import SettingsError
from tests.sources.cycle import config_of, ingest, taken


def _config(tmp_path: Path, **entry: object) -> Config:
    settings = {"path": "in*.csv", "entity_type": "person", "id": "id", "fields": {"full_name": "name"}, **entry}
    return config_of({"sys": {"kind": "files", "objects": {"customer": settings}}}, tmp_path)


def _write(path: Path, *rows: str, at: int = 0) -> None:
    path.write_text("\n".join(["id,name", *rows, ""]), encoding="utf-8")
    os.utime(path, (1_700_000_000 + at, 1_700_000_000 + at))


def _names(engine: Engine) -> dict[str, object]:
    return {key: said["full_name"][0] for key, said in taken(engine, "customer").items()}  # type: ignore[index]  # a list, as each value is


def test_deltas_are_applied_in_their_order_and_once(database: Engine, tmp_path: Path, home: Path) -> None:
    config = _config(tmp_path, delivery="delta")
    _write(tmp_path / "in2.csv", "1,Ann New", at=2)
    _write(tmp_path / "in1.csv", "1,Ann Old", "2,Bob Lee", at=1)
    ingest(database, config, "sys", home)
    assert _names(database) == {"1": "Ann New", "2": "Bob Lee"}
    _write(tmp_path / "in3.csv", "1,Ann New", at=3)  # a copy of in2
    assert ingest(database, config, "sys", home).landed.objects[0].read == 0
    for number, name in enumerate(("Ann Third", "Ann New", "Ann Third"), start=4):  # one name, A, B, A
        _write(tmp_path / "in2.csv", f"1,{name}", at=number)
        ingest(database, config, "sys", home)
        assert _names(database) == {"1": name, "2": "Bob Lee"}


def test_all_files_of_a_full_delivery_count_together(database: Engine, tmp_path: Path, home: Path) -> None:
    config = _config(tmp_path)
    _write(tmp_path / "in1.csv", *(f"a{n},Ann {n}" for n in range(10)))
    _write(tmp_path / "in2.csv", *(f"b{n},Bob {n}" for n in range(10)))
    assert ingest(database, config, "sys", home).rows_in == 20
    _write(tmp_path / "in2.csv", *(f"b{n},Bob {n}" for n in range(1, 10)), at=9)
    result = ingest(database, config, "sys", home)
    assert [key.source_id for key in result.deleted] == ["b0"]
    assert ingest(database, config, "sys", home).landed.objects[0].read == 0
    for path in tmp_path.glob("in*.csv"):
        path.unlink()
    assert ingest(database, config, "sys", home).deleted == []  # nothing delivered is no delivery


def test_unfinished_files_are_left_alone(database: Engine, tmp_path: Path, home: Path) -> None:
    config = _config(tmp_path, path="in*")
    _write(tmp_path / "in1.csv", "1,Ann Lee")
    _write(tmp_path / "in2.csv.part", "2,Bob Lee")
    assert ingest(database, config, "sys", home).ids("customer") == {"1"}


def test_two_systems_and_both_entity_types_in_one_file(database: Engine, tmp_path: Path, home: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "src,id,kind,first,last,firm\nWeb shop,1,C,Ann,Lee,\nCRM,1,c,Bob,Day,\nCRM,2,O,,,Acme Ltd\n"
        "CRM,3,?,Eve,Orr,\n,4,C,Al,Ox,\n"
    )
    config = _config(
        tmp_path,
        system_column="src",
        entity_type={"column": "kind", "values": {"C": "person", "O": "organisation"}},
        fields={"given_name": "first", "family_name": "last", "organisation_name": "firm"},
    )
    result = ingest(database, config, "sys", home)
    types = {(key[0], key[2]): record.entity_type for key, record in result.records.items()}
    assert types == {
        ("Web shop", "1"): "person",
        ("CRM", "1"): "person",
        ("CRM", "2"): "organisation",
        ("sys", "4"): "person",  # a row that names no system is one of the file's own
    }
    assert {(row.code, row.field) for row in result.quarantined} == {("unknown_entity_type", "kind")}


def test_numbers_in_parquet_are_keys_and_nested_data_stays(database: Engine, tmp_path: Path, home: Path) -> None:
    rows = pa.table(
        {
            "id": [10, 11],
            "who": [{"name": "Ann Lee"}, {"name": "Bob Day"}],
            "mails": [["a@x.example", "b@x.example"], []],
        }
    )
    pq.write_table(rows, tmp_path / "in.parquet")
    config = _config(tmp_path, path="in.parquet", fields={"full_name": "who.name", "email": "mails"})
    with pytest.raises(SettingsError, match=r"no column 'whom\.name'"):
        ingest(database, _config(tmp_path, path="in.parquet", fields={"full_name": "whom.name"}), "sys", home)
    result = ingest(database, config, "sys", home)
    assert result.ids("customer") == {"10", "11"}
    mails = result.records["sys", "customer", "10"].attributes["email"]
    assert [mail.value for mail in mails] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"path": "absent.csv"}, "no file"),
        ({"fields": {"full_name": "nme"}}, "did you mean 'name'"),
        ({"id": "key"}, "no column 'key'"),
    ],
)
def test_wrong_settings_are_told(
    database: Engine, tmp_path: Path, home: Path, entry: dict[str, object], message: str
) -> None:
    _write(tmp_path / "in.csv", "1,Ann Lee")
    with pytest.raises(SettingsError, match=message):
        ingest(database, _config(tmp_path, **entry), "sys", home)
