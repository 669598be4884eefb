"""The section `schedules:` of hub.yaml: when the flows run."""

from __future__ import annotations

from hub.section import Strict


class Schedules(Strict):
    """When the flows run, as cron expressions in UTC; null switches one off."""

    sync: str | None = "*/15 * * * *"
    verify: str | None = "0 3 * * 0"
