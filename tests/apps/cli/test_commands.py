"""The commands as a user runs them: output, exit codes, JSON on stdout alone, errors that say what to do."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from apps.cli.screen import Screen, person
from apps.cli.work import show_report
from flows.report import MasterReport, SyncReport, SystemReport
from hub.errors import SettingsError
from tests.apps.cli.command import DATA, hub, hub_json, hub_process
from tests.flows.files import PEOPLE, make_hub


def test_from_a_csv_file_to_a_measured_result(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text((DATA / "fake_1000.csv").read_text())
    assert "hub.yaml" in hub_process(tmp_path, "init", "--from", "people.csv")
    report = json.loads(hub_process(tmp_path, "sync", "--json"))
    people = report["systems"]["people"]
    assert people["rows_in"] == people["stored"] + people["quarantined"] == 1000
    assert "Nothing to do" in hub_process(tmp_path, "sync")
    truth = (DATA / "fake_1000.truth.csv").read_text().replace("fake_1000,", "people,")
    (tmp_path / "truth.csv").write_text(truth)
    found = hub_json(tmp_path, "evaluate", "--truth", "truth.csv")
    assert found["pairwise"]["f1"] > 0.9
    assert found["bcubed"]["f1"] > 0.9
    assert hub_json(tmp_path, "verify")["equal"] is True
    assert hub_json(tmp_path, "status")["counts"]["source records"] == people["stored"]


def test_a_sync_says_why_a_feed_failed_and_what_waits(capsys: pytest.CaptureFixture[str]) -> None:
    report = SyncReport(
        systems={"shop": SystemReport(quarantined=1)},
        master=MasterReport(resolved=1, customers={"merge": 1}, holds=1, waiting=2),
        consents={"shop": SystemReport(error="choices.csv has no column 'text'.")},
    )
    show_report(Screen(), report)
    said = capsys.readouterr()
    assert "1 record resolved; 0 pairs scored; 1 customer merged into others" in said.out
    assert "shop: 1 row is in quarantine" in said.err
    assert "shop: consents: choices.csv has no column 'text'." in said.err
    assert "1 change is held, and 2 records wait for a customer" in said.err


def test_a_setting_that_changes_customers_is_not_nothing() -> None:
    assert SyncReport(master=MasterReport(golden={"unchanged": 3})).nothing_to_do
    assert not SyncReport(master=MasterReport(customers={"merge": 1})).nothing_to_do


def test_a_file_of_horrors_ends_with_a_warning_and_nothing_lost(folder: Path) -> None:
    (folder / "horrors.csv").write_bytes((DATA / "horrors.csv").read_bytes())
    hub(folder, "init", "--from", "horrors.csv")
    report = hub_json(folder, "sync")
    rows = report["systems"]["horrors"]
    assert report["status"] == "warning"
    assert rows["rows_in"] == rows["stored"] + rows["quarantined"]
    assert hub_json(folder, "quarantine")["total"] == rows["quarantined"] > 0
    assert hub_json(folder, "quarantine", "--replay", "--by", "anna") == {"requeued": rows["quarantined"]}
    assert [entry["what"] for entry in hub_json(folder, "audit", "list", "--who", "anna")] == ["quarantine.again"]


def test_one_customer_is_shown_with_origins(folder: Path) -> None:
    make_hub(folder)
    hub(folder, "sync")
    shown = hub_json(folder, "show", "shop/1")
    assert {record[2] for record in shown["records"]} == {"1", "2"}
    assert ["family_name", "Baumann"] in [value[:2] for value in shown["values"]]
    assert hub_json(folder, "show", shown["customer_id"]) == shown
    assert hub_json(folder, "show", "shop/customers/1") == shown
    assert hub_json(folder, "explain", "shop/customers/1")["customer_id"] == shown["customer_id"]
    assert "No customers have" in hub(folder, "show", "shop/none", code=1)


def test_where_the_user_has_no_name_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert person("anna") == "anna"
    with pytest.raises(SettingsError, match="no name"):
        person("")


def test_training_leaves_the_live_model_alone_until_promoted(folder: Path) -> None:
    make_hub(folder)
    hub(folder, "sync")
    assert hub_json(folder, "train")["person"]["live"] is False
    assert "Nothing to do" in hub(folder, "sync")
    assert hub_json(folder, "train", "--promote")["person"]["live"] is True
    assert hub_json(folder, "sync")["master"]["resolved"] == len(PEOPLE)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("systems:\n  a: {kind: files, object: {}}\n", "did you mean 'objects'"),
        ("systems:\n  a:\n    kind: sql\n    url: ${NO_SUCH_VARIABLE}\n", "line 4: the environment variable"),
        ("systems: [\n", "this is not YAML"),
    ],
)
def test_wrong_settings_are_named_with_their_line(tmp_path: Path, settings: str, says: str) -> None:
    (tmp_path / "hub.yaml").write_text(settings)
    assert says in hub(tmp_path, "sync", code=2)
    assert "hub init" in hub(tmp_path / "..", "status", "-s", str(tmp_path / "none.yaml"), code=2)


def test_what_happened_with_a_customer_is_shown_page_by_page(folder: Path) -> None:
    settings = make_hub(folder)
    visits = (
        "    activities:\n      visits: {path: visits.csv, id: nr, kind: visit, at: at, title: page, amount: paid,"
        " currency: EUR, record: {object: customers, id: who}}\n"
        "computed:\n  spent: {measure: sum, of: [visit], currency: EUR}\n"
        "segments:\n  spenders: {attribute: spent, at_least: 20}\nschedules:"
    )
    settings.write_text(settings.read_text().replace("schedules:", visits))
    rows = [f"{i},{1 + i % 2},2026-01-0{i},Page {i},{i}.50" for i in range(1, 8)] + [
        "8,1,never,,",
        "9,nobody,2026-01-01,,",
    ]
    (folder / "visits.csv").write_text("nr,who,at,page,paid\n" + "\n".join(rows) + "\n")
    report = hub_json(folder, "sync")
    taken = report["activities"]["shop"]
    assert (taken["rows_in"], taken["stored"], taken["quarantined"]) == (9, 8, 1)
    (folder / "visits.csv").write_text("nr,who,at,page,paid\n" + "\n".join([*rows, "10,5,2025-01-01,Start,"]) + "\n")
    assert "shop: activities" in hub(folder, "sync")
    newest = hub_json(folder, "show", "shop/1", "--timeline", "--limit", "4")
    assert [entry["title"] for entry in newest["activities"]] == ["Page 7", "Page 6", "Page 5", "Page 4"]
    rest = hub_json(folder, "show", "shop/1", "--timeline", "--before", newest["before"])
    assert [entry["key"]["source_id"] for entry in rest["activities"]] == ["3", "2", "1"]
    assert rest["before"] is None
    shown = hub(folder, "show", "shop/1")
    assert "7.50 EUR" in shown
    assert hub_json(folder, "show", "shop/2")["computed"] == {"spent": 31.5}
    assert "segments: spenders" in shown
    assert hub_json(folder, "segments") == {"spenders": 1}
    assert hub_json(folder, "segments", "spenders")["customers"][0]["customer_id"] == newest["customer_id"]
    assert "did you mean 'spenders'" in hub(folder, "segments", "spender", code=2)
    assert "--timeline" in shown
    assert "Start" in hub(folder, "show", "shop/5", "--timeline")
    assert "Nothing is known" in hub(folder, "show", "shop/6", "--timeline")
    exported = hub_json(folder, "export", "out", "--format", "parquet")["rows"]
    assert exported["customer_360"] == hub_json(folder, "status")["counts"]["customers"]
    assert exported["activities"] == 8
    assert "no place" in hub(folder, "show", "shop/1", "--timeline", "--before", "x", code=1)
