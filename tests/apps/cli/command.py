"""Runs a command as a user would: in a folder, with nothing of the tests' own settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from apps.cli import app

DATA = Path(__file__).parents[2] / "data"
ENVIRONMENT: dict[str, str] = {}
"""What commands in this process are told beside; see the fixture `folder`."""


def hub(folder: Path, *args: str, code: int = 0, answers: str | None = None) -> str:
    """Run a command in this process, for there are many and each start costs seconds.

    Gives its stdout; where another exit `code` is expected, stderr too. `answers` is its stdin.
    """
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        for name in [name for name in os.environ if name.startswith(("HUB_", "PREFECT_"))]:
            patch.delenv(name)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        done = CliRunner().invoke(app, args, input=answers)
    return _checked(done.exit_code, done.stdout, done.stderr, code, done.exception)


def hub_process(folder: Path, *args: str, code: int = 0) -> str:
    """Run a command in a process of its own; else as `hub` does."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-c", "from apps.cli import main; main()", *args],
        cwd=folder, env={**env, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return _checked(done.returncode, done.stdout, done.stderr, code, None)


def hub_json(folder: Path, *args: str) -> Any:
    """Run a command and read the JSON that it gives."""
    return json.loads(hub(folder, *args, "--json"))


def _checked(exit_code: int, out: str, err: str, code: int, exception: BaseException | None) -> str:
    if exception is not None and not isinstance(exception, SystemExit):
        raise exception
    assert exit_code == code, out + err
    assert "Traceback" not in out + err
    return out if code == 0 else out + err
