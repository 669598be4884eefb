"""Whether a system can be read, found out by asking it for as little as possible."""

from __future__ import annotations

from hub.config import Config
from hub.feed import Feed
from hub.home import home_path
from sources import loader
from sources.page import Request
from sources.registry import effective_activities, effective_consents, effective_objects, source_of


def reachable(config: Config, system: str) -> str:
    """Read the first page of each object, activity and consent, store nothing, and say in words what can be read.

    Raises RetryableError or SettingsError where the system can't be read, with what to do about it.
    """
    loader.prepare_dlt(home_path(config.folder / "hub.yaml") / "dlt")
    source = source_of(config, system)
    entries: dict[str, Feed] = {
        **effective_objects(config, system),
        **effective_activities(config, system),
        **effective_consents(config, system),
    }
    little = config.systems[system].model_copy(update={"page_size": 1})
    for name, entry in entries.items():
        next(source.read(Request(system, little, name, entry, folder=config.folder)), None)
    return f"{little.kind}: {', '.join(entries)}"
