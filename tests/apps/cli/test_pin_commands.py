"""`hub pin`, `exclude`, `unpin`, `pins` and `hub show --why` as a user runs them."""

from __future__ import annotations

from pathlib import Path

from tests.apps.cli.command import DATA, hub, hub_json


def test_a_steward_pins_a_value_and_takes_it_back(folder: Path) -> None:
    lines = (DATA / "fake_1000.csv").read_text().splitlines()[:60]
    (folder / "people.csv").write_text("\n".join(lines))
    hub(folder, "init", "--from", "people.csv")
    hub(folder, "sync")
    assert "Nothing is pinned" in hub(folder, "pins")

    entered = hub_json(folder, "pin", "people/0", "given_name", "Zoe", "--reason", "told me", "--by", "anna")
    assert entered["record"].endswith("/0")
    hub(folder, "resolve")
    shown = hub(folder, "show", "people/0", "--why", "given_name")
    assert "pinned by anna" in shown
    assert f"if entry {entered['entry']} (pin) were ended" in shown
    told = hub_json(folder, "show", "people/0", "--why", "given_name")
    assert told["won"]["won"][0]["value"] == "Zoe"
    assert 0 < told["quality"]["confidence"] < 1
    assert [entry["by"] for entry in hub_json(folder, "pins", "people/0")] == ["anna"]

    hub(folder, "unpin", str(entered["entry"]), "--reason", "married")
    hub(folder, "exclude", "people/0", "given_name", "Zoe", "--reason", "was wrong", "--until-source-changes")
    hub(folder, "resolve")
    after = hub_json(folder, "show", "people/0", "--why", "given_name")
    assert all(won["value"] != "Zoe" for won in after["won"]["won"])
    assert "did you mean 'given_name'" in hub(folder, "pin", "people/0", "given_nam", "X", "--reason", "r", code=1)
