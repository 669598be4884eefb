"""`hub sandbox` ends what it has started, however it is ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_ends_with_its_command(tmp_path: Path, ended_by: signal.Signals) -> None:
    # Where tests run in the background, SIGINT is ignored, and children inherit that.
    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from apps.cli import main; main()"
    command = [sys.executable, "-c", start, "sandbox", "--port", "0", "--customers", "10"]
    root = str(Path(__file__).parents[3])
    process = subprocess.Popen(
        [*command, "--state", str(tmp_path / "state.sqlite")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=root,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        url = next(word.rstrip(".") for word in said.split() if word.startswith("http"))
        assert httpx.get(url).status_code < 500
        process.send_signal(ended_by)
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.communicate()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
