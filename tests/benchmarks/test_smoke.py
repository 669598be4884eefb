"""The benchmark runs through on a few hundred rows: nothing is said about speed, but all is measured and sound."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
from pathlib import Path

import pytest

from benchmarks import api, persons
from benchmarks.bars import judge, table
from benchmarks.run import alone, bench

ROWS = 500


def test_every_stage_is_measured_and_the_hub_links_as_well_as_bare_splink(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_REQUESTS", 20)
    monkeypatch.setattr(api, "_COMMITS", 5)

    def here(module: str, arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
        """Run in this process: a dozen interpreters would take most of the time."""
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            importlib.import_module(module).main(arguments)
        return said.getvalue()

    found = bench(ROWS, tmp_path / "bench", 1e4, here)
    assert found["land"]["rows"] == found["take_in"]["rows"] == found["load"]["rows"] == ROWS
    assert found["take_in"]["quarantined"] == 0
    assert found["golden"]["created"] == found["first"]["events"]["create"]
    assert found["frozen"]["events"] == {}, "the same model finds the same customers"
    assert found["increment"]["stored"] == ROWS
    quality = found["quality"]
    assert quality["hub"] > 0.85
    assert quality["hub"] > quality["bare"] - 0.02
    rows = judge({ROWS: found})
    assert found["golden_build"]["created"] == int(0.6 * ROWS) >= found["golden_touch"]["touched"]
    assert found["golden_touch"]["updated"] == found["golden_touch"]["touched"] > 0
    # How fast is the benchmark's matter, on a machine that does nothing else.
    assert 0 < found["look_up"]["p50_ms"] <= found["look_up"]["p95_ms"]
    assert sum("golden" in row.stage or "touched customers" in row.stage for row in rows) == 4
    assert len(table(rows).splitlines()) == len(rows) + 2


def test_the_same_seed_gives_the_same_persons_another_seed_others(tmp_path: Path) -> None:
    alone("benchmarks.persons", [str(tmp_path / "a"), "--rows", "200"], tmp_path / "a", {})
    persons.write(tmp_path / "b", 200)
    persons.write(tmp_path / "c", 200, seed=2)
    texts = [(tmp_path / name / "deliveries" / "first.csv").read_text() for name in "abc"]
    assert texts[0] == texts[1] != texts[2]
    rows = list(csv.DictReader(io.StringIO(texts[0])))
    assert len({row["id"] for row in rows}) == len(rows) == 200


def test_bars_bind_at_a_million_rows_alone() -> None:
    once = {
        "seconds": 10.0, "cpu": 10.0, "peak_mib": 400.0, "postgres_cpu": 1.0, "postgres_mib": 100.0, "rows": 1000,
        "pairs": 5, "stored": 1000, "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0, "hub": 0.9, "bare": 0.9,
        "bare_trained": 0.9, "dicts": 1000, "created": 600, "touched": 1000,
        **{f"{name}_p{p}_ms": 1.0 for name in ("read", "search", "typo", "match", "compare") for p in (50, 99)},
        "feed_lost": 0, "feed_out_of_order": 0, "feed_commits": 2000, "feed_seconds": 2.0,
        "parts": {"dlt append": 1.0, "raw COPY": 0.5, "dlt merge": 1.0, "dicts": 1.0},
    }  # fmt: skip
    names = ("land", "load", "take_in", "first", "bare_first", "golden", "frozen", "bare_frozen", "quality",
             "increment", "look_up", "search", "api", "golden_build", "golden_touch")  # fmt: skip
    found = dict.fromkeys(names, once)
    small, large = ({row.stage: row.met for row in judge({size: found})} for size in (1_000, 1_000_000))
    assert False not in small.values()
    missed = {stage.split(",")[0] for stage, met in large.items() if met is False}
    assert missed == {"load by dlt from Arrow", "merge by dlt from Arrow", "land 1", "1"}
    slow = judge({100_000: found, 1_000_000: {**found, "frozen": {**once, "cpu": 200.0}}})
    assert {row.stage.split(",")[0]: row.met for row in slow if row.stage.startswith("CPU")} == {
        "CPU of a later run": False, "CPU of refreshing 1": True
    }  # fmt: skip
    grown = judge({100_000: found, 1_000_000: {**found, "golden_touch": {**once, "cpu": 20.0}}})
    assert [row.met for row in grown if row.stage.startswith("CPU of refreshing")] == [False]
