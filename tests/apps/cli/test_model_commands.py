"""The commands about models and labels as a user runs them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from apps.cli.model_screen import show_plan
from apps.cli.screen import Screen
from flows.plan import HeldBack, ModelPlan, Stopped
from identity.model_compare import ModelComparison
from tests.apps.cli.command import DATA, hub, hub_json
from tests.flows.files import PEOPLE, make_hub


def test_a_model_from_training_to_promotion_and_back(folder: Path) -> None:
    make_hub(folder)
    hub(folder, "sync")
    assert "hub plan --model 2 --type person" in hub(folder, "train")
    assert [(m["version"], m["live"]) for m in hub_json(folder, "model", "list")] == [(1, True), (2, False)]
    shown = hub_json(folder, "model", "show", "2")
    assert {"m", "u", "weight"} <= shown["weights"][0].keys()
    assert "weights in bits" in hub(folder, "model", "show", "2")
    compared = hub_json(folder, "model", "compare", "1", "2")
    assert (compared["before"], compared["after"], compared["records"]) == (1, 2, len(PEOPLE))
    plan = hub_json(folder, "plan", "--model", "2")
    assert plan["clusters"]["affected"] == compared["affected"]
    said = hub(folder, "plan", "--model", "2")
    assert "Both give the very same customers" in said
    assert "Nothing was written. To apply it: hub model promote 2 --type person" in said
    assert "no entity type 'people'" in hub(folder, "plan", "--model", "2", "--type", "people", code=2)
    assert "no entity type 'people'" in hub(folder, "model", "show", "2", "--type", "people", code=2)
    assert "model 2 is live in place of model 1" in hub(folder, "model", "promote", "2", "--by", "anna")
    assert "live already" in hub(folder, "model", "promote", "2", code=1)
    assert hub_json(folder, "sync")["master"]["resolved"] == len(PEOPLE)
    assert hub_json(folder, "model", "rollback")["version"] == 1
    assert "no earlier model" in hub(folder, "model", "rollback", code=1)
    assert "no model 7" in hub(folder, "model", "show", "7", code=1)
    [promoted] = hub_json(folder, "audit", "list", "--who", "anna")
    assert (promoted["what"], promoted["things"]) == ("model.promote", ["model:person/2"])
    assert hub_json(folder, "audit", "list", "--what", "model.rollback")[0]["things"] == ["model:person/1"]


def test_what_a_run_would_hold_and_that_it_would_stop_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    clusters = ModelComparison("person", 1, 2, 9, 5, 4, 2, 3, {}, [], 0)
    held = HeldBack(1, 3, {"too_large": 1}, ["one customer would have 3 records"])
    show_plan(Screen(), ModelPlan(clusters, held, Stopped(12, 561), events={"merge": 1}))
    said = capsys.readouterr()
    assert "too large" in said.out
    assert "held in all: 1, with 3 records" in said.out
    assert "for instance: one customer would have 3 records" in said.out
    assert "12 of 561 customers would merge, split or move" in said.err
    show_plan(Screen(), ModelPlan(clusters))
    assert "held" not in capsys.readouterr().out


def test_labels_by_hand_and_by_file_measure_the_hub(folder: Path) -> None:
    (folder / "people.csv").write_text((DATA / "fake_1000.csv").read_text())
    hub(folder, "init", "--from", "people.csv")
    hub(folder, "sync")
    assert "Judge some first" in hub(folder, "evaluate", "--labels", code=1)
    said = hub(folder, "label", "--size", "60", answers="y\nwhat\nn\ns\nq\n")
    assert "Answer with one of these letters" in said
    assert "2 judged, 58 left" in said
    assert "given_name_root" not in said, "what the hub has made itself is nothing to judge"
    assert hub_json(folder, "label")["open"] == 58  # it goes on where it stopped
    assert "no such file or directory" in hub(folder, "label", "--export", "nowhere/pairs.csv", code=2)
    assert "No such file" in hub(folder, "label", "--import", "nothing.csv", code=1)
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
    assert "by the labels of 60 of 60 sampled pairs" in hub(folder, "evaluate", "--labels")
    assert "Nothing to do" in hub(folder, "sync")
    hub(folder, "label", "--new", "--size", "5", answers="q\n")
    assert hub_json(folder, "evaluate", "--labels")["person"] == found, "a sample that nobody has judged says nothing"
    with (folder / "hub.yaml").open("a") as file:
        file.write(f"matching: {{person: {{link_threshold: {_advised(hub(folder, 'evaluate', '--labels'))}}}}}\n")
    assert "but hub.yaml sets link from" in hub(folder, "sync")
    assert "is within that range" in hub(folder, "evaluate", "--labels")
    assert "labels and decisions trained on: 60" in hub(folder, "train", "--promote")
    other = hub_json(folder, "evaluate", "--labels")["person"]
    assert (other["drawn_with"], other["advice"]) == (1, None), "the weights are another model's"
    assert other["precision"] == found["precision"]


def _advised(said: str) -> str:
    found = re.search(r"link_threshold: ([\d.]+)", said)
    assert found, said
    return found[1]
