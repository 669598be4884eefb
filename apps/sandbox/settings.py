"""What can be switched in a running sandbox: page sizes, delays, and how strictly requests are counted."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

Limit = tuple[int, float]
"""So many requests in so many seconds."""

LENIENT: dict[str, Limit] = {
    "sap": (5_000, 10),
    "hubspot": (5_000, 10),
    "hubspot_search": (200, 1),
    "zendesk": (50_000, 60),
    "zendesk_incremental": (5_000, 60),
}
"""Limits that a demo does not meet."""

REAL: dict[str, Limit] = {
    "sap": (300, 10),
    "hubspot": (190, 10),
    "hubspot_search": (5, 1),
    "zendesk": (700, 60),
    "zendesk_incremental": (10, 60),
}
"""Limits of ordinary accounts. SAP publishes none; its number is an assumption."""


@dataclass
class Settings:
    """The switches, with the defaults that tests need no waiting for."""

    sap_page_size: int = 200
    """Rows after which SAP pages by itself; 0: it never does."""
    sap_child_touches_parent: bool = False
    """Whether a change of an address, e-mail, role or number moves the partner's LastChangeDate."""
    hubspot_search_lag_seconds: float = 0.0
    """How long a written record stays out of HubSpot's search."""
    zendesk_leave_out_last_minute: bool = False
    """Whether Zendesk's incremental exports end a minute before now."""
    zendesk_export_page_size: int = 1_000
    zendesk_job_polls: int = 2
    """How many times a job must be asked for until it is completed."""
    limits: dict[str, Limit] = field(default_factory=lambda: dict(LENIENT))

    def changed(self, values: dict[str, Any]) -> "Settings":
        """Return the settings with some values changed; ``limits`` may be "lenient", "real" or a part of the table.

        Raises:
            ValueError: an unknown name.
        """
        known = {item.name for item in fields(self)}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f"unknown settings {sorted(unknown)}; known are {sorted(known)}")
        limits = values.get("limits", {})
        table = {"lenient": LENIENT, "real": REAL}[limits] if isinstance(limits, str) else self.limits | limits
        if set(table) - set(LENIENT):
            raise ValueError(f"unknown limits {sorted(set(table) - set(LENIENT))}; known are {sorted(LENIENT)}")
        return Settings(**(asdict(self) | values | {"limits": {name: tuple(value) for name, value in table.items()}}))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)
