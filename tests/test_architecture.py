"""The shape of the house: who imports whom, and conventions that reviews would otherwise have to catch."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("hub", "sources", "identity", "golden_record", "destinations", "flows", "apps")


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def test_imports_go_down_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_never_loads_prefect() -> None:
    """A console that starts in a second and is one process: what it needs of flows is plain functions."""
    code = "import apps.web.app, sys; sys.exit(any(m.partition('.')[0] == 'prefect' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_only_the_session_commits() -> None:
    """Entry points open `hub.db.transaction`; a commit below them would tear a stage in two."""
    allowed = {ROOT / "hub" / "db.py", ROOT / "hub" / "migrate.py"}
    offenders = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _modules()
        if path not in allowed and "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert offenders == []


def test_no_other_distribution_takes_our_names() -> None:
    taken = packages_distributions()
    others = {name: set(taken.get(name, [])) - {"customer-hub"} for name in PACKAGES}
    assert not any(others.values()), others


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_stay_small(package: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / package).rglob("*.py")
        if "versions" not in path.parts and (lines := len(path.read_text().splitlines())) > 300
    }
    assert long == {}
