"""The commands about models and labels as a user runs them."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.apps.cli.command import DATA, hub, hub_json
from tests.flows.files import PEOPLE, make_hub


def test_a_model_from_training_to_promotion_and_back(folder: Path) -> None:
    make_hub(folder)
    hub(folder, "sync")
    hub(folder, "train")
    assert [(m["version"], m["live"]) for m in hub_json(folder, "model", "list")] == [(1, True), (2, False)]
    shown = hub_json(folder, "model", "show", "2")
    assert {"m", "u", "weight"} <= shown["weights"][0].keys()
    assert "weights in bits" in hub(folder, "model", "show", "2")
    compared = hub_json(folder, "model", "compare", "1", "2")
    assert (compared["before"], compared["after"], compared["records"]) == (1, 2, len(PEOPLE))
    plan = hub_json(folder, "plan", "--model", "2")
    assert plan["clusters"]["affected"] == compared["affected"]
    assert "Nothing was written" in hub(folder, "plan", "--model", "2")
    assert "model 2 is live in place of model 1" in hub(folder, "model", "promote", "2", "--by", "anna")
    assert "live already" in hub(folder, "model", "promote", "2", code=1)
    assert hub_json(folder, "sync")["master"]["resolved"] == len(PEOPLE)
    assert hub_json(folder, "model", "rollback")["version"] == 1
    assert "no earlier model" in hub(folder, "model", "rollback", code=1)
    assert "no model 7" in hub(folder, "model", "show", "7", code=1)
    [promoted] = hub_json(folder, "audit", "list", "--who", "anna")
    assert (promoted["what"], promoted["things"]) == ("model.promote", ["model:person/2"])
    assert hub_json(folder, "audit", "list", "--what", "model.rollback")[0]["things"] == ["model:person/1"]


def test_labels_by_hand_and_by_file_measure_the_hub(folder: Path) -> None:
    (folder / "people.csv").write_text((DATA / "fake_1000.csv").read_text())
    hub(folder, "init", "--from", "people.csv")
    hub(folder, "sync")
    assert "Judge some first" in hub(folder, "evaluate", "--labels", code=1)
    assert "[y]es" in hub(folder, "label", "--size", "60", answers="y\nwhat\nn\ns\nq\n")
    assert hub_json(folder, "label")["open"] == 58  # it goes on where it stopped
    hub(folder, "label", "--export", "pairs.csv")
    entity = {row["source_id"]: row["entity"] for row in csv.DictReader((DATA / "fake_1000.truth.csv").open())}
    rows = list(csv.DictReader((folder / "pairs.csv").open(encoding="utf-8-sig")))
    for row in rows:
        row["verdict"] = "same" if entity[row["left_source_id"]] == entity[row["right_source_id"]] else "different"
    with (folder / "judged.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    assert hub_json(folder, "label", "--import", "judged.csv", "--by", "anna") == {"imported": 60}
    told = hub_json(folder, "audit", "list", "--who", "anna", "--limit", "100")
    assert len(told) == 60
    assert {entry["what"] for entry in told} == {"label.same", "label.different"}
    found = hub_json(folder, "evaluate", "--labels")["person"]
    truth = (DATA / "fake_1000.truth.csv").read_text().replace("fake_1000,", "people,")
    (folder / "truth.csv").write_text(truth)
    true = hub_json(folder, "evaluate", "--truth", "truth.csv")["pairwise"]
    assert found["precision"]["low"] <= true["precision"] <= found["precision"]["high"]
    assert found["recall"]["low"] <= found["recall"]["estimate"] <= found["recall"]["high"]
    assert "precision" in hub(folder, "evaluate", "--labels")
    assert "Nothing to do" in hub(folder, "sync")
