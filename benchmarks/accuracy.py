"""How right the hub is on sets with known truth, beside bare Splink: `python -m benchmarks.accuracy --data FOLDER`.

Each set goes the way of a new user, with nothing set: `hub init --from`, `hub sync`, `hub evaluate --truth`. The folder
holds the sets: `NAME.truth.csv` (system, source_id, entity) beside `NAME.csv`, or the files that are named like the
systems of the truth (.csv or .parquet). The generated bases of `benchmarks.shapes` are measured with them. Bare Splink
links the same files in the same run (`benchmarks.bare_sets`). Prints tables and writes `results/accuracy-<date>.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from apps.cli import app
from benchmarks import bare_sets, truth
from benchmarks.shapes import SHAPES, Shape

_RESULTS = Path(__file__).parent / "results"
_COLUMNS = {"given_name": "first_name", "family_name": "last_name", "birth_date": "date_of_birth",
            "organisation_name": "company"}  # fmt: skip
_LOW = 0.95  # F1 below which a doubt is right whatever was stated
_OFF = 0.05  # how far a stated figure may be from the truth
_LIKE_BARE = 0.0005


@dataclass(frozen=True)
class Set:
    """Files of customers, and who each record truly is."""

    name: str
    files: tuple[Path, ...]
    truth: dict[truth.Key, str]


def given_sets(folder: Path) -> Iterator[Set]:
    """Find the sets of a folder by their truth files."""
    for path in sorted(folder.glob("*.truth.csv")):
        name = path.name.removesuffix(".truth.csv")
        told = truth.read(path)
        stems = [name, *sorted({system for system, _ in told})]
        found = [folder / f"{stem}{end}" for stem in stems for end in (".csv", ".parquet")]
        files = tuple(dict.fromkeys(file for file in found if file.is_file()))
        if files:
            # A record whose row names no system is of the file's.
            yield Set(name, files, {(system or name, record): entity for (system, record), entity in told.items()})


def made_set(name: str, shape: Shape, folder: Path) -> Set:
    """Write a generated base as the files that its systems would deliver."""
    folder.mkdir(parents=True)
    by_system: dict[str, list[dict[str, str]]] = {}
    told: dict[truth.Key, str] = {}
    for number, row in enumerate(shape.rows):
        cells = {"id": str(number)}
        for field, fact in row.facts.items():
            cells |= fact if isinstance(fact, dict) else {_COLUMNS.get(field, field): fact}
        by_system.setdefault(row.system, []).append(cells)
        told[row.system, str(number)] = row.entity
    files = []
    for system, rows in sorted(by_system.items()):
        files.append(folder / f"{system}.csv")
        with files[-1].open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            table.writeheader()
            table.writerows(rows)
    return Set(name, tuple(files), told)


def hub(chosen: Set, folder: Path) -> dict[str, Any]:
    """Measure the hub on a set, as a user would who sets nothing."""
    folder.mkdir(parents=True)
    for file in chosen.files:
        shutil.copy(file, folder)
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("system", "source_id", "entity"))
        table.writerows((*key, entity) for key, entity in sorted(chosen.truth.items()))
    _hub(folder, "init", *(word for file in chosen.files for word in ("--from", file.name)))
    _hub(folder, "sync")
    found = json.loads(_hub(folder, "evaluate", "--truth", "truth.csv", "--json"))
    shown = json.loads(_hub(folder, "model", "show", "1", "--json"))
    report = shown["report"]
    expected = {
        name: (report.get(f"{name}_least", shown[f"expected_{name}"]), shown[f"expected_{name}"])
        for name in ("precision", "recall")
    }
    won = [each["contender"] for each in report.get("contenders", []) if each["chosen"]]
    return {
        **{name: found["pairwise"][name] for name in ("f1", "precision", "recall")},
        "bcubed": found["bcubed"]["f1"],
        "records": found["records"],
        "expected": expected,
        "doubts": report.get("doubts", []),
        "model": won[0] if won else "shipped",
    }


def _hub(folder: Path, *words: str) -> str:
    """Run a command of the hub in this process, as its program does; gives its standard output."""
    os.environ["HUB_HOME"] = str(folder / "home")
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, list(words))
    if done.exit_code:
        raise SystemExit(f"hub {' '.join(words)} in {folder} ended with {done.exit_code}:\n{done.output[-2000:]}")
    return done.stdout


def doubt_is_right(found: dict[str, Any]) -> bool:
    """Say whether the hub doubts itself where it should, and only there: F1 is low, or what it states is off."""
    off = any(abs(found["expected"][name][1] - found[name]) > _OFF for name in ("precision", "recall"))
    return bool(found["doubts"]) == (found["f1"] < _LOW or off)


def tables(found: dict[str, dict[str, Any]]) -> str:
    """Write what was measured as two Markdown tables: how right, and how right about itself."""
    lines = ["| set | records | hub: F1 | B-cubed | bare at 0.95: F1 | B-cubed | bare, threshold by the truth: F1 |"
             " B-cubed | below bare |", "|---|--:|--:|--:|--:|--:|--:|--:|---|"]  # fmt: skip
    for name, each in found.items():
        ours, bare = each["hub"], each["bare"]
        figures = [ours["f1"], ours["bcubed"], *(bare[k][m] for k in ("certain", "best") for m in ("f1", "bcubed"))]
        below = "**yes**" if ours["f1"] < bare["certain"]["f1"] - _LIKE_BARE else "no"
        if below == "no" and ours["f1"] < bare["best"]["f1"] - _LIKE_BARE:
            below = "by the truth"
        lines.append(f"| {name} | {ours['records']:,} | {' | '.join(f'{x:.4f}' for x in figures)} | {below} |")
    lines += ["", "| set | F1 | precision | stated | recall | stated | model | doubted because | right |",
              "|---|--:|--:|--:|--:|--:|---|---|---|"]  # fmt: skip
    for name, each in found.items():
        ours = each["hub"]
        stated = {n: f"{low:.2f} to {high:.2f}" for n, (low, high) in ours["expected"].items()}
        lines.append(
            f"| {name} | {ours['f1']:.3f} | {ours['precision']:.3f} | {stated['precision']} | {ours['recall']:.3f} |"
            f" {stated['recall']} | {ours['model']} | {'; '.join(ours['doubts']) or '(no doubt)'} |"
            f" {'yes' if doubt_is_right(ours) else '**no**'} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Measure the sets of a folder and the generated ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="The folder with sets of known truth.")
    parser.add_argument("--sets", nargs="*", help="Measure these sets alone.")
    parser.add_argument("--no-shapes", action="store_true", help="Leave out the generated bases.")
    given = parser.parse_args(arguments)
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="accuracy-") as place:
        work = Path(place)
        sets = list(given_sets(given.data.resolve())) if given.data else []
        wanted = given.sets or [s.name for s in sets] + ([] if given.no_shapes else list(SHAPES))
        for name in wanted:
            known = [s for s in sets if s.name == name]
            chosen = known[0] if known else made_set(name, SHAPES[name](), work / "made" / name.replace(" ", "_"))
            print(f"{name} ...", file=sys.stderr, flush=True)
            folder = work / "hub" / name.replace(" ", "_")
            found[name] = {"hub": hub(chosen, folder), "bare": bare_sets.link(chosen.files, chosen.truth)}
            shutil.rmtree(folder, ignore_errors=True)
            print(tables({name: found[name]}), file=sys.stderr, flush=True)
    print(tables(found))
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"accuracy-{datetime.now(UTC):%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(found, indent=1))
    print(f"\nAll of it: {path}")


if __name__ == "__main__":
    main()
