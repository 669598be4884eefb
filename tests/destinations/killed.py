"""A publishing process that kills itself after sending and before its receipts are kept."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from destinations.delivery import deliver
from destinations.registry import connect
from hub.config import Config
from hub.db import make_engine


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with connect(Config.model_validate(json.load(sys.stdin)), "dest") as destination:
        deliver(make_engine(os.environ["KILLED_DATABASE"]), "dest", destination, on_receipts=_die)
