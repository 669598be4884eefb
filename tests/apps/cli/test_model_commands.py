"""The commands about models and labels as a user runs them."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.apps.cli.command import DATA, hub, hub_json
from tests.flows.files import PEOPLE, make_hub


def test_a_model_from_training_to_promotion_and_back(tmp_path: Path) -> None:
    make_hub(tmp_path)
    hub(tmp_path, "sync")
    hub(tmp_path, "train")
    assert [(m["version"], m["live"]) for m in hub_json(tmp_path, "model", "list")] == [(1, True), (2, False)]
    shown = hub_json(tmp_path, "model", "show", "2")
    assert {"m", "u", "weight"} <= shown["weights"][0].keys()
    assert "weights in bits" in hub(tmp_path, "model", "show", "2")
    compared = hub_json(tmp_path, "model", "compare", "1", "2")
    assert (compared["before"], compared["after"], compared["records"]) == (1, 2, len(PEOPLE))
    plan = hub_json(tmp_path, "plan", "--model", "2")
    assert plan["clusters"]["affected"] == compared["affected"]
    assert "Nothing was written" in hub(tmp_path, "plan", "--model", "2")
    assert "model 2 is live in place of model 1" in hub(tmp_path, "model", "promote", "2")
    assert "live already" in hub(tmp_path, "model", "promote", "2", code=1)
    assert hub_json(tmp_path, "sync")["master"]["resolved"] == len(PEOPLE)
    assert hub_json(tmp_path, "model", "rollback")["version"] == 1
    assert "no earlier model" in hub(tmp_path, "model", "rollback", code=1)
    assert "no model 7" in hub(tmp_path, "model", "show", "7", code=1)


def test_labels_by_hand_and_by_file_measure_the_hub(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text((DATA / "fake_1000.csv").read_text())
    hub(tmp_path, "init", "--from", "people.csv")
    hub(tmp_path, "sync")
    assert "Judge some first" in hub(tmp_path, "evaluate", "--labels", code=1)
    assert "[y]es" in hub(tmp_path, "label", "--size", "60", answers="y\nwhat\nn\ns\nq\n")
    assert hub_json(tmp_path, "label")["open"] == 58  # it goes on where it stopped
    hub(tmp_path, "label", "--export", "pairs.csv")
    entity = {row["source_id"]: row["entity"] for row in csv.DictReader((DATA / "fake_1000.truth.csv").open())}
    rows = list(csv.DictReader((tmp_path / "pairs.csv").open(encoding="utf-8-sig")))
    for row in rows:
        row["verdict"] = "same" if entity[row["left_source_id"]] == entity[row["right_source_id"]] else "different"
    with (tmp_path / "judged.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    assert hub_json(tmp_path, "label", "--import", "judged.csv") == {"imported": 60}
    found = hub_json(tmp_path, "evaluate", "--labels")["person"]
    truth = (DATA / "fake_1000.truth.csv").read_text().replace("fake_1000,", "people,")
    (tmp_path / "truth.csv").write_text(truth)
    true = hub_json(tmp_path, "evaluate", "--truth", "truth.csv")["pairwise"]
    assert found["precision"]["low"] <= true["precision"] <= found["precision"]["high"]
    assert found["recall"]["low"] <= found["recall"]["estimate"] <= found["recall"]["high"]
    assert "precision" in hub(tmp_path, "evaluate", "--labels")
    assert "Nothing to do" in hub(tmp_path, "sync")
