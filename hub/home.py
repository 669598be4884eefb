"""Everything the hub keeps on a machine is in one folder: `HUB_HOME`, by default `.hub/` beside hub.yaml."""

from __future__ import annotations

import os
from pathlib import Path

from hub.errors import SettingsError


def settings_path(given: Path | None = None) -> Path:
    """Find hub.yaml: the path given, else `HUB_SETTINGS`, else the one in the working folder."""
    return (given or Path(os.environ.get("HUB_SETTINGS", "hub.yaml"))).absolute()


def home_path(settings: Path) -> Path:
    """Give the hub's folder for these settings and make it, readable by its owner alone."""
    home = Path(os.environ.get("HUB_HOME") or settings.parent / ".hub").absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The folder {home} can't be made: {error.strerror}.", hint="Set HUB_HOME to a folder you may write to."
        ) from None
    return home
