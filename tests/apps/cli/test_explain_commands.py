"""`hub explain` and `hub match` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.apps.cli.command import DATA, hub, hub_json


def test_explain_and_match(folder: Path) -> None:
    lines = (DATA / "fake_1000.csv").read_text().splitlines()[:250]
    (folder / "people.csv").write_text("\n".join(lines))
    hub(folder, "init", "--from", "people.csv")
    hub(folder, "sync")

    found = hub_json(folder, "match", "--given-name", "Robert", "--family-name", "Alan", "--birth-date", "1971-06-24")
    best = found[0]
    assert best["band"] == "link"
    assert best["key"][0] == "people"
    shown = hub(folder, "match", "--given-name", "Robert", "--family-name", "Alan", "--explain")
    assert "same given name" in shown
    (folder / "record.json").write_text(json.dumps({"family_name": "Zzyzx", "email": ["q@zzyzx.example"]}))
    assert "Nobody" in hub(folder, "match", "--from-json", "record.json")

    built = hub_json(folder, "explain", best["customer_id"])
    assert best["key"] in built["records"]
    assert len(built["joins"]) == len(built["records"]) - 1
    assert best["customer_id"] in hub(folder, "explain", f"people/{best['key'][2]}")

    other = next(key[2] for key in built["records"] if key != best["key"])
    pair = hub_json(folder, "explain", f"people/{best['key'][2]}", f"people/customer/{other}")
    total = pair["prior"] + sum(step["weight"] + step["adjustment"] for step in pair["steps"])
    assert total == pytest.approx(pair["weight"], abs=1e-9)
    assert pair["same_customer"] is True
    assert "(total)" in hub(folder, "explain", f"people/{other}", f"people/{best['key'][2]}")

    assert "There is no record people/nobody" in hub(folder, "explain", "people/nobody", "people/0", code=1)
    assert "did you mean" in _with(folder, {"famly_name": "Alan"})
    assert "has no use here" in _with(folder, {"email": [["x"]]})
    assert "There is nothing to search by" in _with(folder, {})
    assert "holds no JSON object" in _with(folder, [1], code=2)


def _with(folder: Path, record: object, code: int = 1) -> str:
    (folder / "record.json").write_text(json.dumps(record))
    return hub(folder, "match", "--from-json", "record.json", code=code)
