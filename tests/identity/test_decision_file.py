"""Decisions as a table: out and in again the same, each row as a whole or refused with its reason."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from hub.records import RecordKey
from identity import decision_file, decision_log, decisions, store
from tests.identity.factories import key, record
from tests.identity.stewards import say


def test_a_table_comes_back_as_it_went(hub: Connection, tmp_path: Path) -> None:
    odd = RecordKey("crm", "contacts", r"a;b\|c")
    store.save(hub, [record(odd.source_id, given_name="odd")])
    decisions.decide(hub, "same", [odd], [key(3)], by="anna", reason='said "so", twice')
    say(hub, "different", 1, 2, 4)
    say(hub, "unsure", 5, 6)
    before = decision_log.listing(hub)
    for name in ("d.csv", "d.parquet"):
        decision_file.write_file(tmp_path / name, decision_file.export(hub))
        table = decision_file.read_file(tmp_path / name)
        spoken = decision_file.import_table(hub, table)
        assert len(spoken.repeated) == 3
        assert decision_log.listing(hub) == before
    for decision in before:
        decisions.revoke(hub, decision.decision_id, by="ben", reason="no")
    assert len(decision_file.import_table(hub, table).made) == 3
    after = decision_log.listing(hub)
    assert [(d.kind, d.left, d.right, d.by, d.at, d.reason) for d in after] == [
        (d.kind, d.left, d.right, d.by, d.at, d.reason) for d in before
    ]


def test_a_refused_row_says_why_and_stops_no_other(hub: Connection, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(
        "kind,left,right,by,at,reason\n"
        "same,crm|contacts|3;crm|contacts|4,,anna,,seen\n"
        "different,crm|contacts|3,crm|contacts|4,anna,,seen\n"
        "same,crm|contacts|5,crm|contacts|77,anna,,seen\n"
        "same,crm/contacts/5,crm|contacts|6,anna,,seen\n"
        "same,crm|contacts|5,crm|contacts|6,anna,2024-01-01T00:00:00,seen\n"
        "unsure,crm|contacts|5,crm|contacts|6,anna,2024-01-01T00:00:00Z,seen\n"
    )
    spoken = decision_file.import_table(hub, decision_file.read_file(path))
    assert sorted(spoken.made) == [0, 5]
    assert {place: why.split(",")[-1].strip()[:20] for place, why in spoken.refused.items()}.keys() == {1, 2, 3, 4}
    assert "cannot be different" in spoken.refused[1]
